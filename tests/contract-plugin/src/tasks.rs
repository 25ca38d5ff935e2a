//! A plugin with tasks of every kind.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use keyway::{Context, Level, Plugin, StartError, Task, Wire, interface, plugin};

/// What the host sees of tasks, and how it holds them up.
#[interface(id = "contract/probe", version = "1.0")]
pub trait Probe: Send + Sync {
    /// Something has come about.
    fn note(&self, what: &str);
    /// Does not return before the host says so.
    fn block(&self);
    /// The same, without a thread that waits.
    async fn wait(&self);
}

#[interface(id = "contract/worker", version = "1.0")]
pub trait Worker: Send + Sync {
    /// Spawns so many tasks that give their number, and the sum of what they give.
    async fn sum(&self, tasks: u64) -> Result<u64, String>;
    /// The same with blocking work.
    async fn sum_blocking(&self, tasks: u64) -> Result<u64, String>;
    /// A task that waits until the probe lets it go on, and holds what notes its drop.
    fn hold(&self, name: &str, probe: Arc<dyn Probe>) -> Result<(), String>;
    /// The same without a name.
    fn hold_nameless(&self, probe: Arc<dyn Probe>) -> Result<(), String>;
    /// A task that blocks in the probe; on a thread for such work, or in its poll.
    fn stick(&self, name: &str, probe: Arc<dyn Probe>, blocking: bool) -> Result<(), String>;
    /// How a task ends that is cancelled when the second probe lets this go on.
    async fn cancel(&self, probe: Arc<dyn Probe>, go: Arc<dyn Probe>) -> String;
    /// A call that ends when the second probe lets it go on, with a task that ends with it.
    async fn hold_tied(&self, probe: Arc<dyn Probe>, go: Arc<dyn Probe>) -> Result<(), String>;
    /// How a task ends that panics.
    async fn panic(&self, text: &str, blocking: bool) -> String;
    /// Sleeps in a task; the host's clock before and after.
    async fn sleep(&self, nanoseconds: u64) -> Result<Vec<u64>, String>;
    /// When so many ticks were due; before the last but one it sleeps for so many periods.
    async fn tick(&self, period: u64, ticks: u64, late: u32) -> Result<Vec<u64>, String>;
    /// What becomes of a future that takes longer than its time, and of one that does not.
    async fn late(&self, probe: Arc<dyn Probe>) -> Vec<String>;
    /// What a sleep says that goes on when the host ends.
    async fn sleep_on(&self, nanoseconds: u64) -> Result<(), String>;
    /// Spawns a task that counts itself and what it holds, from whatever thread; whether it was taken.
    fn count(&self) -> bool;
    /// How many of those were taken, and how many were dropped, run or not.
    fn counted(&self) -> Vec<u64>;
    /// A task that lets the probe do something in its poll, then holds.
    fn act(&self, what: &str, probe: Arc<dyn Probe>) -> Result<(), String>;
    fn now(&self) -> Result<u64, String>;
    /// Its stop blocks in the probe.
    fn block_stop(&self, probe: Arc<dyn Probe>);
}

#[derive(Clone, Debug, Default, Wire)]
pub struct Wishes {
    /// Its start spawns a task, and fails.
    #[wire(default)]
    pub fail: bool,
    /// Its stop tries to spawn one, and writes to the log what it is told.
    #[wire(default)]
    pub spawn_in_stop: bool,
    /// Its start spawns a task that never ends, and returns when that is gone.
    #[wire(default)]
    pub wait_in_start: bool,
}

#[plugin(id = "contract/worker", provides(Worker))]
pub struct Working {
    context: Context,
    wishes: Wishes,
    taken: AtomicU64,
    dropped: Arc<AtomicU64>,
    of_start: Mutex<Option<Task<&'static str>>>,
    stops: Mutex<Option<Arc<dyn Probe>>>,
}

/// Notes that it is dropped.
struct Holding(Arc<dyn Probe>, String);

