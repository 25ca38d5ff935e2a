//! The attributes and derives of keyway.
