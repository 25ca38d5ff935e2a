//! Useful plugins, each behind a cargo feature of its name: `text/word-count` is the feature `text-word-count`.
//!
//! All of them provide [`Tool`](keyway_interfaces::Tool) and are ordinary: a struct, its arguments as a type, a
//! function over that type. What belongs to a plugin stands in its module; [`text/word-count`](WordCount) is the one to
//! read first, `json/query` shows how to keep a caller's program on a leash.
//!
//! | id | what it does | built on |
//! |---|---|---|
//! | `hash/digest` | digests of bytes, and comparison with an expected one | sha2, blake3 |
//! | `json/query` | filters in the jq language over JSON | jaq |
//! | `markdown/html` | Markdown to HTML, with an outline | pulldown-cmark |
//! | `math/evaluate` | exact arithmetic with units | fend-core |
//! | `template/render` | Jinja templates | minijinja |
//! | `text/diff` | unified differences of two texts | similar |
//! | `text/word-count` | lines, words, characters, the most frequent words | |
//! | `time/convert` | moments between time zones and notations | jiff |
//!
//! No plugin touches a disk, a network or the environment, and none lets its input run without end.
#![forbid(unsafe_code)]

#[cfg(feature = "arguments")]
mod arguments;
#[cfg(any(feature = "json-query", feature = "math-evaluate"))]
mod leash;
#[cfg(any(feature = "json-query", feature = "math-evaluate", feature = "template-render"))]
mod room;

#[cfg(feature = "time-convert")]
mod convert;
#[cfg(feature = "text-diff")]
mod diff;
#[cfg(feature = "hash-digest")]
mod digest;
#[cfg(feature = "math-evaluate")]
mod evaluate;
#[cfg(feature = "markdown-html")]
mod html;
#[cfg(feature = "json-query")]
mod query;
#[cfg(feature = "template-render")]
mod render;
#[cfg(feature = "text-word-count")]
mod word_count;

#[cfg(feature = "time-convert")]
pub use convert::Convert;
#[cfg(feature = "text-diff")]
pub use diff::Diff;
#[cfg(feature = "hash-digest")]
pub use digest::Digest;
#[cfg(feature = "math-evaluate")]
pub use evaluate::Evaluate;
#[cfg(feature = "markdown-html")]
pub use html::Html;
#[cfg(feature = "json-query")]
pub use query::Query;
#[cfg(feature = "template-render")]
pub use render::Render;
#[cfg(feature = "text-word-count")]
pub use word_count::WordCount;
