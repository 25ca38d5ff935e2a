//! What the macros say of mistakes.
