//! A host with real plugins of this image: order, failures, starts on demand, contexts, bridges.
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "a test")]

mod bridges;
mod changes;
mod contexts;
#[cfg(unix)]
mod control;
mod deadlines;
mod failures;
mod finding;
mod keeper;
mod lazy;
mod letters;
mod listing;
mod offers;
mod order;
mod policies;
mod puppets;
mod quarantine;
mod races;
mod remembering;
mod sharing;
mod storms;
mod talking;
#[cfg(feature = "watch")]
mod watching;
