//! Files that are replaced while their plugins run: each content is an image of its own, the old ones stay.
//!
//! `KEYWAY_TEST_GENERATIONS` says how many there are to be, for a run that is watched.
#![cfg(target_os = "linux")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, reason = "a test")]

mod fixture;
mod loadable;
#[path = "../examples/loadable/meter.rs"]
#[allow(dead_code, unused_macros, reason = "no plugin of it is linked in")]
mod meter;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use keyway::Handle;
use keyway::host::loader::LoadOptions;
use keyway::host::{Bridge as _, Host, Mapped, Stamp};
use keyway::id::PluginId;
use keyway_dylib::platform::library_file_name;
use meter::Meter;

const FIRST: &str = "fixture/first";

fn generations() -> u32 {
    std::env::var("KEYWAY_TEST_GENERATIONS").map_or(50, |count| count.parse().unwrap())
}

/// The library with another content of the same length: what it answers, and the version of its plugins.
#[derive(Clone)]
struct Patched {
    bytes: Vec<u8>,
    contents: Vec<usize>,
    versions: Vec<usize>,
    /// Where the name of the entry symbol stands.
    entry: usize,
}

fn places(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    let first = bytes.iter().enumerate().filter(|(_, byte)| **byte == what[0]).map(|(at, _)| at);
    first.filter(|&at| bytes[at..].starts_with(what)).collect()
}

const VERSION: &[u8] = br#""version":"1.0.0""#;

impl Patched {
    fn new() -> Self {
        // The library is long, and looked through once.
        static BUILT: OnceLock<Patched> = OnceLock::new();
        let look = || {
            let bytes = fs::read(loadable::library()).unwrap();
            let (contents, versions) = (places(&bytes, b"content 00000000"), places(&bytes, VERSION));
            let entry = places(&bytes, b"keyway_library_v1\0")[0];
            assert!(!contents.is_empty() && versions.len() >= 2, "{contents:?} {versions:?}");
            Patched { bytes, contents, versions, entry }
        };
        BUILT.get_or_init(look).clone()
    }

    /// The same without the name of its entry.
    fn nameless(&mut self, number: u32) -> Vec<u8> {
        let mut bytes = self.of(number).to_vec();
        bytes[self.entry] = b'q';
        bytes
    }

