//! Libraries in C: built with `cc`, opened by the dynamic loader itself, and their plugins started by hand.

use std::ffi::c_void;
use std::fs;
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use keyway::Fault;
use keyway::abi::object::try_connect;
use keyway::abi::{
    ContextTable, ENTRY, FaultRecord, LibraryTable, MAJOR, Object, PluginTable, Slice, Status, Str, Table,
};
use keyway::context::{ContextObject, Services};
use keyway::interface::{Interface, Mismatch};
use keyway::wire::{Origin, Wire};
use keyway_interfaces::Tool;

/// As in the example's Makefile.
const STRICT: [&str; 6] = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fvisibility=hidden"];

/// Where a process that is watched finds the libraries that were built for it.
const BUILT: &str = "KEYWAY_TEST_C_LIBRARIES";

/// Says that a test did not run, and why.
pub(crate) fn missing(program: &str) {
    let thread = std::thread::current();
    println!("skipped: {}: no `{program}` on this machine", thread.name().unwrap_or("a test"));
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn include() -> String {
    format!("-I{}", root().join("include").display())
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("c-plugin").join(name);
    fs::create_dir_all(&folder).expect("a folder for libraries");
    folder
}

/// Compiles; `None` where there is no compiler.
fn compile(compiler: &str, sources: &[PathBuf], output: &Path, flags: &[&str]) -> Option<()> {
    // Written beside and moved: another test may have the old one open.
    let fresh = output.with_extension(format!("{:?}", std::thread::current().id()));
    let output_of = Command::new(compiler)
        .args(flags)
        .args([&include(), "-shared", "-fPIC", "-o"])
        .arg(&fresh)
        .args(sources)
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output_of.stderr);
    assert!(output_of.status.success(), "{compiler} {sources:?}: {said}");
    fs::rename(&fresh, output).expect("the library can be moved");
    Some(())
}

fn build(folder: &Path, name: &str, sources: &[PathBuf], flags: &[&str]) -> Option<PathBuf> {
    let library = folder.join(keyway_dylib::platform::library_file_name(name));
    let flags: Vec<&str> = STRICT.iter().chain(flags).copied().collect();
    compile("cc", sources, &library, &flags)?;
    Some(library)
}

fn example_sources() -> Vec<PathBuf> {
    let folder = root().with_file_name("examples").join("c-tool");
    vec![folder.join("plugin.c"), folder.join("frequency.c")]
}

fn broken_sources() -> Vec<PathBuf> {
    vec![root().join("tests/fixture/broken_tool.c")]
}

fn later_sources() -> Vec<PathBuf> {
    vec![root().join("tests/fixture/later.c")]
}

/// Built once, or by the process that watches this one.
fn library(built: &OnceLock<Option<PathBuf>>, name: &str, sources: &[PathBuf]) -> Option<Library> {
    let path = built.get_or_init(|| match std::env::var_os(BUILT) {
        Some(folder) => Some(Path::new(&folder).join(keyway_dylib::platform::library_file_name(name))),
        None => build(&folder("tests"), name, sources, &[]),
    });
    path.clone().map(Library::open)
}

/// The example.
pub(crate) fn example() -> Option<Library> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    library(&BUILT, "frequency", &example_sources())
}

/// The one that answers wrongly.
pub(crate) fn broken() -> Option<Library> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    library(&BUILT, "broken", &broken_sources())
}

/// The one that answers later.
pub(crate) fn later() -> Option<Library> {
    static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
    library(&BUILT, "later", &later_sources())
}

/// The example, compiled and linked with more flags.
pub(crate) fn example_with(name: &str, flags: &[&str]) -> Option<Library> {
    build(&folder(name), &format!("frequency{}", flags.len()), &example_sources(), flags).map(Library::open)
}

/// The one that answers later, as a library of one test's own.
pub(crate) fn later_with(name: &str, flags: &[&str]) -> Option<Library> {
    build(&folder(name), "later", &later_sources(), flags).map(Library::open)
}

/// The example as its author built it for version 1.0 of the ABI, with the header of that time.
pub(crate) fn example_of_1_0() -> Option<Library> {
    let header = root().join("tests/abi-1.0/keyway.h");
    // Taken in first, so that the header beside `keyway_tool.h` is not.
    example_with("abi-1.0", &["-include", header.to_str().expect("a path in UTF-8")])
}

