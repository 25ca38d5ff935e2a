//! Host and plugin as images that differ: in their allocators, in how far they are optimised, in where the compiler puts
//! the fields of structs.
//!
//! This program has an allocator of its own, which takes back nothing but what it gave out ([`checking`]). It holds the
//! whole contract, and starts itself again for each kind of library with the promises of libraries alone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use keyway_tests::Build;

mod checking;
#[path = "../contract/main.rs"]
mod contract;

#[global_allocator]
static ALLOCATOR: checking::Checking = checking::Checking::new(0xd1b5_4a32_d192_ed03);

fn target(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("images").join(name)
}

fn this_program() -> Command {
    Command::new(std::env::current_exe().expect("this program has a file"))
}

fn said(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Holds what can be promised of a library over this one.
fn hold(what: &str, library: &Path, variables: &[(&str, &str)]) {
    let output = this_program()
        .args(["contract::from_a_library::", "contract::mixed::", "contract::twins::", "contract::library::"])
        .env("KEYWAY_CONTRACT_LIBRARY", library)
        .env("RUST_BACKTRACE", "0")
        .envs(variables.iter().copied())
        .output()
        .expect("this program runs");
    let said = said(&output);
    assert!(output.status.success(), "{what}: {:?}\n{said}", output.status);
    let result =
        said.lines().find(|line| line.starts_with("test result: ok")).expect("a harness says its result");
    let passed: u32 = result
        .split(' ')
        .zip(result.split(' ').skip(1))
        .find_map(|(count, word)| (word == "passed;").then(|| count.parse().ok())?)
        .expect("a result says how many passed");
    assert!(passed > 50, "{what}: {result}");
    println!("{what}: {passed} promises hold");
}

fn apart() -> PathBuf {
    Build::of("keyway-contract-plugin-apart").profile("release").target_dir(target("apart")).library()
}

#[test]
fn a_library_with_an_allocator_of_its_own_that_is_optimised_keeps_the_contract() {
    hold("opt-level 3 and another checking allocator, host 0", &apart(), &[]);
}

#[test]
fn a_library_under_the_checks_of_the_systems_allocator_keeps_the_contract() {
    // From glibc 2.34 on the checks stand in a library of their own.
    let debug = ["/lib", "/usr/lib", "/lib/x86_64-linux-gnu", "/lib64", "/lib/aarch64-linux-gnu"]
        .map(|folder| Path::new(folder).join("libc_malloc_debug.so.0"))
        .into_iter()
        .find(|file| file.exists());
    let Some(debug) = debug else {
        println!("skipped: MALLOC_CHECK_=3, for there is no libc_malloc_debug.so.0 here");
        return;
    };
    let library = keyway_tests::library("keyway-contract-plugin");
    let debug = debug.to_string_lossy();
    hold(
        "MALLOC_CHECK_=3 and MALLOC_PERTURB_=165, the library on the system's allocator",
        &library,
        &[("MALLOC_CHECK_", "3"), ("MALLOC_PERTURB_", "165"), ("LD_PRELOAD", &debug)],
    );
}

#[test]
fn a_library_whose_structs_are_laid_out_by_another_seed_keeps_the_contract() {
    let build = Build::of("keyway-contract-plugin")
        .env("RUSTC_BOOTSTRAP", "1")
        .rustflags("-Zrandomize-layout -Zlayout-seed=7")
        .target_dir(target("seed"));
    match build.try_library() {
        Ok(library) => hold("layout seed 7, host none", &library, &[]),
        Err(said) if said.contains("unknown unstable option") => {
            println!("skipped: layout seeds, for this compiler has none");
        }
        Err(said) => panic!("{said}"),
    }
}

/// The checks must be able to fail.
#[test]
fn a_block_that_the_wrong_side_frees_ends_the_process() {
    const ITSELF: &str = "a_block_that_the_wrong_side_frees_ends_the_process";
    let layout = Layout::new::<[u64; 4]>();
    match std::env::var("KEYWAY_IMAGES_CRIME").as_deref() {
        Err(_) => {
            for (crime, end) in [
                ("other side", "freed by a side that did not make it"),
                ("twice", "freed by a side that did not make it, or twice"),
                ("layout", "freed in another layout"),
            ] {
                let mut again = this_program();
                again.args(["--exact", ITSELF, "--nocapture"]).env("KEYWAY_IMAGES_CRIME", crime);
                let output = again.output().expect("this program runs");
                assert!(
                    !output.status.success() && said(&output).contains(end),
                    "{crime}: {}",
                    said(&output)
                );
            }
            println!("{} blocks were taken back by this side, each of them checked", ALLOCATOR.freed());
        }
        Ok("other side") => {
            // SAFETY: not safe at all, and that is seen. There is room before the block for what is looked at there.
            unsafe { ALLOCATOR.dealloc(System.alloc_zeroed(Layout::new::<[u64; 8]>()).add(32), layout) };
        }
        Ok("twice") => {
            // SAFETY: as above: what is freed a second time is looked at only.
            unsafe {
                let block = ALLOCATOR.alloc(layout);
                ALLOCATOR.dealloc(block, layout);
                ALLOCATOR.dealloc(block, layout);
            }
        }
        // SAFETY: as above.
        Ok(_) => unsafe { ALLOCATOR.dealloc(ALLOCATOR.alloc(layout), Layout::new::<[u32; 4]>()) },
    }
}
