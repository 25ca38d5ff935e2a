//! Panics of every kind, in methods of every form.

use std::panic::panic_any;
use std::sync::Arc;

use keyway::{Bytes, interface};

use crate::Everything;
use crate::objects::Visitor;
use crate::values::{Inner, Kind, Oops, Point};

/// `how` says what is thrown: `str`, `string`, `other`, `bomb`; `drop` returns something that panics when it is dropped;
/// anything else is an answer.
#[interface(id = "contract/panics", version = "1.0")]
pub trait Panics: Send + Sync {
    fn unit(&self, how: &str);
    fn scalar(&self, how: &str) -> u64;
    fn plain(&self, how: &str) -> Point;
    fn text(&self, how: &str) -> String;
    fn bytes(&self, how: &str) -> Bytes;
    fn list(&self, how: &str) -> Vec<String>;
    fn record(&self, how: &str) -> Inner;
    fn variant(&self, how: &str) -> Kind;
    fn option(&self, how: &str) -> Option<String>;
    fn pair(&self, how: &str) -> (u8, String);
    fn object(&self, how: &str) -> Arc<dyn Visitor>;
    fn boxed(&self, how: &str) -> Box<dyn Visitor>;
    fn fallible(&self, how: &str) -> Result<u64, Oops>;
    fn fallible_unit(&self, how: &str) -> Result<(), Oops>;
    fn fallible_object(&self, how: &str) -> Result<Arc<dyn Visitor>, Oops>;
    fn fallible_in_words(&self, how: &str) -> Result<String, String>;
    /// Panics while it holds what it was given.
    fn holding(
        &self,
        one: Arc<dyn Visitor>,
        other: Box<dyn Visitor>,
        block: Bytes,
        text: String,
        how: &str,
    ) -> u64;
    /// Lets the panic of the visitor through, if there is one.
    fn visit(&self, visitor: &dyn Visitor, name: &str) -> Result<bool, Oops>;
    fn visit_kept(&self, visitor: Arc<dyn Visitor>, name: &str) -> Result<bool, Oops>;
    /// Catches the panic of the visitor and says what it said.
    fn catch(&self, visitor: &dyn Visitor, name: &str) -> String;
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_any(Bomb);
    }
}

struct PanicsInDrop;

impl Visitor for PanicsInDrop {
    fn visit(&self, name: &str) -> bool {
        name == "panics in drop"
    }
}

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        panic!("an object panics while it is dropped");
    }
}

fn throw(how: &str) {
    match how {
        "str" => panic!("a text that lives for ever"),
        "string" => panic!("a text of {} words", how.len()),
        "other" => panic_any(7_u64),
        "bomb" => panic_any(Bomb),
        _ => {}
    }
}

impl Panics for Everything {
    fn unit(&self, how: &str) {
        throw(how);
    }
    fn scalar(&self, how: &str) -> u64 {
        throw(how);
        1
    }
    fn plain(&self, how: &str) -> Point {
        throw(how);
        Point { x: 1.0, y: 2.0, tag: 3 }
    }
    fn text(&self, how: &str) -> String {
        throw(how);
        how.into()
    }
    fn bytes(&self, how: &str) -> Bytes {
        throw(how);
        Bytes::from(how.to_owned())
    }
    fn list(&self, how: &str) -> Vec<String> {
        throw(how);
        vec![how.into()]
    }
    fn record(&self, how: &str) -> Inner {
        throw(how);
        Inner(1, how.into())
    }
    fn variant(&self, how: &str) -> Kind {
        throw(how);
        Kind::Two(1, how.into())
    }
    fn option(&self, how: &str) -> Option<String> {
        throw(how);
        Some(how.into())
    }
    fn pair(&self, how: &str) -> (u8, String) {
        throw(how);
        (1, how.into())
    }
    fn object(&self, how: &str) -> Arc<dyn Visitor> {
        throw(how);
        Arc::new(PanicsInDrop)
    }
    fn boxed(&self, how: &str) -> Box<dyn Visitor> {
        throw(how);
        Box::new(PanicsInDrop)
    }
    fn fallible(&self, how: &str) -> Result<u64, Oops> {
        throw(how);
        Ok(1)
    }
    fn fallible_unit(&self, how: &str) -> Result<(), Oops> {
        throw(how);
        Ok(())
    }
    fn fallible_object(&self, how: &str) -> Result<Arc<dyn Visitor>, Oops> {
        throw(how);
        Ok(Arc::new(PanicsInDrop))
    }
    fn fallible_in_words(&self, how: &str) -> Result<String, String> {
        throw(how);
        Ok(how.into())
    }
    fn holding(
        &self,
        one: Arc<dyn Visitor>,
        other: Box<dyn Visitor>,
        block: Bytes,
        text: String,
        how: &str,
    ) -> u64 {
        throw(how);
        let visited = u64::from(one.visit(&text)) + u64::from(other.visit(&text));
        visited + block.len() as u64
    }
    fn visit(&self, visitor: &dyn Visitor, name: &str) -> Result<bool, Oops> {
        Ok(visitor.visit(name))
    }
    fn visit_kept(&self, visitor: Arc<dyn Visitor>, name: &str) -> Result<bool, Oops> {
        Ok(visitor.visit(name))
    }
    fn catch(&self, visitor: &dyn Visitor, name: &str) -> String {
        let visit = std::panic::AssertUnwindSafe(|| visitor.visit(name));
        match std::panic::catch_unwind(visit) {
            Ok(answer) => format!("{answer}"),
            Err(payload) => match payload.downcast_ref::<keyway::Fault>() {
                Some(fault) => fault.message().to_owned(),
                None => payload.downcast_ref::<String>().cloned().unwrap_or_else(|| "?".into()),
            },
        }
    }
}
