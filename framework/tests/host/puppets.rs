//! Plugins that do what their settings say, and write down what happened to them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};

use keyway::host::{Host, HostBuilder, Settings};
use keyway::registration::{Registration, linked};
use keyway::{Context, Health, Plugin, StartError, Wire, interface, plugin};

/// What a puppet is to do.
#[derive(Clone, Debug, Default, Wire)]
pub struct Script {
    /// Where it writes: the number of a [`Journal`].
    #[wire(default)]
    pub journal: u64,
    /// Its start fails with this text.
    #[wire(default)]
    pub fail: Option<String>,
    /// It panics where this says: `start`, `stop`, `drop`.
    #[wire(default)]
    pub panic: Vec<String>,
    /// Its first start fails.
    #[wire(default)]
    pub fail_first: bool,
    /// Its start waits until the journal is opened.
    #[wire(default)]
    pub wait: bool,
    /// Its start waits until this line is written.
    #[wire(default)]
    pub wait_for: Option<String>,
    /// How it says it is, if not well: `wait` until the journal is opened, `wait first` where it is the first that was
    /// started, or degraded for this reason.
    #[wire(default)]
    pub health: String,
    /// Its stop waits until the journal is opened.
    #[wire(default)]
    pub wait_in_stop: bool,
    /// It asks for these plugins in its start, and writes down what they say.
    #[wire(default)]
    pub ask: Vec<String>,
    /// As `ask`, but of the host that the test has put into the journal.
    #[wire(default)]
    pub ask_host: Vec<String>,
    /// As `ask`, when it is stopped.
    #[wire(default)]
    pub ask_in_stop: Vec<String>,
    /// Where this says (`stop`, `drop`), it tries to change the host of the journal in every way, and writes down what it
    /// hears.
    #[wire(default)]
    pub change_in: Vec<String>,
    /// When it is stopped, it stops the host of the journal.
    #[wire(default)]
    pub stop_host: bool,
    /// It shares a store under this name.
    #[wire(default)]
    pub share: Option<String>,
}

#[interface(id = "test/puppet", version = "1.2")]
pub trait Puppet: Send + Sync {
    /// Its own id.
    fn name(&self) -> String;
    /// What another one says to `name`, asked through the context.
    fn ask(&self, plugin: &str) -> Result<String, String>;
    /// Who its context says there is.
    fn others(&self) -> Result<Vec<String>, String>;
    /// What `Context::all` gives.
    fn all(&self) -> Result<Vec<String>, String>;
    fn panic(&self, text: &str) -> Result<(), String>;
    /// Tries to read its settings again.
    fn read_settings(&self) -> Result<(), String>;
    fn log(&self, text: &str);
}

/// An interface that only some have.
#[interface(id = "test/store", version = "2.0")]
pub trait Store: Send + Sync {
    fn store(&self) -> String;
}

pub struct Body {
    context: Context,
    script: Script,
    /// It is the first of its plugin that was started.
    first: bool,
    _share: Option<keyway::Share>,
}

/// What it shares; writes down that it is dropped.
struct Shared(u64, String);

impl Store for Shared {
    fn store(&self) -> String {
        format!("shared by {}", self.1)
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        write(self.0, format!("{} shares no more", self.1));
    }
}

impl Body {
    pub fn start(context: &Context) -> Result<Self, StartError> {
        let script: Script = context.config()?;
        let mut body = Self { context: context.clone(), script, first: false, _share: None };
        body.write("start");
        if let Some(name) = &body.script.share {
            let store = Shared(body.script.journal, context.plugin().to_owned());
            body._share = Some(context.share::<dyn Store>(name, Arc::new(store))?);
        }
        let own = format!("{} start", body.context.plugin());
        let starts = pages().lines[&body.script.journal].iter().filter(|line| **line == own).count();
        body.first = starts == 1;
        if body.script.wait {
            wait_until_open(body.script.journal);
        }
        if let Some(line) = &body.script.wait_for {
            while !pages().lines[&body.script.journal].contains(line) {
                std::thread::yield_now();
            }
        }
        for other in &body.script.ask {
            let answer = body.ask(other);
            body.write(&format!("hears {}", answer.unwrap_or_else(|error| error)));
        }
        for other in &body.script.ask_host {
            let host = pages().hosts.get(&body.script.journal).and_then(Weak::upgrade).ok_or("no host")?;
            let answer = host.get::<dyn Puppet>(other).map(|other| other.get().name());
            body.write(&format!("hears {}", answer.unwrap_or_else(|error| error.to_string())));
        }
        if body.script.fail_first && body.first {
            return Err("the first time".into());
        }
        if let Some(text) = &body.script.fail {
            return Err(text.clone().into());
        }
        body.may_panic("start");
        Ok(body)
    }