    fn of(&mut self, number: u32) -> &[u8] {
        let (content, version) = (content(number), format!(r#""version":"{}""#, version(number)));
        assert_eq!((content.len(), version.len()), (16, VERSION.len()));
        for &at in &self.contents {
            self.bytes[at..at + 16].copy_from_slice(content.as_bytes());
        }
        for &at in &self.versions {
            self.bytes[at..at + VERSION.len()].copy_from_slice(version.as_bytes());
        }
        &self.bytes
    }
}

fn content(number: u32) -> String {
    format!("content {number:08}")
}

fn version(number: u32) -> String {
    format!("1.{}.{}", number / 10 % 10, number % 10)
}

/// A folder with the library as generation 0, and that library.
fn folder(patched: &mut Patched) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(library_file_name("loadable"));
    fs::write(&file, patched.of(0)).unwrap();
    (folder, file)
}

fn host(folder: &Path) -> Host {
    let builder = Host::builder("test", "1.0.0").plugin_dir(folder).bridge(keyway_dylib::bridge());
    builder.start().unwrap()
}

fn meter(host: &Host) -> Handle<dyn Meter> {
    host.get::<dyn Meter>(FIRST).unwrap()
}

/// Puts another file in the place of one.
fn rename_over(file: &Path, bytes: &[u8]) {
    let fresh = file.with_extension("fresh");
    fs::write(&fresh, bytes).unwrap();
    fs::rename(fresh, file).unwrap();
}

/// Writes other bytes into a file, which is never shorter meanwhile.
fn overwrite(file: &Path, bytes: &[u8]) {
    File::options().write(true).open(file).unwrap().write_all(bytes).unwrap();
}

fn images_of(host: &Host, file: &Path) -> Vec<Mapped> {
    host.mapped().into_iter().filter(|mapped| mapped.file == file).collect()
}

fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// The resident memory of this process, in bytes.
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap();
    text.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

/// Replaces the file again and again, and takes the new content by `reload`.
fn live_through(what: &str, replace: fn(&Path, &[u8]), first_is_damaged: bool) {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    let host = host(folder.path());
    let count = generations();
    let (files, memory) = (open_files(), resident());
    let mut handles = vec![meter(&host)];
    assert_eq!(handles[0].get().content(), content(0));
    let mut longest = Duration::ZERO;
    let mut spent = Duration::ZERO;
    for number in 1..=count {
        replace(&file, patched.of(number));
        let begin = Instant::now();
        host.reload(FIRST).unwrap();
        let took = begin.elapsed();
        (longest, spent) = (longest.max(took), spent + took);
        let info = host.plugin(FIRST).unwrap();
        assert_eq!((info.version.to_string(), info.state.name()), (version(number), "active"));
        let handle = meter(&host);
        assert_eq!(handle.get().content(), content(number));
        assert_eq!(handle.get().instances(), 1, "an image of its own");
        handles.push(handle);
    }
    for (number, handle) in handles.iter().enumerate().skip(usize::from(first_is_damaged)) {
        assert_eq!(handle.get().content(), content(number as u32), "an old handle stays with its image");
    }
    let images = images_of(&host, &file);
    let numbers: Vec<u32> = images.iter().map(|image| image.generation).collect();
    assert_eq!(numbers, (1..=count + 1).collect::<Vec<_>>());
    let newest: Vec<u32> = images.iter().filter(|image| image.newest).map(|image| image.generation).collect();
    assert_eq!(newest, [count + 1]);
    let mapped: u64 = images.iter().map(|image| image.bytes).sum();
    assert!(images.iter().all(|image| image.bytes == images[0].bytes && image.bytes > 10_000));
    println!(
        "{what}: {count} reloads of a library of {} KiB ({} KiB of segments an image): {:.1} ms each, {:.1} ms at most; \
         {} images, {:.1} MiB mapped, {:.1} MiB more resident, {} more open files",
        patched.bytes.len() >> 10,
        images[0].bytes >> 10,
        spent.as_secs_f64() * 1e3 / f64::from(count),
        longest.as_secs_f64() * 1e3,
        images.len(),
        mapped as f64 / 1_048_576.0,
        resident().saturating_sub(memory) as f64 / 1_048_576.0,
        open_files() as i64 - files as i64,
    );
}

#[test]
fn a_file_that_is_renamed_over_is_a_new_generation_each_time_and_old_handles_answer_as_before() {
    live_through("renamed over", rename_over, false);
}

#[test]
fn a_file_that_is_overwritten_is_a_new_generation_each_time() {
    // The system shows the new bytes in what was mapped from the file itself, so that the first is not called any more.
    live_through("overwritten", overwrite, true);
}

#[test]
fn one_state_of_a_file_is_one_image_for_all_hosts_also_where_it_came_from_a_copy() {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    let (one, two) = (host(folder.path()), host(folder.path()));
    assert_eq!((meter(&one).get().instances(), meter(&two).get().instances()), (2, 2));
    assert_eq!(images_of(&one, &file).len(), 1);
    rename_over(&file, patched.of(1));
    one.reload(FIRST).unwrap();
    assert_eq!(meter(&one).get().content(), content(1));
    assert_eq!(meter(&two).get().content(), content(0), "nobody asked the other host to reload");
    two.reload(FIRST).unwrap();
    assert_eq!(meter(&two).get().content(), content(1));
    assert_eq!(meter(&two).get().instances(), 2, "one image, an instance a host");
    // Unchanged, and written anew with the same content: no further image.
    two.reload(FIRST).unwrap();
    let same = patched.of(1).to_vec();
    rename_over(&file, &same);
    two.reload(FIRST).unwrap();
    assert_eq!(meter(&two).get().instances(), 4);
    assert_eq!(images_of(&two, &file).len(), 2, "{:?}", images_of(&two, &file));
    // Another file, and back to the one before.
    rename_over(&file, patched.of(2));
    two.reload(FIRST).unwrap();
    rename_over(&file, &same);
    two.reload(FIRST).unwrap();
    assert_eq!(meter(&two).get().content(), content(1));
    let images: Vec<_> =
        images_of(&one, &file).iter().map(|image| (image.generation, image.newest)).collect();
    assert_eq!(images, [(1, false), (2, true), (3, false)]);
}

#[test]
fn a_state_that_many_threads_ask_for_at_once_is_loaded_once() {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    drop(host(folder.path()));
    rename_over(&file, patched.of(1));
    let hosts: Vec<Host> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| host(folder.path()));
        let started: Vec<_> = (0..8).map(|_| start()).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for host in &hosts {
        assert_eq!((meter(host).get().content(), meter(host).get().instances()), (content(1), 8));
    }
    assert_eq!(images_of(&hosts[0], &file).len(), 2);
}

