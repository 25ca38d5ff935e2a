//! The links of a page.
//!
//! A scan for tags that link, and no parser of HTML: it reads what browsers read in pages that are well-formed, and does
//! its best with others. What a link means is [`address`](crate::address)'s.

/// Which attribute of which tag is a link.
const LINKS: [(&str, &str); 9] = [
    ("a", "href"),
    ("area", "href"),
    ("audio", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("link", "href"),
    ("script", "src"),
    ("source", "src"),
    ("video", "src"),
];

/// The links in the order of the page, as they are written there.
pub(crate) fn links(page: &str) -> Vec<String> {
    let mut links = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = after(comment, "-->");
            continue;
        }
        let end = rest.find(|next: char| !next.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let tag = rest[..end].to_ascii_lowercase();
        if tag.is_empty() {
            continue;
        }
        rest = &rest[end..];
        while let Some((name, value, behind)) = attribute(rest) {
            rest = behind;
            if LINKS.iter().any(|(of, link)| *of == tag && name.eq_ignore_ascii_case(link)) {
                links.push(decoded(value.trim()));
            }
        }
        // What stands in these is no markup.
        if tag == "script" || tag == "style" {
            rest = after(rest, &format!("</{tag}"));
        }
    }
    links
}

/// The next attribute of a tag, its value, and what is behind it; `None` at the end of the tag.
fn attribute(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(|next: char| next.is_ascii_whitespace() || next == '/');
    let ends = |next: char| next.is_ascii_whitespace() || "=>/".contains(next);
    let end = text.find(ends)?;
    let (name, rest) = text.split_at(end);
    let Some(value) = rest.trim_start().strip_prefix('=') else {
        // `>` comes first, or a name without a value.
        return (!name.is_empty()).then_some((name, "", rest));
    };
    let value = value.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let (value, rest) = quoted.split_once(quote)?;
            return Some((name, value, rest));
        }
    }
    let end = value.find(|next: char| next.is_ascii_whitespace() || next == '>')?;
    Some((name, &value[..end], &value[end..]))
}

/// What is behind the next `end`, in whatever case; nothing, where there is none.
fn after<'a>(text: &'a str, end: &str) -> &'a str {
    let behind = |at: usize| Some((text.get(at..at + end.len())?, text.get(at + end.len()..)?));
    let mut places = text.match_indices(&end[..1]).filter_map(|(at, _)| behind(at));
    places.find(|(found, _)| found.eq_ignore_ascii_case(end)).map_or("", |(_, rest)| rest)
}

/// The references that stand in addresses; what else looks like one stays as it is.
fn decoded(value: &str) -> String {
    let mut text = value.to_owned();
    for (reference, letter) in
        [("&quot;", "\""), ("&#39;", "'"), ("&#x27;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
    {
        text = text.replace(reference, letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_every_form_are_found_in_their_order() {
        let page = r#"<!DOCTYPE html><LINK rel=stylesheet HREF='a.css'><a class="x" href = "b?c=1&amp;d=2">b</a>
            <img src=c.png><img alt="no > end" src="d.png"/><a
            href="e">e</a><a name="no-link">n</a><br/>1 < 2<script src="f.js">"<a href='no'>"</script><a href=g>"#;
        assert_eq!(links(page), ["a.css", "b?c=1&d=2", "c.png", "d.png", "e", "f.js", "g"]);
    }

    #[test]
    fn what_is_no_markup_has_no_links() {
        assert!(
            links("<!-- <a href=no> --> <style>a { b: '<a href=no>' }</style> <data href=no>").is_empty()
        );
    }

    #[test]
    fn a_page_that_breaks_off_anywhere_is_read_as_far_as_it_goes() {
        let page = r#"<a href="one">1</a><!-- - --><script>x</script><a title='t' href=two>ü</a>"#;
        for end in (0..=page.len()).filter(|end| page.is_char_boundary(*end)) {
            let found = links(&page[..end]);
            assert!(
                ["one", "two"].starts_with(&found.iter().map(String::as_str).collect::<Vec<_>>()),
                "{end}"
            );
        }
        assert_eq!(links(page), ["one", "two"]);
    }
}
