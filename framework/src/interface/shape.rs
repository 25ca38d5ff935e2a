//! Descriptors as owned data: read once from the other side's memory, bounded, then judged in safe code.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::mismatch::Mismatch;
use crate::abi::{
    self, Array, Descriptor, METHOD_HAS_BODY, Method, PART_DEFAULT, PART_LENT, PART_TUPLE, Part, Sized,
    Slice, Str, Type, TypeFn,
};

pub(super) const MAX_COUNT: u32 = 4096;
const MAX_TEXT: usize = 1 << 16;
pub(super) const MAX_TYPES: usize = 1 << 14;
const MAX_NESTED: usize = 64;
/// How far apart the elements of an array may stand.
const MAX_STRIDE: u32 = 1 << 12;
/// How deep a type is written out for people.
const MAX_WRITTEN: usize = 8;
/// How long a type may be, written out for people, before the rest is left out.
const MAX_WORDS: usize = 1024;
/// As deep as values may be: a reader of a hostile description must not run out of stack.
pub(super) const MAX_DEPTH: u32 = crate::wire::MAX_DEPTH;

/// An interface as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceShape {
    /// `namespace/name`.
    pub id: String,
    /// `major.minor.patch`.
    pub version: String,
    /// In the order of the tables.
    pub methods: Vec<MethodShape>,
    /// The types, which refer to each other by place.
    pub types: Vec<TypeShape>,
    /// The interfaces that occur in the signatures.
    pub interfaces: Vec<InterfaceShape>,
}

/// A method as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodShape {
    /// Its name.
    pub name: String,
    /// The signature as written.
    pub signature: String,
    /// Whether the trait gives it a body.
    pub has_body: bool,
    /// Without the receiver.
    pub arguments: Vec<FieldShape>,
    /// What it returns.
    pub returns: TypeId,
}

/// A type's place in [`InterfaceShape::types`].
pub type TypeId = usize;

/// A type as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeShape {
    /// Its name, for people; empty where the kind says it.
    pub name: String,
    /// What it is made of.
    pub kind: Kind,
}

/// What a type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A scalar, text, bytes or unit: its number in [`abi::kind`].
    Leaf(u32),
    /// A list, slice or option, or the future of an async method: its number, and the element.
    Of(u32, TypeId),
    /// A map, or the result of a fallible method: its number, and the two.
    OfTwo(u32, TypeId, TypeId),
    /// A tuple.
    Tuple(Vec<TypeId>),
    /// A struct, or one that crosses as it lies.
    Struct {
        /// Whether it crosses as it lies.
        plain: bool,
        /// In their order.
        fields: Vec<FieldShape>,
    },
    /// An enum.
    Enum(Vec<VariantShape>),
    /// An object: its number, and the interface's place in [`InterfaceShape::interfaces`]; `None` where the interface
    /// contains itself.
    Object(u32, Option<usize>, String),
}

/// A field or an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldShape {
    /// Its name.
    pub name: String,
    /// Its type.
    pub of: TypeId,
    /// Whether it may be absent.
    pub default: bool,
    /// Whether it is an argument behind a reference.
    pub lent: bool,
}

/// A variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantShape {
    /// Its name.
    pub name: String,
    /// Whether it stands for variants that are not known.
    pub fallback: bool,
    /// Whether its fields have no names.
    pub tuple: bool,
    /// Its fields.
    pub fields: Vec<FieldShape>,
}

impl InterfaceShape {
    /// Reads a descriptor.
    ///
    /// **Errors:** it is missing, shorter than version 1 of the ABI, or beyond every sensible bound.
    ///
    /// # Safety
    /// The descriptor, and all that it points at, must be constant and alive.
    pub unsafe fn read(descriptor: *const Descriptor) -> Result<Self, Mismatch> {
        // SAFETY: the same duties.
        unsafe { read_interface(descriptor, &mut Vec::new(), 0) }
    }

    /// Whether a method gives its result later.
    pub fn is_async(&self, method: &MethodShape) -> bool {
        let returns = self.types.get(method.returns).map(|shape| &shape.kind);
        matches!(returns, Some(Kind::Of(abi::kind::FUTURE, _)))
    }

    /// A type in words, as in a signature.
    pub fn describe(&self, of: TypeId) -> String {
        let mut text = String::new();
        self.write(of, 0, &mut text);
        text
    }

