//! What plugins of other images say with `tracing` and `log`, said again here: to the subscriber that listens on this
//! thread, with the plugin's own name, target, level, place and fields, and with whose it is.
//!
//! The other side is `context/traces.rs`. A subscriber's panic ends at the edge, as a panic of any call does. What is said
//! while something is being said, because a subscriber calls a plugin, goes nowhere: it would have no end.

use std::cell::Cell;
use std::sync::{Arc, OnceLock, Weak};

use tracing_core::dispatcher::get_default;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, LevelFilter};

use self::image::{End, Image};
use self::site::{Leaked, leaked_of};
use super::HostServices;
use crate::context::traces::values::{Told, read};
use crate::context::traces::{Attached, CURRENT, Known, ROOT, Site, Traces, Watcher, mark, number};
use crate::host::find::discovery::Origin;
use crate::host::lifecycle::Core;
use crate::manifest::Home;

mod image;
mod lines;
mod push;
pub(in crate::host) mod site;
mod spans;

pub(in crate::host) use push::also_log;

/// What one plugin's start has given to its image.
pub(super) struct HostTraces {
    end: End,
    home: Home,
    image: OnceLock<Arc<Image>>,
}

impl HostTraces {
    pub(super) fn of(services: &HostServices) -> Self {
        let record = Arc::downgrade(&services.record);
        let end = End { id: services.manifest.id.clone(), core: services.core.clone(), record };
        Self { end, home: services.home, image: OnceLock::new() }
    }

    fn image(&self) -> Result<&Arc<Image>, String> {
        self.image.get().ok_or_else(|| "nobody has said which image this is".into())
    }

    /// The ids of the plugins that are of the same file as this one.
    fn of_file(&self) -> Vec<String> {
        let Some(core) = self.end.core.upgrade() else { return Vec::new() };
        let now = core.registry.now();
        let Some(Origin::File { artifact, .. }) =
            now.find(self.end.id.as_str()).map(|entry| &entry.plugin.origin)
        else {
            return Vec::new();
        };
        artifact.manifests.iter().map(|manifest| manifest.id.to_string()).collect()
    }
}

/// Whether a host is still there.
fn is_there(core: &Weak<Core>) -> bool {
    core.strong_count() > 0
}

thread_local! {
    /// Something of a plugin's is being said on this thread.
    static SAYING: Cell<bool> = const { Cell::new(false) };
}

/// Something is being said for as long as the value lives.
pub(super) struct Saying;

impl Saying {
    /// `None` where something is already.
    pub(super) fn begin() -> Option<Self> {
        // None is made where something is: its drop would say that nothing is.
        if SAYING.replace(true) { None } else { Some(Self) }
    }
}

impl Drop for Saying {
    fn drop(&mut self) {
        SAYING.set(false);
    }
}

const UNHEARD: &str = "nobody is there to hear it";

impl Traces for HostTraces {
    fn attach(&self, image: u64, watcher: Arc<dyn Watcher>) -> Result<Attached, String> {
        let host = mark();
        if image != host {
            push::listen();
            let shared = self.image.get_or_init(|| Image::of(image, self.home));
            shared.attach(self.end.clone(), self.of_file(), watcher);
        }
        Ok(Attached { host, level: number(LevelFilter::current()) })
    }

    fn site(&self, site: Site) -> Result<Known, String> {
        self.image()?.site(site)
    }

    fn enabled(&self, site: u32) -> Result<bool, String> {
        let site = self.image()?.known(site)?;
        let Some(_saying) = Saying::begin() else { return Ok(false) };
        Ok(get_default(|dispatch| dispatch.enabled(site.metadata())))
    }

    fn event(&self, site: u32, parent: u64, values: &[u8]) -> Result<(), String> {
        let image = self.image()?;
        let site = image.known(site)?;
        let Some(_saying) = Saying::begin().filter(|_| image.is_heard()) else {
            return Err(UNHEARD.into());
        };
        let told = read(values);
        let parent = image.spans.parent(parent);
        site.say(&told, &parent);
        image.keep_line(site, &told);
        Ok(())
    }

