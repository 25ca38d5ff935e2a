//! The committed header is the one that the framework's sources make.

use std::fs;

#[test]
fn the_committed_header_is_what_the_sources_make() {
    let made = keyway_header::generate().expect("the sources are readable");
    let path = keyway_header::committed();
    if std::env::var_os("KEYWAY_BLESS").is_some() {
        fs::write(&path, &made).expect("the header can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    let different = committed.lines().zip(made.lines()).position(|(old, new)| old != new);
    let line = different.unwrap_or_else(|| committed.lines().count().min(made.lines().count())) + 1;
    assert!(
        committed == made,
        "`{}` is not what the framework's sources make, from line {line} on:\n  it says    {:?}\n  it should  {:?}\n\
         run `KEYWAY_BLESS=1 cargo test -p keyway-header` and commit the file",
        path.display(),
        committed.lines().nth(line - 1).unwrap_or("(nothing more)"),
        made.lines().nth(line - 1).unwrap_or("(nothing more)"),
    );
}
