//! The one bridge of an image: made when its first plugin starts, and there for as long as the image is.

use std::sync::{Arc, OnceLock};

use tracing_core::Dispatch;
use tracing_core::dispatcher::{get_default, set_global_default};
use tracing_core::subscriber::NoSubscriber;

use super::bridge::Bridge;
use super::records::{self, Logger};
use super::{Attached, Traces, Watcher, mark};
use crate::context::{Context, Level};

static BRIDGE: OnceLock<Installed> = OnceLock::new();

struct Installed {
    bridge: Arc<Bridge>,
    /// The mark of the host's image.
    host: u64,
    /// `log` says everything to the bridge.
    logs: bool,
    /// What the image had already.
    own: &'static str,
}

pub(super) fn bridge() -> Option<&'static Bridge> {
    BRIDGE.get().map(|installed| &*installed.bridge)
}

/// A plugin of this image starts. What it and the rest of the image say goes to its host from now on, unless that lives in
/// this image, too; a subscriber or logger that is there already is left.
pub(crate) fn arrive(context: &Context) {
    // A host of an earlier version has no such service, and nothing is to be done about that.
    let Ok(host) = context.service::<dyn Traces>("traces") else { return };
    let Ok(attached) = host.attach(mark(), Arc::new(Image)) else { return };
    if attached.host == mark() {
        return;
    }
    let mut first = false;
    let installed = BRIDGE.get_or_init(|| {
        first = true;
        Installed::new(host, attached)
    });
    if installed.host != attached.host {
        context
            .log(Level::Debug, "what its library says with `tracing` and `log` goes to another host program");
    } else if first {
        // Not before the bridge is where the logger looks for it.
        installed.turn(attached.level);
    }
    if !installed.own.is_empty() {
        context
            .log(Level::Debug, format_args!("its library has {} of its own, which is left", installed.own));
    }
}

impl Installed {
    fn new(host: Arc<dyn Traces>, attached: Attached) -> Self {
        let bridge = Arc::new(Bridge::new(host, attached.level));
        // A subscriber that is not used would make every callsite be asked for twice.
        let free = get_default(|dispatch| dispatch.is::<NoSubscriber>());
        let traces = free && set_global_default(Dispatch::new(Arc::clone(&bridge))).is_ok();
        let logs = log::set_logger(&Logger).is_ok();
        let own = match (traces, logs) {
            (true, true) => "",
            (false, true) => "a `tracing` subscriber",
            (true, false) => "a `log` logger",
            (false, false) => "a `tracing` subscriber and a `log` logger",
        };
        Self { bridge, host: attached.host, logs, own }
    }

    fn turn(&self, level: u32) {
        if self.logs {
            log::set_max_level(records::filter(level));
        }
    }
}

/// What the host tells of its filter.
struct Image;

impl Watcher for Image {
    fn filter_changed(&self, level: u32, interests: &[u8]) {
        if let Some(installed) = BRIDGE.get() {
            installed.turn(level);
            installed.bridge.filter_changed(level, interests);
        }
    }
}
