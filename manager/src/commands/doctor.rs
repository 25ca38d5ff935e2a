//! `doctor`: everything that is wrong, each with its cure.
//!
//! Looks at what is linked in, at the folders and what lies in them, at the application's own folders and what is recorded
//! there, at the sockets of hosts, and at every plugin: a host that runs is asked how they are, else their files tell what
//! can be told. Nothing is changed but the cache, and nothing is started without `--start`.

mod files;
mod folders;
mod installation;
mod permissions;
mod plugins;

use std::borrow::Cow;
use std::path::Path;

use keyway::host::control::HostReport;
use serde::Serialize;

use super::sight::{Seeing, Sight};
use crate::app::App;
use crate::failure::{Exit, Stop};
use crate::options::{Folders, Options};
use crate::output::{Form, Paint, Screen, counted, drawing, harmless};

/// The arguments of `doctor`.
#[derive(Clone, Debug, clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    seeing: Seeing,
    #[command(flatten)]
    pub(super) folders: Folders,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Severity {
    /// A plugin does not run, or can not even be read.
    Error,
    /// It works, and should not be left so.
    Warning,
    /// Worth knowing; no reason to end with anything but 0.
    Note,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    fn paint(self) -> Paint {
        match self {
            Self::Error => Paint::Bad,
            Self::Warning => Paint::Warning,
            Self::Note => Paint::Faint,
        }
    }
}

/// Something that is wrong, and its cure.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    severity: Severity,
    /// A short name for programs, stable.
    code: Cow<'static, str>,
    /// A file, a folder, or a plugin's id.
    place: String,
    message: String,
    help: String,
    /// A plugin is refused or can not be read: this decides the exit code.
    #[serde(skip)]
    unhealthy: bool,
    /// No host can be made while it is so.
    #[serde(skip)]
    no_host: bool,
}

impl Finding {
    fn new(
        severity: Severity,
        code: impl Into<Cow<'static, str>>,
        place: &Path,
        message: String,
        help: String,
    ) -> Self {
        Self {
            severity,
            code: code.into(),
            place: place.display().to_string(),
            message,
            help,
            unhealthy: false,
            no_host: false,
        }
    }
}

/// What was looked at.
#[derive(Debug, Serialize)]
struct Checked {
    app: String,
    version: Option<String>,
    linked_in: usize,
    folders: Vec<String>,
    files: usize,
    plugins: usize,
}

#[derive(Serialize)]
struct Document<'a> {
    /// The host that was asked how its plugins are; absent where the files were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a HostReport>,
    checked: &'a Checked,
    /// The worst first, then by place.
    items: &'a [Finding],
}

impl Doctor {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let mut checked = Checked {
            app: app.name().to_owned(),
            version: app.version().map(str::to_owned),
            linked_in: 0,
            folders: Vec::new(),
            files: 0,
            plugins: 0,
        };
        let mut findings = Vec::new();
        if app.sees_linked_in() {
            plugins::linked_in(&mut checked, &mut findings);
        }
        let policy = installation::policy(app, &mut findings);
        folders::check(app, options, &policy, &mut checked, &mut findings);
        installation::running(app, &mut findings);
        // Where the linked-in plugins are not all there, or the policy can not be read, no host can be made to look; that is
        // a finding already.
        let told = |findings: &[Finding]| findings.iter().any(|finding| finding.no_host);
        let mut sight = match Sight::leaving(app, options, &self.seeing, screen) {
            Ok(sight) => Some(sight),
            Err(failure) if failure.exit == Exit::Failed && told(&findings) => None,
            Err(failure) => return Err(failure.into()),
        };
        if let Some(sight) = &mut sight {
            plugins::check(sight, screen, &mut checked, &mut findings)?;
            sight.introduce(screen)?;
        }
        installation::check(app, options, &mut findings);
        for finding in &mut findings {
            finding.help = app.in_own_words(&finding.help);
        }
        findings.sort_by(|a, b| (a.severity, &a.place, &a.code).cmp(&(b.severity, &b.place, &b.code)));
        show(sight.as_ref().and_then(Sight::host), &checked, &findings, screen)?;
        Ok(if findings.iter().any(|finding| finding.unhealthy) {
            Exit::Refused
        } else if findings.iter().any(|finding| finding.severity != Severity::Note) {
            Exit::Failed
        } else {
            Exit::Done
        })
    }
}

fn show(
    host: Option<&HostReport>,
    checked: &Checked,
    findings: &[Finding],
    screen: &mut Screen<'_>,
) -> std::io::Result<()> {
    match screen.form() {
        Form::Json => screen.document("keyway.doctor/1", &Document { host, checked, items: findings }),
        Form::Rows => findings.iter().try_for_each(|finding| {
            let Finding { severity, code, place, message, help, .. } = finding;
            screen.row(&[severity.word(), code, place, message, help])
        }),
        Form::People { .. } => {
            let Checked { app, version, linked_in, folders, files, plugins } = checked;
            let version = version.as_deref().unwrap_or("(version not known)");
            let looked = format!(
                "looked at {app} {version}: {linked_in} linked in, {}, {}, {} in all",
                counted(folders.len(), "folder"),
                counted(*files, "file"),
                counted(*plugins, "plugin"),
            );
            screen.text("", 0, &looked, Paint::Faint)?;
            for Finding { severity, message, help, .. } in findings {
                let first = format!("{} ", severity.paint().on(&format!("{:7}", severity.word())));
                let (message, mut drawn) = drawing(message);
                screen.text(&first, 8, message, Paint::Plain)?;
                drawn.try_for_each(|line| screen.line(&format!("{:8}{}", "", harmless(line))))?;
                let label = format!("{:8}{} ", "", Paint::Label.on("cure:"));
                if !help.is_empty() {
                    screen.text(&label, 14, help, Paint::Plain)?;
                }
            }
            let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
            let (errors, warnings, notes) =
                (count(Severity::Error), count(Severity::Warning), count(Severity::Note));
            let sum = [(errors, "error"), (warnings, "warning"), (notes, "note")];
            let sum: Vec<_> =
                sum.iter().filter(|(count, _)| *count > 0).map(|(n, word)| counted(*n, word)).collect();
            if errors + warnings == 0 {
                let notes = if notes > 0 { format!(" ({})", sum.join(", ")) } else { String::new() };
                screen.line(&format!("{}{notes}", Paint::Good.on("nothing is wrong")))
            } else {
                screen.line(&sum.join(", "))
            }
        }
    }
}
