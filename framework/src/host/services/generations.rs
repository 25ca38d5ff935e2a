//! Who waits for the end of another plugin's generation, from behind an edge.

use std::sync::{Arc, Weak};

use super::STOPPED;
use crate::context::Generations;
use crate::handle::Generation;
use crate::host::lifecycle::Core;

/// The service of a host, which it does not keep.
pub(super) fn of(core: &Weak<Core>) -> Arc<dyn Generations> {
    Arc::new(Service(Weak::clone(core)))
}

struct Service(Weak<Core>);

#[crate::interface]
impl Generations for Service {
    async fn ended(&self, plugin: &str, number: u64) -> Result<String, String> {
        let waiting = {
            let core = self.0.upgrade().ok_or(STOPPED)?;
            let now = core.registry.now();
            let entry = now.find(plugin).ok_or("it is not there any more")?;
            match entry.plugin.live.load_full().filter(|live| live.number() == number) {
                Some(live) => live.ending().ended(),
                None => {
                    let why = entry.plugin.record.why_ended(number);
                    return Ok(why.map_or_else(|| "it was stopped".into(), |why| why.to_string()));
                }
            }
        };
        Ok(waiting.await.to_string())
    }
}
