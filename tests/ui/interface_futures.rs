//! An `async fn` in a trait, and in what implements it.
use std::rc::Rc;

use keyway::interface;

#[interface(id = "net/fetch", version = "1.0")]
trait Fetch: Send + Sync {
    async fn fetch(&self, url: &str) -> Result<String, String>;
    async fn size(&self, n: u64) -> u64;
    async fn keeps(&self) -> u64 {
        let here = Rc::new(1);
        self.size(*here).await + *here
    }
}

struct Web;

impl Fetch for Web {
    async fn fetch(&self, url: &str) -> Result<String, String> {
        Ok(url.into())
    }
    async fn size(&self, n: u64) -> u64 {
        n
    }
}

struct Cache;

#[interface(id = "net/fetch", version = "1.0")]
impl Fetch for Cache {
    async fn fetch(&self, url: &str) -> Result<String, String> {
        let here = Rc::new(url);
        std::future::ready(()).await;
        Ok(here.to_string())
    }
    async fn size(&self, n: u64) -> u64 {
        "text"
    }
}

fn main() {}
