//! Many threads that change one host at random, whose plugins fail, hang, panic and ask for each other.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use keyway::host::{Event, Host, Settings};
use keyway::{Context, Handle, Health, Plugin, StartError, Wire, interface, plugin};

use crate::puppets::registration;

const DEADLINE: Duration = Duration::from_millis(150);

/// Numbers that look random, the same ones for the same seed.
#[derive(Default)]
struct Dice(AtomicU64);

impl Dice {
    /// One of so many.
    fn roll(&self, sides: u64) -> u64 {
        let mut number = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (number ^ (number >> 31)) % sides
    }
}

/// What has happened to the plugins of one storm.
#[derive(Default)]
struct Weather {
    dice: Dice,
    made: AtomicU64,
    stopped: AtomicU64,
    dropped: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

static STORMS: Mutex<BTreeMap<u64, Arc<Weather>>> = Mutex::new(BTreeMap::new());

fn weather(storm: u64) -> Arc<Weather> {
    let mut storms = STORMS.lock().unwrap_or_else(PoisonError::into_inner);
    let begin = || Arc::new(Weather { dice: Dice(AtomicU64::new(storm)), ..Weather::default() });
    Arc::clone(storms.entry(storm).or_insert_with(begin))
}

#[derive(Clone, Debug, Default, Wire)]
struct Which {
    #[wire(default)]
    storm: u64,
}

#[interface(id = "test/leaf", version = "1.0")]
trait Leaf: Send + Sync {
    fn rustle(&self) -> Result<u64, String>;
}

/// One leaf, as long as it hangs on its tree.
struct Twig {
    context: Context,
    weather: Arc<Weather>,
    needs: &'static [&'static str],
    stopped: AtomicBool,
}

impl Twig {
    fn start(context: &Context, needs: &'static [&'static str]) -> Result<Self, StartError> {
        let which: Which = context.config()?;
        let weather = weather(which.storm);
        match weather.dice.roll(60) {
            0..4 => return Err("not in this weather".into()),
            4..6 => panic!("blown away"),
            6 => std::thread::sleep(DEADLINE + Duration::from_millis(weather.dice.roll(60))),
            // About as long as it may.
            7 => std::thread::sleep(DEADLINE - Duration::from_millis(2)),
            8..20 => std::thread::sleep(Duration::from_millis(weather.dice.roll(4))),
            _ => {}
        }
        let twig = Self { context: context.clone(), weather, needs, stopped: AtomicBool::new(false) };
        twig.ask();
        twig.weather.made.fetch_add(1, Ordering::Relaxed);
        Ok(twig)
    }

    fn ask(&self) {
        for need in self.needs {
            if self.weather.dice.roll(2) == 0
                && let Ok(other) = self.context.get::<dyn Leaf>(need)
            {
                listen(&other);
            }
        }
    }

    fn stop(&self) {
        if self.stopped.swap(true, Ordering::Relaxed) {
            let what = format!("{} was stopped twice", self.context.plugin());
            self.weather.wrong.lock().unwrap().push(what);
        }
        self.weather.stopped.fetch_add(1, Ordering::Relaxed);
        self.ask();
        match self.weather.dice.roll(40) {
            0 => panic!("it will not let go"),
            1 => std::thread::sleep(DEADLINE + Duration::from_millis(50)),
            2..8 => std::thread::sleep(Duration::from_millis(self.weather.dice.roll(4))),
            _ => {}
        }
    }
}

impl Drop for Twig {
    fn drop(&mut self) {
        if !*self.stopped.get_mut() {
            let what = format!("{} was dropped and not stopped", self.context.plugin());
            self.weather.wrong.lock().unwrap().push(what);
        }
        self.weather.dropped.fetch_add(1, Ordering::Relaxed);
    }
}

/// Calls a leaf. Of what is linked in, a gust is a panic here.
fn listen(leaf: &Handle<dyn Leaf>) {
    let _heard = catch_unwind(AssertUnwindSafe(|| leaf.get().rustle()));
}

macro_rules! leaf {
    ($name:ident, $needs:expr, $($arguments:tt)*) => {
        #[plugin($($arguments)*, version = "1.0.0", provides(Leaf), config = Which)]
        pub struct $name(Twig);
        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                Twig::start(context, $needs).map(Self)
            }
            fn stop(&self) {
                self.0.stop();
            }
            fn health(&self) -> Health {
                if self.0.weather.dice.roll(200) == 0 {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Health::good()
            }
        }
        impl Leaf for $name {
            fn rustle(&self) -> Result<u64, String> {
                match self.0.weather.dice.roll(300) {
                    0 => panic!("a gust"),
                    number => Ok(number),
                }
            }
        }
    };
}

leaf!(Root, &[], id = "storm/root");
leaf!(Moss, &[], id = "storm/moss", activation = "use");
leaf!(Stem, &["storm/root"], id = "storm/stem", requires("storm/root" = "^1"));
leaf!(Bud, &["storm/stem"], id = "storm/bud", requires("storm/stem" = "^1"), activation = "use");
leaf!(Fern, &["storm/bud"], id = "storm/fern", requires("storm/bud" = "^1"), activation = "use");
leaf!(
    Vine,
    &["storm/bud", "storm/moss"],
    id = "storm/vine",
    requires("storm/bud" = "^1", "storm/moss" = "^1")
);
leaf!(Ivy, &["storm/vine"], id = "storm/ivy", requires("storm/vine" = "^1"));
leaf!(Thorn, &["storm/moss"], id = "storm/thorn", optional("storm/moss" = "^1"));

