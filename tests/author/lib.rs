//! Plugins of an author who is hard to please: no unsafe code, every item documented, every lint a mistake, and names
//! that generated code uses, too. It builds in the editions 2021 and 2024, and its calls are tested by `ui.rs`.
#![forbid(unsafe_code, missing_docs, unused_variables, unused_mut, improper_ctypes_definitions)]
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications,
    unsafe_op_in_unsafe_fn,
    rust_2018_idioms,
    rustdoc::all,
    clippy::all,
    clippy::pedantic,
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::allow_attributes_without_reason,
    clippy::allow_attributes,
    clippy::unwrap_used
)]

pub mod documented;
pub mod later;
pub mod local;
pub mod names;
pub mod shadows;

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use keyway::testing::{through_messages, through_table};

    use super::{documented, later, local, names, shadows};

    #[test]
    fn names_of_an_author_and_of_generated_code_do_not_meet() {
        names::check(&*names::object());
        names::check(&*through_table(names::object()));
        names::check(&*through_messages(names::object()));
    }

    #[test]
    fn an_author_may_hide_what_the_prelude_names() {
        shadows::check(&*shadows::object());
        shadows::check(&*through_table(shadows::object()));
        shadows::check(&*through_messages(shadows::object()));
    }

    #[test]
    fn what_answers_later_answers_in_every_home() {
        let pen: Arc<dyn later::SlowDrawing> = Arc::new(later::SlowPen);
        later::run(later::check(&*pen));
        later::run(later::check(&*through_table(Arc::clone(&pen))));
        later::run(later::check(&*through_messages(pen)));
    }

    #[test]
    fn a_plugin_may_stand_in_a_function() {
        assert_eq!(local::called(), [3, 3, 6, 6, 7]);
    }

    #[test]
    fn a_field_that_is_absent_is_made_by_the_functions_that_the_author_names() {
        let (older, newer) = names::older_and_newer();
        assert_eq!(older, newer);
    }

    #[test]
    fn a_body_that_changes_its_argument_answers_in_every_home() {
        let pencil: Arc<dyn documented::Drawing> = Arc::new(documented::Pencil { most: 0 });
        for drawing in [Arc::clone(&pencil), through_table(Arc::clone(&pencil)), through_messages(pencil)] {
            assert!(drawing.is_empty());
            #[expect(deprecated, reason = "what is deprecated is called all the same")]
            let said = drawing.say("ha", 3);
            assert_eq!(said, "hahaha");
        }
    }
}
