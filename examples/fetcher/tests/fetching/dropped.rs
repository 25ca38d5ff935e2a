//! Whoever drops the answer ends what the plugin has under way, in this process.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use fetcher::network::{Limits, Network};
use fetcher_interfaces::{Inspect, Outcome};
use keyway::Handle;
use keyway::host::Host;
use tokio::runtime::{Builder, Runtime};

use crate::Home;
use crate::server::{Server, wait_for};

struct Stage {
    runtime: Runtime,
    network: Arc<Network>,
    host: Host,
}

impl Stage {
    fn of(home: Home) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("it starts");
        // No limit ends here what the drop should.
        let limits = Limits { time: Duration::from_secs(3600), ..Limits::default() };
        let network = Network::new(runtime.handle().clone(), limits);
        let settings = link_checker::Settings::default();
        let mut builder = fetcher::host(network.clone(), home.folder(), &settings);
        if let Home::Through(loopback) = home {
            builder = builder.loopback(loopback);
        }
        let host = builder.start().expect("it is built without mistakes");
        Self { runtime, network, host }
    }

    fn checker(&self, home: Home) -> Handle<dyn Inspect> {
        let checker = self.host.get::<dyn Inspect>("fetcher/link-checker").expect("it runs");
        assert_eq!(checker.is_direct(), home == Home::BuiltIn);
        checker
    }
}

#[test]
fn what_is_dropped_half_way_leaves_nothing_open_and_the_plugin_goes_on() {
    for home in Home::ALL {
        let (server, stage) = (Server::start(), Stage::of(home));
        let checker = stage.checker(home);
        let (hanging, about) = (server.at("/hanging"), server.at("/about"));
        for round in 1..=3 {
            stage.runtime.block_on(async {
                let mut answer = checker.inspect(&hanging);
                poll_fn(|context| {
                    assert!(answer.as_mut().poll(context).is_pending(), "it is never answered");
                    // The server has them all once the plugin has them all.
                    if stage.network.open() == 3 && server.open() == 3 {
                        return Poll::Ready(());
                    }
                    context.waker().wake_by_ref();
                    Poll::Pending
                })
                .await;
                drop(answer);
                assert_eq!(stage.network.open(), 0, "{home:?}: it holds what it was given");
            });
            wait_for("the end of the connections", || server.left() == 3 * round && server.open() == 0);
            let all = stage.runtime.block_on(checker.inspect(&about)).expect("it is there");
            assert_eq!(all.len(), 1);
        }
    }
}

/// Has spawned something, and says whether that ran on tokio.
#[keyway::interface(id = "fetching/spawns", version = "1.0")]
trait Spawns: Send + Sync {
    async fn ran_on_tokio(&self) -> Result<bool, String>;
}

#[keyway::plugin(id = "fetching/spawner", provides(Spawns))]
struct Spawner(keyway::Context);

impl keyway::Plugin for Spawner {
    fn start(context: &keyway::Context) -> Result<Self, keyway::StartError> {
        Ok(Self(context.clone()))
    }
}

#[keyway::interface]
impl Spawns for Spawner {
    async fn ran_on_tokio(&self) -> Result<bool, String> {
        let task = self.0.spawn(async { tokio::runtime::Handle::try_current().is_ok() });
        task.map_err(|error| error.to_string())?.await.map_err(|error| error.to_string())
    }
}

#[test]
fn what_a_plugin_spawns_runs_on_the_hosts_runtime() {
    let stage = Stage::of(Home::BuiltIn);
    let spawner = stage.host.get::<dyn Spawns>("fetching/spawner").expect("it runs");
    assert_eq!(block_on(spawner.ran_on_tokio()), Ok(true));
}

struct Bell(Thread);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Nothing but this thread.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Bell(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn what_the_host_offers_needs_no_runtime_around_it() {
    for home in Home::ALL {
        let (server, stage) = (Server::start(), Stage::of(home));
        let (checker, page) = (stage.checker(home), server.at("/"));
        let all = block_on(checker.inspect(&page)).expect("it is there");
        let answered = |outcome: &Outcome| matches!(outcome, Outcome::Answered { .. });
        assert!(all.len() == 4 && all.iter().all(|fetched| answered(&fetched.outcome)), "{home:?}: {all:?}");
    }
}
