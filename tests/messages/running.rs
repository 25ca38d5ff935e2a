//! Hosts that run: plugins whose file fails its trial or can not be tried, whose start takes too long, that are stopped,
//! disabled or needed.

use std::sync::Arc;
use std::time::Duration;

use keyway::host::{ChangeError, GetError, Host, Trial};
use keyway::id::PluginId;
use keyway::{Context, Plugin, StartError};
use keyway_tests::misbehaving;
use tempfile::TempDir;

use super::framework::{Asker, Asking, Offered, Silent};
use super::page::Page;

pub(crate) fn show(page: &mut Page) {
    tried(page);
    late(page);
    changes(page);
}

/// Does nothing.
#[keyway::plugin(id = "messages/quiet", version = "1.0.0")]
#[derive(Default)]
pub struct Quiet;

/// Never done with its start.
#[keyway::plugin(id = "messages/late", version = "1.0.0", provides(Asking))]
pub struct Late;

impl Plugin for Late {
    fn start(_: &Context) -> Result<Self, StartError> {
        loop {
            std::thread::sleep(Duration::from_secs(1000));
        }
    }
}

impl Asking for Late {
    fn ask(&self) -> Vec<String> {
        Vec::new()
    }
}

#[keyway::plugin(id = "messages/waiting", version = "1.0.0", requires("messages/late" = "^1"))]
#[derive(Default)]
pub struct Waiting;

#[keyway::plugin(id = "messages/patient", version = "1.0.0", requires(interface("messages/asking") = "^1"))]
#[derive(Default)]
pub struct Patient;

fn refusals(page: &mut Page, host: &Host, ids: &[&str]) {
    for id in ids {
        let info = host.plugin(id).unwrap_or_else(|| panic!("{id} was found"));
        page.refusal(info.refusal().unwrap_or_else(|| panic!("{id} runs")));
    }
}

/// Real files: one that crashes when it is loaded, one that nobody is there to try.
fn tried(page: &mut Page) {
    let folder = TempDir::new().expect("a folder can be made");
    page.call(folder.path(), "plugins");
    let id = "faults/p001-aaaaaaa";
    let start = |scanner: &str| {
        let host = Host::builder("toolbox", "1.0.0").linked_in(false).plugin_dir(folder.path());
        let host = host.bridge(keyway_dylib::bridge()).trial(Trial::by_command(scanner, [""; 0]));
        host.start().expect("the host was built without mistakes")
    };
    let file = misbehaving(folder.path(), id, "segfault");
    let host = start(env!("CARGO_BIN_EXE_trial-host"));
    refusals(page, &host, &[id]);
    let error = host.get::<dyn Asking>(id).map(drop).expect_err("it was not loaded");
    show_get(page, &error);
    std::fs::remove_file(file).expect("it is there");
    misbehaving(folder.path(), id, "well-behaved");
    refusals(page, &start("no-such-scanner"), &[id]);
}

fn late(page: &mut Page) {
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).start_deadline(Duration::from_millis(200));
    let host = host.plugin::<Late>().plugin::<Waiting>().plugin::<Patient>();
    let host = host.start().expect("the host was built without mistakes");
    refusals(page, &host, &["messages/late", "messages/waiting", "messages/patient"]);
    show_get(page, &host.get::<dyn Asking>("messages/late").map(drop).expect_err("it has not started"));
}

fn show_get(page: &mut Page, error: &GetError) {
    page.error("host::GetError", error.code(), error, &error.help());
}

fn changes(page: &mut Page) {
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).disable("messages/quiet");
    let host = host.plugin::<Asker>().plugin::<Silent>().plugin::<Quiet>();
    let host = host.offer::<dyn Asking>("toolbox/clock", Arc::new(Offered));
    let host = host.start().expect("the host was built without mistakes");
    let get = |id| host.get::<dyn Asking>(id).map(drop).expect_err("it does not run");
    let mut show = |error: ChangeError| {
        page.error("host::ChangeError", error.code(), &error, &error.help());
    };
    show(host.load("messages/quite").expect_err("there is no such plugin"));
    show(host.unload("messages/silent", false).expect_err("it is needed"));
    let (id, place) = (PluginId::new("text/count").expect("it is an id"), "plugins/libtext.so".to_owned());
    show(ChangeError::Vanished { id, place });
    show(ChangeError::Within { id: PluginId::new("text/count").expect("it is an id") });
    show(host.reload("toolbox/clock").expect_err("the host offers it"));
    show(host.enable("messages/quiet").expect_err("the host disables it"));
    host.unload("messages/asker", false).expect("nobody needs it");
    show_get(page, &get("messages/asker"));
    host.disable("messages/asker").expect("there is no folder in which that could not be kept");
    show_get(page, &get("messages/asker"));
    show_get(page, &get("messages/quiet"));
    let error = host.load("messages/asker").expect_err("it is disabled");
    page.error("host::ChangeError", error.code(), &error, &error.help());
}
