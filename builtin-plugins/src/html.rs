//! `markdown/html`: Markdown to HTML, with an outline of its headings.

use keyway_interfaces::{Tool, ToolError};
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arguments;

/// The plugin `markdown/html`.
#[keyway::plugin(
    id = "markdown/html",
    version = "1.0.0",
    description = "Markdown to HTML, with an outline",
    provides(Tool)
)]
#[derive(Debug, Default)]
pub struct Html;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-input" = "markdown"))]
struct Arguments {
    /// The text, in CommonMark.
    markdown: String,
    /// What is understood beyond CommonMark.
    #[serde(default = "github")]
    extensions: Vec<Extension>,
    /// Keep HTML in the text, and links of every scheme, as they are. Only for texts whose author is trusted: without
    /// it HTML is shown as text, and a link that could run a script loses its target.
    #[serde(default)]
    trusted: bool,
}

#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Extension {
    Tables,
    Strikethrough,
    TaskLists,
    Footnotes,
    DefinitionLists,
    SmartPunctuation,
    /// `$…$` and `$$…$$`, as `<span class="math">`.
    Math,
}

fn github() -> Vec<Extension> {
    vec![Extension::Tables, Extension::Strikethrough, Extension::TaskLists, Extension::Footnotes]
}

#[derive(Serialize)]
struct Answer {
    html: String,
    /// The headings in their order; the HTML carries the same ids.
    headings: Vec<Heading>,
}

#[derive(Serialize)]
struct Heading {
    level: u8,
    text: String,
    id: String,
}

impl Tool for Html {
    fn name(&self) -> String {
        "markdown-html".into()
    }

    fn description(&self) -> String {
        "Turns Markdown into HTML that is safe to show, and lists its headings".into()
    }

    fn parameters(&self) -> String {
        arguments::schema::<Arguments>()
    }

    fn run(&self, arguments: &str) -> Result<String, ToolError> {
        let Arguments { markdown, extensions, trusted } = arguments::read(arguments)?;
        let options = extensions.into_iter().map(Extension::option).collect();
        let mut events: Vec<Event<'_>> = Parser::new_ext(&markdown, options).collect();
        if !trusted {
            events.iter_mut().for_each(make_safe);
        }
        let headings = name_headings(&mut events);
        let mut html = String::with_capacity(markdown.len() * 3 / 2);
        html::push_html(&mut html, events.into_iter());
        arguments::answer(&Answer { html, headings })
    }
}

impl Extension {
    fn option(self) -> Options {
        match self {
            Self::Tables => Options::ENABLE_TABLES,
            Self::Strikethrough => Options::ENABLE_STRIKETHROUGH,
            Self::TaskLists => Options::ENABLE_TASKLISTS,
            Self::Footnotes => Options::ENABLE_FOOTNOTES,
            Self::DefinitionLists => Options::ENABLE_DEFINITION_LIST,
            Self::SmartPunctuation => Options::ENABLE_SMART_PUNCTUATION,
            Self::Math => Options::ENABLE_MATH,
        }
    }
}

fn make_safe(event: &mut Event<'_>) {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => {
            *event = Event::Text(std::mem::replace(text, "".into()))
        }
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) if !is_harmless(dest_url) => {
            *dest_url = CowStr::Borrowed("");
        }
        _ => {}
    }
}

/// Whether a target is relative or of a scheme that runs nothing. Browsers skip white space and control characters in a
/// scheme, so they are skipped here.
fn is_harmless(target: &str) -> bool {
    let target = target.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect::<String>();
    match target.split_once([':', '/', '?', '#']) {
        Some((scheme, _)) if target[scheme.len()..].starts_with(':') => {
            ["http", "https", "mailto", "tel", "ftp"]
                .iter()
                .any(|harmless| scheme.eq_ignore_ascii_case(harmless))
        }
        _ => true,
    }
}

