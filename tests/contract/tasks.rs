//! What a plugin does beside its calls is the host's to run, to count and to end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use contract_plugin::tasks::{Probe, Wishes, Worker};
use contract_plugin::topics::{Note, note};
use keyway::host::{Host, HostBuilder, Settings};
use keyway::{BoxFuture, Handle, interface};

use super::executors::block_on;
use super::homes::{Home, handle, started};
use super::listener::Listener;

const ID: &str = "contract/worker";

/// Longer than any test waits that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

fn worker(host: &Host) -> Handle<dyn Worker> {
    handle(host, ID)
}

/// Writes down what tasks note, does what a test wants of some notes, and holds tasks up until it is opened.
#[derive(Default)]
struct Sign {
    notes: Mutex<Vec<String>>,
    changed: Condvar,
    open: AtomicBool,
    waiting: Mutex<Vec<Waker>>,
    acts: Mutex<Option<Act>>,
}

type Act = Box<dyn FnOnce() + Send>;

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sign {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    /// What is done in the thread of whoever notes something next.
    fn then(act: impl FnOnce() + Send + 'static) -> Arc<Self> {
        let sign = Self::new();
        *locked(&sign.acts) = Some(Box::new(act));
        sign
    }

    fn probe(self: &Arc<Self>) -> Arc<dyn Probe> {
        Arc::clone(self) as _
    }

    fn notes(&self) -> Vec<String> {
        locked(&self.notes).clone()
    }

    /// Waits until something has been noted so often.
    fn wait_for(&self, what: &str, times: usize) {
        let began = Instant::now();
        let mut notes = locked(&self.notes);
        while notes.iter().filter(|note| *note == what).count() < times {
            assert!(began.elapsed() < PATIENCE, "nobody notes `{what}`: {notes:?}");
            let soon = Duration::from_millis(100);
            notes = self.changed.wait_timeout(notes, soon).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn open(&self) {
        {
            let _notes = locked(&self.notes);
            self.open.store(true, Ordering::SeqCst);
        }
        self.changed.notify_all();
        let waiting = std::mem::take(&mut *locked(&self.waiting));
        waiting.into_iter().for_each(Waker::wake);
    }
}

#[interface]
impl Probe for Sign {
    fn note(&self, what: &str) {
        let act = locked(&self.acts).take();
        if let Some(act) = act {
            act();
        }
        locked(&self.notes).push(what.into());
        self.changed.notify_all();
    }
    fn block(&self) {
        let mut notes = locked(&self.notes);
        while !self.open.load(Ordering::SeqCst) {
            notes = self.changed.wait(notes).unwrap_or_else(PoisonError::into_inner);
        }
    }
    async fn wait(&self) {
        std::future::poll_fn(|context| {
            locked(&self.waiting).push(context.waker().clone());
            if self.open.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Waits for what comes about in another thread.
fn eventually(what: &str, mut yes: impl FnMut() -> bool) {
    let began = Instant::now();
    while !yes() {
        assert!(began.elapsed() < PATIENCE, "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn tasks(host: &Host) -> u64 {
    host.status(ID).expect("it is there").tasks
}

fn faults(host: &Host) -> u64 {
    host.status(ID).expect("it is there").faults
}

/// What is in the plugin's log.
fn log(host: &Host) -> Vec<String> {
    host.log_lines(ID, 0).into_iter().map(|line| line.message).collect()
}

pub(crate) fn a_task_gives_its_value(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    assert_eq!(block_on(worker.sum(3)), Ok(3), "and the one that was spawned in the start has run");
    assert_eq!(block_on(worker.sum(1000)), Ok(499_500));
    assert_eq!(block_on(worker.sum_blocking(20)), Ok(190));
    eventually("they have not ended", || tasks(&host) == 0);
    assert_eq!(faults(&host), 0);
}

pub(crate) fn a_sleep_takes_its_time_and_no_executor_has_a_timer(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    let hour = worker.sleep(3_600_000_000_000);
    let before = host.now().as_nanos() as u64;
    let times = block_on(worker.sleep(20_000_000)).expect("there is a timer");
    let after = host.now().as_nanos() as u64;
    assert!(times[1] - times[0] >= 20_000_000, "{times:?}");
    assert!(before <= times[0] && times[1] <= after, "the clock is the host's: {before} {times:?} {after}");
    assert_eq!(block_on(worker.sleep(0)).map(|times| times.len()), Ok(2));
    drop(hour);
    assert!(worker.now().expect("there is a clock") >= after);
}

pub(crate) fn ticks_are_whole_periods_apart_and_missed_ones_are_left_out(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    let period = 2_000_000;
    let due = block_on(worker.tick(period, 5, 4)).expect("there is a timer");
    assert_eq!(due.len(), 5);
    for pair in due.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(apart >= period && apart.is_multiple_of(period), "{due:?}");
    }
    assert!(due[4] - due[3] >= 3 * period, "it slept for four periods: {due:?}");
    let refused = block_on(worker.tick(0, 1, 0)).expect_err("it would never end");
    assert!(refused.ends_with("can not have its timer: a period of zero has no ticks"), "{refused}");
}

pub(crate) fn what_takes_too_long_is_dropped(home: Home) {
    let host = home.host();
    let sign = Sign::new();
    let ends = block_on(worker(&host).late(sign.probe()));
    assert_eq!(ends, ["it did not end within 5ms", "in time"]);
    assert_eq!(sign.notes(), ["late began", "late dropped"]);
}

pub(crate) fn a_task_that_is_tied_ends_with_what_holds_it(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    for dropped in [true, false] {
        let (sign, go) = (Sign::new(), Sign::new());
        let mut call = worker.hold_tied(sign.probe(), go.probe());
        assert!(call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        sign.wait_for("tied began", 1);
        if !dropped {
            go.open();
            assert_eq!(block_on(call.as_mut()), Ok(()));
        }
        drop(call);
        sign.wait_for("tied dropped", 1);
        eventually("it has not ended", || tasks(&host) == 0);
    }
}

pub(crate) fn a_task_that_is_cancelled_drops_what_it_holds_once(home: Home) {
    let host = home.host();
    let (worker, sign, go) = (worker(&host), Sign::new(), Sign::new());
    let ended = thread::scope(|scope| {
        let cancelling = scope.spawn(|| block_on(worker.cancel(sign.probe(), go.probe())));
        sign.wait_for("cancelled began", 1);
        go.open();
        cancelling.join().expect("it ends")
    });
    assert_eq!(ended, "the task was cancelled");
    assert_eq!(sign.notes(), ["cancelled began", "cancelled dropped"]);
    eventually("it has not ended", || tasks(&host) == 0);

    // Where nothing is ever polled, it is dropped all the same, at the latest with the plugin.
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = Arc::clone(&kept);
    let host = started(home.builder().executor(move |task| locked(&keeping).push(task)));
    let sign = Sign::new();
    sign.open();
    let worker = self::worker(&host);
    let mut cancelling = worker.cancel(sign.probe(), sign.probe());
    assert!(cancelling.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(sign.notes(), Vec::<String>::new());
    host.unload(ID, false).expect("nobody needs it");
    assert_eq!(block_on(cancelling), "the task was cancelled");
    assert_eq!(sign.notes(), ["cancelled dropped"]);
}

pub(crate) fn tasks_are_cancelled_and_awaited_when_the_plugin_stops(home: Home) {
    let settings = Settings::of(&Wishes { spawn_in_stop: true, ..Wishes::default() });
    let host = started(home.builder().config(ID, settings));
    let (worker, sign) = (worker(&host), Sign::new());
    for n in 0..50 {
        worker.hold(&format!("{n}"), sign.probe()).expect("it runs");
    }
    eventually("not all begin", || sign.notes().iter().filter(|note| note.ends_with("began")).count() == 50);
    eventually("the one of the start has not ended", || tasks(&host) == 50);
    host.unload(ID, false).expect("nobody needs it");
    let notes = sign.notes();
    for n in 0..50 {
        assert_eq!(notes.iter().filter(|note| **note == format!("{n} dropped")).count(), 1);
    }
    assert!(!notes.iter().any(|note| note.ends_with("went on")), "{notes:?}");
    assert_eq!((notes.len(), tasks(&host)), (100, 0));
    assert_eq!(Arc::strong_count(&sign), 1, "nothing of a task is left");
    let stopping = "`contract/worker` can not have its task: it is being stopped";
    assert_eq!(log(&host), [stopping], "and what its stop spawns is refused");
    host.load(ID).expect("it starts again");
    assert_eq!(block_on(self::worker(&host).sum(10)), Ok(45));
}

pub(crate) fn what_is_left_behind_is_named(home: Home) {
    let sign = Sign::new();
    let mut host = None;
    let heard = Listener::hear(|| {
        let host = host.insert(started(home.builder().stop_deadline(Duration::from_millis(300))));
        let worker = worker(host);
        worker.stick("stuck in a poll", sign.probe(), false).expect("it runs");
        worker.stick("stuck on a thread", sign.probe(), true).expect("it runs");
        worker.hold_nameless(sign.probe()).expect("it runs");
        sign.wait_for("stuck", 2);
        sign.wait_for("nameless began", 1);
        host.unload(ID, false).expect("nobody needs it");
    });
    let host = host.expect("it was started");
    let said =
        "it leaves 2 tasks behind that did not end within 300ms: `stuck in a poll`, `stuck on a thread`";
    assert_eq!(log(&host).last().map(String::as_str), Some(said));
    let names = "`stuck in a poll`, `stuck on a thread`";
    assert!(
        heard.iter().any(|line| line.starts_with("WARN keyway") && line.contains(names) && line.contains(ID)),
        "{heard:?}"
    );
    assert!(sign.notes().contains(&"nameless dropped".to_owned()), "{:?}", sign.notes());
    assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("retired"));
    assert_eq!(tasks(&host), 2);
    sign.open();
    eventually("they do not end", || tasks(&host) == 0);

    // One without a name is called by its place.
    let sign = Sign::new();
    let kept = Arc::new(Mutex::new(None));
    let keeping = Arc::clone(&kept);
    let executor = move |task| *locked(&keeping) = Some(task);
    let host = started(home.builder().stop_deadline(Duration::from_millis(300)).executor(executor));
    let worker = self::worker(&host);
    let acting = Sign::then({
        let sign = Arc::clone(&sign);
        move || sign.block()
    });
    worker.hold_nameless(acting.probe()).expect("it runs");
    let task = locked(&kept).take().expect("it was given to the executor");
    let polling = thread::spawn(move || block_on(task));
    eventually("it is not polled", || locked(&acting.acts).is_none());
    host.unload(ID, false).expect("nobody needs it");
    let last = log(&host).pop().expect("it is named");
    assert!(last.contains("a task behind") && last.contains("src/tasks.rs:"), "{last}");
    sign.open();
    polling.join().expect("it ends");
    assert_eq!(acting.notes(), ["nameless began", "nameless dropped"], "its poll was its last");
}

pub(crate) fn a_panic_in_a_task_is_told_and_counted(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    assert_eq!(block_on(worker.panic("first", false)), "the task panicked: first");
    assert_eq!(faults(&host), 1);
    assert_eq!(block_on(worker.panic("second", true)), "the task panicked: second");
    assert_eq!(faults(&host), 2);
    assert_eq!(block_on(worker.sum(5)), Ok(10));
    let host = started(home.builder().fault_budget(2, Duration::from_secs(3600)));
    let worker = self::worker(&host);
    for _ in 0..4 {
        block_on(worker.panic("again", false));
    }
    let state = || host.plugin(ID).map(|info| info.state.name());
    eventually("it is not quarantined", || state() == Some("quarantined"));
}

pub(crate) fn blocking_work_is_waited_for_at_the_stop(home: Home) {
    let host = home.host();
    let sign = Sign::new();
    worker(&host).stick("blocking", sign.probe(), true).expect("it runs");
    sign.wait_for("stuck", 1);
    thread::scope(|scope| {
        let stopping = scope.spawn(|| host.unload(ID, false));
        let state = || host.plugin(ID).map(|info| info.state.name());
        eventually("it is not being stopped", || state() == Some("draining"));
        sign.open();
        stopping.join().expect("it ends").expect("nobody needs it");
        assert_eq!((state(), tasks(&host)), (Some("retired"), 0));
    });
    assert!(!log(&host).iter().any(|line| line.contains("behind")), "{:?}", log(&host));
}

pub(crate) fn a_context_that_is_kept_refuses_tasks(home: Home) {
    let host = home.host();
    let (worker, sign) = (worker(&host), Sign::new());
    host.unload(ID, false).expect("nobody needs it");
    let refused = worker.hold("late", sign.probe()).expect_err("it was stopped");
    assert_eq!(refused, "`contract/worker` can not have its task: it was stopped");
    assert_eq!(sign.notes(), ["late dropped"], "the future is dropped");
    assert_eq!(Arc::strong_count(&sign), 1);
    let refused = block_on(worker.sleep_on(1)).expect_err("it was stopped");
    assert_eq!(refused, "`contract/worker` can not have its timer: it was stopped");
    host.stop();
    let refused = worker.now().expect_err("the host has stopped");
    assert_eq!(refused, "`contract/worker` can not have its clock: the host has stopped");
    drop(host);
    let refused = worker.stick("late", sign.probe(), true).expect_err("the host is gone");
    assert_eq!(refused, "`contract/worker` can not have its task: the host has stopped");
}

pub(crate) fn a_failed_start_cancels_what_it_spawned(home: Home) {
    let settings = Settings::of(&Wishes { fail: true, ..Wishes::default() });
    let host = started(home.builder().config(ID, settings));
    let info = host.plugin(ID).expect("it is listed");
    assert_eq!(info.refusal().map(|refusal| refusal.code()), Some("start-failed"));
    eventually("its task has not ended", || tasks(&host) == 0);
    assert_eq!(log(&host), ["what the task held is dropped"]);
}

pub(crate) fn what_a_start_began_ends_when_its_time_is_up(home: Home) {
    let settings = Settings::of(&Wishes { slow: 3_600_000, ..Wishes::default() });
    let builder = home.builder().config(ID, settings).start_deadline(Duration::from_secs(3));
    let host = builder.start().expect("there are no mistakes");
    assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("quarantined"));
    let publisher = host.publisher::<Note>("worker/late").expect("it can be published");
    let heard = || publisher.publish(note(1)).expect("it can be published").received;
    eventually("it is still subscribed", || heard() == 0);
    eventually("its task has not ended", || tasks(&host) == 0);
}

pub(crate) fn a_start_that_ends_with_its_time_has_its_tasks_or_does_not_run(home: Home) {
    let settings = Settings::of(&Wishes { slow: 1, ..Wishes::default() });
    for _ in 0..50 {
        let builder = home.builder().config(ID, settings.clone());
        let host = builder.start_deadline(Duration::from_millis(2)).start().expect("there are no mistakes");
        if let Ok(worker) = host.get::<dyn Worker>(ID) {
            assert_eq!(block_on(worker.sum_blocking(2)), Ok(1));
        }
    }
}

pub(crate) fn what_a_start_that_is_late_has_spawned_ends_with_its_time(home: Home) {
    let settings = Settings::of(&Wishes { wait_in_start: true, ..Wishes::default() });
    let builder = home.builder().start_deadline(Duration::from_secs(4)).config(ID, settings);
    let host = started(builder);
    let state = || host.plugin(ID).map(|info| info.state.name());
    assert_eq!(state(), Some("quarantined"));
    eventually("its start waits for ever", || log(&host).contains(&"its task is gone".to_owned()));
    eventually("its task has not ended", || tasks(&host) == 0);
    assert_eq!(state(), Some("quarantined"));
}

pub(crate) fn tasks_of_a_plugin_whose_stop_hangs_are_cancelled(home: Home) {
    let host = started(home.builder().stop_deadline(Duration::from_millis(300)));
    let (worker, sign, gate) = (worker(&host), Sign::new(), Sign::new());
    worker.hold("held", sign.probe()).expect("it runs");
    sign.wait_for("held began", 1);
    worker.block_stop(gate.probe());
    host.unload(ID, false).expect("nobody needs it");
    assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("retired"));
    eventually("its task has not ended", || tasks(&host) == 0);
    assert_eq!(sign.notes(), ["held began", "held dropped"]);
    assert!(worker.hold("late", sign.probe()).is_err());
    gate.open();
}

pub(crate) fn a_sleep_ends_with_the_host(home: Home) {
    let host = home.host();
    let worker = worker(&host);
    let mut sleeping = worker.sleep_on(3_600_000_000_000);
    assert!(sleeping.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    thread::scope(|scope| {
        let sleeping = scope.spawn(|| block_on(sleeping));
        drop(host);
        let ended = sleeping.join().expect("it does not panic").expect_err("an hour has not passed");
        assert_eq!(ended, "`contract/worker` can not have its timer: the host has stopped");
    });
}

/// An executor of the program's, and what ends it.
type Given = (HostBuilder, Box<dyn FnOnce()>);

type Giving = fn(HostBuilder) -> Given;

/// Every executor by name, in front of a builder.
const EXECUTORS: [(&str, Giving); 5] = [
    ("the host's own", |builder| (builder, Box::new(|| {}))),
    ("a thread a task", |builder| {
        let builder = builder.executor(|task: BoxFuture<'static, ()>| {
            thread::spawn(|| block_on(task));
        });
        (builder, Box::new(|| {}))
    }),
    ("tokio on one thread", |builder| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("it can be made");
        let tokio = runtime.handle().clone();
        let (end, ended) = mpsc::channel::<()>();
        let running = thread::spawn(move || {
            runtime.block_on(async {
                while ended.try_recv() == Err(mpsc::TryRecvError::Empty) {
                    tokio::task::yield_now().await;
                }
            });
        });
        let builder = builder.executor(move |task| {
            tokio.spawn(task);
        });
        (builder, Box::new(move || end.send(()).map(|()| running.join().expect("it ends")).expect("it runs")))
    }),
    ("tokio on three threads", |builder| {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().expect("it can be made");
        let tokio = runtime.handle().clone();
        let builder = builder.executor(move |task| {
            tokio.spawn(task);
        });
        (builder, Box::new(move || drop(runtime)))
    }),
    ("smol's executor on two threads", |builder| {
        let executor = Arc::new(async_executor::Executor::new());
        let end = Sign::new();
        let run = || {
            let (executor, end) = (Arc::clone(&executor), Arc::clone(&end));
            thread::spawn(move || block_on(executor.run(end.wait())))
        };
        let threads = [run(), run()];
        let builder = builder.executor(move |task| executor.spawn(task).detach());
        let stop = move || {
            end.open();
            threads.into_iter().for_each(|one| one.join().expect("it ends"));
        };
        (builder, Box::new(stop))
    }),
];

pub(crate) fn tasks_run_under_every_executor(home: Home) {
    for (name, executor) in EXECUTORS {
        let (builder, end) = executor(home.builder());
        let host = started(builder);
        let (worker, sign) = (worker(&host), Sign::new());
        assert_eq!(block_on(worker.sum(50)), Ok(1225), "{name}");
        assert_eq!(block_on(worker.sleep(1_000_000)).map(|times| times.len()), Ok(2), "{name}");
        assert_eq!(block_on(worker.panic("here", false)), "the task panicked: here", "{name}");
        worker.hold("held", sign.probe()).expect("it runs");
        sign.wait_for("held began", 1);
        host.unload(ID, false).expect("nobody needs it");
        assert_eq!(sign.notes(), ["held began", "held dropped"], "{name}");
        assert_eq!((tasks(&host), faults(&host)), (0, 1), "{name}");
        host.load(ID).expect("it starts again");
        self::worker(&host).hold("held", sign.probe()).expect("it runs");
        sign.wait_for("held began", 2);
        drop(host);
        assert_eq!(sign.notes().len(), 4, "{name}");
        end();
    }
}

pub(crate) fn an_executor_that_runs_nothing_holds_up_no_stop(home: Home) {
    // One that drops a task at once.
    let builder = home.builder().executor(drop::<BoxFuture<'static, ()>>);
    let host = builder.start().expect("there are no mistakes");
    let refusal = host.plugin(ID).and_then(|info| info.refusal().map(|refusal| refusal.summary()));
    let refusal = refusal.expect("its start can not spawn");
    assert!(refusal.ends_with("can not have its task: the host's executor has dropped it"), "{refusal}");
    assert_eq!(tasks(&host), 0);

    // One that panics.
    let builder = home.builder().executor(|_| panic!("an executor that panics"));
    let host = builder.start().expect("there are no mistakes");
    let refusal = host.plugin(ID).and_then(|info| info.refusal().map(|refusal| refusal.summary()));
    assert!(refusal.is_some_and(|refusal| refusal.ends_with("the host's executor has dropped it")));

    // One whose runtime ends before the host, with the tasks in it.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("it can be made");
    let tokio = runtime.handle().clone();
    let host = started(home.builder().executor(move |task| drop(tokio.spawn(task))));
    let (worker, sign) = (worker(&host), Sign::new());
    worker.hold("held", sign.probe()).expect("it runs");
    sign.wait_for("held began", 1);
    drop(runtime);
    sign.wait_for("held dropped", 1);
    let refused = worker.hold("late", sign.probe()).expect_err("nobody runs it");
    assert!(refused.ends_with("can not have its task: the host's executor has dropped it"), "{refused}");
    assert_eq!(block_on(worker.sum_blocking(3)), Ok(3), "that needs no executor");
    eventually("some have not ended", || tasks(&host) == 0);
    drop(host);

    // One that keeps everything and polls nothing, for longer than the host lives.
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeping = Arc::clone(&kept);
    let builder = home.builder().stop_deadline(Duration::from_secs(100));
    let host = started(builder.executor(move |task| locked(&keeping).push(task)));
    let sign = Sign::new();
    self::worker(&host).hold("held", sign.probe()).expect("it is taken");
    let began = Instant::now();
    drop(host);
    assert!(began.elapsed() < Duration::from_secs(90), "it has waited for what nobody polls");
    assert_eq!(sign.notes(), ["held dropped"]);
    let kept = std::mem::take(&mut *locked(&kept));
    assert_eq!(kept.len(), 2, "that of the start, and this one");
    kept.into_iter().for_each(block_on);
}

pub(crate) fn a_task_may_stop_its_plugin_and_drop_the_host(home: Home) {
    // The host's own threads, and others'.
    for executor in [0, 1, 2] {
        let builder = home.builder().stop_deadline(Duration::from_secs(100));
        let (builder, end) = EXECUTORS[executor].1(builder);
        let host = Arc::new(started(builder));
        let began = Instant::now();
        let stopping = Arc::clone(&host);
        let sign = Sign::then(move || drop(stopping.unload(ID, false).expect("nobody needs it")));
        worker(&host).act("unload", sign.probe()).expect("it runs");
        sign.wait_for("unload dropped", 1);
        assert_eq!(sign.notes(), ["unload", "unload went on", "unload dropped"]);
        assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("retired"));
        host.load(ID).expect("it starts again");

        // The same in the middle of blocking work.
        let stopping = Arc::clone(&host);
        let sign = Sign::then(move || drop(stopping.unload(ID, false).expect("nobody needs it")));
        sign.open();
        worker(&host).stick("blocking", sign.probe(), true).expect("it runs");
        sign.wait_for("stuck", 1);
        assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("retired"));
        eventually("it does not end", || tasks(&host) == 0);
        host.load(ID).expect("it starts again");

        let last = Arc::new(Mutex::new(None));
        let dropping = Arc::clone(&last);
        let sign = Sign::then(move || drop(locked(&dropping).take()));
        let worker = worker(&host);
        *locked(&last) = Some(host);
        worker.act("drop", sign.probe()).expect("it runs");
        sign.wait_for("drop dropped", 1);
        assert!(locked(&last).is_none());
        assert!(worker.now().is_err(), "the host is gone");
        assert!(began.elapsed() < Duration::from_secs(90), "something has waited for itself");
        end();
    }
}

pub(crate) fn two_stops_at_once_one_of_them_in_a_task_end(home: Home) {
    let host = Arc::new(started(home.builder().stop_deadline(Duration::from_secs(100))));
    let began = Instant::now();
    let (stopping, other) = (Arc::clone(&host), Arc::clone(&host));
    let sign = Sign::then(move || {
        let outside = thread::spawn(move || other.stop());
        let state = || stopping.plugin(ID).map(|info| info.state.name());
        eventually("nobody stops it", || state() == Some("draining"));
        stopping.stop();
        drop((stopping, outside));
    });
    worker(&host).act("stop", sign.probe()).expect("it runs");
    sign.wait_for("stop dropped", 1);
    host.stop();
    assert!(began.elapsed() < Duration::from_secs(90), "one has waited for the other");
    assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some("retired"));
}

pub(crate) fn a_stop_waits_for_the_one_that_a_task_has_begun(home: Home) {
    let host = Arc::new(started(home.builder().stop_deadline(Duration::from_secs(100))));
    let (stopping, stuck) = (Arc::clone(&host), Sign::new());
    worker(&host).stick("blocking", stuck.probe(), true).expect("it runs");
    stuck.wait_for("stuck", 1);
    let sign = Sign::then(move || stopping.stop());
    worker(&host).act("stop", sign.probe()).expect("it runs");
    let state = || host.plugin(ID).map(|info| info.state.name());
    eventually("nobody stops it", || state() == Some("draining"));
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            host.stop();
            state()
        });
        // Time enough for a stop that waits for nothing.
        thread::sleep(Duration::from_millis(50));
        stuck.open();
        assert_eq!(second.join().expect("it ends"), Some("retired"), "it has returned before");
    });
    sign.wait_for("stop dropped", 1);
}

