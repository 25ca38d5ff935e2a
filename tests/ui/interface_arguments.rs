//! What stands in the brackets of `#[interface]`.
use keyway::interface;

#[interface]
trait Nothing: Send + Sync {
    fn call(&self);
}

#[interface(id = "Text/Tool", version = "one")]
trait BadTexts: Send + Sync {
    fn call(&self);
}

#[interface(id = "tool", version = "1.2.3.4")]
trait BadShapes: Send + Sync {
    fn call(&self);
}

#[interface(idd = "text/tool", colour = "red", version = 1.0)]
trait BadNames: Send + Sync {
    fn call(&self);
}

#[interface(id = "text/tool", version = "1.0", id = "text/other")]
trait Twice: Send + Sync {
    fn call(&self);
}

#[interface("text/tool", "1.0")]
trait BadSyntax: Send + Sync {
    fn call(&self);
}

fn main() {}
