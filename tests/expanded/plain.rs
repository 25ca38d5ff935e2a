//! A struct that crosses as it lies in memory.

#[derive(Clone, Copy, keyway::Plain)]
#[repr(C)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}
