//! Why a plugin does not run, and why a caller can not have an interface of it: in words, with the way out.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::find::policy::Denial;
use super::info::DisabledBy;
use super::loader::Cause;
use super::quarantine::Quarantine;
use super::resolver::{Reason, Refused};
use super::store::StoreError;
use crate::fault::{Fault, FaultKind};
use crate::id::{InterfaceId, PluginId};
use crate::interface::Mismatch;
use crate::plugin::StartError;

/// Why a plugin does not run. Once a plugin is refused it stays so until the host is started again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// No plan has room for it.
    #[error("plugin `{}` can not run: {}", .0.id(), .0.summary())]
    Unresolved(Refused),
    /// Its code could not be brought in.
    #[error("plugin `{id}` could not be loaded from `{}`", .file.display())]
    Load {
        /// The plugin.
        id: PluginId,
        /// The file that it should come from.
        file: PathBuf,
        /// What the bridge has against it.
        source: Cause,
    },
    /// Its tables are not what its manifest says.
    #[error("plugin `{id}` is not built as it says: {what}")]
    Contradiction {
        /// The plugin.
        id: PluginId,
        /// What is missing or unreadable.
        what: String,
    },
    /// Its start ended with an error of its own.
    #[error("plugin `{id}` did not start")]
    Start {
        /// The plugin.
        id: PluginId,
        /// What it said.
        source: StartError,
    },
    /// Its start gave no answer.
    #[error("plugin `{id}` {} while it started", verb(.source))]
    Fault {
        /// The plugin.
        id: PluginId,
        /// A panic, nearly always.
        source: Fault,
    },
    /// Its file failed its trial, and was not loaded.
    #[error("plugin `{id}` failed its trial")]
    Trial {
        /// The plugin.
        id: PluginId,
        /// What happened in the trial.
        source: Cause,
    },
    /// Its file could not be tried, and was not loaded.
    #[error("plugin `{id}` could not be tried")]
    Untried {
        /// The plugin.
        id: PluginId,
        /// What kept it from being tried.
        source: Cause,
    },
    /// Its start did not end in time. Its thread is left to itself.
    #[error("plugin `{id}` did not start within {deadline:?}")]
    Deadline {
        /// The plugin.
        id: PluginId,
        /// The time that it had.
        deadline: Duration,
    },
    /// More of its calls broke off than the host allows.
    #[error("plugin `{id}` had {} within {time:?}", counted(*.faults))]
    Faults {
        /// The plugin.
        id: PluginId,
        /// How many.
        faults: u64,
        /// In which time.
        time: Duration,
    },
    /// It did harm before, under the same circumstances.
    #[error("{record}")]
    Quarantined {
        /// The plugin.
        id: PluginId,
        /// What it did, when, and what would lift it.
        record: Box<Quarantine>,
    },
    /// Whether it did harm before can not be known.
    #[error("plugin `{id}` may be in quarantine: {what}")]
    QuarantineUnknown {
        /// The plugin.
        id: PluginId,
        /// What is wrong with the record.
        what: String,
        /// The way out.
        help: String,
    },
    /// The operator's policy does not let it in.
    #[error("plugin `{id}` is not let in")]
    Denied {
        /// The plugin.
        id: PluginId,
        /// Which line says so.
        #[source]
        by: Arc<Denial>,
    },
    /// The operator wants another version of it, or another home, or none.
    #[error("plugin `{id}`{} is not wanted: {why}", within(.place))]
    Unwanted {
        /// The plugin.
        id: PluginId,
        /// Its file; `-` for what is linked in.
        place: String,
        /// Why, in one clause.
        why: String,
    },
    /// It has the id under which plugins reach the host itself.
    #[error("plugin `{id}` has the id of the host itself")]
    Reserved {
        /// The plugin.
        id: PluginId,
    },
    /// It needs a plugin that does not run.
    #[error("plugin `{id}` needs {}`{needed}`, which does not run", through(.interface.as_ref()))]
    Needs {
        /// The plugin.
        id: PluginId,
        /// The one that does not run.
        needed: PluginId,
        /// What it is needed for, where any provider would do.
        interface: Option<InterfaceId>,
        /// Why that one does not run.
        source: Arc<Refusal>,
    },
}

fn verb(fault: &Fault) -> &'static str {
    if fault.kind() == FaultKind::Panic { "panicked" } else { "broke off" }
}

fn counted(faults: u64) -> String {
    if faults == 1 { "1 fault".into() } else { format!("{faults} faults") }
}

fn within(place: &str) -> String {
    if place == "-" { String::new() } else { format!(" in `{place}`") }
}

