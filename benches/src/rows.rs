//! The rows of the table, in its order: one file a group.

mod built_in;
mod bytes;
mod counted;
mod event;
mod finding;
mod integers;
mod later;
mod load;
mod many;
mod order;
mod record;
pub mod size;
mod text;
mod traces;

use crate::measure::Row;

/// A function that makes one row, and with it loads what the row needs.
pub type Make = fn() -> Row;

/// Every row. One after the other is made, measured and dropped, so that none disturbs another.
pub const ALL: [Make; 28] = [
    built_in::row,
    counted::row,
    integers::row,
    text::short,
    text::long,
    bytes::summed,
    bytes::ends,
    record::row,
    later::at_once,
    later::woken_once,
    event::to_one,
    event::to_ten,
    event::to_hundred,
    load::row,
    many::row,
    finding::warm,
    finding::warm_ten_thousand,
    finding::cold,
    finding::cold_ten_thousand,
    order::thousand,
    order::ten_thousand,
    order::hundred_thousand,
    size::file,
    size::private,
    size::resident,
    traces::too_verbose,
    traces::switched_off,
    traces::heard,
];
