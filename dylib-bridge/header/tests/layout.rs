//! Both sides lay the ABI out alike: what Rust says of every struct and number, a C compiler has to agree with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::mem::offset_of;
use std::path::Path;
use std::process::Command;

use keyway::abi::{self, *};

type Never = std::ffi::c_void;

/// A struct of the header: its size, its alignment, and where its members are.
struct Layout {
    name: &'static str,
    size: usize,
    align: usize,
    members: Vec<(&'static str, usize)>,
}

/// `C name = Rust type { member, member as c_name }`.
macro_rules! layouts {
    ($($name:ident = $of:ty { $($member:tt $(as $c:ident)?),* })*) => {
        vec![$(Layout {
            name: stringify!($name),
            size: size_of::<$of>(),
            align: align_of::<$of>(),
            members: vec![$((layouts!(@name $member $($c)?), offset_of!($of, $member))),*],
        }),*]
    };
    (@name $member:tt $c:ident) => { stringify!($c) };
    (@name $member:tt) => { stringify!($member) };
}

fn structs() -> Vec<Layout> {
    layouts! {
        keyway_str = Str { ptr, len }
        keyway_bytes = Slice<u8> { ptr, len }
        keyway_objects = Slice<Object> { ptr, len }
        keyway_owned_str = Owned<Str> { view, owner, extra, release }
        keyway_owned_bytes = Owned<Slice<u8>> { view, owner, extra, release }
        keyway_owned_objects = Owned<Slice<Object>> { view, owner, extra, release }
        keyway_part_array = Array<Part> { ptr, count, stride }
        keyway_method_array = Array<Method> { ptr, count, stride }
        keyway_fn_array = Array<RawFn> { ptr, count, stride }
        keyway_table_array = Array<*const Table> { ptr, count, stride }
        keyway_plugin_array = Array<*const PluginTable> { ptr, count, stride }
        keyway_fault = FaultRecord { size, kind, message, release }
        keyway_message = Message { bytes, objects }
        keyway_health = HealthReport { level, flags, memory, message }
        keyway_u8_reply = Reply<u8> { status, value }
        keyway_u64_reply = Reply<u64> { status, value }
        keyway_str_reply = Reply<Owned<Str>> { status, value }
        keyway_bytes_reply = Reply<Owned<Slice<u8>>> { status, value }
        keyway_message_reply = Reply<Message> { status, value }
        keyway_health_reply = Reply<HealthReport> { status, value }
        keyway_start_value = Either<*const Never, Owned<Str>> { done, refused }
        keyway_start_reply = Reply<Either<*const Never, Owned<Str>>> { status, value }
        keyway_object_value = Either<Object, Owned<Str>> { done, refused }
        keyway_object_reply = Reply<Either<Object, Owned<Str>>> { status, value }
        keyway_provided = ProvidedObject { object, generation }
        keyway_provided_value = Either<ProvidedObject, Owned<Str>> { done, refused }
        keyway_provided_reply = Reply<Either<ProvidedObject, Owned<Str>>> { status, value }
        keyway_descriptor = Descriptor { size, flags, id, version, methods }
        keyway_method = Method { size, flags, name, signature, arguments, returns }
        keyway_type = Type { size, kind, name, first, second, parts, interface }
        keyway_part = Part { size, flags, name, of, parts }
        keyway_object = Object { data, table }
        keyway_table = Table { size, flags, interface, retain, release, dispatch, methods, begin }
        keyway_future = FutureRaw { data, extra, table }
        keyway_future_table = FutureTable { size, flags, poll, drop }
        keyway_future_reply = Reply<FutureRaw> { status, value }
        keyway_waker = WakerRaw { data, extra, table }
        keyway_waker_table = WakerTable { size, flags, clone, wake, wake_by_ref, drop }
        keyway_waker_reply = Reply<WakerRaw> { status, value }
        keyway_plugin = PluginTable { size, flags, manifest, interfaces, start, stop, release, health }
        keyway_context = ContextTable {
            size, flags, data, retain, release, plugin, config, interface, providers, log, provided,
            available
        }
        keyway_library = LibraryTable {
            size, flags, abi_major, abi_minor, counted, target, rustc, framework, plugins, probe_wide, probe_pair
        }
        keyway_probe_mixed = ProbeMixed { byte, float as float_, wide, double as double_ }
        keyway_probe_pair = ProbePair { left, right }
        keyway_probe_wide = ProbeWide { mixed, byte, double as double_, length, last }
    }
}

/// Types that are one word, and the functions' names.
fn words() -> Vec<(&'static str, usize)> {
    vec![
        ("keyway_status", size_of::<Status>()),
        ("keyway_fn", size_of::<RawFn>()),
        ("keyway_type_fn", size_of::<TypeFn>()),
        ("keyway_dispatch", size_of::<Option<Dispatch>>()),
        ("keyway_begin", size_of::<Option<Begin>>()),
        ("keyway_level", size_of::<keyway::Level>()),
    ]
}

fn numbers() -> Vec<(String, u64)> {
    use keyway::Level;
    let mut all: Vec<(String, u64)> = [
        ("ABI_MAJOR", abi::MAJOR.into()),
        ("ABI_MINOR", abi::MINOR.into()),
        ("TABLE_RUST", abi::TABLE_RUST.into()),
        ("TABLE_MESSAGE_ONLY", abi::TABLE_MESSAGE_ONLY.into()),
        ("METHOD_HAS_BODY", abi::METHOD_HAS_BODY.into()),
        ("POLL_PENDING", abi::POLL_PENDING.into()),
        ("POLL_READY", abi::POLL_READY.into()),
        ("PART_DEFAULT", abi::PART_DEFAULT.into()),
        ("PART_TUPLE", abi::PART_TUPLE.into()),
        ("PART_LENT", abi::PART_LENT.into()),
        ("HEALTH_GOOD", abi::HEALTH_GOOD.into()),
        ("HEALTH_DEGRADED", abi::HEALTH_DEGRADED.into()),
        ("HEALTH_FAILING", abi::HEALTH_FAILING.into()),
        ("LIBRARY_PANIC_ABORT", abi::LIBRARY_PANIC_ABORT.into()),
        ("NOTE_BUILD", keyway::note::KIND_BUILD.into()),
        ("NOTE_MANIFEST", keyway::note::KIND_MANIFEST.into()),
        ("NOTE_MAX_TEXT", keyway::note::MAX_TEXT as u64),
        ("LEVEL_ERROR", Level::Error as u64),
        ("LEVEL_WARN", Level::Warn as u64),
        ("LEVEL_INFO", Level::Info as u64),
        ("LEVEL_DEBUG", Level::Debug as u64),
        ("LEVEL_TRACE", Level::Trace as u64),
    ]
    .map(|(name, value)| (format!("KEYWAY_{name}"), value))
    .into();
    macro_rules! kinds {
        ($($name:ident)*) => { [$((format!("KEYWAY_KIND_{}", stringify!($name)), kind::$name.into())),*] };
    }
    all.extend(kinds! {
        UNIT BOOL U8 U16 U32 U64 I8 I16 I32 I64 F32 F64 CHAR STRING BYTES LIST OPTION TUPLE MAP STRUCT ENUM PLAIN STR
        SLICE LENT_OBJECT OBJECT RESULT FUTURE
    });
    all
}

/// The assertions as C.
fn assertions(structs: &[Layout]) -> String {
    let mut text = String::from("#include <keyway_tool.h>\n");
    let mut check = |condition: String| {
        let _ = writeln!(text, "_Static_assert({condition}, \"{condition}\");");
    };
    for Layout { name, size, align, members } in structs {
        check(format!("sizeof({name}) == {size}"));
        check(format!("_Alignof({name}) == {align}"));
        for (member, offset) in members {
            check(format!("offsetof({name}, {member}) == {offset}"));
        }
    }
    for (name, size) in words() {
        check(format!("sizeof({name}) == {size}"));
    }
    for (name, value) in numbers() {
        check(format!("{name} == {value}"));
    }
    text
}

/// The header's structs and unions up to the part that is written by hand, with the names of their members.
fn in_header(header: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let generated = header.split("// ---- From here on written by hand").next().expect("a first part");
    let mut all = BTreeMap::new();
    let mut lines = generated.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line
            .strip_prefix("struct ")
            .or_else(|| line.strip_prefix("union "))
            .and_then(|rest| rest.strip_suffix(" {"))
        else {
            continue;
        };
        let body = lines.by_ref().take_while(|line| *line != "};");
        let code = body.filter(|line| !line.trim_start().starts_with("//"));
        let members = code.filter_map(|line| match line.split_once("(*") {
            Some((_, function)) => Some(function.split_once(')')?.0),
            None => Some(line.strip_suffix(';')?.rsplit([' ', '*']).next()?),
        });
        all.insert(name, members.collect());
    }
    all
}

