//! What is linked in, and every plugin that was found.

use std::path::Path;

use keyway::host::control::{Details, HealthItem, Item, List, Unreadable};
use keyway::manifest::Home;
use keyway::registration;

use super::super::sight::{Absent, Sight};
use super::{Checked, Finding, Severity};
use crate::failure::Failure;
use crate::output::{Screen, counted};

/// Whether the ways in which linked-in plugins are counted agree.
pub(super) fn linked_in(checked: &mut Checked, findings: &mut Vec<Finding>) {
    match registration::linked() {
        Ok(plugins) => checked.linked_in = plugins.len(),
        Err(error) => {
            checked.linked_in = registration::counted();
            let program = std::env::current_exe().unwrap_or_default();
            let finding = Finding::new(Severity::Error, "link", &program, error.to_string(), error.help());
            findings.push(Finding { unhealthy: true, no_host: true, ..finding });
        }
    }
}

/// What could not be read, what does not run or is not well, and what is hidden by another.
pub(super) fn check(
    sight: &mut Sight<'_>,
    screen: &Screen<'_>,
    checked: &mut Checked,
    findings: &mut Vec<Finding>,
) -> Result<(), Failure> {
    let _asking = screen.wait("asking after every plugin");
    let List { items, problems } = sight.list_found()?;
    problems.into_iter().for_each(|unreadable| problem(unreadable, findings));
    checked.plugins = items.len();
    if let Some(host) = sight.host() {
        checked.version = Some(host.version.clone());
        checked.linked_in = items.iter().filter(|item| item.home == Home::Static.to_string()).count();
    }
    for item in &items {
        let absent = sight.may_be_linked_in(&item.id);
        if let Some(finding) = stopped(item, absent) {
            findings.push(finding);
        }
        // It may be gone since.
        let Ok(details) = sight.details(item.id.as_str()) else { continue };
        one(item, &details, findings);
    }
    for status in sight.statuses()?.items {
        let failing = status.health.filter(|health| health.level != "good" && status.why.is_none());
        if let Some(HealthItem { level, message }) = failing {
            let message = format!("plugin `{}` says that it is {level}: {message}", status.id);
            let finding = Finding::new(
                Severity::Warning,
                "health",
                Path::new(status.id.as_str()),
                message,
                format!("see what it writes: `{}`", sight.typed(&format!("logs {}", status.id))),
            );
            findings.push(Finding { unhealthy: level == "failing", ..finding });
        }
    }
    Ok(())
}

fn problem(Unreadable { place, trouble }: Unreadable, findings: &mut Vec<Finding>) {
    let told = ["broken-link", "folder-unreachable"];
    if findings.iter().any(|finding| finding.place == place && told.contains(&&*finding.code)) {
        return;
    }
    // What is recorded of plugins is no plugin.
    let unhealthy = !Path::new(&place).is_dir() && !trouble.code.starts_with("state-");
    let finding =
        Finding::new(Severity::Error, trouble.code, Path::new(&place), trouble.message, trouble.help);
    findings.push(Finding { unhealthy, ..finding });
}

/// Why a plugin does not run; `absent` is what alone it lacks, where that may be linked into the application.
fn stopped(item: &Item, absent: Option<Absent>) -> Option<Finding> {
    let why = item.why.as_ref()?;
    let (place, name) = (Path::new(item.id.as_str()), format!("plugin `{}` {}", item.id, item.version));
    if let Some(Absent { message, help }) = absent {
        return Some(Finding::new(Severity::Note, "unseen", place, format!("{name} {message}"), help));
    }
    let message = format!("{name} does not run: {}", why.message);
    let finding = Finding::new(Severity::Error, why.code.clone(), place, message, why.help.clone());
    Some(Finding { unhealthy: true, ..finding })
}

fn one(item: &Item, details: &Details, findings: &mut Vec<Finding>) {
    let place = Path::new(item.id.as_str());
    if details.faults > 0 {
        let message = format!("plugin `{}`: {} ended in a fault", item.id, calls(details.faults));
        let finding = Finding::new(Severity::Warning, "faults", place, message, "see the host's log".into());
        findings.push(Finding { unhealthy: true, ..finding });
    }
    for aside in &details.passed_over {
        let message = format!(
            "plugin `{}` {} ({}) is left aside: {}",
            item.id,
            aside.version,
            if aside.place == "-" { "linked in" } else { &aside.place },
            aside.why
        );
        let help = "remove what is not wanted".into();
        findings.push(Finding::new(Severity::Note, "left-aside", place, message, help));
    }
}

fn calls(count: u64) -> String {
    counted(count.try_into().unwrap_or(usize::MAX), "call")
}
