//! Events of changes, and questions, under foreign code that does what it should not.

use std::pin::pin;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use keyway::context::router::AskError;
use keyway::context::topics::{Lifecycle, Queue, Subscription};
use keyway::host::Host;
use keyway::{Plugin, StartError, plugin};

use crate::puppets::{Journal, Puppet, registration};

const LONG: Duration = Duration::from_secs(60);

fn changes(host: &Host) -> Subscription<Lifecycle> {
    host.subscribe(Lifecycle::TOPIC, Queue::bounded(256).drop_newest()).unwrap()
}

/// Polls for the next change, of which there is none yet.
fn wait(changes: &mut Subscription<Lifecycle>, waker: &Waker) {
    assert!(pin!(changes.next()).poll(&mut Context::from_waker(waker)).is_pending());
}

/// The next changes of a plugin.
fn next(changes: &mut Subscription<Lifecycle>, count: usize) -> Vec<String> {
    (0..count).map(|_| changes.next_within(LONG).unwrap().to.clone()).collect()
}

/// A waker that says that it was woken, and then does not come back until it is let go.
struct Slow(SyncSender<()>, Mutex<Receiver<()>>);

impl Wake for Slow {
    fn wake(self: Arc<Self>) {
        self.0.send(()).unwrap();
        self.1.lock().unwrap().recv().unwrap();
    }
}

#[test]
fn changes_are_told_in_the_order_in_which_they_came_about_however_slow_who_hears_of_them() {
    let journal = Journal::new();
    let host = journal.host_with(&["lazy/one"], "lazy/one", |script| script.wait = true).start().unwrap();
    let (mut slow, mut seen, events) = (changes(&host), changes(&host), host.events());
    thread::scope(|scope| {
        let asks = scope.spawn(|| host.get::<dyn Puppet>("lazy/one").map(drop));
        assert_eq!(next(&mut seen, 1), ["loaded"]);
        assert_eq!(next(&mut slow, 1), ["loaded"]);
        let ((woken, is_woken), (let_go, is_let_go)) = (sync_channel(1), sync_channel(1));
        wait(&mut slow, &Waker::from(Arc::new(Slow(woken, Mutex::new(is_let_go)))));
        journal.open();
        is_woken.recv().unwrap();
        asks.join().unwrap().unwrap();
        host.unload("lazy/one", false).unwrap();
        let_go.send(()).unwrap();
        assert_eq!(next(&mut seen, 3), ["active", "draining", "retired"]);
        assert_eq!(next(&mut slow, 3), ["active", "draining", "retired"]);
    });
    let told: Vec<_> = (0..4).map(|_| events.recv_timeout(LONG).unwrap().state.name()).collect();
    assert_eq!(told, ["loaded", "active", "draining", "retired"]);
}

/// A waker that changes the host, at once.
struct Meddles(Weak<Host>, SyncSender<Option<String>>);

impl Wake for Meddles {
    fn wake(self: Arc<Self>) {
        let Some(host) = self.0.upgrade() else { return };
        let refused = host.unload("chain/c", true).err().map(|error| error.code().to_owned());
        host.stop();
        self.1.send(refused).unwrap();
    }
}

#[test]
fn who_is_told_of_a_change_may_use_the_host_at_once_and_waits_for_nobody() {
    let journal = Journal::new();
    let host = Arc::new(journal.host(&["chain/beside", "chain/c"]).start().unwrap());
    let (mut first, mut seen) = (changes(&host), changes(&host));
    let (said, heard) = sync_channel(1);
    wait(&mut first, &Waker::from(Arc::new(Meddles(Arc::downgrade(&host), said))));
    let changed = Arc::clone(&host);
    let changer = thread::spawn(move || changed.unload("chain/beside", false).is_ok());
    assert_eq!(heard.recv_timeout(LONG), Ok(Some("within-a-stop".into())));
    assert!(changer.join().unwrap());
    let told: Vec<_> =
        std::iter::from_fn(|| seen.wait()).map(|it| format!("{} {}", it.plugin, it.to)).collect();
    assert_eq!(told, ["chain/beside draining", "chain/c draining", "chain/c retired"]);
}

#[test]
fn a_stop_from_within_a_stop_ends_no_topics_before_the_plugins() {
    let journal = Journal::new();
    // The last one that is started is stopped first.
    let host = journal.host_with(&["chain/b", "chain/c"], "chain/b", |script| script.stop_host = true);
    let host = Arc::new(host.start().unwrap());
    journal.keep(&host);
    let mut seen = changes(&host);
    host.stop();
    let told: Vec<_> =
        std::iter::from_fn(|| seen.wait()).map(|it| format!("{} {}", it.plugin, it.to)).collect();
    assert_eq!(told, ["chain/b draining", "chain/b retired", "chain/c draining", "chain/c retired"]);
}

/// What an answer holds.
struct Bursts;

impl Drop for Bursts {
    fn drop(&mut self) {
        panic!("an answer that panics when it is dropped");
    }
}

#[test]
fn an_answer_that_panics_when_it_is_dropped_harms_nobody_who_asks() {
    let host = Journal::new().host(&[]).start().unwrap();
    let held = Bursts;
    let answering = host.answer("never", move |_: u64| {
        let _held = &held;
        std::future::pending::<u64>()
    });
    {
        let mut asked = pin!(host.ask::<_, u64>("keyway/host", "never", &1_u64, LONG));
        let mut context = Context::from_waker(Waker::noop());
        assert!(asked.as_mut().poll(&mut context).is_pending());
        // Whoever asks has it last.
        drop(answering.unwrap());
        let Poll::Ready(Err(AskError::Stopped { .. })) = asked.as_mut().poll(&mut context) else {
            panic!("it does not answer any more")
        };
    }
    drop(host);
}

/// Lets go of the plugin below.
static LATE: OnceLock<()> = OnceLock::new();

/// Hangs in its start, and reads none of what it asked for.
#[plugin(id = "talking/late")]
struct Late;

impl Plugin for Late {
    fn start(context: &keyway::Context) -> Result<Self, StartError> {
        let _unread = context.subscribe::<u64>("talking/numbers", Queue::bounded(1))?;
        let _mute = context.answer("never", |_: u64| std::future::pending::<u64>())?;
        LATE.wait();
        Ok(Self)
    }
}

#[test]
fn nobody_waits_for_a_plugin_whose_start_was_given_up() {
    let late = registration("talking/late");
    let builder = Host::builder("test", "1.0.0").linked_in(false).register(late);
    let host = Arc::new(builder.start_deadline(Duration::from_millis(50)).start().unwrap());
    assert_eq!(host.plugin("talking/late").unwrap().state.name(), "quarantined");
    let (publisher, (done, ended)) = (host.publisher::<u64>("talking/numbers").unwrap(), sync_channel(1));
    thread::spawn(move || done.send((0..3).map(|number| publisher.publish(number).unwrap().received).sum()));
    assert_eq!(ended.recv_timeout(LONG), Ok(0_usize));
    // Its answers end a moment later.
    let asked = host.ask_and_wait::<_, u64>("talking/late", "never", &1_u64, LONG).map_err(|it| it.code());
    assert!(matches!(asked, Err("no-answer" | "stopped")), "{asked:?}");
    LATE.set(()).unwrap();
}