    /// What sort of type it is, in words.
    pub(super) fn sort(&self, of: TypeId) -> &'static str {
        match self.types.get(of).map(|shape| &shape.kind) {
            Some(Kind::Struct { plain: true, .. }) => "the plain struct",
            Some(Kind::Struct { .. }) => "the struct",
            Some(Kind::Enum(_)) => "the enum",
            _ => "another",
        }
    }

    fn write(&self, of: TypeId, depth: usize, text: &mut String) {
        let Some(shape) = self.types.get(of) else { return };
        if depth == MAX_WRITTEN || text.len() >= MAX_WORDS {
            text.push('…');
            return;
        }
        match &shape.kind {
            Kind::Leaf(kind) => text.push_str(leaf_name(*kind)),
            Kind::Of(kind, first) => {
                let (open, close) = match *kind {
                    abi::kind::LIST => ("Vec<", ">"),
                    abi::kind::OPTION => ("Option<", ">"),
                    abi::kind::FUTURE => ("impl Future<Output = ", ">"),
                    _ => ("&[", "]"),
                };
                text.push_str(open);
                self.write(*first, depth + 1, text);
                text.push_str(close);
            }
            Kind::OfTwo(kind, first, second) => {
                text.push_str(if *kind == abi::kind::MAP { "BTreeMap<" } else { "Result<" });
                self.write(*first, depth + 1, text);
                text.push_str(", ");
                self.write(*second, depth + 1, text);
                text.push('>');
            }
            Kind::Tuple(items) => {
                text.push('(');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        text.push_str(", ");
                    }
                    if text.len() >= MAX_WORDS {
                        text.push('…');
                        break;
                    }
                    self.write(*item, depth + 1, text);
                }
                text.push(')');
            }
            Kind::Struct { .. } | Kind::Enum(_) => text.push_str(&shape.name),
            Kind::Object(kind, _, id) => {
                let _ = match *kind {
                    abi::kind::LENT_OBJECT => write!(text, "&dyn {id}"),
                    _ => write!(text, "Arc<dyn {id}>"),
                };
            }
        }
    }
}

fn leaf_name(kind: u32) -> &'static str {
    const NAMES: [&str; 15] = [
        "()", "bool", "u8", "u16", "u32", "u64", "i8", "i16", "i32", "i64", "f32", "f64", "char", "String",
        "Bytes",
    ];
    match kind {
        abi::kind::STR => "&str",
        kind => NAMES.get(kind as usize).copied().unwrap_or("?"),
    }
}

/// # Safety
/// As [`InterfaceShape::read`].
unsafe fn read_interface(
    descriptor: *const Descriptor,
    outer: &mut Vec<*const Descriptor>,
    depth: u32,
) -> Result<InterfaceShape, Mismatch> {
    // SAFETY: a descriptor begins with its size.
    let sized = unsafe { Sized::new(descriptor) };
    let Some(whole) = sized.as_ref().and_then(Sized::whole) else {
        return Err(Mismatch::unreadable(
            "",
            "its descriptor is missing or shorter than version 1 of the ABI",
        ));
    };
    // SAFETY: the caller answers for what it points at.
    let id = unsafe { text(whole.id) }.map_err(|what| Mismatch::unreadable("", what))?;
    if outer.len() == MAX_NESTED {
        return Err(Mismatch::unreadable(&id, "its interfaces are nested beyond every bound"));
    }
    outer.push(descriptor);
    let mut reader =
        Reader { types: Vec::new(), known: HashMap::new(), interfaces: Vec::new(), outer, depth };
    // SAFETY: as above.
    let parts = unsafe { reader.methods(whole.methods) };
    let Reader { types, interfaces, .. } = reader;
    outer.pop();
    // SAFETY: as above.
    let version = unsafe { text(whole.version) };
    match (parts, version) {
        (Ok(methods), Ok(version)) => Ok(InterfaceShape { id, version, methods, types, interfaces }),
        (Err(what), _) | (_, Err(what)) => Err(Mismatch::unreadable(&id, what)),
    }
}

struct Reader<'a> {
    types: Vec<TypeShape>,
    known: HashMap<*const Type, TypeId>,
    interfaces: Vec<InterfaceShape>,
    outer: &'a mut Vec<*const Descriptor>,
    /// How many types the one that is being read stands in, those of outer interfaces counted.
    depth: u32,
}

