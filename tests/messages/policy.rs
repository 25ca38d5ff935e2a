//! Policies: files that can not be taken, plugins that are not let in, plugins that are not wanted.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use keyway::host::{Host, HostBuilder, Mistake, Places, Policy};
use tempfile::TempDir;

use super::page::Page;
use super::running::Quiet;
use super::worlds;

pub(crate) fn show(page: &mut Page) {
    let root = TempDir::new().expect("a folder can be made");
    page.call(root.path(), "toolbox");
    let places = Places::within(root.path());
    fs::create_dir_all(&places.config).expect("a folder can be made");
    let file = places.config.join("plugins.toml");
    let build = |version: &str| {
        let built = Host::builder("toolbox", version).linked_in(false).places(places.clone()).survey();
        built.expect_err("the policy can not be taken")
    };
    mistakes(page, &file, || build("1.0.0"));
    // All mistakes of a host are told together, whether or not one is drawn.
    fs::write(&file, "[alow]\n").expect("the file can be written");
    let error = build("1.0");
    page.add("host::HostError", None, &error, Some(&error.help()));
    denials(page, &file);
    wishes(page, &file);
}

fn mistakes(page: &mut Page, file: &Path, build: impl Fn() -> keyway::host::HostError) {
    let mut mistake = || {
        let error = build();
        let [mistake @ Mistake::Policy(policy)] = error.mistakes() else { panic!("{error}") };
        page.error("host::Mistake", mistake.code(), mistake, &mistake.help());
        policy.summary()
    };
    let texts: [&[u8]; 6] = [
        b"[alow]\nids = []\n",
        b"[deny\n",
        b"[plugins.\"text/count\"]\nversion = 1.0\n",
        br#"folders = "plugins"
[allow]
ids = ["toolbox", "acme/*/x", "Acme/*"]
folders = ["~/plugins", "plugins/*", ""]
digests = ["12ab"]
reason = "mine"
[plugins."text/count"]
enabled = "no"
version = "one"
home = "process"
colour = "red"
"#,
        b"[deny]\nids = [\"\xff\"]\n",
        &[b'#'; (1 << 20) + 1],
    ];
    let mut summaries = Vec::new();
    for text in texts {
        fs::write(file, text).expect("the file can be written");
        summaries.push(mistake());
    }
    fs::remove_file(file).expect("it is there");
    fs::create_dir(file).expect("a folder can be made");
    summaries.push(mistake());
    fs::remove_dir(file).expect("it is there");
    symlink("gone.toml", file).expect("a link can be made");
    summaries.push(mistake());
    fs::remove_file(file).expect("it is there");
    for summary in summaries {
        page.add("host::PolicyError::summary", None, summary, None);
    }
}

fn under(builder: HostBuilder, file: &Path, policy: &str) -> HostBuilder {
    fs::write(file, policy).expect("the file can be written");
    builder.policy(Policy::read(file).expect("it has no mistakes"))
}

/// The library is named by its manifest and is not there, so that its digest and its folder can not be had.
const WORLD: &str = "id = \"t/a\"\nversion = \"1.0.0\"\nrequires.\"t/b\" = \"^1\"\n---\nid = \"t/b\"\nversion = \
                     \"1.0.0\"\nprovides.\"t/store\" = \"1.0.0\"\n---\nid = \"t/c\"\nversion = \
                     \"1.0.0\"\nrequires.interface.\"t/store\" = \"^1\"";

fn denials(page: &mut Page, file: &Path) {
    let digest = "0".repeat(64);
    for (policy, ids) in [
        ("[deny]\nids = [\"t/b\"]\nreason = \"it phones home\"\n", &["t/b", "t/a", "t/c"][..]),
        ("# ours\n\n[deny]\nids = [\n  \"t/*\",\n]\n", &["t/b"]),
        ("[allow]\nids = [\"t/a\"]\n", &["t/b"]),
        (&format!("[deny]\ndigests = [\"{digest}\"]\n"), &["t/b"]),
        ("[deny]\nfolders = [\"/opt/acme\"]\n", &["t/b"]),
    ] {
        let (_folder, builder) = worlds::builder(WORLD);
        let survey = under(builder, file, policy).survey().expect("the host was built without mistakes");
        page.refusals(&survey, ids);
    }
}

fn wishes(page: &mut Page, file: &Path) {
    let (_folder, builder) = worlds::builder(WORLD);
    let builder = under(builder, file, "[plugins.\"t/b\"]\nversion = \"^2\"\n");
    page.refusals(&builder.survey().expect("the host was built without mistakes"), &["t/b", "t/a"]);

    let linked = Host::builder("toolbox", "1.0.0").linked_in(false).plugin::<Quiet>();
    let builder = under(linked, file, "[plugins.\"messages/quiet\"]\nversion = \"^2\"\n");
    page.refusals(&builder.survey().expect("the host was built without mistakes"), &["messages/quiet"]);

    // The one of the home that is wanted has not the version that is wanted.
    let (_folder, builder) = worlds::builder("id = \"messages/quiet\"\nversion = \"2.0.0\"");
    let wish = "[plugins.\"messages/quiet\"]\nversion = \"^2\"\nhome = \"static\"\n";
    let builder = under(builder.plugin::<Quiet>(), file, wish);
    page.refusals(&builder.survey().expect("the host was built without mistakes"), &["messages/quiet"]);
}
