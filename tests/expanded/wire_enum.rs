//! An enum that crosses by value.

#[derive(Clone, keyway::Wire)]
pub enum Shape {
    Circle(f64),
    Line { from: Point, to: Point },
    Pair(u32, String),
    #[wire(default)]
    Unknown,
}
