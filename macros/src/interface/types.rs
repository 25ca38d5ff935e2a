//! Which way each type of a signature crosses, by how it is written.

use proc_macro2::TokenStream;
use quote::quote;
use syn::visit::Visit;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypePath};

use crate::problems::Problems;

/// An argument's way.
pub(super) enum Way {
    /// `&str`.
    Str,
    /// `&[T]`.
    Slice(Type),
    /// `&dyn Interface`; the type is the `dyn`.
    Lent(Type),
    /// `Box<dyn Interface>`; the type is the `dyn`.
    Boxed(Type),
    /// `&T`.
    Ref(Type),
    /// `T`.
    Owned(Type),
}

/// A result's way.
pub(super) struct Output {
    pub(super) value: OutputWay,
    /// The error of a `Result`.
    pub(super) error: Option<Type>,
}

pub(super) enum OutputWay {
    /// A `Wire` type; `()` where nothing is written.
    Owned(Type),
    /// `Box<dyn Interface>`; the type is the `dyn`.
    Boxed(Type),
}

pub(super) fn argument(of: &Type, problems: &mut Problems) -> Way {
    match bare(of) {
        Type::Reference(reference) => {
            if let Some(lifetime) = &reference.lifetime {
                problems.at(
                    lifetime,
                    "an argument is borrowed for the length of the call; leave the lifetime out",
                );
            }
            if let Some(mutable) = &reference.mutability {
                problems.at(
                    mutable,
                    "`&mut` can not cross a plugin's edge; take the value and return the changed one",
                );
            }
            match bare(&reference.elem) {
                Type::Path(path) if path.path.is_ident("str") => Way::Str,
                Type::Slice(slice) => {
                    owned(&slice.elem, problems);
                    Way::Slice((*slice.elem).clone())
                }
                inner @ Type::TraitObject(_) => Way::Lent(object(inner, problems)),
                inner => {
                    owned(inner, problems);
                    Way::Ref(inner.clone())
                }
            }
        }
        other => match boxed(other) {
            Some(inner) => Way::Boxed(object(inner, problems)),
            None => {
                owned(other, problems);
                Way::Owned(other.clone())
            }
        },
    }
}

pub(super) fn output(returns: &ReturnType, problems: &mut Problems) -> Output {
    let ReturnType::Type(_, of) = returns else {
        return Output { value: OutputWay::Owned(unit()), error: None };
    };
    let Some((segment, arguments)) = last(of).filter(|(segment, _)| *segment == "Result") else {
        return Output { value: value(of, problems), error: None };
    };
    match arguments[..] {
        [of, error] => {
            owned(error, problems);
            Output { value: value(of, problems), error: Some(error.clone()) }
        }
        _ => {
            problems
                .at(of, format!("write both types out: `{segment}<Value, Error>`; an alias hides the error"));
            Output { value: OutputWay::Owned(unit()), error: None }
        }
    }
}

/// A type without the parentheses around it.
pub(super) fn bare(of: &Type) -> &Type {
    match of {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        of => of,
    }
}

fn unit() -> Type {
    syn::parse_quote!(())
}

fn value(of: &Type, problems: &mut Problems) -> OutputWay {
    if let Type::Reference(reference) = of {
        let instead = match bare(&reference.elem) {
            Type::Path(path) if path.path.is_ident("str") => "String",
            Type::Slice(_) => "Vec or keyway::Bytes",
            Type::TraitObject(_) => "Arc<dyn …> or Box<dyn …>",
            _ => "the type itself",
        };
        problems.at(of, format!("a reference can not be returned across a plugin's edge; return {instead}"));
        return OutputWay::Owned(unit());
    }
    match boxed(of) {
        Some(inner) => OutputWay::Boxed(object(inner, problems)),
        None => {
            owned(of, problems);
            OutputWay::Owned(of.clone())
        }
    }
}

/// The last segment of a path, and its generic types.
fn last(of: &Type) -> Option<(String, Vec<&Type>)> {
    let Type::Path(TypePath { qself: None, path, .. }) = of else { return None };
    let segment = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return Some((segment.ident.to_string(), Vec::new()));
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(of) => Some(of),
        _ => None,
    });
    Some((segment.ident.to_string(), types.collect()))
}