impl Reader<'_> {
    /// # Safety
    /// As [`InterfaceShape::read`], like every function here.
    unsafe fn methods(&mut self, methods: Array<Method>) -> Result<Vec<MethodShape>, String> {
        // SAFETY: the same duties.
        let methods = unsafe {
            each(methods, "methods", |method| {
                let name = text(method.name)?;
                self.method(&name, method).map_err(|what| format!("in the method `{name}`: {what}"))
            })
        }?;
        unique("methods", methods.iter().map(|method| method.name.as_str()))?;
        Ok(methods)
    }

    unsafe fn method(&mut self, name: &str, method: &Method) -> Result<MethodShape, String> {
        known("methods", method.flags, METHOD_HAS_BODY)?;
        // SAFETY: the same duties.
        unsafe {
            Ok(MethodShape {
                name: name.to_owned(),
                signature: text(method.signature)?,
                has_body: method.flags & METHOD_HAS_BODY != 0,
                arguments: self.fields("arguments", PART_LENT, method.arguments)?,
                returns: self.of(method.returns)?,
            })
        }
    }

    unsafe fn fields(
        &mut self,
        what: &'static str,
        flags: u32,
        parts: Array<Part>,
    ) -> Result<Vec<FieldShape>, String> {
        // SAFETY: the same duties.
        let fields = unsafe {
            each(parts, what, |part| {
                let name = text(part.name)?;
                let of = known(what, part.flags, flags).and_then(|()| self.of(part.of));
                Ok(FieldShape {
                    of: of.map_err(|what| format!("at `{name}`: {what}"))?,
                    name,
                    default: part.flags & PART_DEFAULT != 0,
                    lent: part.flags & PART_LENT != 0,
                })
            })
        }?;
        unique(what, fields.iter().map(|field| field.name.as_str()))?;
        Ok(fields)
    }

    unsafe fn of(&mut self, of: Option<TypeFn>) -> Result<TypeId, String> {
        let of = of.ok_or("a type is missing")?;
        let address = of();
        if let Some(id) = self.known.get(&address) {
            return Ok(*id);
        }
        if self.types.len() == MAX_TYPES {
            return Err("it has more types than every sensible interface".into());
        }
        // SAFETY: a type begins with its size.
        let sized = unsafe { Sized::new(address) };
        let whole =
            sized.as_ref().and_then(Sized::whole).ok_or("a type is shorter than version 1 of the ABI")?;
        let id = self.types.len();
        self.known.insert(address, id);
        // SAFETY: the same duties.
        let name = unsafe { text(whole.name) }?;
        self.types.push(TypeShape { name, kind: Kind::Leaf(abi::kind::UNIT) });
        if self.depth == MAX_DEPTH {
            return Err(format!("it has types more than {MAX_DEPTH} deep in each other"));
        }
        self.depth += 1;
        // SAFETY: the same duties.
        self.types[id].kind = unsafe { self.kind(whole) }?;
        self.depth -= 1;
        Ok(id)
    }

    unsafe fn kind(&mut self, of: &Type) -> Result<Kind, String> {
        use abi::kind as k;
        // SAFETY: the same duties.
        unsafe {
            Ok(match of.kind {
                k::UNIT..=k::BYTES | k::STR => Kind::Leaf(of.kind),
                k::LIST | k::OPTION | k::SLICE | k::FUTURE => Kind::Of(of.kind, self.of(of.first)?),
                k::MAP | k::RESULT => Kind::OfTwo(of.kind, self.of(of.first)?, self.of(of.second)?),
                k::TUPLE => {
                    let elements = self.fields("elements", 0, of.parts)?;
                    Kind::Tuple(elements.into_iter().map(|element| element.of).collect())
                }
                k::STRUCT | k::PLAIN => Kind::Struct {
                    plain: of.kind == k::PLAIN,
                    fields: self.fields("fields", PART_DEFAULT, of.parts)?,
                },
                k::ENUM => Kind::Enum(self.variants(of.parts)?),
                k::OBJECT | k::LENT_OBJECT => self.object(of)?,
                other => return Err(format!("it has a type of the unknown kind {other}")),
            })
        }
    }

    unsafe fn variants(&mut self, parts: Array<Part>) -> Result<Vec<VariantShape>, String> {
        // SAFETY: the same duties.
        let variants = unsafe {
            each(parts, "variants", |part| {
                let name = text(part.name)?;
                let fields = known("variants", part.flags, PART_DEFAULT | PART_TUPLE)
                    .and_then(|()| self.fields("fields", PART_DEFAULT, part.parts));
                Ok(VariantShape {
                    fields: fields.map_err(|what| format!("at `{name}`: {what}"))?,
                    name,
                    fallback: part.flags & PART_DEFAULT != 0,
                    tuple: part.flags & PART_TUPLE != 0,
                })
            })
        }?;
        unique("variants", variants.iter().map(|variant| variant.name.as_str()))?;
        Ok(variants)
    }

    unsafe fn object(&mut self, of: &Type) -> Result<Kind, String> {
        let descriptor = of.interface.ok_or("an object's interface is missing")?();
        // SAFETY: a descriptor begins with its size.
        let sized = unsafe { Sized::new(descriptor) };
        let whole = sized.as_ref().and_then(Sized::whole).ok_or("an object's descriptor is too short")?;
        // SAFETY: the same duties.
        let id = unsafe { text(whole.id) }?;
        if self.outer.contains(&descriptor) {
            return Ok(Kind::Object(of.kind, None, id));
        }
        // SAFETY: the same duties.
        let inner = unsafe { read_interface(descriptor, self.outer, self.depth) }
            .map_err(|mismatch| mismatch.to_string())?;
        self.interfaces.push(inner);
        Ok(Kind::Object(of.kind, Some(self.interfaces.len() - 1), id))
    }
}