/// Gives every heading an id made of its text, as GitHub does: lower case, `-` for spaces, a number where it is taken.
fn name_headings(events: &mut [Event<'_>]) -> Vec<Heading> {
    let mut headings = Vec::<Heading>::new();
    let mut taken = std::collections::HashSet::new();
    let mut start = 0;
    for at in 0..events.len() {
        match &events[at] {
            Event::Start(Tag::Heading { .. }) => start = at,
            Event::End(TagEnd::Heading(level)) => {
                let level = *level;
                let text = text_of(&events[start..at]);
                let name = slug(&text);
                let numbered = (1..).map(|number| format!("{name}-{number}"));
                let mut names = std::iter::once(name.clone()).chain(numbered);
                let id = names.find(|id| taken.insert(id.clone())).unwrap_or(name.clone());
                if let Event::Start(Tag::Heading { id: slot, .. }) = &mut events[start] {
                    *slot = Some(id.clone().into());
                }
                headings.push(Heading { level: number(level), text, id });
            }
            _ => {}
        }
    }
    headings
}

fn text_of(events: &[Event<'_>]) -> String {
    let words = events.iter().map(|event| match event {
        Event::Text(text) | Event::Code(text) | Event::InlineMath(text) => text,
        Event::SoftBreak | Event::HardBreak => " ",
        _ => "",
    });
    words.collect()
}

fn slug(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}

fn number(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

#[cfg(test)]
mod tests {
    use keyway_interfaces::ToolErrorKind::InvalidArguments;
    use serde_json::{Value, json};

    use super::*;
    use crate::arguments::testing::{fail, keeps_its_promises, run};

    #[test]
    fn it_keeps_what_every_tool_promises() {
        keeps_its_promises(&Html);
    }

    fn html(arguments: Value) -> String {
        run(&Html, arguments)["html"].as_str().unwrap().to_owned()
    }

    /// **Source:** CommonMark 0.31, an example of each of these sections.
    #[test]
    fn examples_of_the_commonmark_specification_come_out_the_same() {
        let examples = [
            (
                "Tabs",
                "- foo\n\n\t\tbar\n",
                "<ul>\n<li>\n<p>foo</p>\n<pre><code>  bar\n</code></pre>\n</li>\n</ul>\n",
            ),
            ("Precedence", "- `one\n- two`\n", "<ul>\n<li>`one</li>\n<li>two`</li>\n</ul>\n"),
            (
                "Fenced code blocks",
                "```ruby\ndef foo(x)\n  return 3\nend\n```\n",
                "<pre><code class=\"language-ruby\">def foo(x)\n  return 3\nend\n</code></pre>\n",
            ),
            (
                "Link reference definitions",
                "[Foo*bar\\]]:my_(url) 'title (with parens)'\n\n[Foo*bar\\]]\n",
                "<p><a href=\"my_(url)\" title=\"title (with parens)\">Foo*bar]</a></p>\n",
            ),
            ("Emphasis and strong emphasis", "*foo**bar*\n", "<p><em>foo**bar</em></p>\n"),
            ("Links", "[link](<foo\\>)\n", "<p>[link](&lt;foo&gt;)</p>\n"),
            (
                "Autolinks",
                "<https://foo.bar.baz/test?q=hello&id=22&boolean>\n",
                "<p><a href=\"https://foo.bar.baz/test?q=hello&amp;id=22&amp;boolean\">https://foo.bar.baz/test?q=hello&amp;id=22&amp;boolean</a></p>\n",
            ),
        ];
        for (section, markdown, expected) in examples {
            let html = html(json!({ "markdown": markdown, "extensions": [], "trusted": true }));
            assert_eq!(html, expected, "{section}");
        }
    }

    #[test]
    fn tables_tasks_and_footnotes_are_understood_unless_switched_off() {
        let markdown = "| a | b |\n|---|--:|\n| 1 | 2 |\n";
        let table = "<table><thead><tr><th>a</th><th style=\"text-align: right\">b</th></tr></thead><tbody>\n\
                     <tr><td>1</td><td style=\"text-align: right\">2</td></tr>\n</tbody></table>\n";
        assert_eq!(html(json!({ "markdown": markdown })), table);
        let plain = html(json!({ "markdown": markdown, "extensions": ["strikethrough"] }));
        assert!(plain.starts_with("<p>| a | b |"), "{plain}");
        assert_eq!(
            html(json!({ "markdown": "- [x] ~~done~~\n" })),
            "<ul>\n<li><input disabled=\"\" type=\"checkbox\" checked=\"\"/>\n<del>done</del></li>\n</ul>\n"
        );
    }

    #[test]
    fn an_untrusted_text_can_run_nothing() {
        let markdown = "<script>alert(1)</script>\n\na <b onclick=x>b</b> [c](JaVa&#x0A;Script:alert(1)) \
                        [d](data:text/html,x) ![e](vbscript:x) [f](/x:y) [g](https://h) [h](x#javascript:y)";
        let safe = html(json!({ "markdown": markdown }));
        assert_eq!(
            safe,
            "&lt;script&gt;alert(1)&lt;/script&gt;\n<p>a &lt;b onclick=x&gt;b&lt;/b&gt; <a href=\"\">c</a> \
             <a href=\"\">d</a> <img src=\"\" alt=\"e\" /> <a href=\"/x:y\">f</a> <a href=\"https://h\">g</a> \
             <a href=\"x#javascript:y\">h</a></p>\n"
        );
        assert!(
            html(json!({ "markdown": markdown, "trusted": true })).starts_with("<script>alert(1)</script>")
        );
    }

    #[test]
    fn headings_are_listed_and_no_two_have_one_id() {
        let markdown = "# One `two`, *three*!\n\nUsage\n---\n\n### Usage\n\n## Größe & Maß\n\n## Usage-1\n";
        let answer = run(&Html, json!({ "markdown": markdown }));
        assert_eq!(
            answer["headings"],
            json!([
                { "level": 1, "text": "One two, three!", "id": "one-two-three" },
                { "level": 2, "text": "Usage", "id": "usage" },
                { "level": 3, "text": "Usage", "id": "usage-1" },
                { "level": 2, "text": "Größe & Maß", "id": "größe--maß" },
                { "level": 2, "text": "Usage-1", "id": "usage-1-1" },
            ])
        );
        assert!(answer["html"].as_str().unwrap().contains("<h3 id=\"usage-1\">Usage</h3>"));
    }

    #[test]
    fn an_extension_that_does_not_exist_is_refused_with_those_that_do() {
        let error =
            fail(&Html, InvalidArguments, json!({ "markdown": "", "extensions": ["tables", "emoji"] }));
        assert!(error.message.starts_with("argument `extensions[1]`: unknown variant `emoji`"), "{error}");
        assert!(error.message.contains("`task-lists`"), "{error}");
    }
}
