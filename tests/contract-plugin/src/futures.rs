//! Methods that answer later: at once after all, woken by hand, woken from another thread, never.

use std::collections::BTreeMap;
use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use keyway::{Bytes, Context, Handle, Plugin, StartError, interface};

use crate::objects::Visitor;
use crate::values::{Oops, Record};

/// What is asked later, on either side.
#[interface(id = "contract/later", version = "1.0")]
pub trait Later: Send + Sync {
    async fn answer(&self, n: u64) -> Result<u64, Oops>;
}

#[interface(id = "contract/futures", version = "1.0")]
pub trait Futures: Send + Sync {
    async fn unit(&self);
    async fn at_once(&self, n: u64) -> u64;
    /// Lets others go first so often, and says how often it was polled.
    async fn after(&self, times: u32) -> u32;
    async fn by_a_thread(&self, text: &str) -> String;
    /// Waits until the ticket is called.
    async fn wait(&self, ticket: u64) -> Result<u64, Oops>;
    fn call(&self, ticket: u64, n: u64);
    /// Calls of `wait` and `hold` that have begun and not ended.
    fn alive(&self) -> u64;
    /// Works on what it borrows before and after it was woken.
    async fn borrow(
        &self,
        text: &str,
        numbers: &[u32],
        record: &Record,
        visitor: &dyn Visitor,
    ) -> Vec<String>;
    /// Waits for ever, with all that it was given.
    async fn hold(&self, text: String, block: Bytes, one: Arc<dyn Visitor>, other: Box<dyn Visitor>) -> u64;
    async fn make(&self, yes: &str) -> Arc<dyn Visitor>;
    async fn make_boxed(&self, yes: &str) -> Result<Box<dyn Visitor>, Oops>;
    /// Panics at the poll after so many others, with this text.
    async fn panic(&self, after: u32, text: &str) -> u64;
    async fn panic_or_not(&self, after: u32, text: &str) -> Result<u64, Oops>;
    /// Waits for ever with something that panics while it is dropped.
    async fn panic_in_drop(&self) -> u64;
    /// Ends with something that panics while it is dropped.
    async fn panic_at_the_end(&self) -> u64;
    /// Keeps its waker and waits for ever.
    async fn keep_waker(&self);
    /// Wakes what was kept, from a thread of the plugin's, and keeps it.
    fn wake_kept(&self) -> u32;
    /// Wakes what was kept for the last time.
    fn wake_and_let_go(&self) -> u32;
    fn let_go(&self) -> u32;
    async fn ask(&self, other: &dyn Later, n: u64) -> Result<u64, Oops>;
    async fn ask_kept(&self, other: Arc<dyn Later>, n: u64) -> u64;
    async fn with_a_body(&self, text: &str, n: u64) -> String {
        let polls = self.after(2).await;
        format!("{text} {} {polls}", self.at_once(n).await)
    }
}

/// Answers by and by.
#[keyway::plugin(id = "contract/futures", provides(Futures, Later))]
#[derive(Default)]
pub struct Answering {
    tickets: Mutex<BTreeMap<u64, Ticket>>,
    alive: Alive,
    kept: Mutex<Vec<Waker>>,
}

enum Ticket {
    Waited(Waker),
    Called(u64),
}

#[derive(Clone, Default)]
struct Alive(Arc<AtomicU64>);

impl Alive {
    fn one(&self) -> Living {
        self.0.fetch_add(1, Ordering::SeqCst);
        Living(self.clone())
    }
}

struct Living(Alive);

impl Drop for Living {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct PanicsInDrop;

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("a future panics while it is dropped");
    }
}

struct Says(String);

impl Visitor for Says {
    fn visit(&self, name: &str) -> bool {
        name == self.0
    }
}

