//! What only the compiler can know of a plain type: the error stands on the author's field or name.
use keyway::Plain;

#[derive(Clone, Copy, Plain)]
#[repr(C)]
struct Fields {
    letter: char,
    size: usize,
    maybe: Option<u32>,
}

#[derive(Clone, Plain)]
#[repr(C)]
struct Text {
    text: String,
}

#[derive(Plain)]
#[repr(C)]
struct NoCopy {
    x: u32,
}

fn main() {}
