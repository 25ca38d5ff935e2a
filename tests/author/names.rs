//! Names that are keywords, names that generated code uses, and names that begin as generated ones do.

use std::sync::Arc;

use keyway::{Fault, Plain, Wire, interface, plugin};

macro_rules! values {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Wire)]
        pub struct $name {
            /// A field.
            pub f: String,
            /// A field.
            pub f0: u32,
        }
    )*};
}

values! {
    /// As the forms of a derived type.
    View,
    /// As the forms of a derived type.
    Out,
    /// As an enum's forms.
    Views,
    /// As an interface's parts.
    Guest,
    /// As the trait for bodies.
    Bodies,
    /// As a type of the framework.
    Wire2,
    /// As a type of the framework.
    Arena,
    /// As a type of the framework.
    Status
}

/// Keywords as names.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Keywords {
    /// A field.
    pub r#type: u32,
    /// A field with a default that a local variable could hide.
    #[wire(default = from)]
    pub r#fn: String,
    /// A field with a default that a local variable could hide.
    #[wire(default = f1)]
    pub r#match: String,
}

fn from() -> String {
    "from".to_owned()
}

fn f1() -> String {
    "f1".to_owned()
}

/// The fields of [`Keywords`] that every version has.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Older {
    /// A field.
    pub r#type: u32,
}

/// Methods of its own that are named as those of the derived trait.
impl Older {
    /// As a view.
    #[must_use]
    pub fn view(&self, more: u32) -> u32 {
        self.r#type + more
    }
    /// As a reader.
    #[must_use]
    pub fn read() -> Self {
        Self { r#type: 0 }
    }
    /// As a giver.
    #[must_use]
    pub fn give(&self) -> &Self {
        self
    }
}

/// Keywords and generated names as variants.
#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Tag {
    /// As an alias.
    Wire,
    /// As a form.
    View(View),
    /// As a form.
    Out {
        /// A field.
        r#struct: Out,
        /// A field.
        form: Views,
        /// A field.
        origin: Guest,
        /// A field.
        arena: Arena,
    },
    /// As in the prelude.
    Some(Bodies),
    /// As in the prelude.
    None,
    /// As in the prelude.
    Ok(u8, Status),
    /// As in the prelude.
    #[wire(default)]
    Err,
}

/// Generated names as plain fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Plain)]
#[repr(C)]
pub struct Plainly {
    /// A field.
    pub view: u8,
    /// A field.
    pub r#in: u32,
    /// A field.
    pub items: f32,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Error(String);

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self(fault.to_string())
    }
}

/// Named as the generated proxy.
#[interface(id = "author/proxy", version = "1.0")]
pub trait Proxy: Send + Sync {
    /// Named as a function of the proxy's way.
    fn remote(&self, data: &str) -> String;
    /// As the slow way of the method above.
    fn slow_remote(&self, data: &str) -> String;
}

/// Named as a trait of the framework.
#[interface(id = "author/interface", version = "1.0")]
pub trait Interface: Send + Sync {
    /// A keyword, with keywords.
    fn r#type(&self, r#match: u32, r#fn: &str) -> Keywords;
    /// The names of the dispatcher's arguments.
    fn dispatch(&self, data: u32, method: &str, format: u32, arguments: &[u8], objects: &[u32]) -> String;
    /// The names of the dispatcher's variables.
    fn methods(&self, from: &View, to: Out, value: &Tag, arena: Vec<u8>, other: bool) -> (View, Out, Tag);
    /// The names of a shim's variables, crosswise.
    fn shim(&self, __a1: u32, __a0: String, __arena: &View, __reply: u8) -> String;
    /// The names of the proxy's variables.
    ///
    /// # Errors
    /// Always.
    fn slow(&self, __function: u32, __fault: &dyn Proxy, __to: Box<dyn Proxy>) -> Result<Plainly, Error>;
    /// Constants and functions that have the names of generated ones.
    fn constants(&self, mut remote: u32) -> u32 {
        remote += DESCRIPTOR + SHARED + LENT + start() + NOTE.r#const;
        remote
    }
}

const DESCRIPTOR: u32 = 1;
const SHARED: u32 = 20;
const LENT: u32 = 300;
const fn start() -> u32 {
    4000
}

