//! What holds of libraries alone: one image a file, whoever finds it.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use contract_plugin::values::Values;
use keyway::host::{Host, HostBuilder};
use tempfile::TempDir;

use super::homes::{everything, folder, started};

fn builder() -> HostBuilder {
    Host::builder("library", "1.0.0").linked_in(false).bridge(keyway_dylib::bridge())
}

fn library_in(folder: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(folder).expect("the folder is there");
    files.next().expect("the library is in it").expect("it can be read").path()
}

/// How often the code of the file is mapped into this process.
fn images(file: &Path) -> usize {
    let inode = fs::metadata(file).expect("the file is there").ino().to_string();
    let maps = fs::read_to_string("/proc/self/maps").expect("the system says what is mapped");
    maps.lines()
        .filter(|line| {
            // Address, rights, offset, device, inode, path. A backtrace maps it, too, but not to run it.
            let columns: Vec<&str> = line.split_whitespace().collect();
            columns[1].contains('x') && columns[4] == inode
        })
        .count()
}

#[test]
fn a_file_that_two_hosts_find_under_two_names_is_one_image() {
    let original = library_in(folder());
    let beside = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder can be made");
    let link = beside.path().join("libanother_name.so");
    fs::hard_link(&original, &link).expect("both are on one file system");
    let one = started(builder().plugin_dir(folder()));
    let other = started(builder().plugin_dir(beside.path()));
    for host in [&one, &other] {
        assert_eq!(everything::<dyn Values>(host).text("here"), "here!");
    }
    let file = |host: &Host| host.plugin("contract/everything").and_then(|info| info.file);
    assert_eq!((file(&one), file(&other)), (Some(original.clone()), Some(link)));
    assert_eq!(images(&original), 1);
}

#[test]
fn of_two_copies_in_two_folders_only_the_first_is_loaded() {
    let original = library_in(folder());
    let copies = keyway_tests::folder_of(&[&original]);
    let copy = library_in(copies.path());
    let host = started(builder().plugin_dir(folder()).plugin_dir(copies.path()));
    for info in host.plugins() {
        assert_eq!(info.file.as_ref(), Some(&original), "{}", info.id);
        assert_eq!(info.passed_over.len(), 1, "{}", info.id);
        assert_eq!(Path::new(&info.passed_over[0].place), copy);
    }
    assert_eq!((images(&original), images(&copy)), (1, 0));
}

#[test]
fn a_stopped_hosts_library_stays_and_serves_the_next_host() {
    for n in 0..20 {
        let host = started(builder().plugin_dir(folder()));
        assert_eq!(everything::<dyn Values>(&host).u32(n), n + 1);
    }
    assert_eq!(images(&library_in(folder())), 1);
}
