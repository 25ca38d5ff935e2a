//! An interface with async methods: at once and later, with and without a body, arguments of every way.

#[keyway::interface(id = "net/fetch", version = "1.0")]
pub trait Fetch: Send + Sync {
    fn name(&self) -> String;
    async fn size(&self, n: u64) -> u64;
    async fn fetch(&self, url: &str, rules: &Rules, by: &dyn Visitor, body: Bytes) -> Result<String, Oops>;
    async fn twice(&self, mut n: u64) -> u64 {
        n = self.size(n).await;
        self.size(n).await
    }
}

#[keyway::interface]
impl Fetch for Web {
    fn name(&self) -> String {
        "web".into()
    }
    async fn size(&self, n: u64) -> u64 {
        n
    }
    async fn fetch(&self, url: &str, _: &Rules, by: &dyn Visitor, body: Bytes) -> Result<String, Oops> {
        by.visit(url);
        Err(Oops::new(body))
    }
}
