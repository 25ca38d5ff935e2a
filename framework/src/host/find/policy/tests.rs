//! What policies may say, and whom they let in.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::host::find::stamp::Digest;
use crate::manifest::Home;

mod judging;

fn id(text: &str) -> PluginId {
    PluginId::new(text).unwrap()
}

/// A folder with a policy in it.
fn folder(text: impl AsRef<[u8]>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("plugins.toml"), text).unwrap();
    folder
}

fn read(folder: &Path) -> Result<Policy, PolicyError> {
    Policy::read(&folder.join("plugins.toml"))
}

#[track_caller]
fn policy(text: &str) -> Policy {
    read(folder(text).path()).unwrap_or_else(|error| panic!("{error}"))
}

const WHOLE: &str = r#"# Ours.
folders = ["/opt/acme/plugins", "more"]

[allow]
ids = ["toolbox/*", "acme/resize"]
folders = ["/usr/lib/toolbox/plugins"]
digests = ["af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"]

[deny]
ids = ["acme/*"]
folders = ["attic"]
digests = []
reason = "it phones home"

[plugins."toolbox/markdown"]
enabled = false
version = "^1"
home = "dylib"

[plugins]
"toolbox/table" = { home = "static" }
"#;

#[test]
fn a_policy_says_where_to_look_and_what_is_wanted_of_each_plugin() {
    let folder = folder(WHOLE);
    let policy = read(folder.path()).unwrap();
    assert_eq!(policy.folders(), [PathBuf::from("/opt/acme/plugins"), folder.path().join("more")]);
    assert_eq!(policy.files(), [folder.path().join("plugins.toml")]);
    let markdown = policy.choice(&id("toolbox/markdown"));
    assert_eq!(markdown.enabled, Some(false));
    assert_eq!(markdown.version, Some("^1".parse().unwrap()));
    assert_eq!(markdown.home, Some(Home::Dylib));
    let table = policy.choice(&id("toolbox/table"));
    assert_eq!((table.enabled, table.version, table.home), (None, None, Some(Home::Static)));
    assert_eq!(policy.choice(&id("toolbox/theme")), Choice::default());
    assert_eq!(policy.choices().count(), 2);
}

#[test]
fn all_mistakes_of_a_policy_are_drawn_at_once() {
    let folder = folder(
        r#"folder = ["/opt"]
[alow]
[deny]
ids = ["toolbox/m*", "*", "Acme/*", "acme"]
folders = ["", "~/plugins", "/opt/*", 1]
digests = ["123"]
raeson = "x"
[allow]
reason = "allowed for no reason"
[plugins."toolbox/markdown"]
enabled = "no"
version = "newest"
home = "cloud"
pinned = true
"#,
    );
    let error = read(folder.path()).unwrap_err();
    let said = error.to_string().replace(&folder.path().display().to_string(), "<folder>");
    let expected = r#"`<folder>/plugins.toml` has 17 mistakes
error: unknown key `folder`
 --> <folder>/plugins.toml:1:1
  |
1 | folder = ["/opt"]
  | ^^^^^^ did you mean `folders`
error: unknown key `alow`
 --> <folder>/plugins.toml:2:2
  |
2 | [alow]
  |  ^^^^ did you mean `allow`
error: `toolbox/m*` is no id of a plugin
 --> <folder>/plugins.toml:4:8
  |
4 | ids = ["toolbox/m*", "*", "Acme/*", "acme"]
  |        ^^^^^^^^^^^^ a `*` stands only for a whole name, as in `toolbox/*`
error: `*` is no id of a plugin
 --> <folder>/plugins.toml:4:22
  |
4 | ids = ["toolbox/m*", "*", "Acme/*", "acme"]
  |                      ^^^ a `*` stands only for a whole name, as in `toolbox/*`
error: `Acme/*` is no id of a plugin
 --> <folder>/plugins.toml:4:27
  |
4 | ids = ["toolbox/m*", "*", "Acme/*", "acme"]
  |                           ^^^^^^^^ each half begins with a letter a–z
error: `acme` is no id of a plugin
 --> <folder>/plugins.toml:4:37
  |
4 | ids = ["toolbox/m*", "*", "Acme/*", "acme"]
  |                                     ^^^^^^ write `namespace/name`, with one slash
error: `` is no folder
 --> <folder>/plugins.toml:5:12
  |
5 | folders = ["", "~/plugins", "/opt/*", 1]
  |            ^^ it names nothing
error: `~/plugins` is no folder
 --> <folder>/plugins.toml:5:16
  |
5 | folders = ["", "~/plugins", "/opt/*", 1]
  |                ^^^^^^^^^^^ nothing is put in for `~` and `$`; write the whole path
error: `/opt/*` is no folder
 --> <folder>/plugins.toml:5:29
  |
5 | folders = ["", "~/plugins", "/opt/*", 1]
  |                             ^^^^^^^^ all that is below a folder belongs to it; write it without `*`
error: each of `folders` must be a string, and this is an integer
 --> <folder>/plugins.toml:5:39
  |
5 | folders = ["", "~/plugins", "/opt/*", 1]
  |                                       ^
error: `123` is no digest
 --> <folder>/plugins.toml:6:12
  |
6 | digests = ["123"]
  |            ^^^^^ write the BLAKE3 of the file, 64 hexadecimal digits
error: unknown key `raeson` in `deny`
 --> <folder>/plugins.toml:7:1
  |
7 | raeson = "x"
  | ^^^^^^ did you mean `reason`
error: unknown key `reason` in `allow`
 --> <folder>/plugins.toml:9:1
  |
9 | reason = "allowed for no reason"
  | ^^^^^^ known are `ids`, `folders`, `digests`
error: `enabled` must be true or false, and this is a string
  --> <folder>/plugins.toml:11:11
   |
11 | enabled = "no"
   |           ^^^^
error: `newest` is no requirement on versions
  --> <folder>/plugins.toml:12:11
   |
12 | version = "newest"
   |           ^^^^^^^^ unexpected character 'n' while parsing major version number
error: `cloud` is no home of plugins
  --> <folder>/plugins.toml:13:8
   |
13 | home = "cloud"
   |        ^^^^^^^ write `static` (linked in) or `dylib` (a library)
error: unknown key `pinned` of a plugin
  --> <folder>/plugins.toml:14:1
   |
14 | pinned = true
   | ^^^^^^ known are `enabled`, `version`, `home`"#;
    assert_eq!(said, expected, "\n{said}\n");
    assert_eq!((error.code(), error.flaws().len()), ("policy-invalid", 17));
    assert_eq!(
        error.flaws()[0].to_string(),
        "line 1, column 1: unknown key `folder` (did you mean `folders`)"
    );
    assert!(error.summary().ends_with("; and 16 more mistakes"), "{}", error.summary());
}

