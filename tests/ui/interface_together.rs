//! Every mistake of one interface is told at once.
use keyway::interface;

#[interface(id = "Text", version = "x", rank = 1)]
trait Everything<T>: Clone {
    type Item;
    async fn waits(&mut self, at: usize) -> &str;
    fn of<U>(value: HashMap<U, &str>) -> Self;
}

fn main() {}
