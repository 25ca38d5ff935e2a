//! Threads, executors, and one task between those who poll, cancel, take and lose it.

use std::collections::HashSet;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc::channel;
use std::task::{Context, Poll, Wake, Waker};

use super::crew::Crew;
use super::*;
use crate::abi::future::BoxFuture;

/// Longer than any test waits that goes well.
const PATIENCE: Duration = Duration::from_secs(120);

fn later() -> Instant {
    Instant::now() + PATIENCE
}

fn eventually(mut yes: impl FnMut() -> bool) {
    let began = Instant::now();
    while !yes() {
        assert!(began.elapsed() < PATIENCE, "it does not come about");
        std::thread::sleep(Duration::from_millis(1));
    }
}

type Call = Box<dyn FnOnce() + Send>;

impl super::crew::Errand for Call {
    fn run(self) {
        self();
    }
}

fn put(crew: &Crew<Call>, call: impl FnOnce() + Send + 'static) -> bool {
    crew.put(Box::new(call)).is_ok()
}

/// Counts its drops.
struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_crew_is_no_larger_than_it_may_be_and_does_everything() {
    let crew = Crew::<Call>::new("test-crew", 3);
    let (at_once, most, done) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    for _ in 0..200 {
        let (at_once, most, done) = (Arc::clone(&at_once), Arc::clone(&most), Arc::clone(&done));
        assert!(put(&crew, move || {
            most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            std::thread::yield_now();
            at_once.fetch_sub(1, Ordering::SeqCst);
            done.fetch_add(1, Ordering::SeqCst);
        }));
    }
    eventually(|| done.load(Ordering::SeqCst) == 200);
    assert!((1..=3).contains(&most.load(Ordering::SeqCst)));
    crew.end(&HashSet::new(), later());
    assert!(!put(&crew, || ()), "it has ended");
}

#[test]
fn the_end_of_a_crew_drops_what_nobody_has_begun_and_waits_for_the_rest() {
    let crew = Crew::<Call>::new("test-crew", 1);
    let (drops, done) = <(Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
    let (began, beginning) = channel();
    let (open, opened) = channel::<()>();
    let ended = Arc::clone(&done);
    assert!(put(&crew, move || {
        began.send(()).unwrap();
        opened.recv().unwrap();
        ended.fetch_add(1, Ordering::SeqCst);
    }));
    beginning.recv().unwrap();
    let (held, never) = (Held(Arc::clone(&drops)), Arc::clone(&done));
    assert!(put(&crew, move || {
        never.fetch_add(100, Ordering::SeqCst);
        drop(held);
    }));
    // It waits, and not for ever.
    crew.end(&HashSet::new(), Instant::now() + Duration::from_millis(20));
    assert_eq!((drops.load(Ordering::SeqCst), done.load(Ordering::SeqCst)), (1, 0));
    open.send(()).unwrap();
    eventually(|| done.load(Ordering::SeqCst) == 1);

    let crew = Crew::<Call>::new("test-crew", 1);
    let ending = crew.clone();
    let (told, tells) = channel();
    assert!(put(&crew, move || {
        // In one of its own threads, which it must not wait for.
        ending.end(&HashSet::new(), later());
        told.send(()).unwrap();
    }));
    assert_eq!(tells.recv_timeout(PATIENCE), Ok(()));
}

#[test]
fn nobody_waits_for_a_thread_in_which_something_was_left_behind() {
    let crew = Crew::<Call>::new("test-crew", 1);
    let (began, beginning) = channel();
    let (open, opened) = channel::<()>();
    assert!(put(&crew, move || {
        began.send(std::thread::current().id()).unwrap();
        let _opened = opened.recv();
    }));
    let stuck = beginning.recv().unwrap();
    let before = Instant::now();
    crew.end(&HashSet::from([stuck]), later());
    assert!(before.elapsed() < PATIENCE);
    drop(open);
}

// ---- tasks

/// A task of the test's, without a plugin.
struct Scripted {
    held: Mutex<Option<Held>>,
    /// How often it is polled before it is ready.
    polls: usize,
}

#[crate::interface]
impl Work for Scripted {
    async fn run(&self) -> Option<String> {
        let held = self.held.lock().unwrap().take();
        let mut left = self.polls;
        std::future::poll_fn(|context| {
            if left == 0 {
                return Poll::Ready(());
            }
            left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        drop(held);
        None
    }
}

fn plugin(runtime: &Arc<Runtime>) -> (Arc<PluginTasks>, Arc<Record>) {
    let id = PluginId::new("test/tasks").unwrap();
    let record = Record::of(&id, false);
    (PluginTasks::new(Arc::downgrade(runtime), &id, &record), record)
}

fn spawn(tasks: &Arc<PluginTasks>, drops: &Arc<AtomicUsize>, polls: usize) -> Result<u64, String> {
    let held = Mutex::new(Some(Held(Arc::clone(drops))));
    Served(Arc::clone(tasks)).spawn("task", 0, Box::new(Scripted { held, polls }))
}

struct Parked(std::thread::Thread);

impl Wake for Parked {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on(mut future: BoxFuture<'static, ()>) {
    let waker = Waker::from(Arc::new(Parked(std::thread::current())));
    while future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        std::thread::park();
    }
}

/// Two threads that run tasks, every third of which is lost instead.
fn careless() -> Arc<dyn Executor> {
    let (give, given) = channel::<BoxFuture<'static, ()>>();
    let given = Arc::new(Mutex::new(given));
    for _ in 0..2 {
        let given = Arc::clone(&given);
        // It ends with the executor.
        std::thread::spawn(move || {
            loop {
                let next = given.lock().unwrap().recv();
                let Ok(task) = next else { return };
                block_on(task);
            }
        });
    }
    let turn = AtomicUsize::new(0);
    Arc::new(move |task| {
        if turn.fetch_add(1, Ordering::SeqCst).is_multiple_of(3) {
            drop(task)
        } else {
            give.send(task).unwrap()
        }
    })
}

#[test]
fn whoever_polls_cancels_takes_or_loses_a_task_it_is_dropped_once() {
    for executor in [None, Some(careless())] {
        let loses = executor.is_some();
        let runtime = Runtime::new(executor);
        for round in 0..300 {
            let ((tasks, record), drops) = (plugin(&runtime), Arc::<AtomicUsize>::default());
            let spawned: Vec<_> =
                (0..16).map(|n| spawn(&tasks, &drops, [0, 1, 20, usize::MAX][(n + round) % 4])).collect();
            let lost = spawned.iter().filter(|spawned| spawned.is_err()).count();
            assert_eq!(lost > 0, loses, "{spawned:?}");
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for number in spawned.iter().flatten() {
                        Served(Arc::clone(&tasks)).cancel(*number);
                    }
                });
                if round % 2 == 0 {
                    std::thread::yield_now();
                }
                tasks.cancel();
            });
            tasks.wait(later(), PATIENCE);
            assert_eq!((drops.load(Ordering::SeqCst), record.tasks()), (16, 0));
            assert!(tasks.all().is_empty() && record.lines_after(0).is_empty());
            let refused = spawn(&tasks, &drops, 0);
            assert_eq!((refused, drops.load(Ordering::SeqCst)), (Err(ENDED.into()), 17));
        }
        runtime.end(later());
    }
}