fn through(interface: Option<&InterfaceId>) -> String {
    interface.map_or_else(String::new, |interface| format!("interface `{interface}` of "))
}

impl Refusal {
    /// The plugin that does not run.
    pub fn id(&self) -> &PluginId {
        match self {
            Self::Unresolved(refused) => refused.id(),
            Self::Load { id, .. }
            | Self::Contradiction { id, .. }
            | Self::Start { id, .. }
            | Self::Fault { id, .. }
            | Self::Trial { id, .. }
            | Self::Untried { id, .. }
            | Self::Deadline { id, .. }
            | Self::Faults { id, .. }
            | Self::Quarantined { id, .. }
            | Self::QuarantineUnknown { id, .. }
            | Self::Denied { id, .. }
            | Self::Unwanted { id, .. }
            | Self::Reserved { id }
            | Self::Needs { id, .. } => id,
        }
    }

    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unresolved(_) => "unresolved",
            Self::Load { source, .. } | Self::Trial { source, .. } | Self::Untried { source, .. } => {
                source.code()
            }
            Self::Contradiction { .. } => "contradiction",
            Self::Start { .. } => "start-failed",
            Self::Fault { .. } => "start-fault",
            Self::Deadline { .. } => "start-deadline",
            Self::Faults { .. } => "fault-budget",
            Self::Quarantined { .. } => "quarantined",
            Self::QuarantineUnknown { .. } => "quarantine-unknown",
            Self::Denied { by, .. } => by.code(),
            Self::Unwanted { .. } => "unwanted",
            Self::Reserved { .. } => "reserved-id",
            Self::Needs { .. } => "needs-refused",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Unresolved(refused) => refused.help(),
            Self::Load { source, .. } | Self::Trial { source, .. } | Self::Untried { source, .. } => {
                source.help()
            }
            Self::Contradiction { id, .. } => {
                format!("build `{id}` again with `#[keyway::plugin]`, or complete its table")
            }
            Self::Start { id, .. } => {
                format!("mend what `{id}` complains of: its settings, or what it finds on this machine")
            }
            Self::Fault { id, source } if source.kind() == FaultKind::Panic => {
                format!("tell the authors of `{id}`: a start must not panic")
            }
            Self::Fault { id, .. } => {
                format!("build `{id}` again with the framework of this host, or tell its authors")
            }
            Self::Deadline { id, .. } => {
                format!(
                    "give starts more time with `HostBuilder::start_deadline`, or tell the authors of `{id}`"
                )
            }
            Self::Faults { id, .. } => format!("tell the authors of `{id}` what `keyway logs {id}` says"),
            Self::Quarantined { id, record } => {
                format!("{}; `keyway enable {id}` lets it be tried again as it is", record.cause.help)
            }
            Self::QuarantineUnknown { help, .. } => help.clone(),
            Self::Denied { by, .. } => by.help(),
            Self::Unwanted { id, .. } => format!(
                "install the one that is wanted, or change `version` and `home` of `{id}` in `plugins.toml`"
            ),
            Self::Reserved { .. } => "give the plugin an id in a namespace of its author's".into(),
            Self::Needs { source, .. } => source.help(),
        }
    }

    /// The whole in one clause, without the plugin's own name: what stands after "why:" in a list.
    pub fn summary(&self) -> String {
        match self {
            Self::Unresolved(refused) => refused.summary(),
            Self::Load { source, .. } => chain("could not be loaded", source),
            Self::Trial { source, .. } => chain("failed its trial", source),
            Self::Untried { source, .. } => chain("could not be tried", source),
            Self::Contradiction { what, .. } => format!("is not built as it says: {what}"),
            Self::Start { source, .. } => chain("did not start", &**source),
            Self::Fault { source, .. } => format!("{} while it started: {}", verb(source), source.message()),
            Self::Deadline { deadline, .. } => format!("did not start within {deadline:?}"),
            Self::Faults { faults, time, .. } => format!("had {} within {time:?}", counted(*faults)),
            Self::Quarantined { record, .. } => {
                format!("is in quarantine since {}: {}", record.since(), record.cause.message)
            }
            Self::QuarantineUnknown { what, .. } => format!("may be in quarantine: {what}"),
            Self::Denied { by, .. } => chain("is not let in", &**by),
            Self::Unwanted { why, .. } => format!("is not wanted: {why}"),
            Self::Reserved { .. } => "has the id of the host itself".into(),
            Self::Needs { needed, interface, source, .. } => {
                format!("needs {}`{needed}`, which {}", through(interface.as_ref()), source.predicate())
            }
        }
    }

    /// As [`summary`](Self::summary), to follow "which".
    fn predicate(&self) -> String {
        match self {
            Self::Unresolved(refused) => format!("can not run: {}", refused.summary()),
            _ => self.summary(),
        }
    }

    /// The same as a tree that `why` can number.
    pub fn reasons(&self) -> Vec<Reason> {
        let plain = |text: String| Reason { text, because: Vec::new() };
        match self {
            Self::Unresolved(refused) => refused.reasons(),
            Self::Load { source, .. } => {
                vec![Reason {
                    text: "it could not be loaded".into(),
                    because: vec![plain(chain("", source))],
                }]
            }
            Self::Trial { source, .. } => {
                let because = vec![plain(chain("", source))];
                vec![Reason { text: "it failed its trial, and was not loaded".into(), because }]
            }
            Self::Untried { source, .. } => {
                let because = vec![plain(chain("", source))];
                vec![Reason { text: "it could not be tried, and was not loaded".into(), because }]
            }
            Self::Contradiction { what, .. } => vec![plain(format!("it is not built as it says: {what}"))],
            Self::Start { source, .. } => {
                vec![Reason { text: "it did not start".into(), because: vec![plain(chain("", &**source))] }]
            }
            Self::Fault { source, .. } => {
                let text = format!("it {} while it started", verb(source));
                vec![Reason { text, because: vec![plain(source.message().to_owned())] }]
            }
            Self::Faults { faults, time, .. } => {
                vec![plain(format!("it had {} within {time:?}", counted(*faults)))]
            }
            Self::Quarantined { record, .. } => vec![
                Reason {
                    text: format!("it is in quarantine since {}", record.since()),
                    because: vec![plain(format!("it {}", record.cause.message))],
                },
                plain(format!("that is lifted by {}", record.lifts())),
            ],
            Self::QuarantineUnknown { what, .. } => {
                vec![Reason { text: "it may be in quarantine".into(), because: vec![plain(what.clone())] }]
            }
            Self::Denied { by, .. } => {
                let because = vec![plain(format!("it is {}", chain("", &**by)))];
                vec![Reason { text: "it is not let in".into(), because }]
            }
            Self::Unwanted { why, .. } => vec![plain(format!("it is not wanted: {why}"))],
            Self::Reserved { .. } => vec![plain("it has the id of the host itself".into())],
            Self::Deadline { deadline, .. } => {
                vec![plain(format!("its start did not end within {deadline:?}"))]
            }
            Self::Needs { needed, interface, source, .. } => {
                let text = format!("it needs {}`{needed}`, which does not run", through(interface.as_ref()));
                vec![Reason { text, because: source.reasons() }]
            }
        }
    }
}

