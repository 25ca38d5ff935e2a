//! Enabling and disabling where no host runs: kept in the folder of the state, for the next start.

use keyway::host::control::{Item, Trouble};
use keyway::host::{Quarantine, Records, Store};
use keyway::id::PluginId;

use super::Outcome;
use crate::app::App;
use crate::failure::Failure;
use crate::nearest::nearest;
use crate::options::Options;
use crate::output::{Screen, Waiting};

/// Enables or disables them all, as one change where all of them can be.
pub(super) fn change(
    ids: &[String],
    enable: bool,
    app: &App,
    options: &Options,
    screen: &Screen<'_>,
) -> Result<Vec<Outcome>, Failure> {
    let store = Store::open(&app.own_places().state).map_err(|error| Failure::from(&error))?;
    let looking = screen.wait("looking for plugins");
    // What is linked into another program can not be seen from here, and so no name is a mistake for sure.
    let known = if app.sees_linked_in() {
        Some(app.survey(options, &looking)?)
    } else {
        app.survey(options, &looking).ok()
    };
    drop(looking);
    let known: Vec<PluginId> =
        known.iter().flat_map(|survey| survey.plugins()).map(|plugin| plugin.id).collect();
    let mut lifted: Vec<(PluginId, Vec<Quarantine>)> = Vec::new();
    let mut wanted = Vec::with_capacity(ids.len());
    for id in ids {
        wanted.push(match PluginId::new(id) {
            Ok(id) if !app.sees_linked_in() || known.contains(&id) => Ok(id),
            Ok(id) => Err(unknown(id.as_str(), &known)),
            Err(_) if !known.is_empty() => Err(unknown(id, &known)),
            Err(error) => Err(Trouble {
                code: "invalid-id".into(),
                message: format!("`{id}` is no id: {error}"),
                help: "write it as `namespace/name`".into(),
            }),
        });
    }
    let all: Vec<&PluginId> = wanted.iter().filter_map(|id| id.as_ref().ok()).collect();
    if !all.is_empty() {
        let change = |records: &mut Records| {
            for id in &all {
                if enable {
                    lifted.push(((*id).clone(), records.lift(id)));
                }
                records.choose(id, |choice| choice.enabled = if enable { None } else { Some(false) });
            }
        };
        store.change(change).map_err(|error| Failure::from(&error))?;
    }
    // As it would be now.
    let survey = app.survey(options, &Waiting::in_silence()).ok();
    let outcome = |(id, wanted): (&String, Result<PluginId, Trouble>)| {
        let wanted = match wanted {
            Ok(wanted) => wanted,
            Err(trouble) => return Outcome::of(id, Err(trouble)),
        };
        let plugin = survey.as_ref().and_then(|survey| survey.plugin(wanted.as_str()));
        let freed = lifted.iter().filter(|(lifted, _)| *lifted == wanted).flat_map(|(_, all)| all);
        let freed: Vec<String> = freed.map(ToString::to_string).collect();
        let mut item = plugin.as_ref().map(Item::from);
        if let Some(item) = &mut item {
            item.why = item.why.take().map(|why| app.trouble(why));
        }
        Outcome { id: id.clone(), item, also: Vec::new(), stays: None, lifted: freed, error: None }
    };
    Ok(ids.iter().zip(wanted).map(outcome).collect())
}

fn unknown(id: &str, known: &[PluginId]) -> Trouble {
    let meant = nearest(id, known.iter().map(PluginId::as_str));
    let help = match meant[..] {
        [] => "see what is here with `keyway list`".to_owned(),
        _ => {
            let meant: Vec<_> = meant.iter().map(|id| format!("`{id}`")).collect();
            format!("write {} if that is meant", meant.join(" or "))
        }
    };
    Trouble { code: "unknown-plugin".into(), message: format!("there is no plugin `{id}`"), help }
}
