//! What a program that takes plugins needs.

pub mod resolver;
