//! What `#[derive(Wire)]` can not take.
use keyway::Wire;

#[derive(Wire)]
struct Borrows<'a, const N: usize, T> {
    text: &'a str,
    value: [T; N],
}

#[derive(Wire)]
union Bits {
    integer: u32,
    float: f32,
}

#[derive(Wire)]
enum Never {}

#[derive(Wire)]
enum Fallbacks {
    #[wire(default)]
    First,
    #[wire(default)]
    Second,
    #[wire(default)]
    Filled(u32),
}

#[derive(Wire)]
struct Attributes {
    #[wire(defualt)]
    one: u32,
    #[wire(default = 3)]
    two: u32,
    #[wire]
    three: u32,
    #[wire(rename = "x")]
    four: u32,
}

#[derive(Wire)]
#[wire(default)]
struct OnTheType {
    one: u32,
}

#[derive(Wire)]
enum OnTheVariant {
    #[wire(default = other)]
    Other,
}

fn main() {}
