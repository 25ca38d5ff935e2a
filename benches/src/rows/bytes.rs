//! A slice of 4 KiB in, an integer out: nothing needs to be copied. Once with every byte read, which is
//! what a slice is handed over for, and once with its ends only, which leaves the edge alone.

use std::hint::black_box;

use abi_stable::std_types::RSlice;
use figures_keyway::Service as _;
use figures_savefile::Service as _;
use figures_stabby::ServiceDyn as _;

use crate::contestants;
use crate::libraries::{Copies, path};
use crate::measure::{Line, Row, Unit};

/// Every byte read. Floor: the same implementation in this process, behind `Box<dyn Trait>`.
pub fn summed() -> Row {
    let bytes: &'static [u8] = figures_work::text(4096).into_bytes().leak();
    let right = figures_work::sum(bytes);
    let floor = contestants::in_process();
    let again = contestants::in_process();
    let handle = contestants::keyway::loaded(&Copies::of("figures-keyway").folder());
    let same_rustc = contestants::same_rustc(&path("figures-same-rustc"));
    let abi_stable = contestants::abi_stable(&path("figures-abi-stable"));
    let stabby = contestants::stabby(&path("figures-stabby"));
    let savefile = contestants::savefile::<dyn figures_savefile::Service>(&path("figures-savefile"));
    let own = |answer: u64| answer;
    Row::new("4 KiB slice in, summed", Unit::Nanoseconds)
        .target(1.05)
        .floor(Line::call("in-process `Box<dyn Trait>`", &right, move |_| floor.sum(black_box(bytes)), own))
        .contestant(Line::call("the floor once more", &right, move |_| again.sum(black_box(bytes)), own))
        .contestant(Line::call("Keyway", &right, move |_| handle.sum(black_box(bytes)), own))
        .contestant(Line::call(
            "abi_stable",
            &right,
            move |_| abi_stable.sum(RSlice::from_slice(black_box(bytes))),
            own,
        ))
        .contestant(Line::call("stabby", &right, move |_| stabby.sum(black_box(bytes).into()), own))
        .contestant(Line::call("savefile-abi", &right, move |_| savefile.sum(black_box(bytes)), own))
        .contestant(Line::call(
            "`Box<dyn Trait>`, same rustc",
            &right,
            move |_| same_rustc.sum(black_box(bytes)),
            own,
        ))
}

/// Both ends read. Floor: the same implementation in this process, behind `Box<dyn Trait>`.
pub fn ends() -> Row {
    let bytes: &'static [u8] = figures_work::text(4096).into_bytes().leak();
    let right = figures_work::ends(bytes);
    let floor = contestants::in_process();
    let again = contestants::in_process();
    let handle = contestants::keyway::loaded(&Copies::of("figures-keyway").folder());
    let same_rustc = contestants::same_rustc(&path("figures-same-rustc"));
    let abi_stable = contestants::abi_stable(&path("figures-abi-stable"));
    let stabby = contestants::stabby(&path("figures-stabby"));
    let savefile = contestants::savefile::<dyn figures_savefile::Service>(&path("figures-savefile"));
    let own = |answer: u64| answer;
    Row::new("4 KiB slice in, only its ends read", Unit::Nanoseconds)
        .floor(Line::call("in-process `Box<dyn Trait>`", &right, move |_| floor.ends(black_box(bytes)), own))
        .contestant(Line::call("the floor once more", &right, move |_| again.ends(black_box(bytes)), own))
        .contestant(Line::call("Keyway", &right, move |_| handle.ends(black_box(bytes)), own))
        .contestant(Line::call(
            "abi_stable",
            &right,
            move |_| abi_stable.ends(RSlice::from_slice(black_box(bytes))),
            own,
        ))
        .contestant(Line::call("stabby", &right, move |_| stabby.ends(black_box(bytes).into()), own))
        .contestant(Line::call("savefile-abi", &right, move |_| savefile.ends(black_box(bytes)), own))
        .contestant(Line::call(
            "`Box<dyn Trait>`, same rustc",
            &right,
            move |_| same_rustc.ends(black_box(bytes)),
            own,
        ))
}
