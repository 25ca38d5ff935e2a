//! `text/diff`: what changed from one text to another.

use std::time::Duration;

use keyway_interfaces::{Tool, ToolError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::arguments;

/// After this time a coarser difference is good enough: still right, no longer the shortest.
const PATIENCE: Duration = Duration::from_secs(5);

/// The plugin `text/diff`.
#[keyway::plugin(
    id = "text/diff",
    version = "1.0.0",
    description = "Unified differences of two texts",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Diff;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "new"))]
struct Arguments {
    /// The text before.
    old: String,
    /// The text after.
    new: String,
    /// What to call the text before.
    #[serde(default = "old")]
    old_name: String,
    /// What to call the text after.
    #[serde(default = "new")]
    new_name: String,
    /// How many unchanged lines to show around a change.
    #[serde(default = "three")]
    context: usize,
    /// How the difference is sought.
    #[serde(default)]
    algorithm: Search,
}

fn old() -> String {
    "old".into()
}

fn new() -> String {
    "new".into()
}

fn three() -> usize {
    3
}

#[derive(Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Search {
    /// Few changes.
    #[default]
    Myers,
    /// Changes that read well: lines that stand once in each text are kept together.
    Patience,
    /// As `patience`, for texts that repeat themselves.
    Histogram,
}

#[derive(Serialize)]
struct Answer {
    /// The difference as `diff -u` and `git diff` write it; empty where the texts are equal.
    unified: String,
    identical: bool,
    added: usize,
    removed: usize,
    unchanged: usize,
}

impl Tool for Diff {
    fn name(&self) -> String {
        "text-diff".into()
    }

    fn description(&self) -> String {
        "Compares two texts line by line and writes the difference in the unified format that patch reads"
            .into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { old, new, old_name, new_name, context, algorithm } = arguments::read(arguments)?;
        for (argument, name) in [("old_name", &old_name), ("new_name", &new_name)] {
            if name.contains(['\n', '\r']) {
                let message =
                    format!("`{argument}` has a line break, and the header of a difference is one line");
                return Err(ToolError::invalid_arguments(message).with_help("leave the line break out"));
            }
        }
        let diff = TextDiff::configure()
            .algorithm(match algorithm {
                Search::Myers => Algorithm::Myers,
                Search::Patience => Algorithm::Patience,
                Search::Histogram => Algorithm::Histogram,
            })
            .timeout(PATIENCE)
            .diff_lines(&old, &new);

        let (mut added, mut removed, mut unchanged) = (0, 0, 0);
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Insert => added += 1,
                ChangeTag::Delete => removed += 1,
                ChangeTag::Equal => unchanged += 1,
            }
        }
        arguments::answer(&Answer {
            unified: diff.unified_diff().context_radius(context).header(&old_name, &new_name).to_string(),
            identical: old == new,
            added,
            removed,
            unchanged,
        })
    }
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::InvalidArguments;
    use serde_json::json;

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    /// **Source:** the two texts of the manual of GNU diffutils, "Sample diff input", and what `diff -u` says of them.
    const LAO: &str = "The Way that can be told of is not the eternal Way;
The name that can be named is not the eternal name.
The Nameless is the origin of Heaven and Earth;
The Named is the mother of all things.
Therefore let there always be non-being,
  so we may see their subtlety,
And let there always be being,
  so we may see their outcome.
The two are the same,
But after they are produced,
  they have different names.
";
    const TZU: &str = "The Nameless is the origin of Heaven and Earth;
The named is the mother of all things.

Therefore let there always be non-being,
  so we may see their subtlety,
And let there always be being,
  so we may see their outcome.
The two are the same,
But after they are produced,
  they have different names.
They both may be called deep and profound.
Deeper and more profound,
The door of all subtleties!
";
    const LAO_TZU: &str = "--- lao
+++ tzu
@@ -1,7 +1,6 @@
-The Way that can be told of is not the eternal Way;
-The name that can be named is not the eternal name.
 The Nameless is the origin of Heaven and Earth;
-The Named is the mother of all things.
+The named is the mother of all things.
+
 Therefore let there always be non-being,
   so we may see their subtlety,
 And let there always be being,
@@ -9,3 +8,6 @@
 The two are the same,
 But after they are produced,
   they have different names.
+They both may be called deep and profound.
+Deeper and more profound,
+The door of all subtleties!
";

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Diff);
    }

    #[test]
    fn the_example_of_the_diffutils_manual_comes_out_the_same() {
        for algorithm in ["myers", "patience", "histogram"] {
            let arguments = json!({ "old": LAO, "new": TZU, "old_name": "lao", "new_name": "tzu", "algorithm": algorithm });
            let answer = run(&Diff, arguments);
            assert_eq!(answer["unified"].as_str().unwrap(), LAO_TZU, "{algorithm}");
            assert_eq!(
                (&answer["added"], &answer["removed"], &answer["unchanged"]),
                (&5.into(), &3.into(), &8.into())
            );
        }
    }

    #[test]
    fn equal_texts_have_no_difference() {
        let answer = run(&Diff, json!({ "old": LAO, "new": LAO }));
        assert_eq!(
            answer,
            json!({ "unified": "", "identical": true, "added": 0, "removed": 0, "unchanged": 11 })
        );
    }

    #[test]
    fn a_missing_last_newline_is_a_difference_and_is_said() {
        let answer = run(&Diff, json!({ "old": "a\nb\n", "new": "a\nb", "context": 0 }));
        assert_eq!(
            answer["unified"].as_str().unwrap(),
            "--- old\n+++ new\n@@ -2 +2 @@\n-b\n+b\n\\ No newline at end of file\n"
        );
        assert_eq!(answer["identical"], false);
    }

    #[test]
    fn a_name_that_would_break_the_header_is_refused() {
        let error = fail(&Diff, InvalidArguments, json!({ "old": "", "new": "x", "new_name": "a\n+++ b" }));
        assert_eq!(error.message, "`new_name` has a line break, and the header of a difference is one line");
    }
}
