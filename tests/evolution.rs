//! Which changes of an interface two sides survive.
