//! Descriptions as they stand in memory: what a plugin of any language could show to a host.
//!
//! Functions of the C ABI that give a type take no argument, so each type of an image gets one of a fixed number of
//! functions, which answer for the thread's newest images.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex};

use keyway::abi::object::{Links, Remote};
use keyway::abi::{
    Array, Descriptor, METHOD_HAS_BODY, Method, Object, PART_DEFAULT, PART_LENT, PART_TUPLE, Part, RawFn,
    Reply, Slice, Str, TABLE_RUST, Table, Type, TypeFn,
};
use keyway::interface::{FieldShape, InterfaceShape, Kind, MethodShape, VariantShape};
use keyway::{Fault, FaultKind, Interface};

thread_local! {
    static TYPES: RefCell<Vec<*const Type>> = const { RefCell::new(Vec::new()) };
    static INTERFACES: RefCell<Vec<*const Descriptor>> = const { RefCell::new(Vec::new()) };
    static OWN: Cell<*const Descriptor> = const { Cell::new(std::ptr::null()) };
    static LINKS: Cell<Option<&'static Links>> = const { Cell::new(None) };
    static CALLED: Cell<Option<(u32, u32)>> = const { Cell::new(None) };
}

extern "C" fn type_at<const N: usize>() -> *const Type {
    TYPES.with_borrow(|types| types.get(N).copied().unwrap_or(std::ptr::null()))
}

extern "C" fn interface_at<const N: usize>() -> *const Descriptor {
    INTERFACES.with_borrow(|interfaces| interfaces.get(N).copied().unwrap_or(std::ptr::null()))
}

pub(crate) extern "C" fn null_type() -> *const Type {
    std::ptr::null()
}

macro_rules! sixteen {
    ($name:ident $high:literal) => {
        sixteen!(@ $name $high 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    (@ $name:ident $high:literal $($low:literal)*) => { [$($name::<{ $high * 16 + $low }>),*] };
}

macro_rules! functions {
    ($name:ident $($high:literal)*) => { [$(sixteen!($name $high)),*] };
}

type InterfaceFn = extern "C" fn() -> *const Descriptor;
static TYPE_FNS: [[TypeFn; 16]; 32] =
    functions!(type_at 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);
static INTERFACE_FNS: [[InterfaceFn; 16]; 4] = functions!(interface_at 0 1 2 3);

/// A function for a method, which is known again by its address; nobody calls it.
fn method_fn(place: usize) -> RawFn {
    let function = TYPE_FNS.as_flattened()[place];
    // SAFETY: function pointers have one size, and this one is only compared.
    unsafe { std::mem::transmute::<TypeFn, RawFn>(function) }
}

/// Forgets the thread's images.
pub(crate) fn forget() {
    TYPES.with_borrow_mut(Vec::clear);
    INTERFACES.with_borrow_mut(Vec::clear);
}

/// Memory that lives as long as the image; arrays are followed by zeroes, so that reading on finds no struct.
#[derive(Default)]
struct Memory(Vec<(*mut u64, usize)>);

impl Memory {
    fn array<T>(&mut self, items: &[T]) -> *mut T {
        let words = (items.len() * 2 + 4) * size_of::<T>().div_ceil(8);
        let block = Box::into_raw(vec![0_u64; words].into_boxed_slice());
        self.0.push((block.cast(), words));
        let first: *mut T = block.cast();
        // SAFETY: the block has room for twice as many; the structs of the ABI are plain data.
        unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), first, items.len()) };
        first
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        for (block, words) in self.0.drain(..) {
            // SAFETY: `array` made the block with this length.
            drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(block, words)) });
        }
    }
}

/// One interface in memory, and where its pieces are, for damage.
pub(crate) struct Image {
    memory: Memory,
    pub(crate) table: *mut Table,
    pub(crate) descriptors: Vec<*mut Descriptor>,
    pub(crate) methods: Vec<*mut Method>,
    pub(crate) types: Vec<*mut Type>,
    pub(crate) parts: Vec<*mut Part>,
    pub(crate) functions: *mut Option<RawFn>,
}

impl Image {
    /// Lays an interface out, with a function for each method and one that takes messages.
    pub(crate) fn new(shape: &InterfaceShape) -> Self {
        let mut image = Self {
            memory: Memory::default(),
            table: std::ptr::null_mut(),
            descriptors: Vec::new(),
            methods: Vec::new(),
            types: Vec::new(),
            parts: Vec::new(),
            functions: std::ptr::null_mut(),
        };
        let (descriptor, _) = image.interface(shape, &mut Vec::new());
        let functions: Vec<_> = (0..shape.methods.len()).map(|place| Some(method_fn(place))).collect();
        image.functions = image.memory.array(&functions);
        let table = Table {
            size: size_of::<Table>() as u32,
            flags: TABLE_RUST,
            interface: descriptor,
            retain: None,
            release: None,
            dispatch: Some(dispatch),
            begin: Some(begin),
            methods: Array {
                ptr: image.functions.cast(),
                count: functions.len() as u32,
                stride: size_of::<RawFn>() as u32,
            },
        };
        // Links remember tables by address.
        image.table = keep(table);
        image
    }