/// Ready when it is polled again, for which it asks itself.
async fn again() {
    let mut polled = false;
    poll_fn(|context| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Ready when a thread of its own says so.
async fn elsewhere() {
    let done = Arc::new(Mutex::new(false));
    let mut begun = false;
    poll_fn(|context| {
        if *done.lock().unwrap_or_else(PoisonError::into_inner) {
            return Poll::Ready(());
        }
        if !std::mem::replace(&mut begun, true) {
            let (done, waker) = (Arc::clone(&done), context.waker().clone());
            thread::spawn(move || {
                *done.lock().unwrap_or_else(PoisonError::into_inner) = true;
                waker.wake();
            });
        }
        Poll::Pending
    })
    .await;
}

impl Answering {
    fn tickets(&self) -> MutexGuard<'_, BTreeMap<u64, Ticket>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[interface]
impl Later for Answering {
    async fn answer(&self, n: u64) -> Result<u64, Oops> {
        again().await;
        if n == 0 { Err(Oops { why: "nothing to answer".into(), fault: false }) } else { Ok(n + 1) }
    }
}

#[interface]
impl Futures for Answering {
    async fn unit(&self) {}

    async fn at_once(&self, n: u64) -> u64 {
        n + 1
    }

    async fn after(&self, times: u32) -> u32 {
        for _ in 0..times {
            again().await;
        }
        times + 1
    }

    async fn by_a_thread(&self, text: &str) -> String {
        elsewhere().await;
        format!("{text}!")
    }

    async fn wait(&self, ticket: u64) -> Result<u64, Oops> {
        let _living = self.alive.one();
        let n = poll_fn(|context| {
            let mut tickets = self.tickets();
            if let Some(Ticket::Called(n)) = tickets.get(&ticket) {
                let n = *n;
                tickets.remove(&ticket);
                return Poll::Ready(n);
            }
            tickets.insert(ticket, Ticket::Waited(context.waker().clone()));
            Poll::Pending
        })
        .await;
        if n == 0 { Err(Oops { why: format!("ticket {ticket} is void"), fault: false }) } else { Ok(n) }
    }

    fn call(&self, ticket: u64, n: u64) {
        let before = self.tickets().insert(ticket, Ticket::Called(n));
        if let Some(Ticket::Waited(waker)) = before {
            waker.wake();
        }
    }

    fn alive(&self) -> u64 {
        self.alive.0.load(Ordering::SeqCst)
    }

    async fn borrow(
        &self,
        text: &str,
        numbers: &[u32],
        record: &Record,
        visitor: &dyn Visitor,
    ) -> Vec<String> {
        let before = format!("{text} {numbers:?} {} {}", record.name, visitor.visit(text));
        elsewhere().await;
        let after = format!("{text} {numbers:?} {} {}", record.name, visitor.visit(text));
        again().await;
        vec![before, after, record.tags.join("+")]
    }

    async fn hold(&self, text: String, block: Bytes, _one: Arc<dyn Visitor>, _: Box<dyn Visitor>) -> u64 {
        let _living = self.alive.one();
        pending::<()>().await;
        (text.len() + block.len()) as u64
    }

    async fn make(&self, yes: &str) -> Arc<dyn Visitor> {
        again().await;
        Arc::new(Says(yes.into()))
    }

    async fn make_boxed(&self, yes: &str) -> Result<Box<dyn Visitor>, Oops> {
        again().await;
        if yes.is_empty() {
            return Err(Oops { why: "it says yes to nothing".into(), fault: false });
        }
        Ok(Box::new(Says(yes.into())))
    }

    async fn panic(&self, after: u32, text: &str) -> u64 {
        self.after(after).await;
        panic!("{text}")
    }

    async fn panic_or_not(&self, after: u32, text: &str) -> Result<u64, Oops> {
        self.after(after).await;
        assert!(text.is_empty(), "{text}");
        Ok(after.into())
    }

    async fn panic_in_drop(&self) -> u64 {
        let _bomb = PanicsInDrop;
        let _living = self.alive.one();
        pending().await
    }

    async fn panic_at_the_end(&self) -> u64 {
        let _bomb = PanicsInDrop;
        1
    }

    async fn keep_waker(&self) {
        poll_fn(|context| {
            self.kept().push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    fn wake_kept(&self) -> u32 {
        let kept = self.kept().clone();
        let woken = kept.len() as u32;
        let waking = thread::spawn(move || kept.iter().for_each(Waker::wake_by_ref));
        if waking.join().is_ok() { woken } else { 0 }
    }

    fn wake_and_let_go(&self) -> u32 {
        let kept = std::mem::take(&mut *self.kept());
        let woken = kept.len() as u32;
        kept.into_iter().for_each(Waker::wake);
        woken
    }

    fn let_go(&self) -> u32 {
        let kept = std::mem::take(&mut *self.kept());
        kept.len() as u32
    }

    async fn ask(&self, other: &dyn Later, n: u64) -> Result<u64, Oops> {
        again().await;
        let answer = other.answer(n).await?;
        Ok(answer * 10)
    }

    async fn ask_kept(&self, other: Arc<dyn Later>, n: u64) -> u64 {
        let answers = [other.answer(n), other.answer(n + 1)];
        let mut sum = 0;
        for answer in answers {
            sum += answer.await.unwrap_or(0);
        }
        sum
    }
}

#[interface(id = "contract/asker", version = "1.0")]
pub trait Asker: Send + Sync {
    async fn through(&self, n: u64) -> Result<u64, Oops>;
    async fn panic(&self, text: &str) -> Result<u64, String>;
}

/// Asks another plugin, and awaits it.
#[keyway::plugin(id = "contract/asker", provides(Asker), requires("contract/futures" = "^1"))]
pub struct Asking {
    futures: Handle<dyn Futures>,
    later: Handle<dyn Later>,
}

impl Plugin for Asking {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self { futures: context.get("contract/futures")?, later: context.get("contract/futures")? })
    }
}

#[interface]
impl Asker for Asking {
    async fn through(&self, n: u64) -> Result<u64, Oops> {
        let answer = self.later.answer(n).await?;
        Ok(answer + u64::from(self.futures.after(3).await))
    }

    async fn panic(&self, text: &str) -> Result<u64, String> {
        self.futures.panic_or_not(1, text).await.map_err(|oops| oops.why)
    }
}

/// The same interface when plugins know less of it, and when it is another.
pub mod ages {
    /// A newer one: a method more, with a body; the others in another order.
    pub mod newer {
        use keyway::interface;

        #[interface(id = "contract/later", version = "1.1")]
        pub trait Later: Send + Sync {
            async fn twice(&self, n: u64) -> Result<u64, String> {
                Ok(self.answer(n).await? + self.answer(n + 1).await?)
            }
            /// Its error has one field more, which may be absent.
            async fn answer(&self, n: u64) -> Result<u64, super::Oops>;
        }
    }

    /// One that answers at once.
    pub mod other {
        use keyway::interface;

        use crate::values::Oops;

        #[interface(id = "contract/later", version = "1.2")]
        pub trait Later: Send + Sync {
            fn answer(&self, n: u64) -> Result<u64, Oops>;
        }
    }

    use keyway::{Fault, Wire};

    /// Newer than the plugin's.
    #[derive(Debug, Wire)]
    pub struct Oops {
        pub why: String,
        pub fault: bool,
        #[wire(default)]
        pub since: u64,
    }

    impl From<Fault> for Oops {
        fn from(fault: Fault) -> Self {
            Self { why: fault.to_string(), fault: true, since: 7 }
        }
    }

    impl From<Oops> for String {
        fn from(oops: Oops) -> Self {
            oops.why
        }
    }
}
