//! `&str` in, an owned string out, of two lengths.

use std::hint::black_box;

use abi_stable::std_types::{RStr, RString};
use figures_keyway::Service as _;
use figures_savefile::Service as _;
use figures_stabby::ServiceDyn as _;

use crate::contestants;
use crate::libraries::{Copies, path};
use crate::measure::{Line, Row, Unit};

/// Sixteen bytes: the edge beside one small allocation.
pub fn short() -> Row {
    row("`&str` → `String`, 16 B", 16, 1.8)
}

/// Four KiB: one copy more would show.
pub fn long() -> Row {
    row("`&str` → `String`, 4 KiB", 4096, 1.35)
}

/// Floor: the same implementation in this process, behind `Box<dyn Trait>`.
fn row(name: &str, bytes: usize, target: f64) -> Row {
    let right: String = figures_work::text(bytes);
    let text: &'static str = Box::leak(right.clone().into_boxed_str());
    let floor = contestants::in_process();
    let again = contestants::in_process();
    let handle = contestants::keyway::loaded(&Copies::of("figures-keyway").folder());
    let of_bytes = handle.clone();
    let same_rustc = contestants::same_rustc(&path("figures-same-rustc"));
    let abi_stable = contestants::abi_stable(&path("figures-abi-stable"));
    let abi_stable_std = contestants::abi_stable(&path("figures-abi-stable"));
    let stabby = contestants::stabby(&path("figures-stabby"));
    let stabby_std = contestants::stabby(&path("figures-stabby"));
    let savefile = contestants::savefile::<dyn figures_savefile::Service>(&path("figures-savefile"));
    let own = |answer: String| answer;
    Row::new(name, Unit::Nanoseconds)
        .target(target)
        .floor(Line::call(
            "in-process `Box<dyn Trait>`",
            &right,
            move |_| floor.copy_text(black_box(text)),
            own,
        ))
        .contestant(Line::call("the floor once more", &right, move |_| again.copy_text(black_box(text)), own))
        .contestant(Line::call("Keyway", &right, move |_| handle.copy_text(black_box(text)), own))
        .contestant(
            Line::call(
                "Keyway, `Bytes`",
                &right,
                move |_| of_bytes.copy_bytes(black_box(text)),
                |answer| String::from_utf8(answer.to_vec()).expect("the text is UTF-8"),
            )
            .target(1.1),
        )
        .contestant(Line::call(
            "abi_stable, its own string",
            &right,
            move |_| abi_stable.copy_text(RStr::from_str(black_box(text))),
            RString::into_string,
        ))
        .contestant(Line::call(
            "abi_stable, into `String`",
            &right,
            move |_| abi_stable_std.copy_text(RStr::from_str(black_box(text))).into_string(),
            own,
        ))
        .contestant(Line::call(
            "stabby, its own string",
            &right,
            move |_| stabby.copy_text(black_box(text).into()),
            |answer| answer.as_str().to_owned(),
        ))
        .contestant(Line::call(
            "stabby, into `String`",
            &right,
            move |_| stabby_std.copy_text(black_box(text).into()).as_str().to_owned(),
            own,
        ))
        .contestant(Line::call("savefile-abi", &right, move |_| savefile.copy_text(black_box(text)), own))
        .contestant(Line::call(
            "`Box<dyn Trait>`, same rustc",
            &right,
            move |_| same_rustc.copy_text(black_box(text)),
            own,
        ))
}