    pub fn stop(&self) {
        self.write("stop");
        if self.script.wait_in_stop {
            wait_until_open(self.script.journal);
        }
        for other in &self.script.ask_in_stop {
            let answer = self.ask(other);
            self.write(&format!("hears {}", answer.unwrap_or_else(|error| error)));
        }
        if self.script.stop_host {
            let host = pages().hosts.get(&self.script.journal).and_then(Weak::upgrade);
            host.expect("the test keeps it").stop();
        }
        self.may_change("stop");
        self.may_panic("stop");
    }

    pub fn health(&self) -> Health {
        match &*self.script.health {
            "" => Health::good(),
            "wait" => {
                wait_until_open(self.script.journal);
                Health::good()
            }
            "wait first" if !self.first => Health::good(),
            "wait first" => {
                wait_until_open(self.script.journal);
                Health::good()
            }
            why => Health::degraded(why).with_memory(4096),
        }
    }

    fn may_panic(&self, place: &str) {
        if self.script.panic.iter().any(|other| other == place) {
            panic!("{} panics in {place}", self.context.plugin());
        }
    }

    fn may_change(&self, place: &str) {
        if !self.script.change_in.iter().any(|other| other == place) {
            return;
        }
        let Some(host) = pages().hosts.get(&self.script.journal).and_then(Weak::upgrade) else { return };
        let id = "chain/c";
        for outcome in [
            host.load(id),
            host.unload(id, true).map(drop),
            host.reload(id).map(drop),
            host.refresh(),
            host.enable(id).map(drop),
            host.disable(id).map(drop),
        ] {
            self.write(&format!("hears {}", outcome.err().map_or("nothing", |error| error.code())));
        }
    }

    fn write(&self, what: &str) {
        write(self.script.journal, format!("{} {what}", self.context.plugin()));
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.write("drop");
        self.may_change("drop");
        self.may_panic("drop");
    }
}

impl Puppet for Body {
    fn name(&self) -> String {
        self.context.plugin().to_owned()
    }
    fn ask(&self, plugin: &str) -> Result<String, String> {
        let other = self.context.get::<dyn Puppet>(plugin).map_err(|error| error.to_string())?;
        Ok(other.get().name())
    }
    fn others(&self) -> Result<Vec<String>, String> {
        let all = self.context.all::<dyn Store>().map_err(|error| error.to_string())?;
        Ok(all.iter().map(|handle| handle.plugin().to_owned()).collect())
    }
    fn all(&self) -> Result<Vec<String>, String> {
        let all = self.context.all::<dyn Puppet>().map_err(|error| error.to_string())?;
        Ok(all.iter().map(|handle| handle.get().name()).collect())
    }
    fn panic(&self, text: &str) -> Result<(), String> {
        panic!("{text}")
    }
    fn read_settings(&self) -> Result<(), String> {
        self.context.config::<Script>().map(drop).map_err(|error| error.to_string())
    }
    fn log(&self, text: &str) {
        self.context.log(keyway::Level::Info, text);
    }
}

impl Store for Body {
    fn store(&self) -> String {
        format!("stored by {}", self.context.plugin())
    }
}

macro_rules! puppet {
    ($name:ident, $provides:tt, $($arguments:tt)*) => {
        #[plugin($($arguments)*, version = "1.0.0", provides $provides, config = Script)]
        pub struct $name(Body);
        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                Body::start(context).map(Self)
            }
            fn stop(&self) {
                self.0.stop();
            }
            fn health(&self) -> Health {
                self.0.health()
            }
        }
        impl Puppet for $name {
            fn name(&self) -> String {
                self.0.name()
            }
            fn ask(&self, plugin: &str) -> Result<String, String> {
                self.0.ask(plugin)
            }
            fn others(&self) -> Result<Vec<String>, String> {
                self.0.others()
            }
            fn all(&self) -> Result<Vec<String>, String> {
                self.0.all()
            }
            fn panic(&self, text: &str) -> Result<(), String> {
                self.0.panic(text)
            }
            fn read_settings(&self) -> Result<(), String> {
                self.0.read_settings()
            }
            fn log(&self, text: &str) {
                self.0.log(text);
            }
        }
        impl Store for $name {
            fn store(&self) -> String {
                self.0.store()
            }
        }
    };
}

// A chain against the alphabet: c, then b, then a.
puppet!(ChainA, (Puppet), id = "chain/a", requires("chain/b" = "^1"));
puppet!(ChainB, (Puppet), id = "chain/b", requires("chain/c" = "^1"));
puppet!(ChainC, (Puppet), id = "chain/c");
puppet!(Beside, (Puppet), id = "chain/beside");
puppet!(Wishes, (Puppet), id = "chain/wishes", optional("chain/c" = "^1"));

