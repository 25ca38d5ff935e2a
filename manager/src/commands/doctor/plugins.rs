//! What is linked in, and every plugin that was found.

use std::path::Path;

use keyway::host::control::{Item, Unreadable};
use keyway::registration;

use super::super::look::{Look, of_problem};
use super::{Checked, Finding, Severity};

/// Whether the ways in which linked-in plugins are counted agree.
pub(super) fn linked_in(checked: &mut Checked, findings: &mut Vec<Finding>) {
    match registration::linked() {
        Ok(plugins) => checked.linked_in = plugins.len(),
        Err(error) => {
            checked.linked_in = registration::counted();
            let program = std::env::current_exe().unwrap_or_default();
            let finding = Finding::new(Severity::Error, "link", &program, error.to_string(), error.help());
            findings.push(Finding { unhealthy: true, ..finding });
        }
    }
}

/// What could not be read, what does not run, and what is hidden by another.
pub(super) fn check(look: &Look, checked: &mut Checked, findings: &mut Vec<Finding>) {
    for problem in look.survey().problems() {
        let Unreadable { place, trouble } = of_problem(problem);
        let told = ["broken-link", "folder-unreachable"];
        if findings.iter().any(|finding| finding.place == place && told.contains(&&*finding.code)) {
            continue;
        }
        // What is recorded of plugins is no plugin.
        let unhealthy = !problem.place.is_dir() && !trouble.code.starts_with("state-");
        let finding =
            Finding::new(Severity::Error, trouble.code, Path::new(&place), trouble.message, trouble.help);
        findings.push(Finding { unhealthy, ..finding });
    }
    let plugins = look.plugins();
    checked.plugins = plugins.len();
    for plugin in &plugins {
        let place = Path::new(plugin.id.as_str());
        if let Some(why) = Item::from(plugin).why {
            let message = format!("plugin `{}` {} does not run: {}", plugin.id, plugin.version, why.message);
            let finding = Finding::new(Severity::Error, why.code, place, message, why.help);
            findings.push(Finding { unhealthy: true, ..finding });
        }
        if plugin.faults > 0 {
            let message = format!("plugin `{}`: {} calls ended in a fault", plugin.id, plugin.faults);
            let finding =
                Finding::new(Severity::Warning, "faults", place, message, "see the host's log".into());
            findings.push(Finding { unhealthy: true, ..finding });
        }
        for aside in &plugin.passed_over {
            let message = format!(
                "plugin `{}` {} ({}) is left aside: {}",
                plugin.id,
                aside.version,
                if aside.place == "-" { "linked in" } else { &aside.place },
                aside.why
            );
            let help = "remove what is not wanted".into();
            findings.push(Finding::new(Severity::Note, "left-aside", place, message, help));
        }
    }
}
