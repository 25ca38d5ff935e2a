//! One plugin behind hand-written C tables, which provides `contract/named`, and one lie of the tester's choice.
//!
//! Which lie stands in `LIE`: a test copies the library and writes the lie's name over it, so that one build gives
//! every faulty file. What a lie breaks is in the function that it is named in.

use std::ffi::c_void;
use std::ptr::null;

use abi::{
    Array, Descriptor, LIST, Library, Method, Mixed, Owned, Pair, Plugin, Reply, STRING, Started, Str, Table,
    Type, U64, Wide,
};

mod abi;

/// The name of the lie, padded with spaces; `honest` tells none.
#[used]
static LIE: [u8; 32] = *b"keyway-lie=honest               ";

fn lies(name: &str) -> bool {
    // SAFETY: the bytes are a static's. They are read as if they might have changed, because in the file they have.
    let told = unsafe { (&raw const LIE).read_volatile() };
    told[11..].trim_ascii_end() == name.as_bytes()
}

const MANIFEST: &str = r#"{"id":"faulty/liar","version":"1.0.0","provides":{"contract/named":"1.0.0"}}"#;
const BUILD: &str = concat!(
    r#"{"abi":"1.0","target":""#,
    env!("FAULTY_TARGET"),
    r#"","rustc":"none","panic":"unwind","framework":"none"}"#
);

/// A note, as the linker wants it: three numbers, the owner, the text.
#[repr(C, align(4))]
struct Note<const N: usize> {
    numbers: [u32; 3],
    owner: [u8; 8],
    text: [u8; N],
}

impl<const N: usize> Note<N> {
    const fn new(kind: u32, text: &str) -> Self {
        let mut padded = [0; N];
        let mut at = 0;
        while at < text.len() {
            padded[at] = text.as_bytes()[at];
            at += 1;
        }
        Self { numbers: [7, text.len() as u32, kind], owner: *b"Keyway\0\0", text: padded }
    }
}

macro_rules! note {
    ($name:ident, $kind:literal, $text:ident) => {
        #[used]
        #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
        #[cfg_attr(windows, unsafe(link_section = ".keyway"))]
        #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".note.keyway"))]
        static $name: Note<{ $text.len().div_ceil(4) * 4 }> = Note::new($kind, $text);
    };
}
note!(BUILD_NOTE, 1, BUILD);
note!(MANIFEST_NOTE, 2, MANIFEST);

/// The entry of version 1 of the ABI.
// SAFETY: nothing else in this library has the name.
#[unsafe(no_mangle)]
pub extern "C" fn keyway_library_v1() -> *const c_void {
    if lies("no table") {
        return null();
    }
    let library = Library {
        size: if lies("short table") { 40 } else { size_of::<Library>() as u32 },
        flags: u32::from(lies("aborts")),
        abi_major: if lies("abi") { 9 } else { 1 },
        abi_minor: 0,
        counted: if lies("counts") { 2 } else { 1 },
        target: Str::new(if lies("target") {
            b"pdp11-unknown-none"
        } else {
            env!("FAULTY_TARGET").as_bytes()
        }),
        rustc: Str::new(b"none"),
        framework: Str::new(b"none"),
        plugins: Array::of(vec![plugin()]),
        probe_wide: if lies("convention") { other_wide } else { wide },
        probe_pair: pair,
    };
    std::ptr::from_ref(Box::leak(Box::new(library))).cast()
}

extern "C" fn wide(mixed: Mixed, byte: u8, double: f64, text: Str, last: u64) -> Wide {
    Wide { mixed, byte, double, length: text.len as u64, last }
}

extern "C" fn other_wide(mixed: Mixed, byte: u8, double: f64, text: Str, last: u64) -> Wide {
    Wide { byte: byte ^ 1, ..wide(mixed, byte, double, text, last) }
}

extern "C" fn pair(pair: Pair) -> Reply<u64> {
    Reply { status: null(), value: pair.left ^ pair.right.to_bits() }
}

