// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! Crates that are linked in.
use ::word_count as _;
use ::json_tools as _;
const _: () = {
    #[::keyway::__private::linkme::distributed_slice(::keyway::__private::NAMED)]
    #[linkme(crate = ::keyway::__private::linkme)]
    static __NAMED: &'static [&'static str] = &["word_count", "json_tools"];
};
