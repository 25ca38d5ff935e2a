//! The span that a thread is in when it is none of the image's own.

use tracing_core::callsite::Identifier;
use tracing_core::field::FieldSet;
use tracing_core::{Callsite, Interest, Kind, Level, Metadata};

/// Not empty, so that nothing else can have its address.
#[allow(dead_code, reason = "its address is all that is asked of it")]
struct Outside(u8);

static OUTSIDE: Outside = Outside(1);

/// What an image knows of a span of its host's: that it is one.
pub(super) static SPAN: Metadata<'static> = Metadata::new(
    "a span of the host",
    "keyway::host",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&OUTSIDE)),
    Kind::SPAN,
);

impl Callsite for Outside {
    fn set_interest(&self, _: Interest) {}
    fn metadata(&self) -> &Metadata<'_> {
        &SPAN
    }
}