pub(crate) fn a_stop_may_have_no_deadline(home: Home) {
    for fail in [false, true] {
        let settings = Settings::of(&Wishes { fail, ..Wishes::default() });
        let host = started(home.builder().stop_deadline(Duration::MAX).config(ID, settings));
        let sign = Sign::new();
        if !fail {
            worker(&host).hold("held", sign.probe()).expect("it runs");
            sign.wait_for("held began", 1);
        }
        host.stop();
        let state = if fail { "refused" } else { "retired" };
        assert_eq!(host.plugin(ID).map(|info| info.state.name()), Some(state));
        eventually("they have not ended", || tasks(&host) == 0);
        assert_eq!(sign.notes().contains(&"held dropped".to_owned()), !fail);
    }
}

pub(crate) fn two_changes_at_once_one_of_them_in_a_task_end(home: Home) {
    let host = Arc::new(started(home.builder().stop_deadline(Duration::from_secs(100))));
    let began = Instant::now();
    let (asking, other) = (Arc::clone(&host), Arc::clone(&host));
    let sign = Sign::then(move || {
        let outside = thread::spawn(move || other.unload(ID, false));
        let state = || asking.plugin(ID).map(|info| info.state.name());
        eventually("nobody stops it", || state() == Some("draining"));
        asking.unload("contract/alike", false).expect("nobody needs it");
        drop((asking, outside));
    });
    worker(&host).act("change", sign.probe()).expect("it runs");
    sign.wait_for("change dropped", 1);
    let retired = |id| host.plugin(id).is_some_and(|info| info.state.name() == "retired");
    eventually("they go on", || retired(ID) && retired("contract/alike"));
    assert!(began.elapsed() < Duration::from_secs(90), "one has waited for the other");
    assert!(!log(&host).iter().any(|line| line.contains("behind")), "{:?}", log(&host));
}

