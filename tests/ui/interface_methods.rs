//! What a method must be.
use std::sync::Arc;

use keyway::interface;

#[interface(id = "text/qualifiers", version = "1.0")]
trait Qualifiers: Send + Sync {
    unsafe fn dares(&self);
    const fn is_known(&self) -> u32;
    extern "C" fn speaks_c(&self);
}

#[interface(id = "text/generic", version = "1.0")]
trait Generic: Send + Sync {
    fn of_any<T: Into<String>>(&self, value: T);
    fn of_length<const N: usize>(&self) -> u32;
    fn of_lifetime<'a>(&'a self, text: &'a str) -> u32;
    fn with_bound(&self) -> u32
    where
        String: Clone;
}

#[interface(id = "text/receivers", version = "1.0")]
trait Receivers: Send + Sync {
    fn new(name: &str) -> u32;
    fn change(&mut self);
    fn consume(self);
    fn counted(self: Arc<Self>);
    fn boxed(self: Box<Self>);
}

#[interface(id = "text/arguments", version = "1.0")]
trait Arguments: Send + Sync {
    fn takes_apart(&self, (left, right): (u32, u32)) -> u32 {
        left + right
    }
    fn ignores(&self, _: u32);
}

#[interface(id = "text/conditional", version = "1.0")]
trait Conditional: Send + Sync {
    fn always(&self, #[cfg(unix)] mode: u32);
    #[cfg(unix)]
    fn only_here(&self);
}

fn main() {}