// Whoever provides the store.
puppet!(StoreOne, (Store, Puppet), id = "store/one", rank = 5);
puppet!(StoreTwo, (Puppet, Store), id = "store/two");
puppet!(Shopper, (Puppet), id = "store/shopper", requires(interface("test/store") = "^2"));

// Started when asked for.
puppet!(Lazy, (Puppet), id = "lazy/one", activation = "use");
puppet!(LazyUser, (Puppet), id = "lazy/user", requires("lazy/one" = "^1"));
puppet!(LazyTop, (Puppet), id = "lazy/top", requires("lazy/one" = "^1"), activation = "use");

// One that starts when asked for and needs one that starts with the host, and one that needs it.
puppet!(LateSlow, (Puppet), id = "late/slow");
puppet!(LateLazy, (Puppet), id = "late/lazy", requires("late/slow" = "^1"), activation = "use");
puppet!(LateUser, (Puppet), id = "late/user", requires("late/lazy" = "^1"));
puppet!(LateFan, (Puppet), id = "late/fan", optional("late/lazy" = "^1"));

// Two that like each other.
puppet!(Left, (Puppet), id = "pair/left", optional("pair/right" = "^1"));
puppet!(Right, (Puppet), id = "pair/right", optional("pair/left" = "^1"));

// By rank, then id.
puppet!(RankLow, (Puppet), id = "rank/a", rank = -3);
puppet!(RankMidB, (Puppet), id = "rank/c");
puppet!(RankMidA, (Puppet), id = "rank/b");
puppet!(RankHigh, (Puppet), id = "rank/z", rank = 10);
puppet!(RankReader, (Puppet), id = "rank/zz-reader", requires(interface("test/puppet") = "^1"), rank = -9);

#[derive(Default)]
struct Pages {
    lines: BTreeMap<u64, Vec<String>>,
    open: BTreeMap<u64, bool>,
    hosts: BTreeMap<u64, Weak<Host>>,
}

static PAGES: Mutex<Pages> =
    Mutex::new(Pages { lines: BTreeMap::new(), open: BTreeMap::new(), hosts: BTreeMap::new() });
static OPENED: Condvar = Condvar::new();

fn pages() -> std::sync::MutexGuard<'static, Pages> {
    PAGES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write(journal: u64, line: String) {
    pages().lines.entry(journal).or_default().push(line);
}

fn wait_until_open(journal: u64) {
    let mut pages = pages();
    while !pages.open.get(&journal).copied().unwrap_or(false) {
        pages = OPENED.wait(pages).unwrap_or_else(PoisonError::into_inner);
    }
}

/// What happened to the puppets of one test.
pub struct Journal(u64);

impl Journal {
    pub fn new() -> Self {
        crate::contexts::collect();
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A script that writes here.
    pub fn script(&self) -> Script {
        Script { journal: self.0, ..Script::default() }
    }

    /// Lets those go on whose start waits.
    pub fn open(&self) {
        pages().open.insert(self.0, true);
        OPENED.notify_all();
    }

    /// The host that `ask_host` asks.
    pub fn keep(&self, host: &Arc<Host>) {
        pages().hosts.insert(self.0, Arc::downgrade(host));
    }

    pub fn lines(&self) -> Vec<String> {
        pages().lines.get(&self.0).cloned().unwrap_or_default()
    }

    pub fn check(&self, expected: &[&str]) {
        assert_eq!(self.lines(), expected);
    }

    /// A host with these plugins of this image, which all write here.
    pub fn host(&self, plugins: &[&str]) -> HostBuilder {
        let mut builder = Host::builder("test", "1.0.0").linked_in(false).start_threads(1);
        for id in plugins {
            builder = builder.register(registration(id)).config(id, Settings::of(&self.script()));
        }
        builder
    }

    /// A host as [`host`](Self::host), where one of them does something of its own.
    pub fn host_with(&self, plugins: &[&str], id: &str, change: impl FnOnce(&mut Script)) -> HostBuilder {
        let mut script = self.script();
        change(&mut script);
        self.host(plugins).config(id, Settings::of(&script))
    }
}

pub fn registration(id: &str) -> &'static Registration {
    linked().unwrap().into_iter().find(|registration| registration.id == id).unwrap()
}

/// Every plugin and its state, in the order of the list.
pub fn states(host: &Host) -> Vec<(String, &'static str)> {
    host.plugins().iter().map(|info| (info.id.to_string(), info.state.name())).collect()
}

/// Why a plugin does not run.
pub fn why(host: &Host, id: &str) -> String {
    host.plugin(id).unwrap().refusal().unwrap().summary()
}
