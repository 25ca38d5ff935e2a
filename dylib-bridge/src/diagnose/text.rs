//! What loaders say, read back: glibc, musl, dyld, Windows.

use std::path::Path;

/// The library that was not found; empty where the system names none.
pub(super) fn missing_library(error: &str, path: &Path) -> Option<String> {
    let named = if let Some((name, _)) = error.split_once(": cannot open shared object file: No such file") {
        name
    } else if let Some((_, rest)) = error.split_once("Error loading shared library ") {
        rest.split_once(": No such file")?.0
    } else {
        let (_, rest) = error.split_once("Library not loaded: ")?;
        rest.lines().next()?
    };
    let named = named.trim();
    (Path::new(named) != path).then(|| named.to_owned())
}

/// Whether the system says that a library is missing, without its name: Windows does.
pub(super) fn nameless(error: &str) -> bool {
    error.contains("os error 126")
}

/// The symbol that nobody defines.
pub(super) fn undefined_symbol(error: &str) -> Option<String> {
    let symbol = if let Some((_, rest)) = error.split_once("undefined symbol: ") {
        rest.split([',', ' ', '\n']).next()?
    } else if let Some((_, rest)) = error.split_once("Error relocating ") {
        rest.split_once(": symbol not found")?.0.rsplit(": ").next()?
    } else if let Some((_, rest)) = error.split_once("symbol not found in flat namespace ") {
        rest.lines().next()?.trim_matches(['\'', '(', ')'])
    } else {
        let (_, rest) = error.split_once("Symbol not found: ")?;
        rest.lines().next()?.trim_matches(['\'', '(', ')'])
    };
    Some(symbol.trim().to_owned())
}

/// The version of symbols that a library here does not have, and that library.
pub(super) fn version(error: &str) -> Option<(String, String)> {
    let (library, rest) = error.split_once(": version `")?;
    let (version, _) = rest.split_once("' not found")?;
    Some((version.to_owned(), library.rsplit(": ").next()?.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_four_loaders_are_understood() {
        let path = Path::new("/p/liba.so");
        for (text, name) in [
            ("libm.so.9: cannot open shared object file: No such file or directory", Some("libm.so.9")),
            ("/p/liba.so: cannot open shared object file: No such file or directory", None),
            (
                "Error loading shared library libm.so.9: No such file or directory (needed by /p/liba.so)",
                Some("libm.so.9"),
            ),
            (
                "dlopen(/p/liba.so, 0x0002): Library not loaded: @rpath/libm.dylib\n  Referenced from: /p/liba.so",
                Some("@rpath/libm.dylib"),
            ),
            ("liba.so: invalid ELF header", None),
        ] {
            assert_eq!(missing_library(text, path).as_deref(), name, "{text}");
        }
        for (text, name) in [
            ("/p/liba.so: undefined symbol: f_1, version V1", Some("f_1")),
            ("Error relocating /p/liba.so: f_1: symbol not found", Some("f_1")),
            ("dlopen(/p/liba.dylib, 0x0002): symbol not found in flat namespace '_f_1'", Some("_f_1")),
            ("dlopen(/p/liba.dylib, 2): Symbol not found: _f_1\n  Referenced from: x", Some("_f_1")),
            ("liba.so: invalid ELF header", None),
        ] {
            assert_eq!(undefined_symbol(text).as_deref(), name, "{text}");
        }
        let text = "/lib/libc.so.6: version `GLIBC_9.1' not found (required by /p/liba.so)";
        assert_eq!(version(text), Some(("GLIBC_9.1".into(), "/lib/libc.so.6".into())));
        assert!(nameless("The specified module could not be found. (os error 126)"));
    }
}
