//! What `link_plugins!` can not take.
keyway::link_plugins!(word-count);
keyway::link_plugins!("word_count");
keyway::link_plugins!(tools::word_count);
keyway::link_plugins!(no_such_crate);
keyway::link_plugins!();

fn main() {}