pub(crate) fn what_a_task_held_may_change_the_host_while_it_is_dropped(home: Home) {
    for change in [
        (|host| drop(host.unload("contract/alike", false).expect("nobody needs it"))) as fn(&Host),
        Host::stop,
    ] {
        let host = Arc::new(started(home.builder().stop_deadline(Duration::from_secs(100))));
        let (began, sign, go) = (Instant::now(), Sign::new(), Sign::new());
        let (asking, other) = (Arc::clone(&host), Arc::clone(&host));
        let worker = worker(&host);
        thread::scope(|scope| {
            let cancelling = scope.spawn(|| block_on(worker.cancel(sign.probe(), go.probe())));
            sign.wait_for("cancelled began", 1);
            // In a thread of the executor's, when it drops the future.
            *locked(&sign.acts) = Some(Box::new(move || {
                let outside = thread::spawn(move || other.unload(ID, false));
                let state = || asking.plugin(ID).map(|info| info.state.name());
                eventually("nobody stops it", || state() == Some("draining"));
                change(&asking);
                drop((asking, outside));
            }));
            go.open();
            assert_eq!(cancelling.join().expect("it ends"), "the task was cancelled");
        });
        assert_eq!(sign.notes(), ["cancelled began", "cancelled dropped"]);
        assert!(began.elapsed() < Duration::from_secs(90), "one has waited for the other");
        assert!(!log(&host).iter().any(|line| line.contains("behind")), "{:?}", log(&host));
    }
}

