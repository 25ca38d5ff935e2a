//! What the bridges have brought into the process, and what never leaves it again.

use super::Host;
use super::lifecycle::Core;
use super::loader::Mapped;

impl Host {
    /// The images in this process that this host's bridges tell of, by file and generation: those of other hosts in the
    /// process, too, since images belong to the process. Stopping a plugin unmaps nothing.
    pub fn mapped(&self) -> Vec<Mapped> {
        self.core.mapped()
    }
}

impl Core {
    /// See [`Host::mapped`].
    pub(super) fn mapped(&self) -> Vec<Mapped> {
        let bridges = &self.registry.now().survey.search.bridges;
        let mut mapped: Vec<Mapped> = bridges.iter().flat_map(|bridge| bridge.mapped()).collect();
        mapped.sort_unstable();
        // Two bridges of a kind tell the same.
        mapped.dedup();
        mapped
    }
}