/// Named as the generated note, and its own value.
#[plugin(id = "author/names", provides(Proxy, Interface))]
#[derive(Clone, Debug, Default)]
pub struct NOTE {
    /// A field.
    pub r#const: u32,
}

/// A plugin's own value, named as a generated constant.
#[plugin(id = "author/keyword", provides(Proxy))]
#[derive(Clone, Debug, Default)]
pub struct PLUGIN {
    /// A field.
    pub r#type: u32,
}

static NOTE: NOTE = NOTE { r#const: 50_000 };

impl Proxy for NOTE {
    fn remote(&self, data: &str) -> String {
        format!("remote {data}")
    }
    fn slow_remote(&self, data: &str) -> String {
        format!("slow {data}")
    }
}

impl Proxy for PLUGIN {
    fn remote(&self, data: &str) -> String {
        data.to_owned()
    }
    fn slow_remote(&self, data: &str) -> String {
        data.to_owned()
    }
}

impl Interface for NOTE {
    fn r#type(&self, r#match: u32, r#fn: &str) -> Keywords {
        Keywords { r#type: r#match, r#fn: r#fn.to_owned(), r#match: String::new() }
    }
    fn dispatch(&self, data: u32, method: &str, format: u32, arguments: &[u8], objects: &[u32]) -> String {
        format!("{data} {method} {format} {arguments:?} {objects:?}")
    }
    fn methods(&self, from: &View, to: Out, value: &Tag, arena: Vec<u8>, other: bool) -> (View, Out, Tag) {
        assert!(other && arena.len() == 2);
        (from.clone(), to, value.clone())
    }
    fn shim(&self, first: u32, second: String, third: &View, fourth: u8) -> String {
        format!("{first} {second} {} {fourth}", third.f)
    }
    fn slow(&self, _: u32, lent: &dyn Proxy, boxed: Box<dyn Proxy>) -> Result<Plainly, Error> {
        Err(Error(lent.remote("lent") + &boxed.slow_remote("boxed")))
    }
}

/// Calls every method, and asserts what comes back.
///
/// # Panics
/// When a name went astray.
pub fn check(object: &dyn Interface) {
    let keywords = object.r#type(5, "five");
    assert_eq!(keywords, Keywords { r#type: 5, r#fn: "five".to_owned(), r#match: String::new() });
    assert_eq!(object.dispatch(1, "m", 2, &[3], &[4]), "1 m 2 [3] [4]");
    let (view, out) = (View { f: "v".to_owned(), f0: 1 }, Out { f: "o".to_owned(), f0: 2 });
    for tag in [
        Tag::Wire,
        Tag::View(view.clone()),
        Tag::Out {
            r#struct: out.clone(),
            form: Views::default(),
            origin: Guest::default(),
            arena: Arena::default(),
        },
        Tag::Some(Bodies::default()),
        Tag::None,
        Tag::Ok(1, Status::default()),
        Tag::Err,
    ] {
        let back = object.methods(&view, out.clone(), &tag, vec![1, 2], true);
        assert_eq!(back, (view.clone(), out.clone(), tag));
    }
    assert_eq!(object.shim(1, "two".to_owned(), &view, 4), "1 two v 4");
    let error = object.slow(1, &NOTE, Box::new(NOTE.clone())).expect_err("it always fails");
    assert_eq!(error, Error("remote lentslow boxed".to_owned()));
    assert_eq!(object.constants(600_000), 654_321);
}

/// The object that [`check`] is for.
#[must_use]
pub fn object() -> Arc<dyn Interface> {
    Arc::new(NOTE.clone())
}

/// What a newer side makes of an older side's value, and what it should be.
///
/// # Panics
/// When the named form can not be read.
#[must_use]
pub fn older_and_newer() -> (Keywords, Keywords) {
    use keyway::wire::{Decoder, Encoder, Format};

    let mut encoder = Encoder::new(Format::Named);
    Older { r#type: 3 }.encode(&mut encoder);
    let (bytes, _) = encoder.finish();
    let read = Keywords::decode(&mut Decoder::new(Format::Named, &bytes, &[]));
    let expected = Keywords { r#type: 3, r#fn: "from".to_owned(), r#match: "f1".to_owned() };
    (read.expect("it lacks only what has a default"), expected)
}
