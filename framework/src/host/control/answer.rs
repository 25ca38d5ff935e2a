//! From a request to what the host does, and what it says then.
//!
//! Works on what the host shares with its plugins' contexts, so that a connection keeps no host alive.
#![cfg_attr(not(unix), allow(dead_code, reason = "nobody can ask there"))]

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::protocol::Request;
use super::report::{
    Changed, Details, History, HostReport, Item, Line, Lines, List, Stays, Trouble, Unreadable,
};
use super::status::{StatusItem, Statuses};
use super::why::Why;
use crate::host::info::{PluginInfo, State};
use crate::host::lifecycle::Core;
use crate::host::refusal::{ChangeError, GetError};
use crate::host::registry::{Entry, Snapshot};
use crate::id::PluginId;
use crate::manifest::Home;

/// What a host says to a request; those that follow something are not answered here.
pub(super) fn answer(core: &Arc<Core>, about: &HostReport, request: &Request) -> Result<Value, Trouble> {
    match request {
        Request::Host {} => told(about),
        Request::List {} => told(&list(core)),
        Request::Refresh {} => {
            core.refind().map_err(|error| Trouble::from(&error))?;
            told(&list(core))
        }
        Request::Plugin { id } => {
            let seen = Seen::of(core);
            told(&Details::of(seen.plugin(id)?, &seen.plugins))
        }
        Request::Why { id } => {
            let seen = Seen::of(core);
            told(&Why::of(seen.plugin(id)?, &seen.plugins, &seen.now.survey))
        }
        Request::Status { id } => told(&Statuses { items: statuses(core, id.as_deref())? }),
        Request::History { id } => {
            let now = core.registry.now();
            let entry = find(&now, id)?;
            let items = entry.plugin.record.events().iter().map(Into::into).collect();
            told(&History { id: entry.id().clone(), items })
        }
        Request::Logs { id, after } => {
            let (id, items) = lines(core, id, *after)?;
            told(&Lines { id, items })
        }
        Request::Load { id } => {
            core.load(id).map_err(|error| Trouble::from(&error))?;
            told(&changed(core, id, Vec::new())?)
        }
        Request::Unload { id, cascade } => {
            let also = core.unload(id, *cascade).map_err(|error| Trouble::from(&error))?;
            told(&stopped(core, id, also)?)
        }
        Request::Reload { id } => {
            let also = core.reload(id).map_err(|error| Trouble::from(&error))?;
            told(&changed(core, id, also)?)
        }
        Request::Enable { id } => {
            let lifted = core.enable(id).map_err(|error| Trouble::from(&error))?;
            let lifted = lifted.iter().map(ToString::to_string).collect();
            told(&Changed { lifted, ..changed(core, id, Vec::new())? })
        }
        Request::Disable { id } => {
            let also = core.disable(id).map_err(|error| Trouble::from(&error))?;
            told(&stopped(core, id, also)?)
        }
        Request::FollowLogs { .. } | Request::FollowStatus { .. } => {
            unreachable!("what is followed has no one answer")
        }
    }
}

fn told(answer: &impl Serialize) -> Result<Value, Trouble> {
    Ok(serde_json::to_value(answer).expect("reports are texts, numbers and lists"))
}

/// The plugins at one moment.
struct Seen {
    now: Arc<Snapshot>,
    plugins: Vec<PluginInfo>,
}

impl Seen {
    fn of(core: &Core) -> Self {
        let now = core.registry.now();
        let passed_over = now.survey.passed_over();
        let plugins = now.entries().iter().map(|entry| now.info(entry, &passed_over)).collect();
        drop(passed_over);
        Self { now, plugins }
    }

    fn plugin(&self, id: &str) -> Result<&PluginInfo, Trouble> {
        let at = self.plugins.binary_search_by(|plugin| plugin.id.as_str().cmp(id));
        at.map(|at| &self.plugins[at]).map_err(|_| unknown(&self.now, id))
    }
}

fn unknown(now: &Snapshot, id: &str) -> Trouble {
    let error = now.unknown(id);
    let help = match &error {
        GetError::Unknown { meant: None, .. } => "see what is here with `keyway list`".into(),
        error => error.help(),
    };
    Trouble { help, ..Trouble::from(&ChangeError::Get(error)) }
}

fn find<'a>(now: &'a Snapshot, id: &str) -> Result<&'a Entry, Trouble> {
    now.find(id).ok_or_else(|| unknown(now, id))
}

fn list(core: &Core) -> List {
    let seen = Seen::of(core);
    let items = seen.plugins.iter().map(Item::from).collect();
    List { items, problems: seen.now.survey.problems().iter().map(Unreadable::from).collect() }
}

/// How one plugin fares, or all do.
pub(super) fn statuses(core: &Core, id: Option<&str>) -> Result<Vec<StatusItem>, Trouble> {
    let now = core.registry.now();
    match id {
        Some(id) => Ok(vec![StatusItem::of(&now, find(&now, id)?)]),
        None => Ok(now.entries().iter().map(|entry| StatusItem::of(&now, entry)).collect()),
    }
}

/// The lines of a plugin's log after the one of this number.
pub(super) fn lines(core: &Core, id: &str, after: u64) -> Result<(PluginId, Vec<Line>), Trouble> {
    let now = core.registry.now();
    let entry = find(&now, id)?;
    let lines = entry.plugin.record.lines_after(after).iter().map(Line::from).collect();
    Ok((entry.id().clone(), lines))
}

fn changed(core: &Core, id: &str, also: Vec<PluginId>) -> Result<Changed, Trouble> {
    let now = core.registry.now();
    let item = Item::from(&now.info(find(&now, id)?, &Default::default()));
    Ok(Changed { item, also, stays: None, lifted: Vec::new() })
}

/// With what of its code stays in the process.
fn stopped(core: &Core, id: &str, also: Vec<PluginId>) -> Result<Changed, Trouble> {
    let changed = changed(core, id, also)?;
    let was_in = changed.item.home == Home::Dylib.to_string() && has_run(core, id);
    let bytes = |file: &str| {
        let full = std::path::absolute(file).ok()?;
        let images = core.mapped().into_iter().filter(|image| image.file == full);
        images.map(|image| image.bytes).reduce(|all, bytes| all + bytes)
    };
    let file = changed.item.file.clone().filter(|_| was_in);
    let stays = file.map(|file| Stays { bytes: bytes(&file), file });
    Ok(Changed { stays, ..changed })
}

/// Whether it has ever come as far as to run.
fn has_run(core: &Core, id: &str) -> bool {
    let now = core.registry.now();
    let events = now.find(id).map(|entry| entry.plugin.record.events()).unwrap_or_default();
    events.iter().any(|event| matches!(event.state, State::Active))
}