fn include() -> String {
    let header = keyway_header::committed();
    format!("-I{}", header.parent().expect("a folder").display())
}

/// Runs a compiler over a text; what it says where it refuses. `None` where there is no such compiler.
fn compile(compiler: &str, arguments: &[&str], text: &str) -> Option<Result<(), String>> {
    let folder = tempfile::tempdir().expect("a folder");
    let source = folder.path().join(if compiler == "c++" { "source.cpp" } else { "source.c" });
    fs::write(&source, text).expect("a source");
    let output = Command::new(compiler)
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", &include()])
        .args(arguments)
        .arg(&source)
        .output();
    match output {
        Ok(output) if output.status.success() => Some(Ok(())),
        Ok(output) => Some(Err(String::from_utf8_lossy(&output.stderr).into_owned())),
        Err(_) => {
            println!("skipped: there is no `{compiler}` on this machine");
            None
        }
    }
}

#[test]
fn c_lays_every_struct_and_number_out_as_rust_does() {
    let Some(result) = compile("cc", &["-std=c11"], &assertions(&structs())) else { return };
    result.unwrap_or_else(|said| panic!("{said}"));
}

#[test]
fn a_member_that_moved_by_one_byte_would_be_seen() {
    for broken in ["size", "offset", "align"] {
        let mut structs = structs();
        let Some(last) = structs.last_mut() else { panic!("there are structs") };
        match broken {
            "size" => last.size += 1,
            "align" => last.align *= 2,
            _ => last.members[1].1 += 1,
        }
        let Some(result) = compile("cc", &["-std=c11"], &assertions(&structs)) else { return };
        let said = result.expect_err("a wrong number does not compile");
        assert!(said.contains("static assertion failed") && said.contains("keyway_probe_wide"), "{said}");
    }
}