#[test]
fn what_nobody_polls_is_dropped_when_it_is_taken() {
    let kept = Arc::<Mutex<Vec<_>>>::default();
    let keeping = Arc::clone(&kept);
    let keep = move |task: BoxFuture<'static, ()>| keeping.lock().unwrap().push(task);
    let runtime = Runtime::new(Some(Arc::new(keep)));
    let ((tasks, record), drops) = (plugin(&runtime), Arc::<AtomicUsize>::default());
    let number = spawn(&tasks, &drops, 0).unwrap();
    Served(Arc::clone(&tasks)).cancel(number);
    assert_eq!((drops.load(Ordering::SeqCst), record.tasks()), (0, 1), "whoever polls it would drop it");
    tasks.cancel();
    assert_eq!((drops.load(Ordering::SeqCst), record.tasks()), (1, 0));
    let task = kept.lock().unwrap().pop().unwrap();
    block_on(task);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn a_host_that_has_ended_takes_no_task() {
    let runtime = Runtime::new(None);
    let ((tasks, _), drops) = (plugin(&runtime), Arc::<AtomicUsize>::default());
    runtime.end(later());
    let refused = spawn(&tasks, &drops, 0).unwrap_err();
    assert_eq!((refused.as_str(), drops.load(Ordering::SeqCst)), ("the host's executor has dropped it", 1));
    drop(runtime);
    assert_eq!(spawn(&tasks, &drops, 0), Err(STOPPED.into()));
    assert_eq!((drops.load(Ordering::SeqCst), tasks.all().len()), (2, 0));
}

/// A task that does in its poll what a test wants.
struct Doing<F>(Mutex<Option<F>>);

impl<F> Doing<F> {
    fn of(what: F) -> Box<Self> {
        Box::new(Self(Mutex::new(Some(what))))
    }
}

#[crate::interface]
impl<F: FnOnce() + Send + 'static> Work for Doing<F> {
    async fn run(&self) -> Option<String> {
        let what = self.0.lock().unwrap().take();
        what.into_iter().for_each(|what| what());
        None
    }
}

#[test]
fn what_is_left_behind_is_named_once() {
    let runtime = Runtime::new(None);
    let (tasks, record) = plugin(&runtime);
    let ((began, beginning), (open, opened)) = (channel(), channel::<()>());
    let stuck = Doing::of(move || {
        began.send(()).unwrap();
        let _opened = opened.recv();
    });
    Served(Arc::clone(&tasks)).spawn("stuck", 0, stuck).unwrap();
    beginning.recv().unwrap();
    tasks.cancel();
    // As whoever goes on without a stop that is late, and then that stop itself.
    for _ in 0..2 {
        tasks.wait(Instant::now(), Duration::ZERO);
    }
    let lines = record.lines_after(0);
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].message.ends_with("`stuck`"), "{lines:?}");
    drop(open);
    eventually(|| record.tasks() == 0);
}

#[test]
fn whoever_waits_hears_at_once_that_a_task_is_excused() {
    let runtime = Runtime::new(None);
    let began = Instant::now();
    for _ in 0..20_000 {
        let (tasks, record) = plugin(&runtime);
        let (step, host) = (Arc::new(AtomicUsize::new(0)), Arc::downgrade(&runtime));
        let reach = |step: &AtomicUsize, at: usize| {
            while step.load(Ordering::SeqCst) < at {
                std::thread::yield_now();
            }
        };
        let steps = Arc::clone(&step);
        let excused = Doing::of(move || {
            steps.store(1, Ordering::SeqCst);
            reach(&steps, 2);
            let _excused = Excused::here(&host.upgrade().unwrap());
            reach(&steps, 3);
        });
        Served(Arc::clone(&tasks)).spawn("excused", 0, excused).unwrap();
        reach(&step, 1);
        step.store(2, Ordering::SeqCst);
        tasks.wait(later(), PATIENCE);
        step.store(3, Ordering::SeqCst);
        while record.tasks() > 0 {
            std::thread::yield_now();
        }
    }
    assert!(began.elapsed() < PATIENCE);
}
