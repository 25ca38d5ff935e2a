//! Whom a policy lets in.

use std::io;

use super::*;

/// A folder with plugins: `files` holds `lib.so`, `files/below` another.
struct Stage {
    folder: TempDir,
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("files/below")).unwrap();
        fs::create_dir(folder.path().join("other")).unwrap();
        for file in ["files/lib.so", "files/below/lib.so", "other/lib.so"] {
            fs::write(folder.path().join(file), file).unwrap();
        }
        Self { folder }
    }

    #[track_caller]
    fn policy(&self, text: &str) -> Policy {
        fs::write(self.folder.path().join("plugins.toml"), text).unwrap();
        read(self.folder.path()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// What a policy says of a plugin in a file; the empty text where it is let in.
    fn file(&self, policy: &Policy, plugin: &str, file: &str) -> String {
        let file = self.folder.path().join(file);
        self.says(policy, plugin, Some(&file), &mut || Digest::of_file(&file))
    }

    fn linked(&self, policy: &Policy, plugin: &str) -> String {
        self.says(policy, plugin, None, &mut || panic!("what is linked in has no digest"))
    }

    fn says(
        &self,
        policy: &Policy,
        plugin: &str,
        file: Option<&Path>,
        digest: &mut dyn FnMut() -> io::Result<Digest>,
    ) -> String {
        match policy.judge(Judged { id: &id(plugin), file, digest }) {
            Judgement::Allowed => String::new(),
            Judgement::Denied { by } => {
                assert!(!by.help().is_empty() && !by.code().is_empty());
                by.to_string().replace(&self.folder.path().display().to_string(), "<folder>")
            }
        }
    }
}

const NOT_ALLOWED: &str =
    "not allowed by `<folder>/plugins.toml`, line 1: nothing in `[allow]` stands for it";

#[test]
fn without_lists_everything_is_let_in_and_nothing_is_read() {
    let stage = Stage::new();
    let unread: &mut dyn FnMut() -> io::Result<Digest> = &mut || panic!("no list asks for it");
    for text in ["", "folders = ['files']", "[deny]", "[deny]\nids = []\nfolders = []\ndigests = []"] {
        let policy = stage.policy(text);
        let nowhere = Path::new("/nowhere/lib.so");
        assert_eq!(stage.says(&policy, "a/b", Some(nowhere), unread), "", "{text}");
        assert_eq!(stage.linked(&policy, "a/b"), "", "{text}");
    }
}

#[test]
fn a_denial_by_id_or_namespace_is_of_every_home_and_tells_file_line_and_reason() {
    let stage = Stage::new();
    let policy = stage.policy("[deny]\nreason = \"it phones home\"\nids = [\n  \"a/b\",\n  \"acme/*\",\n]\n");
    let said = stage.file(&policy, "acme/x", "files/lib.so");
    assert_eq!(said, "denied by `<folder>/plugins.toml`, line 5: `acme/*`: it phones home");
    assert_eq!(
        stage.linked(&policy, "a/b"),
        "denied by `<folder>/plugins.toml`, line 4: `a/b`: it phones home"
    );
    for other in ["a/bc", "acme-x/b", "b/acme"] {
        assert_eq!(stage.linked(&policy, other), "");
    }
    let Judgement::Denied { by } =
        policy.judge(Judged { id: &id("a/b"), file: None, digest: &mut || unreachable!() })
    else {
        panic!("it is denied");
    };
    assert_eq!((by.code(), by.line(), by.reason()), ("denied", 4, Some("it phones home")));
}

#[test]
fn a_denied_folder_has_all_that_is_below_and_all_that_links_there() {
    let stage = Stage::new();
    for written in ["files", "./files/", "other/../files"] {
        let policy = stage.policy(&format!("[deny]\nfolders = ['absent', '{written}']"));
        let denied = format!("denied by `<folder>/plugins.toml`, line 2: `{written}`");
        assert_eq!(stage.file(&policy, "a/b", "files/lib.so"), denied);
        assert_eq!(stage.file(&policy, "a/b", "files/below/lib.so"), denied);
        assert_eq!(stage.file(&policy, "a/b", "other/../files/lib.so"), denied);
        assert_eq!(stage.file(&policy, "a/b", "other/lib.so"), "");
        assert_eq!(stage.linked(&policy, "a/b"), "");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        let policy = stage.policy("[deny]\nfolders = ['files']");
        let at = |name: &str| stage.folder.path().join(name);
        symlink("files", at("round")).unwrap();
        symlink("../files/lib.so", at("other/link.so")).unwrap();
        assert!(stage.file(&policy, "a/b", "round/lib.so").starts_with("denied by"));
        assert!(stage.file(&policy, "a/b", "other/link.so").starts_with("denied by"));
        let gone = stage.file(&policy, "a/b", "other/gone.so");
        assert_eq!(
            gone,
            "denied by `<folder>/plugins.toml`, line 1: its folder is asked for and can not be found"
        );
    }
}

#[test]
fn a_folder_that_comes_later_is_denied_as_well() {
    let stage = Stage::new();
    let policy = stage.policy("[deny]\nfolders = ['later']");
    assert_eq!(stage.file(&policy, "a/b", "files/lib.so"), "");
    fs::rename(stage.folder.path().join("files"), stage.folder.path().join("later")).unwrap();
    assert!(stage.file(&policy, "a/b", "later/lib.so").starts_with("denied by"));
}

#[test]
fn a_denied_digest_is_of_the_content_and_a_file_that_can_not_be_read_is_denied() {
    let stage = Stage::new();
    let digest = Digest::of_file(&stage.folder.path().join("files/lib.so")).unwrap();
    let policy = stage.policy(&format!("[deny]\ndigests = ['{digest}']"));
    let short = digest.short();
    assert_eq!(
        stage.file(&policy, "a/b", "files/lib.so"),
        format!("denied by `<folder>/plugins.toml`, line 2: `{short}`")
    );
    assert_eq!(stage.file(&policy, "a/b", "other/lib.so"), "");
    assert_eq!(stage.linked(&policy, "a/b"), "");
    assert_eq!(
        stage.file(&policy, "a/b", "gone.so"),
        "denied by `<folder>/plugins.toml`, line 1: its digest is asked for and can not be taken"
    );
}

#[test]
fn one_match_of_any_kind_is_enough_to_be_allowed() {
    let stage = Stage::new();
    let digest = Digest::of_file(&stage.folder.path().join("other/lib.so")).unwrap();
    let policy = stage
        .policy(&format!("[allow]\nids = ['toolbox/*']\nfolders = ['files/below']\ndigests = ['{digest}']"));
    assert_eq!(stage.file(&policy, "toolbox/x", "files/lib.so"), "");
    assert_eq!(stage.file(&policy, "a/b", "files/below/lib.so"), "");
    assert_eq!(stage.file(&policy, "a/b", "other/lib.so"), "");
    assert_eq!(stage.file(&policy, "a/b", "files/lib.so"), NOT_ALLOWED);
    assert_eq!(stage.linked(&policy, "toolbox/x"), "");
    assert_eq!(stage.linked(&policy, "a/b"), NOT_ALLOWED);
}

#[test]
fn lists_of_files_say_nothing_of_what_is_linked_in() {
    let stage = Stage::new();
    for text in ["[allow]", "[allow]\nfolders = ['files']", "[allow]\ndigests = []"] {
        let policy = stage.policy(text);
        assert_eq!(stage.linked(&policy, "a/b"), "", "{text}");
        assert_eq!(stage.file(&policy, "a/b", "other/lib.so"), NOT_ALLOWED, "{text}");
    }
    let policy = stage.policy("[allow]\nids = []");
    assert_eq!(stage.linked(&policy, "a/b"), NOT_ALLOWED);
    assert_eq!(stage.file(&policy, "a/b", "other/lib.so"), NOT_ALLOWED);
}

#[test]
fn a_denial_stands_whatever_is_allowed() {
    let stage = Stage::new();
    let policy = stage.policy("[allow]\nids = ['a/b']\nfolders = ['files']\n[deny]\nids = ['a/*']");
    assert!(stage.file(&policy, "a/b", "files/lib.so").starts_with("denied by"));
    assert!(stage.linked(&policy, "a/b").starts_with("denied by"));
}

#[test]
fn a_project_keeps_out_more_than_its_user_and_never_lets_in_more() {
    let stage = Stage::new();
    let user = stage.policy("[allow]\nids = ['toolbox/*', 'acme/*']\n[deny]\nids = ['acme/spy']");
    let project = stage.policy("[allow]\nids = ['acme/*', 'evil/*']\n[deny]\nids = ['acme/old']");
    for policy in [project.clone().over(user.clone()), user.over(project)] {
        assert_eq!(stage.linked(&policy, "acme/new"), "");
        assert!(stage.linked(&policy, "acme/spy").starts_with("denied by"));
        assert!(stage.linked(&policy, "acme/old").starts_with("denied by"));
        assert_eq!(stage.linked(&policy, "toolbox/x"), NOT_ALLOWED);
        assert_eq!(stage.linked(&policy, "evil/x"), NOT_ALLOWED);
    }
}

#[test]
fn a_digest_is_taken_once_and_only_where_nothing_cheaper_decides() {
    let stage = Stage::new();
    let file = stage.folder.path().join("files/lib.so");
    let other = Digest::of(b"another");
    let count = |policy: &Policy, plugin: &str| {
        let mut taken = 0;
        let digest: &mut dyn FnMut() -> io::Result<Digest> = &mut || {
            taken += 1;
            Digest::of_file(&file)
        };
        stage.says(policy, plugin, Some(&file), digest);
        taken
    };
    let lists = format!("ids = ['a/b']\ndigests = ['{other}']");
    let one = stage.policy(&format!("[deny]\n{lists}"));
    assert_eq!((count(&one, "a/b"), count(&one, "c/d")), (0, 1));
    let allow = stage.policy(&format!("[allow]\n{lists}"));
    assert_eq!((count(&allow, "a/b"), count(&allow, "c/d")), (0, 1));
    assert_eq!(count(&one.over(allow), "c/d"), 1);
}

/// All tables of a name: each kind of list in it is not there, empty, has the plugin, or another. With each, what it has.
fn tables(name: &str, entries: [[&str; 3]; 3]) -> Vec<(String, [Option<bool>; 3])> {
    let table = |n: usize| {
        let mut text = format!("[{name}]\n");
        let mut has = [None; 3];
        for (at, [kind, mine, others]) in entries.into_iter().enumerate() {
            let (list, own) = match n >> (2 * at) & 3 {
                0 => continue,
                1 => ("[]".to_owned(), false),
                2 => (format!("['{mine}']"), true),
                _ => (format!("['{others}']"), false),
            };
            text.push_str(&format!("{kind} = {list}\n"));
            has[at] = Some(own);
        }
        (text, has)
    };
    (0..64).map(table).collect()
}

#[test]
fn the_table_in_the_documentation_holds_for_all_lists() {
    let stage = Stage::new();
    let digest = |file: &str| Digest::of_file(&stage.folder.path().join(file)).unwrap().to_string();
    let (mine, others) = (digest("files/lib.so"), digest("other/lib.so"));
    let entries = [["ids", "a/*", "b/b"], ["folders", "files", "other"], ["digests", &mine, &others]];
    let read = |(text, has): (String, _)| (stage.policy(&text), text, has);
    let allows: Vec<_> = tables("allow", entries).into_iter().map(read).collect();
    for (deny, text, denied) in tables("deny", entries).into_iter().map(read) {
        let free = !denied.contains(&Some(true));
        assert_eq!(stage.file(&deny, "a/b", "files/lib.so").is_empty(), free, "{text}");
        assert_eq!(stage.linked(&deny, "a/b").is_empty(), denied[0] != Some(true), "{text}");
        for (allow, and, allowed) in &allows {
            let both = deny.clone().over(allow.clone());
            let file = free && allowed.contains(&Some(true));
            let linked = denied[0] != Some(true) && allowed[0] != Some(false);
            assert_eq!(stage.file(&both, "a/b", "files/lib.so").is_empty(), file, "{text}{and}");
            assert_eq!(stage.linked(&both, "a/b").is_empty(), linked, "{text}{and}");
        }
    }
}