/// Each with what it can not do without, and whether it starts with the host.
const LEAVES: [(&str, &[&str], bool); 8] = [
    ("storm/root", &[], true),
    ("storm/moss", &[], false),
    ("storm/stem", &["storm/root"], true),
    ("storm/bud", &["storm/stem"], false),
    ("storm/fern", &["storm/bud"], false),
    ("storm/vine", &["storm/bud", "storm/moss"], true),
    ("storm/ivy", &["storm/vine"], true),
    ("storm/thorn", &[], true),
];

fn blow(host: &Host, dice: &Dice) {
    for _ in 0..60 {
        let leaf = LEAVES[dice.roll(8) as usize].0;
        // Whether it could be done is not the question.
        match dice.roll(16) {
            0 => drop(host.load(leaf)),
            1 => drop(host.unload(leaf, dice.roll(2) == 0)),
            2 => drop(host.reload(leaf)),
            3 | 4 => drop(host.enable(leaf)),
            5 if dice.roll(3) == 0 => drop(host.disable(leaf)),
            6 => drop(host.refresh()),
            7 => drop(host.plugins()),
            8 => drop(host.all::<dyn Leaf>()),
            9 => drop(host.history(leaf)),
            _ => {
                if let Ok(handle) = host.get::<dyn Leaf>(leaf) {
                    listen(&handle);
                }
            }
        }
    }
}

/// What is wrong in the order of what happened.
fn wrong(events: &[Event]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut active: BTreeMap<&str, bool> = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        let (id, state) = (event.plugin.as_str(), event.state.name());
        let needs = LEAVES.iter().find(|leaf| leaf.0 == id).unwrap().1;
        let is = |active: &BTreeMap<&str, bool>, id: &str| active.get(id).copied().unwrap_or(false);
        let mut complain = |what: String| {
            let before: Vec<_> = events[at.saturating_sub(30)..=at]
                .iter()
                .map(|event| format!("{} {}", event.plugin, event.state.name()))
                .collect();
            wrong.push(format!("{what}: {before:?}"));
        };
        match state {
            "active" => {
                if active.insert(id, true) == Some(true) {
                    complain(format!("{id} runs twice"));
                }
                for need in needs {
                    let with_the_host = LEAVES.iter().any(|leaf| leaf.0 == *need && leaf.2);
                    if with_the_host && !is(&active, need) {
                        complain(format!("{id} runs without {need}"));
                    }
                }
            }
            "draining" => {
                active.insert(id, false);
                for (other, needs, _) in LEAVES {
                    if needs.contains(&id) && is(&active, other) {
                        complain(format!("{id} is stopped before {other}"));
                    }
                }
            }
            _ if is(&active, id) => complain(format!("{id} runs and is {state}")),
            _ => {}
        }
    }
    wrong
}

fn storm(number: u64) {
    let weather = weather(number);
    let mut builder = Host::builder("test", "1.0.0").linked_in(false).start_deadline(DEADLINE);
    for (id, ..) in LEAVES {
        builder = builder.register(registration(id)).config(id, Settings::of(&Which { storm: number }));
    }
    builder =
        builder.stop_deadline(DEADLINE).health_every(Duration::from_millis(15), Duration::from_millis(10));
    let host = builder.fault_budget(40, Duration::from_secs(2)).start().unwrap();
    let events = host.events();
    // What was told before somebody listened is in the histories.
    let mut all: Vec<Event> = LEAVES.iter().flat_map(|(id, ..)| host.history(id)).collect();
    let listening = std::thread::spawn(move || events.iter().collect::<Vec<_>>());
    let dice = Dice(AtomicU64::new(number ^ 0x5eed));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| blow(&host, &dice));
        }
    });
    for info in host.plugins() {
        let told: Vec<_> = host.history(info.id.as_str()).iter().map(|event| event.state.name()).collect();
        let last = told.last().copied().unwrap_or("resolved");
        assert_eq!(last, info.state.name(), "storm {number}: {} {told:?}", info.id);
    }
    drop(host);
    let end = Instant::now() + Duration::from_secs(60);
    let figures = || {
        let number = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [number(&weather.made), number(&weather.stopped), number(&weather.dropped)]
    };
    while figures() != [figures()[0]; 3] {
        assert!(Instant::now() < end, "storm {number}: made, stopped, dropped: {:?}", figures());
        std::thread::sleep(Duration::from_millis(5));
    }
    all.extend(listening.join().unwrap());
    all.sort_by_key(|event| event.at);
    // One that came about when somebody began to listen is in both.
    all.dedup_by_key(|event| (event.at, event.plugin.clone(), event.state.name()));
    let mut wrong = wrong(&all);
    wrong.append(&mut weather.wrong.lock().unwrap());
    assert!(wrong.is_empty(), "storm {number}: {wrong:#?}");
    println!(
        "storm {number}: {} changes of state, {} plugins made, stopped and dropped",
        all.len(),
        figures()[0]
    );
}

#[test]
fn whatever_many_threads_do_plugins_start_and_stop_in_order_and_once() {
    let storms = std::env::var("KEYWAY_STORMS").ok().and_then(|storms| storms.parse().ok()).unwrap_or(3);
    let (done, ended) = channel();
    let blowing = std::thread::spawn(move || {
        (1..=storms).for_each(storm);
        let _told = done.send(());
    });
    let patience = Duration::from_secs(120 * storms);
    if ended.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        eprintln!("the storm does not end within {patience:?}");
        std::process::abort();
    }
    blowing.join().unwrap();
}
