//! What README.md shows is what happens: its transcripts, and its first command.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

/// Builds a program of the workspace, and says where it is.
fn program(package: &str, name: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", package, "--bin", name, "--message-format=json"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo writes UTF-8");
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let built =
        messages.filter_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?))).next_back();
    built.expect("cargo names what it built")
}

/// The host of which README.md shows what an operator sees: one of its plugins crashes, and one is not let in by the
/// policy that stands there.
#[cfg(target_os = "linux")]
fn host(home: &Path) -> std::process::Child {
    use std::io::BufRead as _;
    use std::process::Stdio;

    let text = std::fs::read_to_string(root().join("README.md")).expect("README.md can be read");
    let (_, rest) = text.split_once("```toml\n[deny]").expect("README.md shows a policy");
    let (policy, _) = rest.split_once("```").expect("a block ends");
    let config = home.join("config/toolbox");
    let plugins = home.join("shown");
    for folder in [&config, &plugins] {
        std::fs::create_dir_all(folder).expect("a folder can be made");
    }
    std::fs::write(config.join("plugins.toml"), format!("[deny]{policy}")).expect("a file can be written");
    keyway_tests::misbehaving(&plugins, "toolbox/thumbnailer", "segfault");
    keyway_tests::misbehaving(&plugins, "acme/usage-tracking", "well-behaved");
    let mut host = Command::new(program("toolbox", "toolbox"))
        .args(["--plugins".as_ref(), plugins.as_os_str(), "serve".as_ref()])
        .current_dir(home)
        .env("KEYWAY_HOME", home)
        .env_remove("KEYWAY_PATH")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the host starts");
    let mut line = String::new();
    let out = host.stdout.take().expect("it is piped");
    std::io::BufReader::new(out).read_line(&mut line).expect("the host says that it listens");
    assert!(line.contains("listens"), "{line}");
    host
}

#[cfg(target_os = "linux")]
#[test]
fn its_transcripts_are_what_the_commands_print() {
    let home = tempfile::tempdir().expect("a folder");
    let mut host = host(home.path());
    trycmd::TestCases::new()
        .register_bin("keyway", program("keyway-cli", "keyway"))
        .env("NO_COLOR", "1")
        .env("KEYWAY_HOME", home.path().display().to_string())
        .case(root().join("README.md"))
        // Here, and not when all is dropped: the host must live so long.
        .run();
    drop(host.stdin.take());
    assert!(host.wait().expect("it was started here").success());
}

#[test]
fn its_first_command_does_the_main_job() {
    let output = Command::new(env!("CARGO")).arg("demo").current_dir(root()).output().expect("cargo runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    for line in text.lines().filter(|line| line.starts_with("skipped")) {
        println!("{line}");
    }
    let active = |id: &str, home: &str| {
        let row = text.lines().find(|line| line.starts_with(id) && line.contains(home));
        row.is_some_and(|row| row.contains("active"))
    };
    assert!(active("text/word-count", "static"), "{text}");
    assert!(active("code/generate", "dylib") && active("code/generate", "static"), "{text}");
    assert!(text.contains("The library and the linked-in plugin gave the same answer"), "{text}");
}