/// An error and its causes in one clause, after a beginning.
fn chain(beginning: &str, error: &(dyn Error + 'static)) -> String {
    let words = crate::plugin::in_words(error);
    if beginning.is_empty() { words } else { format!("{beginning}: {words}") }
}

/// Why a caller can not have an interface of a plugin.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GetError {
    /// There is no such plugin.
    #[error("there is no plugin `{id}`")]
    Unknown {
        /// What was asked for.
        id: String,
        /// What may have been meant.
        meant: Option<PluginId>,
    },
    /// It is not wanted.
    #[error("plugin `{id}` is disabled by {by}")]
    Disabled {
        /// The plugin.
        id: PluginId,
        /// Who does not want it.
        by: DisabledBy,
    },
    /// It does not run.
    #[error("plugin `{id}` does not run")]
    Refused {
        /// The plugin.
        id: PluginId,
        /// Why.
        source: Arc<Refusal>,
    },
    /// It runs, and has no such interface.
    #[error("plugin `{id}` does not provide `{interface}`, {}", instead(.provides))]
    NotProvided {
        /// The plugin.
        id: PluginId,
        /// What was asked for.
        interface: String,
        /// What it has, by id.
        provides: Vec<InterfaceId>,
    },
    /// It has the interface in a form that this side can not use.
    #[error("plugin `{id}` provides `{interface}` in another form")]
    Mismatch {
        /// The plugin.
        id: PluginId,
        /// What was asked for.
        interface: String,
        /// Both forms, where they differ.
        source: Mismatch,
    },
    /// It runs, and shares nothing under this name.
    #[error("plugin `{id}` shares no `{name}`, {}", shared_instead(.shares))]
    NotShared {
        /// The plugin.
        id: PluginId,
        /// What was asked for.
        name: String,
        /// The names of what it shares, sorted.
        shares: Vec<String>,
    },
    /// It was asked for from within the start of a plugin that does not come after it.
    #[error("plugin `{id}` does not start before `{asker}`, which asks for it")]
    Early {
        /// The plugin.
        id: PluginId,
        /// Whose start is under way, or has not come yet.
        asker: PluginId,
    },
    /// The operator has unloaded it.
    #[error("plugin `{id}` has been unloaded")]
    Unloaded {
        /// The plugin.
        id: PluginId,
    },
    /// The host has stopped.
    #[error("the host has stopped")]
    Stopped,
}

