//! Loading one library until its service can be called, with every check the contestant makes.
//!
//! A path is loaded once in a process, so that each sample has a fresh copy, made outside the clock. A
//! contestant's floor is `Library::new` of its own file, since a larger library takes longer to map
//! whoever asks. The services stay: nobody unmaps.

use std::path::Path;
use std::time::Instant;

use crate::contestants;
use crate::libraries::Copies;
use crate::measure::{Line, Row, Unit};

/// Floor: libloading's `Library::new` of the same file.
pub fn row() -> Row {
    let ours = "figures-keyway";
    let host = keep(|path| contestants::keyway::loaded(path.parent().expect("a copy lies in a folder")));
    let mut row = Row::new("load one library", Unit::Nanoseconds)
        .rounds(25)
        .target(1.15)
        .floor(line("`Library::new`, file of Keyway", ours, keep(contestants::library)))
        .contestant(line("Keyway, from a folder to a handle", ours, host))
        .contestant(
            line("Keyway, the bridge's part", ours, keep(contestants::keyway::checked_and_loaded)).aside(),
        );
    for (name, package, load) in [
        ("`Box<dyn Trait>`, same rustc", "figures-same-rustc", keep(contestants::same_rustc)),
        ("abi_stable", "figures-abi-stable", keep(contestants::abi_stable)),
        ("stabby", "figures-stabby", keep(contestants::stabby)),
        ("savefile-abi", "figures-savefile", keep(contestants::savefile::<dyn figures_savefile::Service>)),
    ] {
        row = row
            .floor(line(&format!("`Library::new`, file of {name}"), package, keep(contestants::library)))
            .contestant(line(name, package, load));
    }
    row
}

/// A way of loading whose outcome is kept for good.
type Load = Box<dyn Fn(&Path)>;

fn keep<T: 'static>(load: impl Fn(&Path) -> T + 'static) -> Load {
    Box::new(move |path| std::mem::forget(load(path)))
}

/// Times `load` on one fresh copy a round, the first of which warms what is made once in a process.
fn line(name: &str, package: &str, load: Load) -> Line {
    let copies = Copies::of(package);
    let once = move || {
        let copy = copies.next();
        let start = Instant::now();
        load(&copy);
        let spent = start.elapsed().as_nanos() as f64;
        // What is mapped stays mapped; removed at once, the copy need not be written to the disk.
        std::fs::remove_file(&copy).expect("a copy can be removed again");
        spent
    };
    once();
    Line::measured(name, once)
}
