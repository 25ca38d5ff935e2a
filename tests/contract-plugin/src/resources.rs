//! Plugins that share, hold and hand on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use keyway::{AnyObject, Context, Fault, Plugin, Share, Shared, StartError, interface, plugin};

use crate::values::Oops;

/// What is shared.
#[interface(id = "contract/well", version = "1.0")]
pub trait Well: Send + Sync {
    /// Gives what was asked for, and counts it.
    fn draw(&self, n: u32) -> u32;
    fn fallible(&self, how: &str) -> Result<u32, Oops>;
    /// Returns when the owner lets those go that wait.
    fn wait(&self) -> u32;
    /// What the well beside this one gives, where it holds one.
    fn beside(&self) -> Result<u32, Oops>;
}

/// What nobody shares.
#[interface(id = "contract/oil", version = "1.0")]
pub trait Oil: Send + Sync {
    fn burn(&self) -> u32;
}

/// Shares wells.
#[interface(id = "contract/sharer", version = "1.0")]
pub trait Sharer: Send + Sync {
    fn share(&self, name: &str) -> Result<(), String>;
    /// One whose drop panics.
    fn share_bad(&self, name: &str) -> Result<(), String>;
    /// Oil, under the name.
    fn share_oil(&self, name: &str) -> Result<(), String>;
    /// Puts a resource of another into a well of this one's.
    fn put_beside(&self, name: &str, other: Shared<dyn Well>);
    fn close(&self, name: &str) -> bool;
    fn holders(&self, name: &str) -> Option<u64>;
    /// Wells that have been made and not dropped.
    fn alive(&self) -> u64;
    /// Calls of [`Well::wait`] that are under way.
    fn waiting(&self) -> u64;
    fn let_go(&self);
    /// Any object that comes is told by its interface, and goes back.
    fn any(&self, object: AnyObject) -> (String, AnyObject);
}

/// Holds what another shares.
#[interface(id = "contract/taker", version = "1.0")]
pub trait Taker: Send + Sync {
    fn take(&self, owner: &str, name: &str) -> Result<(), String>;
    fn take_oil(&self, owner: &str, name: &str) -> Result<(), String>;
    fn draw(&self, n: u32) -> Result<u32, Oops>;
    fn fallible(&self, how: &str) -> Result<u32, Oops>;
    /// Waits in a call.
    fn wait(&self) -> Result<u32, Oops>;
    fn held(&self) -> Option<Shared<dyn Well>>;
    fn receive(&self, well: Shared<dyn Well>);
    fn forget(&self);
    /// Waits for the end of what it holds.
    async fn gone(&self) -> String;
}

#[derive(Default)]
struct Site {
    alive: AtomicU64,
    waiting: AtomicU64,
    free: AtomicBool,
}

struct Deep {
    site: Arc<Site>,
    drawn: AtomicU64,
    bad: bool,
    beside: Mutex<Option<Shared<dyn Well>>>,
    /// A resource may hold what holds its owner.
    _context: Context,
}

impl Deep {
    fn new(context: &Context, site: &Arc<Site>, bad: bool) -> Arc<Self> {
        site.alive.fetch_add(1, Ordering::SeqCst);
        let (site, _context) = (Arc::clone(site), context.clone());
        Arc::new(Self { site, drawn: AtomicU64::new(0), bad, beside: Mutex::default(), _context })
    }
}