pub(crate) fn no_task_and_no_context_holds_the_host(home: Home) {
    let given = Arc::new(());
    let executor = Arc::clone(&given);
    let host = started(home.builder().executor(move |task: BoxFuture<'static, ()>| {
        let _held = &executor;
        thread::spawn(|| block_on(task));
    }));
    let (worker, sign) = (worker(&host), Sign::new());
    worker.hold("held", sign.probe()).expect("it runs");
    sign.wait_for("held began", 1);
    let mut sleeping = worker.sleep_on(3_600_000_000_000);
    assert!(sleeping.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(host);
    eventually("something holds the host", || Arc::strong_count(&given) == 1);
    assert!(worker.now().is_err());
    drop(sleeping);
}

pub(crate) fn what_sixteen_threads_spawn_during_a_stop_is_taken_and_dropped_or_refused(home: Home) {
    let host = home.host();
    for _ in 0..5 {
        let worker = worker(&host);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let mut taken = 0;
                    // Until it is refused.
                    while taken < 100_000 && worker.count() {
                        taken += 1;
                    }
                });
            }
            eventually("nothing is taken", || worker.counted()[0] > 100);
            host.unload(ID, false).expect("nobody needs it");
        });
        let counted = worker.counted();
        assert_eq!(tasks(&host), 0);
        // One more a thread that was refused: its future was dropped, too.
        assert!(counted[1] >= counted[0] && counted[1] - counted[0] <= 16, "{counted:?}");
        host.load(ID).expect("it starts again");
    }
    assert_eq!(faults(&host), 0);
}
