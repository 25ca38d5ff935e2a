//! Subfolders: one plugin with what belongs to it, or a folder in between.

use std::io;
use std::sync::Arc;

use super::super::cache::{self, Answer, Cache, Listed, Span};
use super::super::sidecar::{self, Contradiction, Sidecar, contradiction};
use super::complaint::Complaint;
use super::examine::Examined;
use super::level::Level;
use super::look::Look;
use super::walk::{At, Fresh, Place, Told, Walk};
use super::{Checked, SEARCH_DEPTH};
use crate::host::loader::{Artifact, Bridge, Problem, Refuses};
use crate::manifest::Manifest;

impl Walk {
    /// Looks at a subfolder; `known` is what the cache has of it, where it was one in between.
    pub(super) fn subfolder(
        &mut self,
        at: &At<'_>,
        place: Place<'_>,
        known: Option<Span>,
        cache: Option<&Cache>,
    ) -> Told {
        if let Some(fresh) = self.with_sidecar(at) {
            return self.tell(at.name, place, fresh);
        }
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

    /// The plugin of a subfolder with a sidecar; `None` where it has none.
    fn with_sidecar(&mut self, at: &At<'_>) -> Option<Fresh> {
        let mut fresh = Fresh::of(at);
        let mut witness = Err(0);
        for name in sidecar::NAMES {
            match Look::at(&at.path.join(name)) {
                Ok(look) => witness = Ok(fresh.witness(name.into(), &look, at.now, false)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => fresh.settled = false,
            }
        }
        let sidecar = match (sidecar::read(&at.path)?, witness) {
            (Ok(sidecar), Ok(witness)) => (sidecar, witness),
            // It has come just now.
            (Ok(_), Err(_)) => return Some(Fresh::unsettled(None)),
            (Err(error), _) => {
                // It may be a file that is not there, which no stamp of what is there tells of.
                let place = error.place(&at.path).to_owned();
                fresh.problem(0, &place, Box::new(error) as Box<dyn Refuses>);
                fresh.settled = false;
                return Some(fresh);
            }
        };
        self.beside(at, sidecar, fresh)
    }

    /// The library that a sidecar names for this platform, against the sidecar.
    fn beside(
        &mut self,
        at: &At<'_>,
        (sidecar, number): (Sidecar, usize),
        mut fresh: Fresh,
    ) -> Option<Fresh> {
        let file = match sidecar.file_here() {
            Ok(file) => file,
            Err(error) => {
                fresh.problem(number, &sidecar.path, Box::new(error) as Box<dyn Refuses>);
                return Some(fresh);
            }
        };
        let path = at.path.join(file);
        let examined = Examined::at(&path, &self.bridges);
        let look = match examined.look {
            Ok(look) => look,
            Err(source) => {
                let Problem { place, cause } = Complaint::Entry { source }.about(path);
                fresh.problem(number, &place, cause);
                return Some(fresh);
            }
        };
        let library = fresh.witness(file.to_owned(), &look, examined.now, true);
        let reached = [at.look.identity(|| at.path.clone()), look.identity(|| path.clone())];
        if !self.first(reached, &at.path) {
            return Some(Fresh::unsettled(None));
        }
        let mut silent = true;
        for (bridge, said) in examined.said {
            silent = false;
            match said {
                Ok(mut artifact) => match described(&sidecar, &artifact) {
                    Ok(manifest) => {
                        artifact.manifests = vec![manifest];
                        fresh.settled &= artifact.path == path;
                        let checked = Arc::new(Checked::new(artifact, look.stamp));
                        fresh.answers.push(Answer::Plugins {
                            bridge,
                            witness: library,
                            checked,
                            sidecar: None,
                        });
                    }
                    Err(contradiction) => {
                        fresh.problem(number, &sidecar.path, Box::new(contradiction) as Box<dyn Refuses>);
                    }
                },
                Err(refuses) => fresh.problem(library, &path, refuses),
            }
        }
        if silent {
            let takes = |bridge: &Arc<dyn Bridge>| bridge.check_silent(&path);
            let taken =
                self.bridges.iter().enumerate().find_map(|(number, bridge)| Some((number, takes(bridge)?)));
            match taken {
                Some((bridge, mut artifact)) => {
                    artifact.manifests = vec![Arc::new(sidecar.manifest)];
                    artifact.sidecar = Some(sidecar.path);
                    fresh.settled &= artifact.path == path;
                    let checked = Arc::new(Checked::new(artifact, look.stamp));
                    let sidecar = Some(number);
                    fresh.answers.push(Answer::Plugins { bridge, witness: library, checked, sidecar });
                }
                None => {
                    let Problem { place, cause } = Complaint::Nobodys { sidecar: sidecar.path }.about(&path);
                    fresh.problem(library, &place, cause);
                }
            }
        }
        Some(fresh)
    }
}

/// What a library says of the plugin that a sidecar is about; of others in it the sidecar says nothing, and they are left
/// where they are.
fn described(sidecar: &Sidecar, artifact: &Artifact) -> Result<Arc<Manifest>, Contradiction> {
    let same_id = |manifest: &&Arc<Manifest>| manifest.id == sidecar.manifest.id;
    let embedded = artifact.manifests.iter().find(same_id).or(artifact.manifests.first());
    match embedded {
        Some(embedded) => match contradiction(&sidecar.manifest, embedded) {
            None => Ok(Arc::clone(embedded)),
            Some(contradiction) => Err(contradiction),
        },
        // A bridge that found the file to be its own, and no plugin in it.
        None => Ok(Arc::new(sidecar.manifest.clone())),
    }
}