/// What is in a `Box<dyn …>`.
fn boxed(of: &Type) -> Option<&Type> {
    match last(of) {
        Some((segment, arguments)) if segment == "Box" => match arguments[..] {
            [inner @ Type::TraitObject(_)] => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

/// Checks a `dyn Interface`.
fn object(of: &Type, problems: &mut Problems) -> Type {
    if let Type::TraitObject(object) = of
        && let Some(second) = object.bounds.iter().nth(1)
    {
        problems.at(second, "an interface is `Send + Sync + 'static` already; write `dyn Interface` alone");
    }
    of.clone()
}

/// Checks what must be a `Wire` type by how it is written; whether it is one, the compiler says.
fn owned(of: &Type, problems: &mut Problems) {
    Owned(problems).visit_type(of);
}

struct Owned<'a>(&'a mut Problems);

impl<'ast> Visit<'ast> for Owned<'_> {
    fn visit_type(&mut self, of: &'ast Type) {
        let message = match of {
            Type::Reference(_) => {
                "a reference can not stand inside another type; write the owned one (String for &str)"
            }
            Type::ImplTrait(_) => {
                "`impl Trait` can not cross a plugin's edge; write a concrete type, or `&dyn Interface`"
            }
            Type::FnPtr(_) => {
                "a function can not cross a plugin's edge; write an interface and take `&dyn` of it"
            }
            Type::Ptr(_) => {
                "a pointer can not cross a plugin's edge; write a slice, keyway::Bytes or an interface"
            }
            Type::Never(_) => "a method of an interface comes back; write what it returns, or nothing",
            Type::Infer(_) | Type::Macro(_) => "write the type out",
            Type::Array(_) => {
                "an array can not cross a plugin's edge yet; write a Vec, a tuple or a struct of its own"
            }
            Type::TraitObject(_) => "an interface crosses behind `&dyn`, `Box<dyn>` or `Arc<dyn>`",
            Type::Slice(_) => "a slice crosses as an argument `&[T]`; write Vec or keyway::Bytes here",
            Type::Path(_) if boxed(of).is_some() => {
                "a boxed interface can not stand inside another type; write `Arc<dyn …>`"
            }
            Type::Path(path) => match Self::path(path) {
                Some(message) => message,
                None => {
                    if let Some((segment, arguments)) = last(of)
                        && matches!(&*segment, "Arc" | "Shared")
                        && let [inner @ Type::TraitObject(_)] = arguments[..]
                    {
                        object(inner, self.0);
                        return;
                    }
                    return syn::visit::visit_type(self, of);
                }
            },
            _ => return syn::visit::visit_type(self, of),
        };
        self.0.at(of, message);
    }
}

impl Owned<'_> {
    fn path(path: &TypePath) -> Option<&'static str> {
        let name = path.path.segments.last()?.ident.to_string();
        Some(match name.as_str() {
            "Self" => "`Self` is another type on each side; write an interface behind `Arc<dyn …>`",
            "usize" => "`usize` has another size on other targets; write u64",
            "isize" => "`isize` has another size on other targets; write i64",
            "u128" | "i128" => "128-bit integers have no C form; write two u64, or a String",
            "str" => "write `&str` or `String`",
            "HashMap" => "a HashMap has no order that two sides share; write BTreeMap",
            "Rc" => "an Rc stays on its thread; write `Arc<dyn Interface>`, or the value",
            "Box" => {
                "a Box crosses only with an interface in it: `Box<dyn Interface>`; write the value itself"
            }
            _ => return None,
        })
    }
}

impl Way {
    /// The type that crosses.
    pub(super) fn abi(&self) -> TokenStream {
        match self {
            Self::Str => quote!(__k::Str),
            Self::Slice(of) => quote!(__k::Slice<#of>),
            Self::Lent(_) | Self::Boxed(_) => quote!(__k::Object),
            Self::Ref(of) => quote!(*const <#of as __k::Wire>::View),
            Self::Owned(of) => quote!(<#of as __k::Wire>::Arg),
        }
    }

    /// The function that describes the type.
    pub(super) fn shape(&self) -> TokenStream {
        match self {
            Self::Str => quote!(__k::generated::str_shape),
            Self::Slice(of) => function(&quote!(__k::generated::slice_type(<#of as __k::Wire>::shape))),
            Self::Lent(of) => {
                function(&quote!(__k::generated::lent_type(<#of as __k::Interface>::descriptor)))
            }
            Self::Boxed(of) => object_shape(of),
            Self::Ref(of) | Self::Owned(of) => quote!(<#of as __k::Wire>::shape),
        }
    }
}

fn object_shape(of: &Type) -> TokenStream {
    function(&quote!(__k::generated::object_type(<#of as __k::Interface>::descriptor)))
}

/// The function that describes what an `async fn` returns.
pub(super) fn later_shape(value: &TokenStream) -> TokenStream {
    function(&quote!(__k::generated::future_type(#value)))
}

/// A function of its own for a type that is not a `Wire` type.
fn function(shape: &TokenStream) -> TokenStream {
    quote! {{
        extern "C" fn shape() -> *const __k::Type {
            static SHAPE: __k::Type = #shape;
            &SHAPE
        }
        shape
    }}
}

impl OutputWay {
    fn abi(&self) -> TokenStream {
        match self {
            Self::Owned(of) => quote!(<#of as __k::Wire>::Out),
            Self::Boxed(_) => quote!(__k::Object),
        }
    }
}

impl Output {
    /// The value of the reply.
    pub(super) fn abi(&self) -> TokenStream {
        let value = self.value.abi();
        match &self.error {
            Some(error) => quote!(__k::Either<#value, <#error as __k::Wire>::Out>),
            None => value,
        }
    }

    /// The function that describes the type.
    pub(super) fn shape(&self) -> TokenStream {
        let value = match &self.value {
            OutputWay::Owned(of) => quote!(<#of as __k::Wire>::shape),
            OutputWay::Boxed(of) => object_shape(of),
        };
        match &self.error {
            Some(error) => {
                function(&quote!(__k::generated::result_type(#value, <#error as __k::Wire>::shape)))
            }
            None => value,
        }
    }
}
