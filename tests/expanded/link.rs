//! Crates that are linked in.

keyway::link_plugins!(word_count, json_tools);