    fn new_span(&self, site: u32, parent: u64, values: &[u8]) -> Result<u64, String> {
        let image = self.image()?;
        let site = image.known(site)?;
        let Some(_saying) = Saying::begin().filter(|_| image.is_heard()) else {
            return Err(UNHEARD.into());
        };
        let told = read(values);
        let parent = image.spans.parent(parent);
        let metadata = site.metadata();
        let (dispatch, id) = site.with_values(&told, |values| {
            let attributes = match &parent {
                Parent::Current => Attributes::new(metadata, values),
                Parent::Root => Attributes::new_root(metadata, values),
                Parent::Span(span) => Attributes::child_of(span.clone(), metadata, values),
            };
            get_default(|dispatch| (dispatch.clone(), dispatch.new_span(&attributes)))
        });
        Ok(image.spans.put(dispatch, id, site))
    }

    fn record(&self, span: u64, values: &[u8]) -> Result<(), String> {
        let Some(_saying) = Saying::begin() else { return Err(UNHEARD.into()) };
        let spans = &self.image()?.spans;
        if span == CURRENT {
            let Some((dispatch, id, Some(site))) = spans::current() else { return Ok(()) };
            site.with_later_values(&read(values), |values| dispatch.record(&id, &Record::new(values)));
            return Ok(());
        }
        let (dispatch, id, site) = spans.find(span)?;
        if let Some(site) = site {
            site.with_later_values(&read(values), |values| dispatch.record(&id, &Record::new(values)));
        }
        Ok(())
    }

    fn follows(&self, span: u64, cause: u64) -> Result<(), String> {
        let Some(_saying) = Saying::begin() else { return Err(UNHEARD.into()) };
        let spans = &self.image()?.spans;
        let ((dispatch, span, _), (_, cause, _)) = (spans.find(span)?, spans.find(cause)?);
        dispatch.record_follows_from(&span, &cause);
        Ok(())
    }

    fn enter(&self, span: u64) -> Result<(), String> {
        let Some(_saying) = Saying::begin() else { return Err(UNHEARD.into()) };
        let (dispatch, span, _) = self.image()?.spans.find(span)?;
        dispatch.enter(&span);
        Ok(())
    }

    fn exit(&self, span: u64) -> Result<(), String> {
        let Some(_saying) = Saying::begin() else { return Err(UNHEARD.into()) };
        let (dispatch, span, _) = self.image()?.spans.find(span)?;
        dispatch.exit(&span);
        Ok(())
    }

    fn hold(&self, span: u64) -> Result<u64, String> {
        let Some(_saying) = Saying::begin() else { return Err(UNHEARD.into()) };
        self.image()?.spans.hold(span)
    }

    fn close(&self, span: u64) -> Result<bool, String> {
        // What is held has to be let go of, whenever that is; nobody can hold more meanwhile, so that it has an end.
        let _saying = Saying::begin();
        self.image()?.spans.close(span)
    }

    fn current(&self) -> Result<u64, String> {
        let image = self.image()?;
        let Some(_saying) = Saying::begin() else { return Ok(0) };
        let current = get_default(|dispatch| dispatch.current_span().into_inner());
        let Some((_, metadata)) = current else { return Ok(0) };
        let site = leaked_of(metadata).and_then(|site| image.number(site));
        Ok(site.map_or(1, |site| 2 + u64::from(site)))
    }
}

/// Below what an event or a span belongs.
enum Parent {
    Current,
    Root,
    Span(Id),
}

impl Leaked {
    /// Says an event to whoever listens on this thread.
    fn say(&'static self, told: &[(usize, Told<'_>)], parent: &Parent) {
        let metadata = self.metadata();
        self.with_values(told, |values| {
            let event = match parent {
                Parent::Current => Event::new(metadata, values),
                Parent::Root => Event::new_child_of(None, metadata, values),
                Parent::Span(span) => Event::new_child_of(span.clone(), metadata, values),
            };
            get_default(|dispatch| dispatch.event(&event));
        });
    }
}

impl spans::Spans {
    fn parent(&self, number: u64) -> Parent {
        match number {
            0 | CURRENT => Parent::Current,
            ROOT => Parent::Root,
            // One that has ended is nobody's parent any more.
            span => self.find(span).map_or(Parent::Root, |(_, id, _)| Parent::Span(id)),
        }
    }
}
