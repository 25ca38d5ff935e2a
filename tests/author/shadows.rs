//! An author whose own names hide those of the prelude, of `std` and of the framework.

/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Option;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Some;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct None;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Ok;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Err;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Vec;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct String;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Box;
/// Hides what has this name elsewhere.
#[derive(Debug)]
pub struct Arc;
/// Hides what has this name elsewhere.
pub trait Clone {}
/// Hides what has this name elsewhere.
pub trait Copy {}
/// Hides what has this name elsewhere.
pub trait Send {}
/// Hides what has this name elsewhere.
pub trait Sync {}
/// Hides what has this name elsewhere.
pub trait Sized {}
/// Hides what has this name elsewhere.
pub trait Default {}
/// Hides what has this name elsewhere.
pub trait From {}
/// Hides what has this name elsewhere.
pub trait Into {}
/// Hides what has this name elsewhere.
pub trait Fn {}
/// Hides what has this name elsewhere.
pub trait Drop {}
/// Hides what has this name elsewhere.
pub trait Iterator {}
/// Hides what has this name elsewhere.
pub trait Wire {}
/// Hides what has this name elsewhere.
pub trait Plain {}
/// Hides what has this name elsewhere.
pub trait Interface {}
/// Hides what has this name elsewhere.
pub mod core {}
/// Hides what has this name elsewhere.
pub mod std {}
/// Hides what has this name elsewhere.
pub mod alloc {}
/// Hides what has this name elsewhere.
pub mod keyway {}
/// Hides what has this name elsewhere.
pub mod inventory {}
/// Hides what has this name elsewhere.
pub mod linkme {}

/// Hides the prelude's. A method's result is written out, so that its error is seen.
pub type Result<T, E = Mistake> = ::std::result::Result<T, E>;

#[expect(unused_macros, reason = "it is there to be found by mistake")]
macro_rules! stray {
    ($($any:tt)*) => {
        compile_error!("generated code calls an author's macro")
    };
}
#[expect(unused_imports, reason = "they are there to be found by mistake")]
use {stray as assert, stray as concat, stray as format, stray as matches, stray as panic, stray as vec};

/// A value with every way to be read and written.
#[derive(::keyway::Wire, Debug, ::std::clone::Clone, ::std::cmp::PartialEq)]
pub struct Value {
    /// A field.
    pub text: ::std::string::String,
    /// A field.
    #[wire(default)]
    pub maybe: ::std::option::Option<::std::vec::Vec<u32>>,
    /// A field.
    pub choice: Choice,
    /// A field.
    pub place: Place,
}

/// A choice.
#[derive(::keyway::Wire, Debug, ::std::clone::Clone, ::std::cmp::PartialEq)]
pub enum Choice {
    /// A variant.
    Some(u32, ::std::string::String),
    /// A variant.
    Ok {
        /// A field.
        value: ::std::string::String,
    },
    /// A variant.
    #[wire(default)]
    None,
}

/// A place.
#[derive(::keyway::Plain, Debug, ::std::clone::Clone, ::std::marker::Copy, ::std::cmp::PartialEq)]
#[repr(C)]
pub struct Place {
    /// A field.
    pub x: i32,
}

/// An error.
#[derive(::keyway::Wire, Debug, ::std::clone::Clone, ::std::cmp::PartialEq)]
pub struct Mistake(::std::string::String);

impl ::std::convert::From<::keyway::Fault> for Mistake {
    fn from(fault: ::keyway::Fault) -> Self {
        Self(::std::string::ToString::to_string(&fault))
    }
}

/// An interface.
#[::keyway::interface(id = "author/shadows", version = "1.0")]
pub trait Shadows: ::std::marker::Send + ::std::marker::Sync {
    /// All that generated code can be led astray with.
    ///
    /// # Errors
    /// The text is empty.
    fn echo(
        &self,
        value: &Value,
        text: &str,
        list: &[Place],
        mine: ::std::sync::Arc<dyn Shadows>,
        theirs: ::std::boxed::Box<dyn Shadows>,
        lent: &dyn Shadows,
    ) -> Result<Value, Mistake>;

    /// Gives itself away.
    ///
    /// # Errors
    /// Never.
    fn boxed(&self) -> Result<::std::boxed::Box<dyn Shadows>, Mistake> {
        Result::Ok(::std::boxed::Box::new(Shadow))
    }
}

/// A plugin.
#[::keyway::plugin(id = "author/shadow", provides(Shadows))]
#[derive(Debug, ::std::default::Default)]
pub struct Shadow;

impl Shadows for Shadow {
    fn echo(
        &self,
        value: &Value,
        text: &str,
        list: &[Place],
        mine: ::std::sync::Arc<dyn Shadows>,
        theirs: ::std::boxed::Box<dyn Shadows>,
        lent: &dyn Shadows,
    ) -> Result<Value, Mistake> {
        if text.is_empty() {
            return Result::Err(Mistake(::std::string::String::from("it is empty")));
        }
        mine.boxed()?;
        theirs.boxed()?;
        lent.boxed()?;
        let mut value = ::std::clone::Clone::clone(value);
        value.place = list[0];
        Result::Ok(value)
    }
}

/// Calls every method, and asserts what comes back.
///
/// # Panics
/// When a name went astray.
pub fn check(object: &dyn Shadows) {
    let value = Value {
        text: ::std::string::String::from("a"),
        maybe: ::std::option::Option::Some(::std::vec::Vec::from([1, 2])),
        choice: Choice::Some(1, ::std::string::String::from("b")),
        place: Place { x: 1 },
    };
    let echo = |text| {
        object.echo(
            &value,
            text,
            &[Place { x: 1 }],
            ::std::sync::Arc::new(Shadow),
            ::std::boxed::Box::new(Shadow),
            &Shadow,
        )
    };
    ::std::assert_eq!(echo("").expect_err("it is empty").0, "it is empty");
    ::std::assert_eq!(echo("a").expect("it is not empty"), value);
}

/// The object that [`check`] is for.
#[must_use]
pub fn object() -> ::std::sync::Arc<dyn Shadows> {
    ::std::sync::Arc::new(Shadow)
}