    pub(crate) fn object(&self) -> Object {
        Object { data: std::ptr::null(), table: self.table }
    }

    fn interface(
        &mut self,
        shape: &InterfaceShape,
        outer: &mut Vec<(String, InterfaceFn)>,
    ) -> (*const Descriptor, InterfaceFn) {
        let (descriptor, function) = self.reserve();
        outer.push((shape.id.clone(), function));
        let inner: Vec<InterfaceFn> =
            shape.interfaces.iter().map(|inner| self.interface(inner, outer).1).collect();
        let base = TYPES.with_borrow_mut(|types| {
            types.resize(types.len() + shape.types.len(), std::ptr::null());
            types.len() - shape.types.len()
        });
        let of = |id: usize| TYPE_FNS.as_flattened()[base + id];
        for (id, shaped) in shape.types.iter().enumerate() {
            let mut made = Type {
                size: size_of::<Type>() as u32,
                kind: 0,
                name: text(&shaped.name),
                first: None,
                second: None,
                parts: Array { ptr: std::ptr::null(), count: 0, stride: size_of::<Part>() as u32 },
                interface: None,
            };
            self.kind(&mut made, &shaped.kind, &of, &inner, outer);
            let made = self.memory.array(&[made]);
            self.types.push(made);
            TYPES.with_borrow_mut(|types| types[base + id] = made);
        }
        let methods: Vec<Method> = shape.methods.iter().map(|method| self.method(method, &of)).collect();
        let at = self.memory.array(&methods);
        self.methods.extend((0..methods.len()).map(|place| at.wrapping_add(place)));
        // SAFETY: `reserve` made room for it.
        unsafe {
            descriptor.write(Descriptor {
                size: size_of::<Descriptor>() as u32,
                flags: 0,
                id: text(&shape.id),
                version: text(&shape.version),
                methods: Array { ptr: at, count: methods.len() as u32, stride: size_of::<Method>() as u32 },
            });
        }
        outer.pop();
        (descriptor, function)
    }

    fn reserve(&mut self) -> (*mut Descriptor, InterfaceFn) {
        let descriptor = self.memory.array::<Descriptor>(&[]);
        self.descriptors.push(descriptor);
        INTERFACES.with_borrow_mut(|interfaces| {
            interfaces.push(descriptor);
            (descriptor, INTERFACE_FNS.as_flattened()[interfaces.len() - 1])
        })
    }

    fn kind(
        &mut self,
        made: &mut Type,
        kind: &Kind,
        of: &dyn Fn(usize) -> TypeFn,
        inner: &[InterfaceFn],
        outer: &[(String, InterfaceFn)],
    ) {
        use keyway::abi::kind as k;
        match kind {
            Kind::Leaf(kind) => made.kind = *kind,
            Kind::Of(kind, first) => (made.kind, made.first) = (*kind, Some(of(*first))),
            Kind::OfTwo(kind, first, second) => {
                (made.kind, made.first, made.second) = (*kind, Some(of(*first)), Some(of(*second)));
            }
            Kind::Tuple(items) => {
                let parts: Vec<Part> = items.iter().map(|item| part("", 0, Some(of(*item)))).collect();
                (made.kind, made.parts) = (k::TUPLE, self.array(&parts));
            }
            Kind::Struct { plain, fields } => {
                (made.kind, made.parts) =
                    (if *plain { k::PLAIN } else { k::STRUCT }, self.fields(fields, of));
            }
            Kind::Enum(variants) => {
                let parts: Vec<Part> = variants.iter().map(|variant| self.variant(variant, of)).collect();
                (made.kind, made.parts) = (k::ENUM, self.array(&parts));
            }
            Kind::Object(kind, inside, id) => {
                let around = outer.iter().rev().find(|(outer, _)| outer == id).map(|(_, function)| *function);
                (made.kind, made.interface) = (*kind, inside.map(|inside| inner[inside]).or(around));
            }
        }
    }

    fn variant(&mut self, variant: &VariantShape, of: &dyn Fn(usize) -> TypeFn) -> Part {
        let flags =
            (if variant.fallback { PART_DEFAULT } else { 0 }) | (if variant.tuple { PART_TUPLE } else { 0 });
        Part { parts: self.fields(&variant.fields, of), ..part(&variant.name, flags, None) }
    }

    fn method(&mut self, method: &MethodShape, of: &dyn Fn(usize) -> TypeFn) -> Method {
        Method {
            size: size_of::<Method>() as u32,
            flags: if method.has_body { METHOD_HAS_BODY } else { 0 },
            name: text(&method.name),
            signature: text(&method.signature),
            arguments: self.fields(&method.arguments, of),
            returns: Some(of(method.returns)),
        }
    }