/// A type and all that it is made of, as an interface without methods; the type itself comes first.
///
/// # Safety
/// The description, and all that it points at, must be constant and alive.
pub(super) unsafe fn read_type(of: TypeFn) -> Result<InterfaceShape, String> {
    let (mut types, mut interfaces, mut outer) = (Vec::new(), Vec::new(), Vec::new());
    {
        let mut reader = Reader {
            types: Vec::new(),
            known: HashMap::new(),
            interfaces: Vec::new(),
            outer: &mut outer,
            depth: 0,
        };
        // SAFETY: the same duties.
        unsafe { reader.of(Some(of)) }?;
        types.append(&mut reader.types);
        interfaces.append(&mut reader.interfaces);
    }
    Ok(InterfaceShape { id: String::new(), version: String::new(), methods: Vec::new(), types, interfaces })
}

/// # Safety
/// As [`InterfaceShape::read`].
unsafe fn each<T, S>(
    array: Array<T>,
    what: &str,
    mut read: impl FnMut(&T) -> Result<S, String>,
) -> Result<Vec<S>, String> {
    if array.count > MAX_COUNT {
        return Err(format!("it has {} {what}, and {MAX_COUNT} is the most", array.count));
    }
    if array.count > 0 && array.ptr.is_null() {
        return Err(format!("its {what} are missing"));
    }
    let stride = array.stride as usize;
    if array.count > 0 && (stride < size_of::<T>() || array.stride > MAX_STRIDE) {
        return Err(format!("its {what} stand {stride} bytes apart, and each has {}", size_of::<T>()));
    }
    let mut items = Vec::with_capacity(array.count as usize);
    for index in 0..array.count {
        let Some(item) = array.at(index) else { break };
        // SAFETY: within the array, of which every element begins with its size.
        let sized = unsafe { Sized::new(item) };
        let fits = sized.as_ref().filter(|sized| sized.size() <= stride);
        let whole = fits.and_then(Sized::whole);
        items.push(read(
            whole.ok_or_else(|| format!("one of its {what} has not the size that the ABI says"))?,
        )?);
    }
    Ok(items)
}

/// What is found by its name must have one of its own.
pub(super) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names.filter(|name| !name.is_empty()) {
        if !seen.insert(name) {
            return Err(format!("two of its {what} are called `{name}`"));
        }
    }
    Ok(())
}

/// Flags in the lower half change what is said, so a reader must know them; those in the upper half only add to it.
fn known(what: &str, flags: u32, known: u32) -> Result<(), String> {
    match flags & 0xffff & !known {
        0 => Ok(()),
        unknown => Err(format!("its {what} have the unknown flags {unknown:#x}")),
    }
}

/// # Safety
/// The bytes must be constant and alive.
unsafe fn text(text: Str) -> Result<String, String> {
    if text.len > MAX_TEXT || (text.ptr.is_null() && text.len > 0) {
        return Err(format!("it has a text of {} bytes, and {MAX_TEXT} is the most", text.len));
    }
    // SAFETY: the caller answers for the bytes.
    let bytes = unsafe { Slice { ptr: text.ptr, len: text.len }.as_slice() };
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| "it has a text that is not UTF-8".into())
}
