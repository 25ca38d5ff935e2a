//! Addresses as they stand in pages, and what they mean there.
//!
//! **Source:** RFC 3986, sections 5.2 and 5.3. Whether an address can be fetched is left to whoever fetches it.

/// An address in its parts, without its fragment.
#[derive(Clone, Copy)]
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let text = text.split('#').next().unwrap_or_default();
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, text),
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(&rest[..end]), &rest[end..])
            }
            None => (None, rest),
        };
        Self { scheme, authority, path, query }
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|next| next.is_ascii_alphanumeric() || "+-.".contains(next))
}

/// What an address means on a page at another address. Its fragment goes, and what may not stand in an address is encoded.
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    let (base, to) = (Parts::of(base), Parts::of(reference));
    let own_path = || without_dots(to.path);
    let (authority, path, query) = if to.scheme.is_some() || to.authority.is_some() {
        (to.authority, own_path(), to.query)
    } else if to.path.is_empty() {
        (base.authority, base.path.to_owned(), to.query.or(base.query))
    } else if to.path.starts_with('/') {
        (base.authority, own_path(), to.query)
    } else {
        let folder = match base.path.rfind('/') {
            Some(end) => &base.path[..=end],
            None if base.authority.is_some() => "/",
            None => "",
        };
        (base.authority, without_dots(&format!("{folder}{}", to.path)), to.query)
    };
    let mut address = String::new();
    if let Some(scheme) = to.scheme.or(base.scheme) {
        address.push_str(&scheme.to_ascii_lowercase());
        address.push(':');
    }
    if let Some(authority) = authority {
        address.push_str("//");
        encode(authority, &mut address);
        if path.is_empty() && !authority.is_empty() {
            address.push('/');
        }
    }
    encode(&path, &mut address);
    if let Some(query) = query {
        address.push('?');
        encode(query, &mut address);
    }
    address
}

/// The scheme of an address, in lower case.
pub(crate) fn scheme(address: &str) -> Option<String> {
    Parts::of(address).scheme.map(str::to_ascii_lowercase)
}

/// **Source:** section 5.2.4.
fn without_dots(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept = Vec::new();
    let mut folder = false;
    for segment in path.strip_prefix('/').unwrap_or(path).split('/') {
        folder = segment == "." || segment == "..";
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    if folder {
        kept.push("");
    }
    format!("{}{}", if rooted { "/" } else { "" }, kept.join("/"))
}

/// Blanks, controls and all that is not ASCII, as their bytes in hexadecimal.
fn encode(text: &str, into: &mut String) {
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}".contains(&byte) => into.push(char::from(byte)),
            byte => into.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// **Source:** sections 5.4.1 and 5.4.2, without their fragments.
    #[test]
    fn the_examples_of_the_specification_come_out_as_it_says() {
        for (reference, address) in [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q"),
            ("g?y#s", "http://a/b/c/g?y"),
            (";x", "http://a/b/c/;x"),
            ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
            ("g;x=1/../y", "http://a/b/c/y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("./", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../..", "http://a/"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("/../g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            (".g", "http://a/b/c/.g"),
            ("./../g", "http://a/b/g"),
            ("./g/.", "http://a/b/c/g/"),
            ("g/./h", "http://a/b/c/g/h"),
            ("g?y/./x", "http://a/b/c/g?y/./x"),
            ("g?y/../x", "http://a/b/c/g?y/../x"),
        ] {
            assert_eq!(resolve("http://a/b/c/d;p?q", reference), address, "`{reference}`");
        }
    }

    #[test]
    fn what_may_not_stand_in_an_address_is_encoded() {
        assert_eq!(resolve("http://a", "two words/ü?x=\"y\""), "http://a/two%20words/%C3%BC?x=%22y%22");
        assert_eq!(resolve("http://a", "already%20encoded"), "http://a/already%20encoded");
        // A page writes nothing to the terminal of whoever reads about it.
        assert_eq!(resolve("http://a", "http://b\u{1B}[31mc/"), "http://b%1B[31mc/");
        assert_eq!(resolve("http://a", "//d:e@[::1]:80"), "http://d:e@[::1]:80/");
    }

    #[test]
    fn a_scheme_is_told_apart_from_a_path_with_a_colon() {
        assert_eq!(scheme("MAILTO:somebody").as_deref(), Some("mailto"));
        assert_eq!(scheme("./a:b"), None);
        assert_eq!(scheme("1:2"), None);
    }
}