#[test]
fn a_policy_that_can_not_be_read_is_an_error_and_never_no_policy() {
    let folder = folder(b"folders = []\xff");
    let error = read(folder.path()).unwrap_err();
    assert_eq!(error.code(), "policy-unreadable");
    assert!(error.to_string().ends_with("plugins.toml` is not UTF-8 from byte 12 on"), "{error}");
    let error = Policy::read(&folder.path().join("none.toml")).unwrap_err();
    assert_eq!(error.code(), "policy-unreadable");
    assert!(error.source().is_some() && !error.help().is_empty());

    let mut places = Places::within(folder.path());
    places.policies = vec![folder.path().join("none.toml")];
    assert!(Policy::of(&places).unwrap().files().is_empty());
    places.policies.push(folder.path().join("plugins.toml"));
    places.policies.push(folder.path().to_owned());
    // Below a file there is nothing, which is not the same as no file.
    places.policies.push(folder.path().join("plugins.toml/plugins.toml"));
    assert_eq!(Policy::of(&places).unwrap_err().len(), 3);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
        places.policies = vec![folder.path().join("link")];
        assert_eq!(Policy::of(&places).unwrap_err().len(), 1);
    }
}

#[test]
fn every_beginning_of_a_policy_is_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plugins.toml");
    let mut read = 0;
    for end in 0..=WHOLE.len() {
        fs::write(&path, &WHOLE[..end]).unwrap();
        match Policy::read(&path) {
            Ok(_) => read += 1,
            Err(error) => assert!(!error.to_string().is_empty() && !error.summary().contains('\n')),
        }
    }
    assert!(read > 10, "{read}");
}

#[test]
fn a_projects_policy_wins_over_the_users_choice_by_choice() {
    let project =
        policy("folders = ['/p']\n[plugins]\n'a/b' = { enabled = true }\n'a/c' = { home = 'static' }\n");
    let user =
        policy("folders = ['/u']\n[plugins]\n'a/b' = { enabled = false, version = '^1' }\n'a/d' = {}\n");
    let both = project.over(user);
    assert_eq!(both.folders(), [Path::new("/p"), Path::new("/u")]);
    let choice = both.choice(&id("a/b"));
    assert_eq!((choice.enabled, choice.version), (Some(true), Some("^1".parse().unwrap())));
    assert_eq!(both.choices().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a/b", "a/c", "a/d"]);
    assert_eq!(both.files().len(), 2);
}
