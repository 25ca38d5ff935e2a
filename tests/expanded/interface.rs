//! An interface of scalars and text, with an error and a body.

/// Counts words.
#[keyway::interface(id = "text/counter", version = "1.0")]
pub trait Counter: Send + Sync {
    /// How many words there are.
    fn count(&self, text: &str, least: u32) -> u32;

    /// The longest of some words.
    fn longest(&self, words: Vec<String>) -> Result<String, Empty>;

    /// Whether there are none.
    fn is_empty(&self, text: &str) -> bool {
        self.count(text, 1) == 0
    }
}
