//! Who talks with whom: the host's topics, and each plugin's part in them.

use std::any::Any;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::UNIX_EPOCH;

use super::HostServices;
use super::router::{Answers, Asker};
use super::topics::{Hub, Member, Told};
use crate::context::router::port::Router;
use crate::context::topics::Lifecycle;
use crate::context::topics::port::{SameImage, Topics};
use crate::context::{HOST, Provided};
use crate::host::lifecycle::Core;
use crate::host::record::Event;

/// What a host has of it.
pub(in crate::host) struct Talk {
    pub(in crate::host) hub: Arc<Hub>,
    /// The host's program.
    pub(in crate::host) host: Arc<Member>,
    told: Told,
    answers: Arc<Answers>,
}

impl Talk {
    pub(in crate::host) fn new() -> Self {
        let hub: Arc<Hub> = Arc::default();
        let (host, told) = (Arc::new(Member::new(&hub, HOST)), Told::new(&hub));
        Self { hub, host, told, answers: Arc::default() }
    }

    /// Publishes a change of a plugin's state.
    pub(in crate::host) fn told(&self, event: &Event) {
        self.told.tell(|| {
            let since = event.at.duration_since(UNIX_EPOCH).unwrap_or_default();
            Lifecycle {
                plugin: event.plugin.to_string(),
                version: event.version.to_string(),
                home: event.home.to_string(),
                from: event.from.as_ref().map(|from| from.name().to_owned()),
                to: event.state.name().to_owned(),
                reason: event.state.refusal().map(|refusal| refusal.summary()),
                at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
            }
        });
    }

    /// The host's program as one who asks and answers.
    pub(in crate::host) fn router(&self, core: &Arc<Core>) -> Arc<dyn Router> {
        self.asker(&self.host, Arc::downgrade(core))
    }

    fn asker(&self, member: &Arc<Member>, core: Weak<Core>) -> Arc<dyn Router> {
        Arc::new(Asker { answers: Arc::clone(&self.answers), member: Arc::clone(member), core })
    }

    /// The host has stopped.
    pub(in crate::host) fn close(&self) {
        self.host.drain();
        self.hub.close();
        self.host.gate().close();
        self.answers.close();
    }
}

struct Part {
    member: Arc<Member>,
    answers: Arc<Answers>,
}

impl Part {
    fn close(&self) {
        self.member.close();
        self.answers.withdraw(self.member.gate());
    }
}

/// A plugin's part, which is there once it asked for it.
#[derive(Default)]
pub(super) struct Talker {
    part: OnceLock<Part>,
    /// How far it has been stopped.
    ended: AtomicU8,
}

impl Talker {
    fn part(&self, talk: &Talk, services: &HostServices) -> &Part {
        let part = self.part.get_or_init(|| Part {
            member: Arc::new(Member::new(&talk.hub, services.manifest.id.as_str())),
            answers: Arc::clone(&talk.answers),
        });
        // It may have been stopped in between.
        match self.ended.load(Ordering::SeqCst) {
            0 => {}
            1 => part.member.drain(),
            _ => part.close(),
        }
        part
    }

    /// The topics, the way that the plugin is reached; where there is no edge in between, its events are values.
    pub(super) fn topics(&self, talk: &Talk, services: &HostServices) -> Provided {
        let member = &self.part(talk, services).member;
        let mut provided = services.give::<dyn Topics>(Arc::clone(member) as _);
        if provided.direct.is_some() {
            let near: Arc<dyn SameImage> = Arc::clone(member) as _;
            provided.direct = Some(Box::new(near) as Box<dyn Any + Send + Sync>);
        }
        provided
    }

    /// The plugin as one who asks and answers.
    pub(super) fn router(&self, talk: &Talk, services: &HostServices) -> Arc<dyn Router> {
        talk.asker(&self.part(talk, services).member, services.core.clone())
    }

    pub(super) fn drain(&self) {
        self.ended.fetch_max(1, Ordering::SeqCst);
        if let Some(part) = self.part.get() {
            part.member.drain();
        }
    }

    pub(super) fn close(&self) {
        self.ended.store(2, Ordering::SeqCst);
        if let Some(part) = self.part.get() {
            part.close();
        }
    }
}
