//! What the macros say of mistakes, and what they accept.

use std::io::Write;

use keyway::interface::{InterfaceShape, Kind};

/// In this edition; the package `keyway-author` is the same in the edition 2021.
#[path = "author/lib.rs"]
pub mod author;
pub mod by_hand;

/// Each case is a mistake, or a family of them; `TRYBUILD=overwrite` writes what the compiler says now.
#[test]
fn every_mistake_is_told_on_its_token_with_what_to_write_instead() {
    // The words around ours are the compiler's, so they are compared for one version of it.
    let ours = "1.95.";
    let rustc = keyway::abi::entry::RUSTC;
    if !rustc.trim_start_matches("rustc ").starts_with(ours) {
        let said = format!("skipped: ui cases (made for rustc {ours}x, this is {rustc})\n");
        // Past the capture of a test that passes.
        std::io::stderr().write_all(said.as_bytes()).unwrap();
        return;
    }
    trybuild::TestCases::new().compile_fail("ui/*.rs");
}

#[test]
fn keywords_cross_without_the_mark_that_rust_wants() {
    let descriptor = <dyn author::names::Interface as keyway::Interface>::DESCRIPTOR;
    // SAFETY: a descriptor of this image is constant.
    let shape = unsafe { InterfaceShape::read(descriptor) }.unwrap();
    let method = &shape.methods[0];
    assert_eq!(method.name, "type");
    assert_eq!(method.arguments.iter().map(|argument| &argument.name).collect::<Vec<_>>(), ["match", "fn"]);
    let Kind::Struct { fields, .. } = &shape.types[method.returns].kind else { panic!("{shape:?}") };
    assert_eq!(fields.iter().map(|field| &field.name).collect::<Vec<_>>(), ["type", "fn", "match"]);
    assert_eq!(shape.methods[3].arguments[0].name, "__a1");
}
