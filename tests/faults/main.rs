//! The faults of finding, loading and starting, through a whole host, with the figures: how many were tried, how many
//! were lost.
//!
//! | fault | file |
//! |---|---|
//! | F3: what crashes, aborts, exits or overflows its stack | `crashes.rs` |
//! | F4: what sleeps, spins or floods | `hangs.rs` |
//! | F5: the cause goes away | `cures.rs` |
//! | all of them in one folder, fifty times | `many.rs` |
//! | another file of the same plugin; no scanner to be had | `instead.rs` |
//! | what goes wrong once it runs | `running.rs` |
//! | many who ask for the same plugin at once | `race.rs` |
//!
//! Every host here is a process of its own, `host.rs`, so that a start is a first start and what hangs in it ends with it;
//! `race.rs` and a part of `running.rs` call plugins, and have theirs in this process. No bound is on the clock of this
//! process: what came first is told by the host's own history.
#![cfg(all(unix, not(target_vendor = "apple")))]

mod crashes;
mod cures;
mod hangs;
mod hosts;
mod instead;
mod many;
mod race;
mod running;