fn instead(ids: &[InterfaceId]) -> String {
    match ids {
        [] => "nor any other interface".into(),
        ids => format!("only {}", ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")),
    }
}

fn shared_instead(names: &[String]) -> String {
    match names {
        [] => "nor anything else".into(),
        names => {
            format!("only {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
        }
    }
}

impl GetError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown-plugin",
            Self::Disabled { .. } => "disabled",
            Self::Refused { source, .. } => source.code(),
            Self::NotProvided { .. } => "not-provided",
            Self::Mismatch { .. } => "interface-mismatch",
            Self::NotShared { .. } => "not-shared",
            Self::Early { .. } => "too-early",
            Self::Unloaded { .. } => "unloaded",
            Self::Stopped => "host-stopped",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Unknown { meant: Some(meant), .. } => format!("write `{meant}` if that is meant"),
            Self::Unknown { meant: None, .. } => {
                "link the plugin in, or put its library into a plugin folder of the host".into()
            }
            Self::Disabled { id, by } => by.help(id),
            Self::Refused { source, .. } => source.help(),
            Self::NotProvided { interface, .. } => {
                format!("ask a plugin that has it: `all` gives every provider of `{interface}`")
            }
            Self::Mismatch { source, .. } => source.help(),
            Self::NotShared { id, name, .. } => {
                format!("ask for it once `{id}` shares `{name}`, or for a name that it shares")
            }
            Self::Early { id, asker } => {
                format!("let `{asker}` require `{id}`, or ask for it once `{asker}` runs")
            }
            Self::Unloaded { id } => format!("load it again with `keyway load {id}`"),
            Self::Stopped => "ask before the host is stopped or dropped".into(),
        }
    }
}

/// Why something can not be changed in a running host.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The plugin can not be had afterwards, or not at all.
    #[error(transparent)]
    Get(GetError),
    /// Nothing that is found now is the plugin. It goes on as it is.
    #[error("plugin `{id}` can not be reloaded: its file `{place}` is gone, or no plugin any more")]
    Vanished {
        /// The plugin.
        id: PluginId,
        /// Where its file was.
        place: String,
    },
    /// Others that run can not do without the plugin.
    #[error("plugin `{id}` is needed by {}", named(.by))]
    Needed {
        /// The plugin.
        id: PluginId,
        /// Who needs it, by id.
        by: Vec<PluginId>,
    },
    /// What was changed can not be kept for hosts to come. In this host it is changed.
    #[error("the change is made in this host, and can not be kept")]
    Store(#[source] Arc<StoreError>),
    /// The host offers it itself: it is there for as long as the host runs.
    #[error("`{id}` is offered by the host itself, and can not be {change}")]
    Offered {
        /// What the host offers.
        id: PluginId,
        /// What was asked for, as a participle.
        change: &'static str,
    },
    /// The plugin is not wanted.
    #[error("plugin `{id}` is disabled by {by}")]
    Disabled {
        /// The plugin.
        id: PluginId,
        /// Who does not want it.
        by: DisabledBy,
    },
    /// It was asked for from within the stop or the drop of a plugin, whose end it would have to wait for.
    #[error("nothing can be changed from within the stop of plugin `{id}`")]
    Within {
        /// The plugin that is being stopped.
        id: PluginId,
    },
}

fn named(ids: &[PluginId]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ")
}

impl ChangeError {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Get(error) => error.code(),
            Self::Vanished { .. } => "vanished",
            Self::Needed { .. } => "needed",
            Self::Offered { .. } => "offered",
            Self::Disabled { .. } => "disabled",
            Self::Within { .. } => "within-a-stop",
            Self::Store(error) => error.code(),
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Get(error) => error.help(),
            Self::Store(error) => error.help(),
            Self::Vanished { place, .. } => {
                format!("put the plugin's file back at `{place}`; until then the one that runs goes on")
            }
            Self::Needed { by, .. } => format!("unload {} first, or with it", named(by)),
            Self::Offered { id, .. } => {
                format!("leave out `offer` with `{id}` where the host is built, if nobody is to have it")
            }
            Self::Disabled { id, by } => by.help(id),
            Self::Within { id } => {
                format!("ask for it from another thread, and do not let the stop of `{id}` wait for that one")
            }
        }
    }
}
