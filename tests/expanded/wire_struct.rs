//! A struct that crosses by value.

#[derive(Clone, keyway::Wire)]
pub struct Record {
    pub name: String,
    #[wire(default)]
    pub tags: Vec<String>,
    #[wire(default = kind)]
    pub r#type: u32,
}
