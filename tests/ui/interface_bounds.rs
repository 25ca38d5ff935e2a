//! What only the compiler can know of a signature: the error stands on the author's type.
use std::path::PathBuf;
use std::sync::Arc;

use keyway::{Fault, Wire, interface};

struct Mine;

#[derive(Wire)]
struct Error(String);

struct Unsendable(String);
impl From<Fault> for Unsendable {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

trait Ordinary: Send + Sync {}

#[interface(id = "text/arguments", version = "1.0")]
trait Arguments: Send + Sync {
    fn value(&self, mine: Mine);
    fn reference(&self, mine: &Mine);
    fn list(&self, mine: Vec<Mine>);
    fn path(&self, path: PathBuf);
}

#[interface(id = "text/slices", version = "1.0")]
trait Slices: Send + Sync {
    fn texts(&self, texts: &[String]);
}

#[interface(id = "text/objects", version = "1.0")]
trait Objects: Send + Sync {
    fn lent(&self, other: &dyn Ordinary);
    fn shared(&self, other: Arc<dyn Ordinary>);
    fn boxed(&self, other: Box<dyn Ordinary>);
}

#[interface(id = "text/results", version = "1.0")]
trait Results: Send + Sync {
    fn value(&self) -> Mine;
    fn maybe(&self) -> Option<Mine>;
    fn no_fault(&self) -> Result<u32, Error>;
    fn no_form(&self) -> Result<u32, Unsendable>;
    fn neither(&self) -> Result<u32, std::io::Error>;
}

type Result2<T> = Result<T, Error>;

#[interface(id = "text/alias", version = "1.0")]
trait Alias: Send + Sync {
    fn hidden(&self) -> Result2<u32>;
}

fn main() {}