/// A folder of one test's with copies of libraries.
pub(crate) fn folder_of(test: &str, libraries: &[&Library]) -> PathBuf {
    let folder = folder(test);
    for Library { path, .. } in libraries {
        let copy = folder.join(path.file_name().expect("a library has a name"));
        // Never into a file that may be open.
        let _ = fs::remove_file(&copy);
        fs::copy(path, copy).expect("a copy");
    }
    folder
}

/// A library out of a text.
pub(crate) fn compiled(compiler: &str, source: &str) -> Option<PathBuf> {
    let (file, standard) =
        if compiler == "c++" { ("notes.cpp", "-std=c++17") } else { ("notes.c", "-std=c11") };
    let file = folder("notes").join(file);
    fs::write(&file, source).expect("a source");
    let library = file.with_extension(format!("{compiler}.so"));
    compile(compiler, &[file], &library, &[standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror"])?;
    Some(library)
}

/// What a C compiler makes of expressions over `keyway_tool.h`.
pub(crate) fn numbers_of(expressions: &[&str]) -> Option<Vec<usize>> {
    let file = folder("numbers").join("numbers.c");
    let list = expressions.join(", ");
    let text = format!(
        "#include <keyway_tool.h>\nKEYWAY_EXPORT const size_t numbers[] = {{{list}}};\n\
         KEYWAY_EXPORT const size_t numbers_len = sizeof numbers / sizeof *numbers;\n"
    );
    fs::write(&file, text).expect("a source");
    let library = build(&folder("numbers"), "numbers", &[file], &[])?;
    // SAFETY: the library has no code of its own, and the symbols are of the types that the text says.
    unsafe {
        let library = ManuallyDrop::new(libloading::Library::new(library).expect("the library opens"));
        let len: libloading::Symbol<'_, *const usize> = library.get("numbers_len").expect("the symbol");
        let numbers: libloading::Symbol<'_, *const usize> = library.get("numbers").expect("the symbol");
        Some(Slice { ptr: *numbers, len: **len }.as_slice().to_vec())
    }
}

/// A text of a table.
///
/// # Safety
/// The bytes must be constants.
pub(crate) unsafe fn text(text: Str) -> &'static str {
    // SAFETY: the same duties.
    std::str::from_utf8(unsafe { Slice { ptr: text.ptr, len: text.len }.as_slice() }).expect("UTF-8")
}

/// A library with one plugin, which stays in the process.
pub(crate) struct Library {
    path: PathBuf,
    table: &'static LibraryTable,
}

impl Library {
    fn open(path: PathBuf) -> Self {
        // SAFETY: the library was just built from a source of this repository, it has no constructors, and the symbol is
        // of the type that `keyway.h` declares.
        let table = unsafe {
            let library = ManuallyDrop::new(libloading::Library::new(&path).expect("the library opens"));
            let entry: libloading::Symbol<'_, unsafe extern "C" fn() -> *const LibraryTable> =
                library.get(ENTRY).expect("the entry symbol");
            &*entry()
        };
        assert_eq!((table.size as usize, table.abi_major), (size_of::<LibraryTable>(), MAJOR));
        Self { path, table }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn table(&self) -> &'static LibraryTable {
        self.table
    }

    /// Its only plugin.
    pub(crate) fn plugin(&self) -> PluginTable {
        let slot = self.table.plugins.at(0).expect("a plugin");
        // SAFETY: the array is of pointers to constants, which begin with their size.
        let table = unsafe { keyway::abi::Sized::new(*slot) }.expect("a table");
        table.complete().expect("all that version 1.0 has")
    }

    /// Starts its plugin with a context of the framework's own making.
    pub(crate) fn start(&self, services: Arc<dyn Services>) -> Result<Instance, String> {
        let context = ContextObject::table_for(services);
        // SAFETY: the context is alive until the one count of it ends, after the call.
        unsafe {
            let started = self.start_with(context);
            ((*context).release)((*context).data);
            started
        }
    }

    /// Starts its plugin with a context that says that it has nothing but its size.
    pub(crate) fn start_with_short_context(&self) -> Result<Instance, String> {
        #[repr(C)]
        struct Short {
            size: u32,
            flags: u32,
        }
        let short = Short { size: size_of::<Short>() as u32, flags: 0 };
        // SAFETY: a plugin reads no further than the size says, and the context lives during the call.
        unsafe { self.start_with((&raw const short).cast()) }
    }

    /// # Safety
    /// The context must be alive during the call, as long as it says that it is.
    unsafe fn start_with(&self, context: *const ContextTable) -> Result<Instance, String> {
        let plugin = self.plugin();
        // SAFETY: the function belongs to the table, and the caller answers for the context.
        let reply = unsafe { (plugin.start)(context) };
        match reply.status {
            // SAFETY: a done reply has an instance, of which one count is now this side's.
            Status::DONE => Ok(Instance { plugin, data: unsafe { reply.value.assume_init().done } }),
            Status::REFUSED => {
                // SAFETY: a refused reply has a text, which is now this side's.
                let text = unsafe { String::take(reply.value.assume_init().refused, Origin::UNKNOWN) };
                Err(text.expect("UTF-8"))
            }
            status => Err(fault(status).to_string()),
        }
    }
}

/// The fault behind a status that is neither done nor refused.
fn fault(Status(record): Status) -> Fault {
    // SAFETY: the record is now this side's: read, then released once.
    unsafe {
        let FaultRecord { kind, message, release, .. } = *record;
        let bytes = Slice { ptr: message.ptr, len: message.len }.as_slice();
        let kind = if kind == 3 { keyway::FaultKind::Gone } else { keyway::FaultKind::Unknown };
        let fault = Fault::new(kind, String::from_utf8_lossy(bytes));
        if let Some(release) = release {
            release(record);
        }
        fault
    }
}

/// A started plugin, of which this value holds one count.
#[derive(Debug)]
pub(crate) struct Instance {
    plugin: PluginTable,
    data: *const c_void,
}

// SAFETY: the example's author promises that its functions may be called from any thread.
unsafe impl Send for Instance {}
// SAFETY: as above.
unsafe impl Sync for Instance {}

impl Instance {
    /// Its only interface, through this side's proxy.
    pub(crate) fn connected<I: ?Sized + Interface>(&self) -> Result<Arc<I>, Mismatch> {
        let slot = self.plugin.interfaces.at(0).expect("an interface");
        // SAFETY: the array is of pointers to tables, which are constants, and each takes the instance as its data.
        unsafe {
            let table: *const Table = slot.read();
            let object = Object { data: self.data, table };
            object.retain();
            Ok(I::into_arc(Arc::new(try_connect::<I>(object, None)?)))
        }
    }

    pub(crate) fn tool(&self) -> Arc<dyn Tool> {
        self.connected().unwrap_or_else(|mismatch| panic!("{mismatch}"))
    }

    /// Asks it to end what it began.
    pub(crate) fn stop(&self) -> Result<(), Fault> {
        // SAFETY: the instance is held.
        match unsafe { (self.plugin.stop)(self.data) }.status {
            Status::DONE => Ok(()),
            status => Err(fault(status)),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // SAFETY: the count that `start` gave ends here.
        unsafe { (self.plugin.release)(self.data) }
    }
}

/// A library of the compiler's, by its file name.
pub(crate) fn runtime(name: &str) -> Option<String> {
    let output = Command::new("cc").arg(format!("-print-file-name={name}")).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    Path::new(&path).is_absolute().then_some(path)
}

/// This test program once more, with libraries that were built for it.
pub(crate) struct Again(PathBuf);

/// Builds the libraries for a process that is watched.
pub(crate) fn again(name: &str, flags: &[&str]) -> Option<Again> {
    let folder = folder(name);
    build(&folder, "frequency", &example_sources(), flags)?;
    build(&folder, "broken", &broken_sources(), flags)?;
    build(&folder, "later", &later_sources(), flags)?;
    Some(Again(folder))
}

impl Again {
    /// Runs one test under a program; what is found is the test's failure.
    pub(crate) fn under(&self, program: &str, arguments: &[&str], environment: &[(&str, &str)], test: &str) {
        let this = std::env::current_exe().expect("this program's path");
        let output = Command::new(program)
            .args(arguments)
            .arg(this)
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(BUILT, &self.0)
            .envs(environment.iter().copied())
            .output();
        let Ok(output) = output else { return missing(program) };
        let (out, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{program}: {}\n{out}\n{said}", output.status);
        assert!(out.contains("1 passed"), "{out}");
    }
}