impl Drop for Holding {
    fn drop(&mut self) {
        self.0.note(&format!("{} dropped", self.1));
    }
}

/// Writes to the log that it is dropped.
struct Logging(Context);

impl Drop for Logging {
    fn drop(&mut self) {
        self.0.log(Level::Info, "what the task held is dropped");
    }
}

struct Counting(Arc<AtomicU64>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

impl Plugin for Working {
    fn start(context: &Context) -> Result<Self, StartError> {
        let wishes: Wishes = context.config()?;
        if wishes.wait_in_start {
            let (held, gone) = std::sync::mpsc::channel::<()>();
            // On a machine that is busy its time is up by now; what is refused is gone, too.
            let _spawned = context.spawn(async move {
                std::future::pending::<()>().await;
                drop(held);
            });
            let _gone = gone.recv();
            context.log(Level::Info, "its task is gone");
        }
        let of_start = context.spawn_named("of the start", async { "it ran" })?;
        if wishes.fail {
            let held = Logging(context.clone());
            drop(context.spawn(async move {
                std::future::pending::<()>().await;
                drop(held);
            })?);
            return Err("it is to fail".into());
        }
        Ok(Self {
            context: context.clone(),
            wishes,
            taken: AtomicU64::new(0),
            dropped: Arc::default(),
            of_start: Mutex::new(Some(of_start)),
            stops: Mutex::default(),
        })
    }

    fn stop(&self) {
        let blocks = self.stops.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(probe) = blocks {
            probe.block();
        }
        if !self.wishes.spawn_in_stop {
            return;
        }
        let spawned = self.context.spawn(async {});
        let said = spawned.map_or_else(|refused| refused.to_string(), |_| "taken".into());
        self.context.log(Level::Info, said);
    }
}

/// Holds from now on, whether it is polled or not.
fn held(name: String, probe: Arc<dyn Probe>) -> impl Future<Output = ()> + Send {
    let holding = Holding(probe, name);
    async move {
        holding.0.note(&format!("{} began", holding.1));
        holding.0.wait().await;
        holding.0.note(&format!("{} went on", holding.1));
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[interface]
impl Worker for Working {
    async fn sum(&self, tasks: u64) -> Result<u64, String> {
        let of_start = self.of_start.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = of_start {
            assert_eq!(task.await, Ok("it ran"));
        }
        let spawned: Result<Vec<_>, _> = (0..tasks).map(|n| self.context.spawn(async move { n })).collect();
        let mut sum = 0;
        for task in spawned.map_err(text)? {
            sum += task.await.map_err(text)?;
        }
        Ok(sum)
    }
    async fn sum_blocking(&self, tasks: u64) -> Result<u64, String> {
        let spawned: Result<Vec<_>, _> = (0..tasks).map(|n| self.context.spawn_blocking(move || n)).collect();
        let mut sum = 0;
        for task in spawned.map_err(text)? {
            sum += task.await.map_err(text)?;
        }
        Ok(sum)
    }
    fn hold(&self, name: &str, probe: Arc<dyn Probe>) -> Result<(), String> {
        self.context.spawn_named(name, held(name.into(), probe)).map(drop).map_err(text)
    }
    fn hold_nameless(&self, probe: Arc<dyn Probe>) -> Result<(), String> {
        self.context.spawn(held("nameless".into(), probe)).map(drop).map_err(text)
    }
    fn stick(&self, name: &str, probe: Arc<dyn Probe>, blocking: bool) -> Result<(), String> {
        let stuck = move || {
            probe.note("stuck");
            probe.block();
        };
        if blocking {
            self.context.spawn_blocking_named(name, stuck).map(drop).map_err(text)
        } else {
            self.context.spawn_named(name, async move { stuck() }).map(drop).map_err(text)
        }
    }
    async fn cancel(&self, probe: Arc<dyn Probe>, go: Arc<dyn Probe>) -> String {
        let waits = self.context.spawn(held("cancelled".into(), probe));
        let waits = match waits {
            Ok(task) => task,
            Err(refused) => return text(refused),
        };
        go.wait().await;
        assert!(!waits.has_ended());
        waits.cancel();
        waits.cancel();
        waits.await.map_or_else(text, |()| "it ended".into())
    }
    async fn hold_tied(&self, probe: Arc<dyn Probe>, go: Arc<dyn Probe>) -> Result<(), String> {
        let _tied = self.context.spawn(held("tied".into(), probe)).map_err(text)?.cancel_on_drop();
        go.wait().await;
        Ok(())
    }
    async fn panic(&self, words: &str, blocking: bool) -> String {
        let words = words.to_owned();
        let spawned = if blocking {
            self.context.spawn_blocking(move || panic!("{words}"))
        } else {
            self.context.spawn(async move { panic!("{words}") })
        };
        match spawned {
            Ok(task) => task.await.map_or_else(text, |()| "it ended".into()),
            Err(refused) => text(refused),
        }
    }
    async fn sleep(&self, nanoseconds: u64) -> Result<Vec<u64>, String> {
        let context = self.context.clone();
        let task = self.context.spawn(async move {
            let before = context.now()?;
            context.sleep(Duration::from_nanos(nanoseconds)).await?;
            Ok::<_, keyway::Unavailable>([before, context.now()?])
        });
        let times = task.map_err(text)?.await.map_err(text)?.map_err(text)?;
        Ok(times.map(|time| time.as_nanos() as u64).to_vec())
    }
    async fn tick(&self, period: u64, ticks: u64, late: u32) -> Result<Vec<u64>, String> {
        let period = Duration::from_nanos(period);
        let mut interval = self.context.interval(period).map_err(text)?;
        let mut due = Vec::new();
        for tick in 1..=ticks {
            if tick + 1 == ticks {
                self.context.sleep(period * late).await.map_err(text)?;
            }
            due.push(interval.tick().await.map_err(text)?.as_nanos() as u64);
        }
        Ok(due)
    }
    async fn late(&self, probe: Arc<dyn Probe>) -> Vec<String> {
        let late = self.context.timeout(Duration::from_millis(5), held("late".into(), probe)).await;
        let in_time = self.context.timeout(Duration::from_secs(3600), async { "in time" }).await;
        vec![late.map_or_else(text, |()| "it ended".into()), in_time.map_or_else(text, str::to_owned)]
    }
    async fn sleep_on(&self, nanoseconds: u64) -> Result<(), String> {
        self.context.sleep(Duration::from_nanos(nanoseconds)).await.map_err(text)
    }
    fn count(&self) -> bool {
        let counting = Counting(Arc::clone(&self.dropped));
        let spawned = self.context.spawn(async move {
            std::future::pending::<()>().await;
            drop(counting);
        });
        let taken = spawned.is_ok();
        self.taken.fetch_add(u64::from(taken), Ordering::SeqCst);
        taken
    }
    fn counted(&self) -> Vec<u64> {
        vec![self.taken.load(Ordering::SeqCst), self.dropped.load(Ordering::SeqCst)]
    }
    fn act(&self, what: &str, probe: Arc<dyn Probe>) -> Result<(), String> {
        let words = what.to_owned();
        let task = async move {
            let holding = Holding(probe, words);
            holding.0.note(&holding.1);
            holding.0.note(&format!("{} went on", holding.1));
            std::future::pending::<()>().await;
        };
        self.context.spawn_named(what, task).map(drop).map_err(text)
    }
    fn now(&self) -> Result<u64, String> {
        self.context.now().map(|now| now.as_nanos() as u64).map_err(text)
    }
    fn block_stop(&self, probe: Arc<dyn Probe>) {
        *self.stops.lock().unwrap_or_else(PoisonError::into_inner) = Some(probe);
    }
}
