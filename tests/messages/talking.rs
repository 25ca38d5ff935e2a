//! What is said of events, and of questions.

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use keyway::Wire;
use keyway::context::router::AskError;
use keyway::context::topics::{Lifecycle, Queue, TopicError};
use keyway::host::Host;

use super::page::Page;

#[keyway::interface(id = "messages/thing", version = "1.0")]
pub(crate) trait Thing: Send + Sync {
    fn thing(&self);
}

#[derive(Wire)]
struct Holds {
    thing: Arc<dyn Thing>,
}

#[derive(Wire)]
struct Saved {
    path: String,
}

#[derive(Wire)]
struct Lines {
    path: u64,
    lines: u64,
}

pub(crate) fn show(page: &mut Page) {
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).start().expect("it has no plugins");
    topics(page, &host);
    questions(page, &host);
}

fn topics(page: &mut Page, host: &Host) {
    let mut show = |error: TopicError| {
        page.error("context::topics::TopicError", error.code(), &error, &error.help());
    };
    let queue = Queue::bounded(8);
    let saved = host.publisher::<Saved>("editor/saved").expect("nobody else has it");
    show(host.publisher::<Saved>("saved").expect_err("it is no topic"));
    show(host.publisher::<Saved>("keyway/saved").expect_err("it is the host's namespace"));
    show(host.publisher::<Holds>("editor/held").expect_err("it is no data"));
    show(host.subscribe::<Lines>("editor/saved", queue).expect_err("it is another"));
    show(host.subscribe::<Saved>("editor/*", queue).expect_err("one type is asked for"));
    show(host.subscribe::<Lifecycle>(Lifecycle::TOPIC, queue).expect_err("the host waits for nobody"));
    let other = Host::builder("toolbox", "1.0.0").linked_in(false).start().expect("it has no plugins");
    other.stop();
    show(other.publisher::<Saved>("editor/saved").expect_err("it has stopped"));
    show(TopicError::Unavailable { why: "this host has no service `keyway/topics`".into() });
    show(TopicError::Failed { why: "the other side is gone: it has ended".into() });
    show(TopicError::Unknown);
    drop(saved);
}

fn questions(page: &mut Page, host: &Host) {
    let mut show = |error: AskError| {
        page.error("context::router::AskError", error.code(), &error, &error.help());
    };
    let minute = Duration::from_secs(60);
    let _words = host.answer("words", |_: Saved| ready(7_u64)).expect("nobody else answers");
    let _never = host.answer("never", |_: u64| std::future::pending::<u64>()).expect("nobody else answers");
    let _panic = host.answer("panic", |n: u64| async move { 7 / n }).expect("nobody else answers");
    let ask =
        |plugin, name| host.ask_and_wait::<u64, u64>(plugin, name, &0, minute).expect_err("it has none");
    show(ask("text/count", "words"));
    show(ask("keyway/host", "lines"));
    let lines = Lines { path: 1, lines: 2 };
    show(host.ask_and_wait::<_, String>("keyway/host", "words", &lines, minute).expect_err("it is another"));
    let short = Duration::from_millis(1);
    show(host.ask_and_wait::<u64, u64>("keyway/host", "never", &0, short).expect_err("it never answers"));
    show(ask("keyway/host", "panic"));
    let (plugin, name) = ("text/count".to_owned(), "words".to_owned());
    show(AskError::Stopped { plugin: plugin.clone(), name: name.clone() });
    show(AskError::Malformed { plugin, name, why: "it ends too early".into() });
    show(AskError::Failed { why: "the other side is gone: it has ended".into() });
    show(host.answer("words", |_: Saved| ready(8_u64)).map(drop).expect_err("it does already"));
    show(host.answer("Words", |_: Saved| ready(8_u64)).map(drop).expect_err("it is no name"));
    show(host.answer("held", |_: Holds| ready(8_u64)).map(drop).expect_err("it is no data"));
    show(AskError::Closed);
    show(AskError::Unavailable { why: "this host has no service `keyway/router`".into() });
    show(AskError::Unknown);
}
