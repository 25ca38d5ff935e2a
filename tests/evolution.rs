//! Which changes of an interface two sides survive (fault F2): every row of the evolution table as an edit, made at every
//! place of a corpus of interfaces, judged in both directions by the check that a real plugin meets; then values that
//! really cross between two versions.
#![allow(missing_docs, reason = "a test")]
#![allow(unreachable_pub, reason = "interfaces are written as authors write them")]

#[path = "evolution/corpus.rs"]
mod corpus;
#[path = "evolution/crossing.rs"]
mod crossing;
#[path = "evolution/damage.rs"]
mod damage;
#[path = "evolution/edit.rs"]
mod edit;
#[path = "evolution/memory.rs"]
mod memory;
#[path = "evolution/methods.rs"]
mod methods;
#[path = "evolution/mutants.rs"]
mod mutants;
#[path = "evolution/places.rs"]
mod places;
#[path = "evolution/types.rs"]
mod types;