/// Where the segment of a kind stands in the table of an ELF file's program headers.
fn header_of(bytes: &[u8], kind: u32) -> usize {
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let count = usize::from(u16::from_le_bytes([bytes[56], bytes[57]]));
    let mut headers = (0..count).map(|index| word(32) + index * 56);
    headers.find(|&at| bytes[at..at + 4] == kind.to_le_bytes()).unwrap()
}

#[test]
fn a_file_replaced_by_one_that_can_not_be_loaded_is_a_refusal_with_its_reason_and_a_whole_one_heals_it() {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    let host = host(folder.path());
    let old = meter(&host);
    // Its notes are whole, and the rest is garbage to the system's loader.
    let mut broken = patched.of(1).to_vec();
    let dynamic = header_of(&broken, 2);
    broken[dynamic..dynamic + 4].copy_from_slice(&0_u32.to_le_bytes());
    rename_over(&file, &broken);
    let error = host.reload(FIRST).unwrap_err();
    let info = host.plugin(FIRST).unwrap();
    let refusal = info.refusal().expect("it does not run");
    println!("{error}: {} ({})", refusal.summary(), refusal.code());
    assert!(refusal.summary().contains(&*file.to_string_lossy()), "{}", refusal.summary());
    assert!(!refusal.help().is_empty());
    assert_eq!(info.version.to_string(), version(1), "what is refused is the new one");
    assert_eq!(images_of(&host, &file).len(), 1, "what was refused is no image");
    assert_eq!(old.get().content(), content(0));
    rename_over(&file, patched.of(2));
    host.reload(FIRST).unwrap();
    assert_eq!(meter(&host).get().content(), content(2));
    let numbers: Vec<u32> = images_of(&host, &file).iter().map(|image| image.generation).collect();
    assert_eq!(numbers, [1, 2]);
    // An image without an entry stays in the process and has the name of its file: the next is another one again.
    rename_over(&file, &patched.nameless(3));
    host.reload(FIRST).unwrap_err();
    assert_eq!(host.plugin(FIRST).unwrap().refusal().unwrap().code(), "no-entry");
    rename_over(&file, patched.of(4));
    host.reload(FIRST).unwrap();
    assert_eq!(meter(&host).get().content(), content(4));
}

#[test]
fn the_first_image_of_a_path_may_be_none_of_ours() {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    rename_over(&file, &patched.nameless(1));
    let host = host(folder.path());
    assert_eq!(host.plugin(FIRST).unwrap().refusal().unwrap().code(), "no-entry");
    rename_over(&file, patched.of(2));
    host.reload(FIRST).unwrap();
    assert_eq!(meter(&host).get().content(), content(2));
    assert_eq!(images_of(&host, &file).len(), 2);
}

#[test]
fn garbage_in_the_place_of_a_library_leaves_the_old_handles_alone() {
    let mut patched = Patched::new();
    let (folder, file) = folder(&mut patched);
    let host = host(folder.path());
    let old = meter(&host);
    rename_over(&file, b"no library at all");
    let error = host.reload(FIRST).unwrap_err();
    println!("garbage: {error} ({})", error.code());
    assert_eq!(error.code(), "vanished");
    assert_eq!(old.get().content(), content(0));
    assert_eq!(meter(&host).get().content(), content(0), "what ran goes on");
    rename_over(&file, patched.of(1));
    host.reload(FIRST).unwrap();
    assert_eq!(meter(&host).get().content(), content(1));
}

