//! Subfolders: one plugin with what belongs to it, or a folder in between.

use std::io;
use std::sync::Arc;

use super::super::cache::{self, Cache, Listed, Span};
use super::SEARCH_DEPTH;
use super::complaint::Complaint;
use super::level::Level;
use super::walk::{At, Fresh, Place, Told, Walk};

impl Walk {
    /// Looks at a subfolder; `known` is what the cache has of it, where it was one in between.
    pub(super) fn subfolder(
        &mut self,
        at: &At<'_>,
        place: Place<'_>,
        known: Option<Span>,
        cache: Option<&Cache>,
    ) -> Told {
        let below = place.depth + 1;
        if below == SEARCH_DEPTH {
            tracing::debug!(
                target: "keyway",
                folder = %at.path.display(),
                depth = SEARCH_DEPTH,
                "no `plugin.toml` in it, and what lies deeper is not looked at"
            );
            return self.tell(at.name, place, Fresh::of(at));
        }
        if !self.begin(at.look.identity(|| at.path.clone())) {
            tracing::debug!(target: "keyway", folder = %at.path.display(), "the same folder as an earlier one");
            return self.tell(at.name, place, Fresh::unsettled(None));
        }
        let stamp = (at.look.stamp, at.now);
        let begun =
            Level::begin(at.path.clone(), Arc::clone(place.folder), below, stamp, cache, known.clone());
        let (mut level, broken_off) = match begun {
            Ok(begun) => begun,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Told::Anew(Vec::new()),
            Err(source) => {
                let problem = Complaint::Folder { source }.about(&at.path);
                return self.tell(at.name, place, Fresh::unsettled(Some(problem)));
            }
        };
        if let Some(source) = broken_off {
            self.haul.problem(Complaint::Listing { source }.about(&at.path));
        }
        while level.step(self, cache) {}
        match level.finish() {
            Listed::AsBefore(_) => Told::AsBefore,
            Listed::Anew(listing) => Told::Anew(cache::listing(at.name, &listing).unwrap_or_default()),
        }
    }
}
