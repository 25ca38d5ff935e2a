//! Manifests in, a plan or reasons out.
//!
//! The resolver decides which plugins run, each in which version, and in which order they start. It reads no file,
//! starts nothing and keeps nothing: the same world always gives the same answer.
//!
//! # What it decides, in this order
//!
//! 1. **What could run at all.** A candidate that is made for another host, or that needs something no plan can give
//!    it, is out, and so is everything that needs it. This includes every cycle of requirements that must be met.
//! 2. **Which plugins run.** Plugins are taken in order of *precedence*: what the host offers and what runs already, then linked in before loaded, then higher rank,
//!    then id (of the newest candidate that is made for this host). Each is added if there is any plan that runs it
//!    together with all that were added before; otherwise it is refused, and the refusal names what was in the way.
//! 3. **Which versions.** Those that require come before what they require, then precedence. Each plugin gets its
//!    highest version that still lets all of the above run; after it, each of its optional requirements is met if
//!    some plan can.
//! 4. **When each starts.** After everything it needs; among those that could be next, precedence.
//!
//! Nothing depends on the order of the candidates, except that of two candidates of one id whose versions are of equal
//! precedence, the later is left aside.
//!
//! The common world has one candidate an id and nothing to decide; it is resolved in time linear in its size. Only
//! connected groups in which a version, a conflict or a provider must be chosen go through PubGrub (`choose.rs`, `solve.rs`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use semver::Version;
use serde::Serialize;

use crate::id::PluginId;
use crate::manifest::{Home, Manifest};

mod choose;
mod explain;
mod index;
mod order;
mod picture;
mod solve;
#[cfg(test)]
mod tests;
mod wire;

pub(super) use explain::nearest;
pub use explain::{Reason, Refused};
pub use order::{Link, Links, Ordered, order};
pub use picture::Grow;

/// One place where a plugin was found.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it says about itself.
    pub manifest: Arc<Manifest>,
    /// How it would be run.
    pub home: Home,
    /// The folder or file it was found in; `-` where it is linked in, `host` where the host offers it.
    pub source: Cow<'static, str>,
}

/// Everything that a resolution depends on.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The host's name, for messages.
    pub host: &'a str,
    /// The host's version, which `host` in a manifest is compared with.
    pub host_version: &'a Version,
    /// All that was found. Of two equal versions of one id the earlier wins; nothing else depends on the order.
    pub candidates: &'a [Candidate],
    /// Plugins that must not run, each with the reason as a predicate: "is disabled", "is in quarantine".
    pub excluded: &'a BTreeMap<PluginId, String>,
    /// Plugins that come before all others when it is decided which run: what the host offers, and those that run already.
    pub keep: &'a BTreeSet<PluginId>,
}

/// The answer: every id among the candidates is in the plan, or refused, or was excluded from the start.
#[derive(Clone, Debug)]
pub struct Resolution {
    /// What runs, in start order.
    pub plan: Plan,
    /// What can not run, by id, with the reasons. Excluded plugins are not repeated here.
    pub refused: BTreeMap<PluginId, Refused>,
    /// Candidates that are left aside although their plugin runs, or that repeat an earlier one; by index.
    pub passed_over: Vec<PassedOver>,
}

/// What runs, in start order; stop in reverse.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// One step a plugin.
    pub steps: Vec<Step>,
}

/// One plugin to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which candidate, as an index into [`World::candidates`].
    pub candidate: usize,
    /// The earlier steps that this one can not run without, ascending. Of several plugins that provide a required
    /// interface, this is the one of highest rank, then id; the others are in `after`.
    pub needs: Vec<usize>,
    /// The earlier steps that this one prefers to find running, ascending.
    pub after: Vec<usize>,
}

/// A candidate that is left aside.
#[derive(Clone, Debug)]
pub struct PassedOver {
    /// Which one, as an index into [`World::candidates`].
    pub candidate: usize,
    /// Why.
    pub why: Why,
}

/// Why a candidate is left aside.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
#[non_exhaustive]
pub enum Why {
    /// A newer version of the plugin runs.
    Older {
        /// The version that runs.
        chosen: Version,
    },
    /// The same version was found in a place that comes first.
    SameVersion {
        /// That place.
        first: String,
    },
    /// It can not run, and an older version can.
    CanNotRun {
        /// The reasons.
        refused: Refused,
    },
    /// It could run, but these plugins would then not, or not as well; an older version suits all.
    HeldBack {
        /// Whom it does not suit, sorted by id; empty where it is only so by way of others.
        by: Vec<PluginId>,
    },
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Older { chosen } => write!(f, "older than {chosen}, which runs"),
            Self::SameVersion { first } => write!(f, "the same version was found earlier, in {first}"),
            Self::CanNotRun { refused } => f.write_str(&refused.summary()),
            Self::HeldBack { by } if by.is_empty() => f.write_str("others could not run beside it"),
            Self::HeldBack { by } => {
                f.write_str("held back by ")?;
                for (n, id) in by.iter().enumerate() {
                    write!(f, "{}`{id}`", if n > 0 { ", " } else { "" })?;
                }
                Ok(())
            }
        }
    }
}

/// Decides what runs, in which version and order; see the module.
pub fn resolve(world: &World<'_>) -> Resolution {
    let index = index::Index::new(world);
    let choice = choose::choose(&index);
    let plan = wire::plan(&index, &choice);
    let (refused, passed_over) = explain::explain(&index, &choice);
    Resolution { plan, refused, passed_over }
}
