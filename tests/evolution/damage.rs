//! Descriptors that are not whole: each field of each table set to what it must never be.

use std::collections::BTreeMap;

use keyway::abi::object::try_connect;
use keyway::abi::{Array, Descriptor, Object, RawFn, Str, TABLE_MESSAGE_ONLY, Type, TypeFn, kind};
use keyway::interface::{InterfaceShape, Kind};

use super::corpus;
use super::memory::{Asking, Image, forget, keep, null_type};

/// Where a field of a piece is.
macro_rules! field {
    ($name:ident) => {
        // SAFETY: the image keeps its pieces, and nothing reads them meanwhile.
        |piece| unsafe { &raw mut (*piece).$name }
    };
}

/// A way to damage an image, which is whole before.
type Damage = Box<dyn Fn(&Image)>;

/// One text that is none: not UTF-8, missing, longer than every name.
fn texts() -> [(&'static str, Str); 4] {
    static WRONG: [u8; 3] = [b'a', 0xff, b'b'];
    static CUT: [u8; 1] = [0xc3];
    [
        ("a name that is not UTF-8", Str { ptr: WRONG.as_ptr(), len: 3 }),
        ("a name cut within a letter", Str { ptr: CUT.as_ptr(), len: 1 }),
        ("a name that is missing", Str { ptr: std::ptr::null(), len: 4 }),
        ("a name beyond every bound", Str { ptr: WRONG.as_ptr(), len: usize::MAX }),
    ]
}

/// What makes an array none.
type Wrong<T> = (&'static str, fn(Array<T>) -> Array<T>);

/// Arrays that are none. The image keeps zeroes behind its arrays, so reading on finds structs of no size.
fn arrays<T>(count: u32) -> Vec<Wrong<T>> {
    fn stride<T>(old: Array<T>, by: i32) -> Array<T> {
        Array { stride: (size_of::<T>() as u32).strict_add_signed(by), ..old }
    }
    let mut wrong: Vec<Wrong<T>> = vec![
        ("a count beyond every bound", |old| Array { count: 4097, ..old }),
        ("a count beyond every number", |old| Array { count: u32::MAX, ..old }),
        ("a count of one more", |old| Array { count: old.count + 1, ..old }),
    ];
    if count > 0 {
        wrong.push(("an array that is missing", |old| Array { ptr: std::ptr::null(), ..old }));
        wrong.push(("an array at an odd address", |old| Array { ptr: old.ptr.wrapping_byte_add(1), ..old }));
        wrong.push(("a stride of nothing", |old| Array { stride: 0, ..old }));
        wrong.push(("a stride too short", |old| stride(old, -8)));
        wrong.push(("a stride of one byte less", |old| stride(old, -1)));
        wrong.push(("a stride beyond every bound", |old| Array { stride: u32::MAX, ..old }));
    }
    if count > 1 {
        wrong.push(("a stride too long", |old| stride(old, 8)));
        wrong.push(("a stride of two", |old| stride(old, size_of::<T>() as i32)));
        wrong.push(("a stride that is not aligned", |old| stride(old, 4)));
    }
    wrong
}

#[derive(Default)]
struct Damages(Vec<(&'static str, Damage)>);

impl Damages {
    fn add(&mut self, what: &'static str, damage: impl Fn(&Image) + 'static) {
        self.0.push((what, Box::new(damage)));
    }

    /// A piece of the image whose field is set.
    fn set<T: 'static, V: Copy + 'static>(
        &mut self,
        what: &'static str,
        piece: fn(&Image, usize) -> *mut T,
        at: usize,
        value: V,
        field: fn(*mut T) -> *mut V,
    ) {
        // SAFETY: the image keeps the piece, and nothing reads it meanwhile.
        self.add(what, move |image| unsafe { field(piece(image, at)).write(value) });
    }

    /// A piece of the image whose array is made wrong.
    fn wrong<T: 'static, P: 'static>(
        &mut self,
        (what, change): Wrong<P>,
        piece: fn(&Image, usize) -> *mut T,
        at: usize,
        array: fn(*mut T) -> *mut Array<P>,
    ) {
        self.add(what, move |image| {
            let array = array(piece(image, at));
            // SAFETY: as above.
            unsafe { array.write(change(array.read())) }
        });
    }

    /// Sizes from nothing to one byte less than the struct has.
    fn sizes<T: 'static>(&mut self, what: &'static str, piece: fn(&Image, usize) -> *mut T, at: usize) {
        for size in 0..size_of::<T>() as u32 {
            self.set(what, piece, at, size, |piece| piece.cast());
        }
    }

    fn table(&mut self, image: &Image) {
        // What came with 1.1 may be absent.
        for size in 0..std::mem::offset_of!(keyway::abi::Table, begin) as u32 {
            self.set("a table cut short", |image, _| image.table, 0, size, |piece| piece.cast());
        }
        self.set("no descriptor", |image, _| image.table, 0, std::ptr::null(), field!(interface));
        // SAFETY: as above.
        let functions = unsafe { (*image.table).methods };
        let wrong: [Wrong<RawFn>; 5] = [
            ("no functions", |old| Array { ptr: std::ptr::null(), ..old }),
            ("a function too few", |old| Array { count: old.count - 1, ..old }),
            ("functions too far apart", |old| Array { stride: 16, ..old }),
            ("functions upon each other", |old| Array { stride: 0, ..old }),
            ("functions at an odd address", |old| Array { ptr: old.ptr.wrapping_byte_add(1), ..old }),
        ];
        for wrong in wrong {
            // SAFETY: as above.
            self.wrong(wrong, |image, _| image.table, 0, field!(methods));
        }
        for place in 0..functions.count as usize {
            // SAFETY: the image has as many functions.
            self.add("a null function", move |image| unsafe { image.functions.add(place).write(None) });
        }
        // SAFETY: as above.
        self.add("messages alone, and none of them", |image| unsafe {
            (*image.table).flags |= TABLE_MESSAGE_ONLY;
            (*image.table).dispatch = None;
        });
    }

    fn descriptor(&mut self, image: &Image, at: usize) {
        let piece: fn(&Image, usize) -> *mut Descriptor = |image, at| image.descriptors[at];
        // SAFETY: the image keeps its pieces, here and below.
        let old = unsafe { &*piece(image, at) };
        self.sizes("a descriptor cut short", piece, at);
        for (what, wrong) in texts() {
            self.set(what, piece, at, wrong, field!(id));
            self.set(what, piece, at, wrong, field!(version));
        }
        for wrong in arrays(old.methods.count) {
            self.wrong(wrong, piece, at, field!(methods));
        }
    }

    fn method(&mut self, image: &Image, at: usize) {
        let piece = |image: &Image, at: usize| image.methods[at];
        // SAFETY: as above.
        let old = unsafe { &*piece(image, at) };
        self.sizes("a method cut short", piece, at);
        for (what, wrong) in texts() {
            self.set(what, piece, at, wrong, field!(name));
            self.set(what, piece, at, wrong, field!(signature));
        }
        for wrong in arrays(old.arguments.count) {
            self.wrong(wrong, piece, at, field!(arguments));
        }
        self.set("no result", piece, at, None, field!(returns));
        self.set("a result of no type", piece, at, Some(null_type as _), field!(returns));
        self.set("an unknown flag", piece, at, old.flags | 0x100, field!(flags));
    }

    fn of(&mut self, image: &Image, at: usize) {
        let piece: fn(&Image, usize) -> *mut Type = |image, at| image.types[at];
        // SAFETY: as above.
        let old = unsafe { &*piece(image, at) };
        self.sizes("a type cut short", piece, at);
        for unknown in [28, 29, 255, 1 << 16, u32::MAX] {
            self.set("an unknown kind", piece, at, unknown, field!(kind));
        }
        for (what, wrong) in texts() {
            self.set(what, piece, at, wrong, field!(name));
        }
        for function in [None, Some(null_type as _)] {
            if old.first.is_some() {
                self.set("no element", piece, at, function, field!(first));
            }
            if old.second.is_some() {
                self.set("no second element", piece, at, function, field!(second));
            }
        }
        if old.interface.is_some() {
            self.set("no interface", piece, at, None, field!(interface));
        }
        if old.parts.count > 0 {
            for wrong in arrays(old.parts.count) {
                self.wrong(wrong, piece, at, field!(parts));
            }
        }
    }

    fn part(&mut self, image: &Image, at: usize) {
        let piece = |image: &Image, at: usize| image.parts[at];
        // SAFETY: as above.
        let old = unsafe { &*piece(image, at) };
        self.sizes("a part cut short", piece, at);
        self.set("a part longer than its place", piece, at, 49, field!(size));
        self.set("an unknown flag", piece, at, old.flags | 0x8000, field!(flags));
        for (what, wrong) in texts() {
            self.set(what, piece, at, wrong, field!(name));
        }
        if old.of.is_some() {
            for function in [None, Some(null_type as _)] {
                self.set("a part of no type", piece, at, function, field!(of));
            }
        } else {
            for wrong in arrays(old.parts.count) {
                self.wrong(wrong, piece, at, field!(parts));
            }
        }
    }
}

/// With the whole image, into whose arrays the damages point.
fn damages(shape: &InterfaceShape) -> (Image, Vec<(&'static str, Damage)>) {
    forget();
    let image = Image::new(shape);
    let mut damages = Damages::default();
    damages.table(&image);
    (0..image.descriptors.len()).for_each(|at| damages.descriptor(&image, at));
    (0..image.methods.len()).for_each(|at| damages.method(&image, at));
    (0..image.types.len()).for_each(|at| damages.of(&image, at));
    (0..image.parts.len()).for_each(|at| damages.part(&image, at));
    (image, damages.0)
}

#[test]
fn a_table_of_the_first_version_is_read_without_what_came_later() {
    for entry in corpus::entries() {
        forget();
        let (host, plugin) = (Image::new(&entry.shape), Image::new(&entry.shape));
        // SAFETY: the image keeps its table, which nobody reads meanwhile.
        unsafe { (*plugin.table).size = std::mem::offset_of!(keyway::abi::Table, begin) as u32 };
        Asking::asks_for(&host);
        // SAFETY: nothing counts the object, and what it points at stays as it is during the call.
        let read = unsafe { try_connect::<Asking>(plugin.object(), None) };
        assert!(read.is_ok(), "{}: {:?}", entry.shape.id, read.err());
    }
}

#[test]
fn a_descriptor_that_is_not_whole_is_refused_with_the_interface_and_the_reason() {
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in corpus::entries() {
        let (_whole, damages) = damages(&entry.shape);
        for (what, damage) in damages {
            forget();
            let (host, plugin) = (Image::new(&entry.shape), Image::new(&entry.shape));
            damage(&plugin);
            Asking::asks_for(&host);
            // SAFETY: nothing counts the object, and what it points at stays as it is during the call.
            let refusal = unsafe { try_connect::<Asking>(plugin.object(), None) };
            let Err(mismatch) = refusal else { panic!("{}: {what} is not refused", entry.shape.id) };
            let text = mismatch.to_string();
            let named = text.contains(&entry.shape.id) || text.contains(<Asking as keyway::Interface>::ID);
            assert!(named && text.contains(": "), "{}: {what}: {text}", entry.shape.id);
            if what == "a null function" {
                assert!(
                    entry.shape.methods.iter().any(|m| text.contains(&format!("`{}`", m.name))),
                    "{text}"
                );
            }
            *tried.entry(what).or_default() += 1;
        }
    }
    for (what, count) in &tried {
        println!("{what:<32} {count:>6} refused");
    }
    println!("{} damaged descriptors, all refused", tried.values().sum::<usize>());
}

#[test]
fn a_missing_table_is_refused() {
    forget();
    let entry = &corpus::entries()[0];
    let host = Image::new(&entry.shape);
    Asking::asks_for(&host);
    let object = Object { data: std::ptr::null(), table: std::ptr::null() };
    // SAFETY: the object is refused before anything is read of it.
    let refusal = unsafe { try_connect::<Asking>(object, None) };
    assert!(refusal.is_err_and(|mismatch| mismatch.to_string().contains("its table is missing")));
}

/// Refuses the shape, whole as it is in memory, and gives the reason.
fn refused(host: &InterfaceShape, plugin: &InterfaceShape, damage: impl FnOnce(&Image)) -> String {
    forget();
    let (host, plugin) = (Image::new(host), Image::new(plugin));
    damage(&plugin);
    Asking::asks_for(&host);
    // SAFETY: nothing counts the object, and what it points at stays as it is during the call.
    let refusal = unsafe { try_connect::<Asking>(plugin.object(), None) };
    refusal.err().expect("it is refused").to_string()
}

#[test]
fn two_of_one_name_are_refused() {
    for entry in corpus::entries() {
        for at in 1..entry.shape.methods.len() {
            let mut doubled = entry.shape.clone();
            doubled.methods[at].name = doubled.methods[at - 1].name.clone();
            let text = refused(&entry.shape, &doubled, |_| {});
            assert!(text.contains("two of its methods are called"), "{text}");
        }
        for (id, of) in entry.shape.types.iter().enumerate() {
            let mut doubled = entry.shape.clone();
            let what = match (&of.kind, &mut doubled.types[id].kind) {
                (Kind::Struct { fields, .. }, Kind::Struct { fields: twice, .. }) if !fields.is_empty() => {
                    twice.push(fields[0].clone());
                    "fields"
                }
                (Kind::Enum(variants), Kind::Enum(twice)) => {
                    twice.push(variants[0].clone());
                    "variants"
                }
                _ => continue,
            };
            let text = refused(&entry.shape, &doubled, |_| {});
            assert!(text.contains(&format!("two of its {what} are called")), "{text}");
        }
    }
}

/// An option of an option of an option, each another one.
extern "C" fn bottomless() -> *const Type {
    let text = Str { ptr: std::ptr::null(), len: 0 };
    let parts = Array { ptr: std::ptr::null(), count: 0, stride: 0 };
    let size = size_of::<Type>() as u32;
    let first: Option<TypeFn> = Some(bottomless);
    keep(Type { size, kind: kind::OPTION, name: text, first, second: None, parts, interface: None })
}

#[test]
fn types_without_an_end_are_refused() {
    let entry =
        corpus::entries().into_iter().find(|entry| entry.shape.id == "corpus/options").expect("it is there");
    let text = refused(&entry.shape, &entry.shape, |image| {
        let method = image.methods[0];
        // SAFETY: the image keeps its methods, and nothing reads them meanwhile.
        unsafe { (*method).returns = Some(bottomless) };
    });
    assert!(text.contains("`number`") && text.contains("deep in each other"), "{text}");

    // An option of itself: its words would have no end, either.
    let mut ring = entry.shape.clone();
    let returns = ring.methods[0].returns;
    ring.types[returns].kind = Kind::Of(kind::OPTION, returns);
    let text = refused(&entry.shape, &ring, |_| {});
    assert!(text.contains("`number`") && text.len() < 2000, "{text}");
}