    fn fields(&mut self, fields: &[FieldShape], of: &dyn Fn(usize) -> TypeFn) -> Array<Part> {
        let flags = |field: &FieldShape| {
            (if field.default { PART_DEFAULT } else { 0 }) | (if field.lent { PART_LENT } else { 0 })
        };
        let parts: Vec<Part> =
            fields.iter().map(|field| part(&field.name, flags(field), Some(of(field.of)))).collect();
        self.array(&parts)
    }

    fn array(&mut self, parts: &[Part]) -> Array<Part> {
        let at = self.memory.array(parts);
        self.parts.extend((0..parts.len()).map(|place| at.wrapping_add(place)));
        Array { ptr: at, count: parts.len() as u32, stride: size_of::<Part>() as u32 }
    }
}

fn part(name: &str, flags: u32, of: Option<TypeFn>) -> Part {
    let parts = Array { ptr: std::ptr::null(), count: 0, stride: size_of::<Part>() as u32 };
    Part { size: size_of::<Part>() as u32, flags, name: text(name), of, parts }
}

/// Puts a value where it stays as long as the process, and where a leak checker sees that it is meant to.
pub(crate) fn keep<T: 'static>(value: T) -> *mut T {
    static KEPT: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let kept = Box::into_raw(Box::new(value));
    KEPT.lock().expect("nobody panics with it").push(kept.expose_provenance());
    kept
}

/// A text for ever; each is kept once.
fn text(text: &str) -> Str {
    static KNOWN: Mutex<Option<HashMap<String, &'static str>>> = Mutex::new(None);
    let mut known = KNOWN.lock().expect("nobody panics with it");
    let known = known.get_or_insert_default();
    if let Some(kept) = known.get(text) {
        return Str::new(kept);
    }
    let kept: &'static str = Box::leak(text.to_owned().into_boxed_str());
    known.insert(text.to_owned(), kept);
    Str::new(kept)
}

unsafe extern "C" fn dispatch(
    _: *const c_void,
    method: u32,
    format: u32,
    _: Slice<u8>,
    _: Slice<Object>,
) -> Reply<keyway::abi::Message> {
    CALLED.set(Some((method, format)));
    Fault::new(FaultKind::Unsupported, "only asked which method it was").into_reply()
}

unsafe extern "C" fn begin(
    _: *const c_void,
    method: u32,
    format: u32,
    _: Slice<u8>,
    _: Slice<Object>,
) -> Reply<keyway::abi::FutureRaw> {
    CALLED.set(Some((method, format)));
    Fault::new(FaultKind::Unsupported, "only asked which method it was").into_reply()
}

/// A host whose interface is laid out at run time.
pub(crate) struct Asking(Remote);

/// How a method of the asking side would be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Typed(usize),
    Named(usize),
    Compact(usize),
    Body,
}

impl Asking {
    /// Makes this thread's next connection ask for the interface of an image.
    pub(crate) fn asks_for(image: &Image) {
        // SAFETY: what is kept is never changed or freed.
        LINKS.set(Some(unsafe { &*keep(Links::new()) }));
        OWN.set(image.descriptors[0]);
    }

    pub(crate) fn answered(&self, method: usize) -> Answered {
        if let Some(function) = self.0.typed(method) {
            let place = (0..).find(|place| std::ptr::fn_addr_eq(method_fn(*place), function));
            return Answered::Typed(place.expect("a function of the table"));
        }
        if self.0.lacks(method) {
            return Answered::Body;
        }
        CALLED.set(None);
        assert!(self.0.message(method, |_| {}).is_err());
        match CALLED.get() {
            Some((slot, 1)) => Answered::Named(slot as usize),
            Some((slot, _)) => Answered::Compact(slot as usize),
            None => panic!("method {method} is answered in no way"),
        }
    }
}

static NOTHING: Descriptor = keyway::wire::generated::descriptor("corpus/nothing", "0.0.0", &[]);

// SAFETY: nothing is called through it but the functions of `Image`, which take any arguments.
unsafe impl Interface for Asking {
    const ID: &'static str = "corpus/asking";
    const VERSION: &'static str = "0.0.0";
    type Proxy = Self;
    type Guest = ();
    type Methods = ();
    const DESCRIPTOR: &'static Descriptor = &NOTHING;

    extern "C" fn descriptor() -> *const Descriptor {
        OWN.get()
    }
    fn proxy(remote: Remote) -> Self {
        Self(remote)
    }
    fn as_dyn(proxy: &Self) -> &Self {
        proxy
    }
    fn into_arc(proxy: Arc<Self>) -> Arc<Self> {
        proxy
    }
    fn into_box(proxy: Self) -> Box<Self> {
        Box::new(proxy)
    }
    fn export(_: Arc<Self>) -> Object {
        unreachable!("it only asks")
    }
    fn lent() -> &'static Table {
        unreachable!("it only asks")
    }
    fn links() -> &'static Links {
        LINKS.get().expect("`asks_for` comes first")
    }
}