fn plugin() -> *const Plugin {
    let manifest = if lies("rank") {
        Str::new(br#"{"id":"faulty/liar","version":"1.0.0","provides":{"contract/named":"1.0.0"},"rank":7}"#)
    } else if lies("another plugin") {
        Str::new(br#"{"id":"faulty/other","version":"1.0.0","provides":{"contract/named":"1.0.0"}}"#)
    } else if lies("no manifest") || lies("no JSON") {
        Str::new(if lies("no manifest") { &b"none of your business"[..] } else { b"faulty/liar: ask again" })
    } else {
        Str::new(MANIFEST.as_bytes())
    };
    let interfaces = if lies("no interface") {
        Array::NONE
    } else if lies("null interface") {
        Array::of(vec![null()])
    } else {
        Array::of(vec![table()])
    };
    let size = if lies("short plugin") { 16 } else { size_of::<Plugin>() as u32 };
    Box::leak(Box::new(Plugin { size, flags: 0, manifest, interfaces, start, stop, release: count }))
}

fn table() -> *const Table {
    let methods = if lies("no functions") {
        Array::of(Vec::new())
    } else if lies("stride") {
        Array { stride: 4, ..Array::of(vec![name as *const c_void]) }
    } else if lies("null function") {
        Array::of(vec![null()])
    } else {
        Array::of(vec![name as *const c_void])
    };
    let interface = if lies("no descriptor") { null() } else { descriptor() };
    let size = if lies("short interface") { 16 } else { size_of::<Table>() as u32 };
    let table = Table {
        size,
        flags: 0,
        interface,
        retain: Some(count),
        release: Some(count),
        dispatch: null(),
        methods,
    };
    Box::leak(Box::new(table))
}

fn descriptor() -> *const Descriptor {
    let signature: &[u8] =
        if lies("signature") { b"fn name(&self) -> u64" } else { b"fn name(&self) -> String" };
    let method = Method {
        size: if lies("short method") { 8 } else { size_of::<Method>() as u32 },
        flags: 0,
        name: Str::new(if lies("method") { b"nam" } else { b"name" }),
        signature: Str::new(signature),
        arguments: Array::NONE,
        returns: if lies("signature") {
            number
        } else if lies("unknown type") {
            unknown
        } else if lies("no type") {
            nothing
        } else if lies("endless type") {
            endless
        } else {
            text
        },
    };
    Box::leak(Box::new(Descriptor {
        size: if lies("short descriptor") { 8 } else { size_of::<Descriptor>() as u32 },
        flags: 0,
        id: Str::new(b"contract/named"),
        version: Str::new(if lies("version") { b"one" } else { b"1.0.0" }),
        methods: Array::of(vec![method]),
    }))
}

struct Constant(Type);

// SAFETY: what it points at is constant, too.
unsafe impl Sync for Constant {}

const fn of_kind(kind: u32, first: Option<abi::TypeFn>) -> Type {
    let parts = Array::NONE;
    Type {
        size: size_of::<Type>() as u32,
        kind,
        name: Str::new(b""),
        first,
        second: None,
        parts,
        interface: null(),
    }
}

extern "C" fn text() -> *const Type {
    static TEXT: Constant = Constant(of_kind(STRING, None));
    &raw const TEXT.0
}

extern "C" fn number() -> *const Type {
    static NUMBER: Constant = Constant(of_kind(U64, None));
    &raw const NUMBER.0
}

extern "C" fn unknown() -> *const Type {
    static UNKNOWN: Constant = Constant(of_kind(4_000, None));
    &raw const UNKNOWN.0
}

extern "C" fn nothing() -> *const Type {
    null()
}

/// A list of lists of lists, each of them new.
extern "C" fn endless() -> *const Type {
    Box::leak(Box::new(of_kind(LIST, Some(endless))))
}

unsafe extern "C" fn start(_: *const c_void) -> Reply<Started> {
    Reply { status: null(), value: Started { data: (&raw const LIE).cast() } }
}

unsafe extern "C" fn stop(_: *const c_void) -> Reply<u8> {
    Reply { status: null(), value: 0 }
}

/// Nothing to count: the only instance is a static.
unsafe extern "C" fn count(_: *const c_void) {}

unsafe extern "C" fn name(_: *const c_void) -> Reply<Owned> {
    let view = Str::new(if lies("no text") { b"\xff\xfe" } else { b"liar" });
    Reply { status: null(), value: Owned { view, owner: std::ptr::null_mut(), extra: 0, release: None } }
}
