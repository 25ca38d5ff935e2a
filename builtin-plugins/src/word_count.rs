//! `text/word-count`: how long a text is, and which words it says most.

use std::collections::HashMap;

use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;

/// The plugin `text/word-count`.
#[keyway::plugin(
    id = "text/word-count",
    version = "1.0.0",
    description = "Counts lines, words, characters and bytes, and lists the most frequent words",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct WordCount;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "text"))]
struct Arguments {
    /// The text to count in.
    text: String,
    /// How many of the most frequent words to list.
    #[serde(default)]
    top: usize,
}

#[derive(Serialize)]
struct Answer {
    lines: usize,
    words: usize,
    characters: usize,
    bytes: usize,
    /// The longest line, in characters.
    longest_line: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frequent: Vec<Frequent>,
}

#[derive(Serialize)]
struct Frequent {
    word: String,
    count: usize,
}

impl Tool for WordCount {
    fn name(&self) -> String {
        "text-word-count".into()
    }

    fn description(&self) -> String {
        "Counts the lines, words, characters and bytes of a text, and lists its most frequent words".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { text, top } = arguments::read(arguments)?;
        arguments::answer(&Answer {
            lines: text.lines().count(),
            words: text.split_whitespace().count(),
            characters: text.chars().count(),
            bytes: text.len(),
            longest_line: text.lines().map(|line| line.chars().count()).max().unwrap_or(0),
            frequent: frequent(&text, top),
        })
    }
}

/// The `top` most frequent words in lower case, without the punctuation around them; sorted by count, then by word.
fn frequent(text: &str, top: usize) -> Vec<Frequent> {
    if top == 0 {
        return Vec::new();
    }
    let mut counts = HashMap::<String, usize>::new();
    for word in text.split_whitespace() {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if !word.is_empty() {
            *counts.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    let mut words: Vec<_> = counts.into_iter().map(|(word, count)| Frequent { word, count }).collect();
    words.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
    words.truncate(top);
    words
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind;
    use serde_json::json;

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&WordCount);
    }

    #[test]
    fn it_counts_as_wc_does_and_knows_characters_from_bytes() {
        let answer =
            run(&WordCount, json!({ "text": "Zwölf Boxkämpfer\njagen  Viktor\u{a0}quer\n\n日本\n" }));
        assert_eq!(
            answer,
            json!({ "lines": 4, "words": 6, "characters": 40, "bytes": 47, "longest_line": 18 })
        );
        let empty = json!({ "lines": 0, "words": 0, "characters": 0, "bytes": 0, "longest_line": 0 });
        assert_eq!(run(&WordCount, json!({ "text": "" })), empty);
    }

    #[test]
    fn frequent_words_ignore_case_and_punctuation_and_ties_go_by_the_alphabet() {
        let text = "The cat (the OLD cat) saw the dog. Don't! — don't";
        let answer = run(&WordCount, json!({ "text": text, "top": 4 }));
        assert_eq!(
            answer["frequent"],
            json!([
                { "word": "the", "count": 3 },
                { "word": "cat", "count": 2 },
                { "word": "don't", "count": 2 },
                { "word": "dog", "count": 1 },
            ])
        );
    }

    #[test]
    fn a_negative_top_is_refused() {
        let error = fail(&WordCount, ToolErrorKind::InvalidArguments, json!({ "text": "a", "top": -1 }));
        assert!(error.message.starts_with("argument `top`: invalid value: integer `-1`"), "{error}");
    }
}
