//! The names that were probably meant.

/// How alike two names must be, 1 being equal.
const ALIKE: f64 = 0.84;

/// Up to three known names that are like `wanted`, the most alike first. Both halves must be alike; a name without its
/// namespace is like every name that ends with it.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let likeness = |name: &str| {
        let (namespace, last) = name.split_once('/').unwrap_or(("", name));
        match wanted.split_once('/') {
            Some((space, wanted)) => {
                strsim::jaro_winkler(space, namespace).min(strsim::jaro_winkler(wanted, last))
            }
            None => strsim::jaro_winkler(wanted, last).max(strsim::jaro_winkler(wanted, namespace)),
        }
    };
    let mut alike: Vec<(f64, &str)> =
        known.map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness >= ALIKE).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    alike.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_or_a_missing_namespace_finds_the_name() {
        let known = ["hash/digest", "text/diff", "text/word-count", "toolbox/markdown"];
        for (wanted, meant) in [
            ("toolbox/markdwon", "toolbox/markdown"),
            ("markdown", "toolbox/markdown"),
            ("wordcount", "text/word-count"),
            ("tolbox/markdown", "toolbox/markdown"),
            ("text/dif", "text/diff"),
        ] {
            assert_eq!(nearest(wanted, known.into_iter()).first(), Some(&meant), "{wanted}");
        }
        assert!(nearest("yaml/lint", known.into_iter()).is_empty());
    }
}
