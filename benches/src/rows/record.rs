//! An eight-field struct with strings and a vector, in and out.
//!
//! abi_stable and stabby take only types made of their own strings and vectors. Each is measured twice:
//! with a host that keeps its records in those types, and with a host that has a type of its own and
//! converts on its side; the plugin's side works on the peer's types in both.

use std::hint::black_box;

use figures_keyway::Service as _;
use figures_savefile::Service as _;
use figures_stabby::ServiceDyn as _;
use figures_work::Record;

use crate::contestants;
use crate::libraries::{Copies, path};
use crate::measure::{Line, Row, Unit};

/// Floor: a clone.
pub fn row() -> Row {
    let right = Record::sample();
    let own: &'static Record = Box::leak(Box::new(right.clone()));
    let of_abi_stable = figures_abi_stable::Record::from(own);
    let of_stabby = figures_stabby::Record::from(own);
    let of_savefile = figures_savefile::Record::from(own.clone());
    let of_keyway = figures_keyway::Record::from(own.clone());
    let handle = contestants::keyway::loaded(&Copies::of("figures-keyway").folder());
    let other = contestants::keyway::loaded(&Copies::of("figures-keyway-other").folder());
    let message = contestants::keyway::by_messages();
    let (of_keyway_2, of_keyway_3) = (of_keyway.clone(), of_keyway.clone());
    let same_rustc = contestants::same_rustc(&path("figures-same-rustc"));
    let abi_stable = contestants::abi_stable(&path("figures-abi-stable"));
    let abi_stable_own = contestants::abi_stable(&path("figures-abi-stable"));
    let stabby = contestants::stabby(&path("figures-stabby"));
    let stabby_own = contestants::stabby(&path("figures-stabby"));
    let savefile = contestants::savefile::<dyn figures_savefile::Service>(&path("figures-savefile"));
    let plain = |answer: Record| answer;
    Row::new("eight-field struct in and out", Unit::Nanoseconds)
        .target(1.8)
        .floor(Line::call("`clone`", &right, move |_| black_box(own).clone(), plain))
        .contestant(Line::call("the floor once more", &right, move |_| black_box(own).clone(), plain))
        .contestant(Line::call(
            "Keyway, the user's own type",
            &right,
            move |_| handle.copy_record(black_box(&of_keyway)),
            Record::from,
        ))
        .contestant(
            Line::call(
                "Keyway, descriptions differ: by name, as MessagePack",
                &right,
                move |_| other.copy_record(black_box(&of_keyway_2)),
                Record::from,
            )
            .aside(),
        )
        .contestant(
            Line::call(
                "Keyway, as a message: compact, within the process",
                &right,
                move |_| message.copy_record(black_box(&of_keyway_3)),
                Record::from,
            )
            .aside(),
        )
        .contestant(Line::call(
            "abi_stable, its own types",
            &right,
            move |_| abi_stable.copy_record(black_box(&of_abi_stable)),
            Record::from,
        ))
        .contestant(Line::call(
            "abi_stable, the user's own type",
            &right,
            move |_| Record::from(abi_stable_own.copy_record(&black_box(own).into())),
            plain,
        ))
        .contestant(Line::call(
            "stabby, its own types",
            &right,
            move |_| stabby.copy_record(black_box(&of_stabby)),
            Record::from,
        ))
        .contestant(Line::call(
            "stabby, the user's own type",
            &right,
            move |_| Record::from(stabby_own.copy_record(&black_box(own).into())),
            plain,
        ))
        .contestant(Line::call(
            "savefile-abi, the user's own type",
            &right,
            move |_| savefile.copy_record(black_box(&of_savefile)),
            Record::from,
        ))
        .contestant(Line::call(
            "`Box<dyn Trait>`, same rustc",
            &right,
            move |_| same_rustc.copy_record(black_box(own)),
            plain,
        ))
}
