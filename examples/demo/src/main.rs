//! `cargo demo`: builds plugins outside of the host, drops them into a folder, starts the toolbox with what is linked in
//! and that folder, and uses a tool of each home on files of this repository.
//!
//! Every line that begins with `$` is a command that is really run, and that you can type yourself.
#![forbid(unsafe_code)]

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

type Outcome<T> = Result<T, String>;

fn main() -> ExitCode {
    match Demo::new().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

struct Demo {
    /// The repository.
    root: PathBuf,
    /// Where cargo builds.
    target: PathBuf,
    /// Where everything that the demo makes lies.
    place: PathBuf,
}

impl Demo {
    fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = root.canonicalize().unwrap_or(root);
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { place: target.join("demo"), target, root }
    }

    fn run(&self) -> Outcome<()> {
        let plugins = self.place.join("plugins");
        // A folder of the last time would hide that this time something was not built.
        if plugins.exists() {
            std::fs::remove_dir_all(&plugins).map_err(|error| format!("{}: {error}", plugins.display()))?;
        }
        std::fs::create_dir_all(&plugins).map_err(|error| format!("{}: {error}", plugins.display()))?;

        say("1. A host with eight tools linked in.");
        let toolbox = self.built_toolbox(&[], "toolbox")?;

        say("2. Two plugins built outside of it, and dropped into a folder.");
        self.cargo(&["build", "--package", "code-generator"])?;
        self.copy(&self.debug().join(library("code_generator")), &plugins)?;
        self.c_plugin(&plugins)?;

        say("3. One list, one order.");
        let folder = self.seen(&plugins);
        let in_folder = |arguments: &[&str]| {
            let mut all: Vec<&OsStr> = vec!["--plugins".as_ref(), folder.as_os_str()];
            all.extend(arguments.iter().map(OsStr::new));
            all.into_iter().map(OsStr::to_owned).collect::<Vec<_>>()
        };
        self.show(&toolbox, &in_folder(&["plugin", "list", "--start"]))?;

        say("4. A tool of each home, on files of this repository.");
        self.show(&toolbox, &in_folder(&["run", "text-word-count", "--arg", "top=3", "README.md"]))?;
        if plugins.join(library("frequency")).exists() {
            self.show(&toolbox, &in_folder(&["run", "text-frequency", "README.md"]))?;
        }
        let describe = in_folder(&["describe", "text-word-count"]);
        let schema = self.answer(&toolbox, &describe, None)?;
        println!("$ {} |", self.typed(&toolbox, &describe));
        let generate = [
            "run",
            "code-generate",
            "--arg",
            "language=rust",
            "--arg",
            "name=WordCount",
            "--field",
            "code",
            "-",
        ];
        let generate_here = in_folder(&generate);
        let loaded = self.answer(&toolbox, &generate_here, Some(&schema))?;
        println!("    {}\n{loaded}", self.typed(&toolbox, &generate_here));

        say(
            "5. The same plugin crate, linked in by a cargo feature instead: nothing of it is written again.",
        );
        let with_generator =
            self.built_toolbox(&["--features", "code-generator"], "toolbox-with-generator")?;
        let empty: Vec<_> = generate.iter().map(|argument| OsStr::new(argument).to_owned()).collect();
        self.show(&with_generator, &["plugin", "list", "--start"])?;
        let linked = self.answer(&with_generator, &empty, Some(&schema))?;
        if linked != loaded {
            return Err(format!("the two homes do not agree:\n--- dylib\n{loaded}\n--- static\n{linked}"));
        }
        println!("\nThe library and the linked-in plugin gave the same answer, {} bytes.", linked.len());
        Ok(())
    }

    /// Builds the host and keeps it under a name, since the next build may be another one.
    fn built_toolbox(&self, features: &[&str], name: &str) -> Outcome<PathBuf> {
        let mut arguments = vec!["build", "--package", "toolbox"];
        arguments.extend(features);
        self.cargo(&arguments)?;
        let kept = self.place.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let built = self.debug().join(format!("toolbox{}", std::env::consts::EXE_SUFFIX));
        std::fs::copy(&built, &kept).map_err(|error| format!("{}: {error}", built.display()))?;
        Ok(kept)
    }

    fn c_plugin(&self, plugins: &Path) -> Outcome<()> {
        let source = self.root.join("examples/c-tool");
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        if Command::new(&compiler).arg("--version").output().is_err() {
            println!("skipped: the plugin in C, for there is no C compiler `{}`", compiler.display());
            return Ok(());
        }
        let out = plugins.join(library("frequency"));
        println!("$ make -C examples/c-tool OUT=../../{}", self.short(&out));
        let status = Command::new("make")
            .args(["--quiet", "-C"])
            .arg(&source)
            .arg(format!("OUT={}", out.display()))
            .status();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("make ended with {status}")),
            Err(error) => {
                Err(format!("make: {error}; install it, or type what examples/c-tool/Makefile says"))
            }
        }
    }

    fn debug(&self) -> PathBuf {
        self.target.join("debug")
    }

    fn copy(&self, file: &Path, folder: &Path) -> Outcome<()> {
        let name = file.file_name().unwrap_or_default();
        println!("$ cp {} {}", self.short(file), self.short(folder));
        std::fs::copy(file, folder.join(name)).map_err(|error| format!("{}: {error}", file.display()))?;
        Ok(())
    }

    fn cargo(&self, arguments: &[&str]) -> Outcome<()> {
        println!("$ cargo {}", arguments.join(" "));
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(arguments)
            .arg("--quiet")
            .current_dir(&self.root)
            .status()
            .map_err(|error| format!("cargo: {error}"))?;
        if status.success() { Ok(()) } else { Err(format!("cargo ended with {status}")) }
    }

    /// With nothing of the user's own: what is remembered goes where the demo's plugins lie.
    fn command(&self, program: &Path, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.root).env("KEYWAY_HOME", self.place.join("home"));
        command.env_remove("KEYWAY_PATH");
        command
    }

    /// Runs a command as a user would see it: what it prints goes where this program's goes.
    fn show(&self, program: &Path, arguments: &[impl AsRef<OsStr>]) -> Outcome<()> {
        println!("$ {}", self.typed(program, arguments));
        let status = self
            .command(program, arguments)
            .stdin(Stdio::null())
            .status()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("{} ended with {status}", self.typed(program, arguments)))
        }
    }

    /// Runs a command and gives back what it printed.
    fn answer(
        &self,
        program: &Path,
        arguments: &[impl AsRef<OsStr>],
        input: Option<&str>,
    ) -> Outcome<String> {
        let fails = |error: std::io::Error| format!("{}: {error}", program.display());
        let mut child = self
            .command(program, arguments)
            .stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fails)?;
        if let (Some(input), Some(mut stdin)) = (input, child.stdin.take()) {
            stdin.write_all(input.as_bytes()).map_err(fails)?;
        }
        let output = child.wait_with_output().map_err(fails)?;
        if !output.status.success() {
            return Err(format!("{} ended with {}", self.typed(program, arguments), output.status));
        }
        String::from_utf8(output.stdout).map_err(|error| format!("{}: {error}", program.display()))
    }

    fn typed(&self, program: &Path, arguments: &[impl AsRef<OsStr>]) -> String {
        let mut words = vec![self.short(program)];
        words.extend(arguments.iter().map(|argument| self.short(Path::new(argument.as_ref()))));
        words.join(" ")
    }

    /// A path as seen from the repository, from where every command is run.
    fn seen<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }

    fn short(&self, path: &Path) -> String {
        self.seen(path).display().to_string()
    }
}

fn library(stem: &str) -> String {
    format!("{}{stem}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

fn say(text: &str) {
    println!("\n{text}\n");
}
