//! A call with two integers across a library's edge: what the edge itself costs.

use std::hint::black_box;

use figures_keyway::Service as _;
use figures_savefile::Service as _;
use figures_stabby::ServiceDyn as _;

use crate::contestants;
use crate::libraries::{Copies, path};
use crate::measure::{CHECKED, Line, Row, Unit};

/// The second integer; the first is the counter.
const OTHER: u64 = 7;

/// Floor: a raw `extern "C"` pointer from libloading.
pub fn row() -> Row {
    let right = figures_work::add(CHECKED, OTHER);
    let raw = black_box(contestants::raw(&path("figures-raw")));
    let handle = black_box(contestants::keyway::loaded(&Copies::of("figures-keyway").folder()));
    let object = black_box(handle.to_arc());
    let same_rustc = contestants::same_rustc(&path("figures-same-rustc"));
    let abi_stable = contestants::abi_stable(&path("figures-abi-stable"));
    let stabby = contestants::stabby(&path("figures-stabby"));
    let savefile = contestants::savefile::<dyn figures_savefile::Service>(&path("figures-savefile"));
    Row::new("library call, two integers", Unit::Nanoseconds)
        .target(1.1)
        .floor(Line::call("raw `extern \"C\"` pointer", &right, move |n| raw(n, OTHER), |sum| sum))
        .contestant(Line::call("the floor once more", &right, move |n| raw(n, OTHER), |sum| sum))
        .contestant(Line::call(
            "Keyway, through its handle",
            &right,
            move |n| handle.add(n, OTHER),
            |sum| sum,
        ))
        .contestant(
            Line::call(
                "Keyway, a `dyn Trait` in front: `handle.to_arc()`",
                &right,
                move |n| object.add(n, OTHER),
                |sum| sum,
            )
            .aside(),
        )
        .contestant(Line::call("abi_stable", &right, move |n| abi_stable.add(n, OTHER), |sum| sum))
        .contestant(Line::call("stabby", &right, move |n| stabby.add(n, OTHER), |sum| sum))
        .contestant(Line::call("savefile-abi", &right, move |n| savefile.add(n, OTHER), |sum| sum))
        .contestant(Line::call(
            "`Box<dyn Trait>`, same rustc",
            &right,
            move |n| same_rustc.add(n, OTHER),
            |sum| sum,
        ))
}
