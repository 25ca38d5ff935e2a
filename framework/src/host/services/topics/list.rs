//! The topics as an operator sees them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::{Hub, Line, Listener};
use crate::context::topics::{QueueCounts, WhenFull};

/// A topic, at the moment of asking.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TopicInfo {
    /// Its id; `namespace/*` for those who subscribe to a whole namespace.
    pub topic: String,
    /// Who publishes, in the order in which they came.
    pub publishers: Vec<PublisherInfo>,
    /// Who subscribes to just this, in the order in which they came.
    pub subscribers: Vec<SubscriberInfo>,
}

/// Who publishes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PublisherInfo {
    /// The plugin; `keyway/host` for the host.
    pub plugin: String,
    /// How many events so far, whether anybody listened or not.
    pub published: u64,
}

/// Who subscribes, and how well it keeps up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubscriberInfo {
    /// The plugin; `keyway/host` for the host.
    pub plugin: String,
    /// For how many events there is room.
    pub capacity: u32,
    /// What happens when there is none.
    pub when_full: WhenFull,
    /// What became of the events so far.
    pub counts: QueueCounts,
}

impl Hub {
    /// Every topic that somebody publishes or subscribes to, by id.
    pub(in crate::host) fn list(&self) -> Vec<TopicInfo> {
        let lists = self.lock();
        let mut all: Vec<TopicInfo> = lists
            .topics
            .iter()
            .map(|(topic, known)| TopicInfo {
                topic: topic.clone(),
                publishers: known.lines.iter().map(publisher).collect(),
                subscribers: known.listeners.iter().map(subscriber).collect(),
            })
            .collect();
        all.extend(lists.namespaces.iter().map(|(namespace, listeners)| TopicInfo {
            topic: format!("{namespace}/*"),
            publishers: Vec::new(),
            subscribers: listeners.iter().map(subscriber).collect(),
        }));
        drop(lists);
        all.sort_by(|one, other| one.topic.cmp(&other.topic));
        all
    }
}

fn publisher(line: &Arc<Line>) -> PublisherInfo {
    let published = line.published.load(Ordering::Relaxed);
    PublisherInfo { plugin: line.source.publisher.to_string(), published }
}

fn subscriber(listener: &Arc<Listener>) -> SubscriberInfo {
    let settings = listener.queue.settings();
    SubscriberInfo {
        plugin: listener.subscriber.clone(),
        capacity: settings.capacity(),
        when_full: settings.when_full(),
        counts: listener.queue.counts(),
    }
}
