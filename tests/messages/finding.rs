//! What is found in folders and can not be a plugin; caches that are not used; folders that can not be watched.

use std::env::consts::{ARCH, OS};
use std::fs::{self, Permissions};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use keyway::host::{CacheUnusable, Host, HostBuilder, Then, WatchError};
use keyway_tests::misbehaving;
use tempfile::TempDir;

use super::page::Page;

pub(crate) fn show(page: &mut Page) {
    let root = TempDir::new().expect("a folder can be made");
    page.call(root.path(), "toolbox");
    let plugins = root.path().join("plugins");
    fs::create_dir(&plugins).expect("a folder can be made");
    fill(&plugins);
    let survey = host(&plugins).survey().expect("the host was built without mistakes");
    survey.problems().iter().for_each(|problem| page.problem(problem));
    assert_eq!(survey.problems().len(), 11, "{:#?}", survey.problems());
    assert!(survey.plugins().is_empty(), "{survey:?}");
    caches(page, &plugins, &root.path().join("cache"));
    watches(page);
}

fn host(plugins: &Path) -> HostBuilder {
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).plugin_dir(plugins);
    host.bridge(keyway_dylib::bridge())
}

/// A folder with one of each kind, by name.
fn fill(plugins: &Path) {
    let write = |path: &str, text: &str| {
        let path = plugins.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    };
    symlink("circle.so", plugins.join("circle.so")).expect("a link can be made");
    symlink("gone/libtext.so", plugins.join("dangling.so")).expect("a link can be made");
    let whole = "id = \"text/count\"\nversion = \"1.0.0\"\n";
    let here = format!("{OS}-{ARCH}");
    write("both/plugin.toml", whole);
    write("both/plugin.json", "{\"id\": \"text/count\", \"version\": \"1.0.0\"}");
    fs::create_dir_all(plugins.join("folder/plugin.toml")).expect("a folder can be made");
    write("for-nobody/plugin.toml", whole);
    write(
        "for-others/plugin.toml",
        &format!("{whole}[files]\naix-powerpc64 = \"libtext.a\"\nwasm = \"text.wasm\"\n"),
    );
    write("json/plugin.json", "{\"id\": \"text/count\", \"version\": \"1.0.0\", \"rank\": \"high\"}");
    write(
        "mistaken/plugin.toml",
        "id = \"text\"\nverson = \"1.0.0\"\nrank = 3000000000\nactivation = \"lazy\"\n\n[requires]\n\"text/split\" = \
         1\ninterfaces = \"^1\"\n\n[files]\ndarwin-arm64 = \"../libtext.dylib\"\n",
    );
    write("no-json/plugin.json", "{\"id\": \"text/count\",}");
    write("text/plugin.toml", &format!("{whole}[files]\n{here} = \"notes.txt\"\n"));
    write("text/notes.txt", "no library");
    write("two-versions/plugin.toml", "");
    let library = misbehaving(&plugins.join("two-versions"), "faults/p001-aaaaaaa", "well-behaved");
    let name = library.file_name().expect("it is a file").display();
    let says = format!("id = \"faults/p001-aaaaaaa\"\nversion = \"2.0.0\"\n[files]\n{here} = \"{name}\"\n");
    write("two-versions/plugin.toml", &says);
}

/// A real cache, and what can become of it.
fn caches(page: &mut Page, plugins: &Path, cache: &Path) {
    let build = || host(plugins).cache_dir(cache);
    let report = || {
        let report = build().cache_report().expect("the host was built without mistakes");
        report.expect("it has a folder for its cache")
    };
    let file = report().file;
    let mut show = |unusable: CacheUnusable| {
        page.error("host::CacheUnusable", unusable.code(), &unusable, &unusable.help());
    };
    let unusable = || report().unusable.expect("it would not be used");
    show(unusable());
    drop(build().survey().expect("the host was built without mistakes"));
    assert!(report().unusable.is_none(), "{}", report());
    let whole = fs::read(&file).expect("it was written");
    fs::set_permissions(&file, Permissions::from_mode(0o666)).expect("it is ours");
    show(unusable());
    fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
    fs::write(&file, &whole[..whole.len() - 1]).expect("it can be written");
    show(unusable());
    fs::write(&file, "letters").expect("it can be written");
    show(unusable());
    fs::remove_file(&file).expect("it is there");
    fs::create_dir(&file).expect("a folder can be made");
    show(unusable());
    show(CacheUnusable::Unreadable { source: ErrorKind::PermissionDenied.into() });
    show(CacheUnusable::Owner { found: 1000, expected: 1001 });
    for (what, found, expected) in
        [("framework", "0.1.0", "0.2.0"), ("bridges", "", "keyway-dylib 0.1.0 (dylib)")]
    {
        show(CacheUnusable::Other { what, found: found.into(), expected: expected.into() });
    }
}

fn watches(page: &mut Page) {
    let host = Host::builder("toolbox", "1.0.0").linked_in(false);
    let host = host.start().expect("the host was built without mistakes");
    for error in [
        host.watch(Then::Tell).map(drop).expect_err("it has no folder"),
        WatchError::Relative { folder: "plugins".into(), source: ErrorKind::NotFound.into() },
        WatchError::Thread { source: Error::from(ErrorKind::WouldBlock) },
    ] {
        page.error("host::WatchError", error.code(), &error, &error.help());
    }
}
