//! What can not cross, by how it is written.
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use keyway::interface;

#[interface(id = "text/visitor", version = "1.0")]
trait Visitor: Send + Sync {
    fn visit(&self);
}

#[interface(id = "text/numbers", version = "1.0")]
trait Numbers: Send + Sync {
    fn size(&self, at: usize) -> isize;
    fn wide(&self, a: u128, b: Vec<i128>);
    fn none(&self) -> !;
    fn raw(&self, at: *const u8) -> *mut u8;
    fn array(&self, four: [u8; 4]);
}

#[interface(id = "text/borrowed", version = "1.0")]
trait Borrowed: Send + Sync {
    fn change(&self, text: &mut String);
    fn forever(&self, text: &'static str);
    fn text(&self) -> &str;
    fn bytes(&self) -> &[u8];
    fn object(&self) -> &dyn Visitor;
    fn name(&self) -> &String;
    fn nested(&self, text: Option<&str>, texts: &[&str], twice: &&str);
    fn unsized_text(&self, text: Box<str>, shared: Arc<str>);
    fn unsized_list(&self, list: Arc<[u8]>);
}

#[interface(id = "text/abstract", version = "1.0")]
trait Abstract: Send + Sync {
    fn any(&self, call: impl Fn(u32)) -> impl Iterator<Item = u32>;
    fn function(&self, call: fn(u32) -> u32);
    fn naked(&self, visitor: dyn Visitor);
    fn several(&self, visitors: Vec<Box<dyn Visitor>>);
    fn bounded(&self, a: &(dyn Visitor + Send), b: Arc<dyn Visitor + Sync>, c: Box<dyn Visitor + 'static>);
    fn itself(&self, other: &Self) -> Self;
    fn inferred(&self, value: _);
}

#[interface(id = "text/containers", version = "1.0")]
trait Containers: Send + Sync {
    fn map(&self, map: HashMap<String, u32>);
    fn local(&self, value: Rc<String>);
    fn boxed(&self, value: Box<u32>);
    fn fallible(&self) -> std::io::Result<u32>;
    fn formatted(&self) -> std::fmt::Result;
}

fn main() {}
