//! The known name that was probably meant.

/// The name that differs from `wanted` by the fewest slips (a letter more, less, other, or two exchanged), if these are
/// at most a quarter of its letters; of several the first.
pub(in crate::host) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = (wanted.len() / 4).clamp(1, 3);
    let mut best: Option<(usize, &str)> = None;
    for name in known.filter(|name| *name != wanted && name.len().abs_diff(wanted.len()) <= most) {
        let slips = slips(wanted.as_bytes(), name.as_bytes());
        if slips <= most && best.is_none_or(|best| (slips, name) < best) {
            best = Some((slips, name));
        }
    }
    best.map(|(_, name)| name)
}

fn slips(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let other = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = other.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_pen_finds_the_name_that_was_meant() {
        let known = ["toolbox/table", "toolbox/theme", "text/diff"];
        for (wanted, meant) in [
            ("toolbox/tabel", Some("toolbox/table")),
            ("toolbox/tables", Some("toolbox/table")),
            ("tolbox/theme", Some("toolbox/theme")),
            ("text/dif", Some("text/diff")),
            ("hash/digest", None),
            ("text/diff", None),
        ] {
            assert_eq!(nearest(wanted, known.into_iter()), meant, "{wanted}");
            assert_eq!(nearest(wanted, known.into_iter().rev()), meant, "{wanted}, the names reversed");
        }
    }
}
