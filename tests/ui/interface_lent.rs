//! What is lent to an async call is lent until it has ended.
use keyway::interface;

#[interface(id = "net/fetch", version = "1.0")]
trait Fetch: Send + Sync {
    async fn fetch(&self, url: &str) -> u64;
}

fn begun(fetch: &dyn Fetch) -> keyway::BoxFuture<'_, u64> {
    let url = String::from("here");
    fetch.fetch(&url)
}

fn main() {}