impl Drop for Deep {
    fn drop(&mut self) {
        self.site.alive.fetch_sub(1, Ordering::SeqCst);
        assert!(!self.bad, "a well that panics while it is dropped");
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Well for Deep {
    fn draw(&self, n: u32) -> u32 {
        assert!(self.site.alive.load(Ordering::SeqCst) > 0, "it is called after its end");
        self.drawn.fetch_add(u64::from(n), Ordering::SeqCst);
        n
    }
    fn fallible(&self, how: &str) -> Result<u32, Oops> {
        assert_ne!(how, "panic", "a well that panics");
        Err(Oops { why: how.into(), fault: false })
    }
    fn wait(&self) -> u32 {
        self.site.waiting.fetch_add(1, Ordering::SeqCst);
        while !self.site.free.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.site.waiting.fetch_sub(1, Ordering::SeqCst);
        self.draw(1)
    }
    fn beside(&self) -> Result<u32, Oops> {
        let beside = locked(&self.beside).clone();
        let beside = beside.ok_or(Oops { why: "it stands alone".into(), fault: false })?;
        Ok(beside.get().map_err(Fault::from)?.draw(5))
    }
}

struct Barrel;

impl Oil for Barrel {
    fn burn(&self) -> u32 {
        1
    }
}

macro_rules! sharer {
    ($name:ident, $id:literal) => {
        #[plugin(id = $id, provides(Sharer))]
        pub struct $name {
            context: Context,
            site: Arc<Site>,
            shares: Mutex<BTreeMap<String, (Share, Option<Arc<Deep>>)>>,
        }

        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                Ok(Self { context: context.clone(), site: Arc::default(), shares: Mutex::default() })
            }
        }

        impl $name {
            fn well(&self, name: &str, bad: bool) -> Result<(), String> {
                let well = Deep::new(&self.context, &self.site, bad);
                let share = self.context.share::<dyn Well>(name, Arc::clone(&well) as _);
                let share = share.map_err(|error| error.to_string())?;
                // A bad one is the host's alone, so that its drop is in the host's hands.
                let kept = (!bad).then_some(well);
                locked(&self.shares).insert(name.into(), (share, kept));
                Ok(())
            }
        }

        impl Sharer for $name {
            fn share(&self, name: &str) -> Result<(), String> {
                self.well(name, false)?;
                // What is left of it is what others hold.
                if let Some((_, kept)) = locked(&self.shares).get_mut(name) {
                    *kept = None;
                }
                Ok(())
            }
            fn share_bad(&self, name: &str) -> Result<(), String> {
                self.well(name, true)
            }
            fn share_oil(&self, name: &str) -> Result<(), String> {
                let share = self.context.share::<dyn Oil>(name, Arc::new(Barrel));
                locked(&self.shares).insert(name.into(), (share.map_err(|error| error.to_string())?, None));
                Ok(())
            }
            fn put_beside(&self, name: &str, other: Shared<dyn Well>) {
                self.well(name, false).expect("it can be shared");
                if let Some((_, well)) = locked(&self.shares).get_mut(name)
                    && let Some(well) = well.take()
                {
                    *locked(&well.beside) = Some(other);
                }
            }
            fn close(&self, name: &str) -> bool {
                let share = locked(&self.shares).remove(name);
                share.map(|(share, _)| share.close()).is_some()
            }
            fn holders(&self, name: &str) -> Option<u64> {
                locked(&self.shares).get(name).map(|(share, _)| share.holders() as u64)
            }
            fn alive(&self) -> u64 {
                self.site.alive.load(Ordering::SeqCst)
            }
            fn waiting(&self) -> u64 {
                self.site.waiting.load(Ordering::SeqCst)
            }
            fn let_go(&self) {
                self.site.free.store(true, Ordering::SeqCst);
            }
            fn any(&self, object: AnyObject) -> (String, AnyObject) {
                (object.interface().to_owned(), object)
            }
        }
    };
}

sharer!(Sharing, "contract/sharer");
sharer!(Neighbour, "contract/neighbour");

macro_rules! taker {
    ($name:ident, $($arguments:tt)*) => {
        #[plugin($($arguments)*)]
        pub struct $name {
            context: Context,
            held: Mutex<Option<Shared<dyn Well>>>,
        }

        impl Plugin for $name {
            fn start(context: &Context) -> Result<Self, StartError> {
                Ok(Self { context: context.clone(), held: Mutex::default() })
            }
        }

        impl $name {
            fn well(&self) -> Result<Shared<dyn Well>, Oops> {
                locked(&self.held).clone().ok_or(Oops { why: "nothing is held".into(), fault: false })
            }
        }

        #[interface]
        impl Taker for $name {
            fn take(&self, owner: &str, name: &str) -> Result<(), String> {
                let well = self.context.shared(owner, name).map_err(|error| error.to_string())?;
                let before = locked(&self.held).replace(well);
                drop(before);
                Ok(())
            }
            fn take_oil(&self, owner: &str, name: &str) -> Result<(), String> {
                let oil = self.context.shared::<dyn Oil>(owner, name).map_err(|error| error.to_string())?;
                let oil = oil.get().map_err(|gone| gone.to_string())?;
                assert_eq!(oil.burn(), 1);
                Ok(())
            }
            fn draw(&self, n: u32) -> Result<u32, Oops> {
                Ok(self.well()?.get().map_err(Fault::from)?.draw(n))
            }
            fn fallible(&self, how: &str) -> Result<u32, Oops> {
                self.well()?.get().map_err(Fault::from)?.fallible(how)
            }
            fn wait(&self) -> Result<u32, Oops> {
                Ok(self.well()?.get().map_err(Fault::from)?.wait())
            }
            fn held(&self) -> Option<Shared<dyn Well>> {
                locked(&self.held).clone()
            }
            fn receive(&self, well: Shared<dyn Well>) {
                let before = locked(&self.held).replace(well);
                drop(before);
            }
            fn forget(&self) {
                let before = locked(&self.held).take();
                drop(before);
            }
            async fn gone(&self) -> String {
                match self.well() {
                    Ok(well) => well.gone().await.to_string(),
                    Err(oops) => oops.why,
                }
            }
        }
    };
}

taker!(
    Taking,
    id = "contract/taker",
    provides(Taker),
    optional("contract/sharer" = "^1", interface("contract/sharer") = "^1")
);
taker!(Stranger, id = "contract/stranger", provides(Taker));