/// The example in C, with a name of its own and with a need from beside it.
fn in_c(output: &str, version: &str, beside: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let example = root.parent().unwrap().join("examples/c-tool");
    let source = fs::read_to_string(example.join("plugin.c")).unwrap();
    let source = source.replace("#define VERSION \"1.0.0\"", &format!("#define VERSION \"{version}\""));
    let changed = fixture::folder().join(format!("plugin-{version}.c"));
    fs::write(&changed, source).unwrap();
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = [
        text(&example.join("frequency.c")),
        format!("-I{}", text(&example)),
        format!("-I{}", text(&root.join("include"))),
        "-shared".to_owned(),
        "-fPIC".to_owned(),
        "-Wl,-soname,libgenerations.so".to_owned(),
        "-Wl,-rpath,$ORIGIN".to_owned(),
        "-Wl,--no-as-needed".to_owned(),
        text(&fixture::folder().join(beside)),
    ];
    fixture::cc(&changed, output, &arguments.each_ref().map(String::as_str))
}

fn beside(name: &str) -> PathBuf {
    let source = fixture::folder().join(format!("{name}.c"));
    fs::write(&source, "int fixture_beside(void) { return 1; }\n").unwrap();
    fixture::cc(&source, name, &["-shared", "-fPIC", &format!("-Wl,-soname,{name}")])
}

#[test]
fn a_soname_brings_no_old_image_back_and_what_lies_beside_is_found_only_if_it_is_here() {
    if !fixture::has("cc", "a soname brings no old image back") {
        return;
    }
    const ID: &str = "text/frequency";
    let (one, other) = (beside("libbeside1.so"), beside("libbeside2.so"));
    let libraries = [("1.0.0", "libbeside1.so"), ("1.0.1", "libbeside1.so"), ("1.0.2", "libbeside2.so")]
        .map(|(version, beside)| fs::read(in_c(&format!("tool-{version}.so"), version, beside)).unwrap());
    let folder = tempfile::tempdir().unwrap();
    for file in [one, other] {
        fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    let file = folder.path().join(library_file_name("tool"));
    fs::write(&file, &libraries[0]).unwrap();
    let host = host(folder.path());
    assert_eq!(host.plugin(ID).unwrap().state.name(), "active", "{:?}", host.plugin(ID));
    rename_over(&file, &libraries[1]);
    host.reload(ID).unwrap();
    assert_eq!(host.plugin(ID).unwrap().version.to_string(), "1.0.1");
    assert_eq!(images_of(&host, &file).len(), 2);
    rename_over(&file, &libraries[2]);
    host.reload(ID).unwrap_err();
    let info = host.plugin(ID).unwrap();
    let refusal = info.refusal().unwrap();
    println!("{} ({}); {}", refusal.summary(), refusal.code(), refusal.help());
    assert_eq!(refusal.code(), "copy-needs");
    assert!(refusal.summary().contains("needs `libbeside2.so`, which a copy of it does not find in `"));
    // A process that has not loaded it before loads it from where it lies.
    let fresh = folder.path().join(library_file_name("fresh"));
    fs::rename(&file, &fresh).unwrap();
    host.load(ID).unwrap();
    assert_eq!(images_of(&host, &fresh).len(), 1);
}

#[test]
fn a_file_that_changes_faster_than_the_clock_ticks_is_seen() {
    if !fixture::has("cc", "a file that changes faster than the clock ticks is seen") {
        return;
    }
    beside("libquick.so");
    let built = fs::read(in_c("quick.so", "1.0.9", "libquick.so")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixture::folder().join("libquick.so"), folder.path().join("libquick.so")).unwrap();
    let file = folder.path().join(library_file_name("quick"));
    fs::write(&file, &built).unwrap();
    let places = places(&built, b"1.0.9");
    let (bridge, id) = (keyway_dylib::bridge(), PluginId::new("text/frequency").unwrap());
    let mut unseen = 0;
    let mut before = None;
    let rounds = generations();
    for round in 0..rounds {
        let (mut bytes, version) =
            (built.clone(), format!("{}.{}.{}", round / 100, round / 10 % 10, round % 10));
        for &at in &places {
            bytes[at..at + 5].copy_from_slice(version.as_bytes());
        }
        overwrite(&file, &bytes);
        let stamp = Stamp::of_path(&file).unwrap();
        unseen += u32::from(before == Some(stamp));
        before = Some(stamp);
        let artifact = bridge.check(&file).unwrap().unwrap();
        let plugin = bridge.load(&artifact, &id, &LoadOptions::default()).unwrap();
        let said = plugin.manifest().unwrap();
        assert!(said.contains(&format!("\"version\":\"{version}\"")), "{version}: {said}");
    }
    println!("{rounds} contents in one file, {unseen} of them with the stamp of the one before");
}
