//! What the macros say of mistakes, and what they accept.

use std::io::Write;

use keyway::testing::{through_messages, through_table};

#[path = "author/lib.rs"]
pub mod author;

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
fn names_of_an_author_and_of_generated_code_do_not_meet() {
    author::names::check(&*author::names::object());
    author::names::check(&*through_table(author::names::object()));
    author::names::check(&*through_messages(author::names::object()));
}

#[test]
fn an_author_may_hide_what_the_prelude_names() {
    author::shadows::check(&*author::shadows::object());
    author::shadows::check(&*through_table(author::shadows::object()));
    author::shadows::check(&*through_messages(author::shadows::object()));
}

#[test]
fn a_plugin_may_stand_in_a_function() {
    assert_eq!(author::local::called(), [3, 3, 6, 6, 7]);
}
