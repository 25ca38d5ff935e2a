//! How values become bytes and come back: held against postcard and rmp-serde byte for byte, against hostile bytes, and
//! through every form in which a value crosses.
#![allow(missing_docs, reason = "a test")]
#![allow(unreachable_pub, reason = "types are written as authors write them")]

#[path = "wire/counting.rs"]
mod counting;
#[path = "wire/echo.rs"]
mod echo;
#[path = "wire/hostile.rs"]
mod hostile;
#[path = "wire/oracle.rs"]
mod oracle;
#[path = "wire/raw.rs"]
mod raw;
#[path = "wire/values.rs"]
mod values;
