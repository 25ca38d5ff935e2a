//! What lies in a plugin folder.
//!
//! A library that is meant to be a plugin and can not be read is the survey's to tell; this is about the rest.

use std::path::Path;

use keyway::abi::entry::TARGET;
use keyway_dylib::diagnose::{Diagnosis, diagnose};
use keyway_dylib::platform;
use keyway_dylib::section::{self, SectionError};

use super::{Finding, Severity, permissions};

pub(super) fn check(file: &Path, findings: &mut Vec<Finding>) {
    let shown = file.display();
    let Ok(metadata) = file.metadata() else {
        if let found @ Diagnosis::BrokenLink { .. } = diagnose(file, "") {
            let (message, help) = (found.to_string(), found.help());
            findings.push(Finding::new(Severity::Warning, "broken-link", file, message, help));
        }
        return;
    };
    if metadata.is_dir() {
        if !["plugin.toml", "plugin.json"].iter().any(|name| file.join(name).exists()) {
            findings.push(note(file, "a folder without `plugin.toml`", "take it out"));
        }
        return;
    }
    if !platform::is_library_file(file) {
        let name = platform::library_file_name("…");
        findings.push(note(file, &format!("no library (`{name}`)"), "take it out"));
        return;
    }
    permissions::check(file, "file", findings);
    match section::read(file) {
        Ok(notes) if notes.manifests.is_empty() => {
            findings.push(note(file, "a library of the framework's without plugins", "take it out"));
        }
        Ok(notes) => {
            let target = notes.build.as_ref().map(|build| &build.target).filter(|target| *target != TARGET);
            let target = target.map(|target| format!("is built for {target}, and this host for {TARGET}"));
            if let Some(difference) = notes.format.foreign().or(target) {
                let message = format!("`{shown}` can not be loaded here: it {difference}");
                let help = format!("take the plugin's build for {TARGET}, or build it here");
                let finding = Finding::new(Severity::Error, "load-foreign", file, message, help);
                findings.push(Finding { unhealthy: true, ..finding });
            }
            if notes.build.as_ref().is_some_and(|build| build.panic == "abort") {
                findings.push(Finding::new(
                    Severity::Warning,
                    "panic-abort",
                    file,
                    format!("`{shown}` is built with `panic = \"abort\"`: a panic in it would end the host"),
                    "build it with `panic = \"unwind\"`, or let the host allow it".into(),
                ));
            }
        }
        Err(error @ SectionError::NoNotes { .. }) => {
            let message = format!("`{shown}` is a library and no plugin: it has no keyway notes");
            findings.push(Finding::new(Severity::Warning, error.code(), file, message, error.help()));
        }
        Err(error @ (SectionError::NotAnObject { .. } | SectionError::NotAFile { .. })) => {
            findings.push(Finding::new(
                Severity::Warning,
                error.code(),
                file,
                error.to_string(),
                error.help(),
            ));
        }
        Err(_) => {}
    }
}

fn note(file: &Path, what: &str, help: &str) -> Finding {
    let message = format!("`{}` is passed over: it is {what}", file.display());
    Finding::new(Severity::Note, "no-plugin", file, message, format!("{help}, or leave it: it does no harm"))
}
