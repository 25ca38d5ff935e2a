//! The folders of the application's own, what is recorded in them, and the hosts that run.

use std::fs::{OpenOptions, TryLockError};
use std::path::Path;

use keyway::host::control::{AskError, hosts};
use keyway::host::{CacheUnusable, Policy, Records, Store};

use super::{Finding, Severity, permissions};
use crate::app::App;
use crate::failure::{Failure, in_words};
use crate::options::Options;
use crate::output::quoted;

pub(super) fn check(app: &App, options: &Options, findings: &mut Vec<Finding>) {
    let places = app.own_places();
    for (folder, what) in [
        (&places.config, "configuration folder"),
        (&places.state, "state folder"),
        (&places.cache, "cache folder"),
        (&places.runtime, "runtime folder"),
    ] {
        match folder.symlink_metadata() {
            Err(_) => {}
            Ok(_) if folder.is_dir() => permissions::check(folder, what, findings),
            Ok(_) => findings.push(no_folder(folder, what)),
        }
    }
    records(app, options, findings);
    cache(app, options, findings);
}

/// What the operator wants and allows; every flaw of its files is a finding.
pub(super) fn policy(app: &App, findings: &mut Vec<Finding>) -> Policy {
    Policy::of(app.own_places()).unwrap_or_else(|errors| {
        for error in errors {
            let (message, help) = (in_words(&error), error.help());
            let finding = Finding::new(Severity::Error, error.code(), error.path(), message, help);
            findings.push(Finding { no_host: true, ..finding });
        }
        Policy::default()
    })
}

fn no_folder(folder: &Path, what: &str) -> Finding {
    let shown = folder.display();
    let message = match folder.read_link() {
        Ok(target) => format!("the {what} `{shown}` is a link to `{}`, where no folder is", target.display()),
        Err(_) => format!("the {what} `{shown}` is no folder"),
    };
    Finding::new(
        Severity::Warning,
        "no-folder",
        folder,
        message,
        format!("`rm {}`: it is made anew", quoted(folder)),
    )
}

/// What the operator chose, and what is in quarantine. The plugins have been looked at before.
fn records(app: &App, options: &Options, findings: &mut Vec<Finding>) {
    let state = &app.own_places().state;
    // What is in the place of the folder has been told.
    let Ok(store) = Store::open(state) else { return };
    match store.read() {
        Ok(records) => recorded(app, options, &records, findings),
        Err(error) => {
            let (message, help) = (in_words(&error), error.help());
            findings.push(Finding::new(Severity::Warning, error.code(), state, message, help));
        }
    }
    let lock = store.lock_file();
    let held = OpenOptions::new().read(true).open(&lock).map(|file| file.try_lock_shared());
    if let Ok(Err(TryLockError::WouldBlock)) = held {
        let message =
            format!("`{}` is locked: a host or a command is just writing, or hangs", lock.display());
        let help = format!("`fuser {}` names who holds it; end it if it goes on", quoted(&lock));
        findings.push(Finding::new(Severity::Note, "state-locked", &lock, message, help));
    }
}

fn recorded(app: &App, options: &Options, records: &Records, findings: &mut Vec<Finding>) {
    let state = &app.own_places().state;
    for damage in records.problems() {
        let (message, help) = (in_words(damage), damage.help());
        if !findings.iter().any(|finding| finding.message == message) {
            findings.push(Finding::new(Severity::Warning, damage.code(), state, message, help));
        }
    }
    for (id, quarantines) in records.quarantines() {
        // Where it is held back now, that has been told, with the reason.
        let told = findings.iter().any(|finding| finding.unhealthy && finding.place == id.as_str());
        let Some(latest) = quarantines.first().filter(|_| !told) else { continue };
        let enable = app.typed(&format!("enable {id}"), options);
        let message = format!(
            "plugin `{id}` was in quarantine, and is not held back now: since {}, {}",
            latest.since(),
            latest.cause.message
        );
        let help = format!("`{enable}` forgets it");
        findings.push(Finding::new(Severity::Note, "quarantine", Path::new(id.as_str()), message, help));
    }
    for (id, choice) in records.choices() {
        if choice.enabled == Some(false) {
            let message = format!("plugin `{id}` is disabled by the operator");
            let help = format!("`{}` if it is wanted", app.typed(&format!("enable {id}"), options));
            findings.push(Finding::new(Severity::Note, "disabled", Path::new(id.as_str()), message, help));
        }
    }
}

/// A cache that every start makes anew in vain, or that others could have written.
fn cache(app: &App, options: &Options, findings: &mut Vec<Finding>) {
    // What is wrong with the host itself has been told.
    let Ok(Some(report)) = app.cache_report(options) else { return };
    let file = report.file.display();
    match &report.unusable {
        None | Some(CacheUnusable::Missing) => {}
        Some(unusable) => {
            let mended = matches!(
                unusable,
                CacheUnusable::Form | CacheUnusable::Damaged | CacheUnusable::Other { .. }
            );
            let severity = if mended { Severity::Note } else { Severity::Warning };
            let message = format!("the cache `{file}` is not used: {}", in_words(unusable));
            let help = format!("`{}`: {}", app.typed("cache --clear", &Options::default()), unusable.help());
            findings.push(Finding::new(severity, unusable.code(), &report.file, message, help));
        }
    }
}

/// Sockets of hosts that are gone, and hosts that do not answer.
pub(super) fn running(app: &App, findings: &mut Vec<Finding>) {
    let folder = &*app.own_places().runtime;
    let found = match hosts(folder) {
        Ok(found) => found,
        Err(error) => {
            let message = format!("the runtime folder `{}` can not be read: {error}", folder.display());
            let help = format!("`chmod u+rwx {}`", quoted(folder));
            findings.push(Finding::new(Severity::Warning, "runtime-folder", folder, message, help));
            return;
        }
    };
    for socket in &found.stale {
        let message = format!("`{}` is the socket of a host that is gone: it was killed", socket.display());
        let help =
            format!("`rm {}`; the next command that asks for hosts takes it away, too", quoted(socket));
        findings.push(Finding::new(Severity::Note, "stale-socket", socket, message, help));
    }
    for error in &found.mute {
        let Failure { code, help, .. } = Failure::from(error);
        let place = match error {
            AskError::Gone { socket }
            | AskError::Foreign { socket, .. }
            | AskError::Io { socket, .. }
            | AskError::Silent { socket, .. }
            | AskError::Garbled { socket, .. } => socket,
            _ => folder,
        };
        findings.push(Finding::new(Severity::Warning, code, place, in_words(error), help));
    }
}
