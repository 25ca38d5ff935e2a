//! What a trait must be.
use keyway::interface;

#[interface(id = "text/generic", version = "1.0")]
trait Generic<T>: Send + Sync
where
    T: Clone,
{
    fn call(&self);
}

#[interface(id = "text/unsafe", version = "1.0")]
unsafe trait Unsafe: Send + Sync {
    fn call(&self);
}

trait Base {}

#[interface(id = "text/super", version = "1.0")]
trait Super: Base + Send + Clone {
    fn call(&self);
}

#[interface(id = "text/borrows", version = "1.0")]
trait Borrows<'a>: Send + Sync + 'a {
    fn call(&self);
}

#[interface(id = "text/anywhere", version = "1.0")]
trait Anywhere {
    fn call(&self);
}

#[interface(id = "text/empty", version = "1.0")]
trait Empty: Send + Sync {}

macro_rules! methods {
    () => {};
}

#[interface(id = "text/items", version = "1.0")]
trait Items: Send + Sync {
    type Item;
    const SIZE: u32;
    methods!();
    fn new() -> Self
    where
        Self: Sized;
    fn call(&self);
}

fn main() {}