#[test]
fn every_struct_and_member_of_the_header_is_among_the_checked_ones() {
    let header = fs::read_to_string(keyway_header::committed()).expect("the header");
    let checked: BTreeMap<&str, BTreeSet<&str>> = structs()
        .iter()
        .map(|layout| (layout.name, layout.members.iter().map(|(member, _)| *member).collect()))
        .collect();
    assert_eq!(in_header(&header), checked);
    let numbers: BTreeSet<String> = numbers().into_iter().map(|(name, _)| name).collect();
    let generated = header.split("// ---- From here on").next().expect("a first part");
    let said: BTreeSet<String> = generated
        .lines()
        .filter_map(|line| match line.strip_prefix("#define ") {
            Some(define) => define.split_once(' ').map(|(name, _)| name),
            None => line.trim_start().strip_suffix(',')?.split_once(" = ").map(|(name, _)| name),
        })
        .filter(|name| !["KEYWAY_H", "KEYWAY_FRAMEWORK"].contains(name))
        .map(str::to_owned)
        .collect();
    assert_eq!(said, numbers);
}

#[test]
fn every_name_begins_with_the_frameworks_and_no_comment_speaks_rust() {
    let header = fs::read_to_string(keyway_header::committed()).expect("the header");
    let known = ["size_t", "static_assert", "defined", "bool"];
    for line in header.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for word in ["typedef struct ", "typedef union ", "struct ", "union ", "enum ", "#define "] {
            let Some(name) = line.strip_prefix(word) else { continue };
            assert!(
                name.to_lowercase().starts_with("keyway_") || name.starts_with('{') || known.contains(&name),
                "{line}"
            );
            break;
        }
    }
    assert!(!header.contains("[`"), "a link to a Rust name is left in a comment");
    assert!(header.contains(&format!("*{}(void);", abi::ENTRY)), "the entry symbol is declared by its name");
}

#[test]
fn the_headers_are_also_cpp_17_and_compile_for_other_systems() {
    let plugin = "#include <keyway_tool.h>\n\
        KEYWAY_MANIFEST(\"{}\");\nKEYWAY_MANIFEST(\"{ }\");\nKEYWAY_MANIFEST(\"{  }\");\n\
        static const keyway_plugin plugin = {sizeof(keyway_plugin), 0, KEYWAY_STR_INIT(\"{}\"), KEYWAY_NO_ITEMS, 0, 0, 0, 0};\n\
        KEYWAY_LIBRARY(&plugin);\n";
    for (compiler, arguments) in [
        ("c++", &["-std=c++17"][..]),
        ("cc", &["-std=c11"]),
        ("cc", &["-std=c2x"]),
        ("cc", &["-std=c11", "-D__APPLE__"]),
        ("cc", &["-std=c11", "-D_WIN32", "-D__declspec(x)="]),
        ("cc", &["-std=c11", "-U__linux__", "-DKEYWAY_TARGET=\"mine\""]),
    ] {
        if let Some(Err(said)) = compile(compiler, arguments, plugin) {
            panic!("{compiler} {arguments:?}: {said}");
        }
    }
    if let Some(result) = compile("cc", &["-std=c11", "-U__linux__"], plugin) {
        let said = result.expect_err("a target that the header does not know is refused");
        assert!(said.contains("-DKEYWAY_TARGET"), "{said}");
    }
}

#[test]
fn the_example_may_be_compiled_as_its_first_line_says() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/c-tool");
    let makefile = fs::read_to_string(example.join("Makefile")).expect("the Makefile");
    let line = makefile.lines().find_map(|line| line.strip_prefix("#   cc ")).expect("the line with `cc`");
    let folder = tempfile::tempdir().expect("a folder");
    let library = folder.path().join("libfrequency.so");
    let line = line.replace("libfrequency.so", library.to_str().expect("a path in UTF-8"));
    let output = Command::new("cc").args(line.split_whitespace()).current_dir(&example).output();
    let Ok(output) = output else { return println!("skipped: there is no `cc` on this machine") };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(library.exists());
}
