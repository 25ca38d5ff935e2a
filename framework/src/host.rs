//! What a program that takes plugins needs.
