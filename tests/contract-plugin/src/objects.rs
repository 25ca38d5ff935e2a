//! Objects in both directions: lent, shared, boxed, in lists, kept after the call.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread;

use keyway::{Wire, interface};

use crate::Everything;
use crate::values::Oops;

#[interface(id = "contract/visitor", version = "1.0")]
pub trait Visitor: Send + Sync {
    fn visit(&self, name: &str) -> bool;
}

/// Objects inside a value of one's own.
#[derive(Clone, Wire)]
pub struct Team {
    pub name: String,
    pub lead: Option<Arc<dyn Visitor>>,
    pub others: Vec<Arc<dyn Visitor>>,
}

#[interface(id = "contract/objects", version = "1.0")]
pub trait Objects: Send + Sync {
    fn walk(&self, visitor: &dyn Visitor, names: Vec<String>) -> Vec<bool>;
    fn keep(&self, visitor: Arc<dyn Visitor>);
    fn keep_boxed(&self, visitor: Box<dyn Visitor>);
    fn keep_team(&self, team: Team) -> u32;
    fn kept(&self) -> u32;
    /// How many of the kept ones say yes, asked by so many threads of the plugin's own.
    fn ask_kept(&self, name: &str, threads: u32, times: u32) -> u64;
    fn give_back(&self) -> Vec<Arc<dyn Visitor>>;
    fn let_go(&self);
    fn around(&self, visitor: Arc<dyn Visitor>) -> Arc<dyn Visitor>;
    fn around_boxed(&self, visitor: Box<dyn Visitor>) -> Result<Box<dyn Visitor>, Oops>;
    fn make(&self, yes: &str) -> Arc<dyn Visitor>;
    fn make_boxed(&self, yes: &str) -> Box<dyn Visitor>;
    fn make_or_not(&self, yes: &str) -> Result<Arc<dyn Visitor>, Oops>;
    fn make_team(&self, names: Vec<String>) -> Team;
    /// How many of those that were made have not been dropped.
    fn made(&self) -> u64;
}

/// Says yes to one name; counted while it lives.
struct Made {
    yes: String,
    alive: Arc<AtomicU64>,
}

impl Visitor for Made {
    fn visit(&self, name: &str) -> bool {
        name == self.yes
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Says the contrary.
struct Around(Arc<dyn Visitor>);

impl Visitor for Around {
    fn visit(&self, name: &str) -> bool {
        !self.0.visit(name)
    }
}

struct AroundBoxed(Box<dyn Visitor>);

impl Visitor for AroundBoxed {
    fn visit(&self, name: &str) -> bool {
        !self.0.visit(name)
    }
}

impl Everything {
    fn all_kept(&self) -> Vec<Arc<dyn Visitor>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, visitor: Arc<dyn Visitor>) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).push(visitor);
    }

    fn made_one(&self, yes: &str) -> Made {
        self.made.fetch_add(1, Ordering::SeqCst);
        Made { yes: yes.into(), alive: Arc::clone(&self.made) }
    }
}

impl Visitor for Everything {
    fn visit(&self, name: &str) -> bool {
        name == "everything"
    }
}

impl Objects for Everything {
    fn walk(&self, visitor: &dyn Visitor, names: Vec<String>) -> Vec<bool> {
        names.iter().map(|name| visitor.visit(name)).collect()
    }
    fn keep(&self, visitor: Arc<dyn Visitor>) {
        self.push(visitor);
    }
    fn keep_boxed(&self, visitor: Box<dyn Visitor>) {
        self.push(Arc::from(visitor));
    }
    fn keep_team(&self, team: Team) -> u32 {
        team.lead.into_iter().chain(team.others).for_each(|visitor| self.push(visitor));
        self.kept()
    }
    fn kept(&self) -> u32 {
        self.all_kept().len() as u32
    }
    fn ask_kept(&self, name: &str, threads: u32, times: u32) -> u64 {
        let kept = self.all_kept();
        thread::scope(|scope| {
            let ask = || (0..times).flat_map(|_| &kept).filter(|visitor| visitor.visit(name)).count() as u64;
            let asking: Vec<_> = (0..threads).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
        })
    }
    fn give_back(&self) -> Vec<Arc<dyn Visitor>> {
        self.all_kept()
    }
    fn let_go(&self) {
        let gone = std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner));
        drop(gone);
    }
    fn around(&self, visitor: Arc<dyn Visitor>) -> Arc<dyn Visitor> {
        Arc::new(Around(visitor))
    }
    fn around_boxed(&self, visitor: Box<dyn Visitor>) -> Result<Box<dyn Visitor>, Oops> {
        Ok(Box::new(AroundBoxed(visitor)))
    }
    fn make(&self, yes: &str) -> Arc<dyn Visitor> {
        Arc::new(self.made_one(yes))
    }
    fn make_boxed(&self, yes: &str) -> Box<dyn Visitor> {
        Box::new(self.made_one(yes))
    }
    fn make_or_not(&self, yes: &str) -> Result<Arc<dyn Visitor>, Oops> {
        let made = self.made_one(yes);
        if yes.is_empty() {
            return Err(Oops { why: "it says yes to nothing".into(), fault: false });
        }
        Ok(Arc::new(made))
    }
    fn make_team(&self, names: Vec<String>) -> Team {
        Team {
            name: names.join("+"),
            lead: names.first().map(|name| self.make(name)),
            others: names.iter().skip(1).map(|name| self.make(name)).collect(),
        }
    }
    fn made(&self) -> u64 {
        self.made.load(Ordering::SeqCst)
    }
}
