//! What `#[derive(Plain)]` can not take.
use keyway::Plain;

#[derive(Clone, Copy, Plain)]
struct RustsLayout {
    x: f64,
}

#[derive(Clone, Copy, Plain)]
#[repr(C, packed)]
struct Packed {
    x: f64,
}

#[derive(Clone, Copy, Plain)]
#[repr(C)]
struct Nothing;

#[derive(Clone, Copy, Plain)]
#[repr(u8)]
enum Choice {
    One,
    Two,
}

#[derive(Clone, Copy, Plain)]
#[repr(C)]
union Bits {
    integer: u32,
    float: f32,
}

#[derive(Clone, Copy, Plain)]
struct Both<T> {
    x: T,
}

#[derive(Clone, Copy, Plain)]
#[repr(C)]
struct Attribute {
    #[wire(default)]
    x: u32,
}

#[derive(Clone, Copy, Plain)]
#[repr(C, align(64))]
struct Apart {
    x: u8,
}

fn main() {}
