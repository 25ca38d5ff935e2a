//! The host: mistakes in building one, plugins that do not run, interfaces that can not be had.

use std::path::PathBuf;
use std::sync::Arc;

use keyway::host::loader::{Cause, Refuses};
use keyway::host::{GetError, Host, HostBuilder, Mistake, Refusal};
use keyway::id::{InterfaceId, PluginId};
use keyway::manifest::Fact;
use keyway::registration::{LinkError, Registered, Registration};
use keyway::{Fault, FaultKind, StartError};
use keyway_dylib::LoadError;

use super::framework::{Asking, Offered, Silent, a_mismatch};
use super::page::Page;
use super::worlds::survey;

fn id(text: &str) -> PluginId {
    PluginId::new(text).expect("it is an id")
}

fn interface(text: &str) -> InterfaceId {
    InterfaceId::new(text).expect("it is an id")
}

pub(crate) fn show(page: &mut Page) {
    mistakes(page);
    problems(page);
    refusals(page);
    answers(page);
}

fn mistakes(page: &mut Page) {
    let built = Host::builder("toolbox", "1.0").linked_in(false).disable("Text/count").survey();
    let Err(error) = built else { panic!("there are two mistakes") };
    page.add("host::HostError", None, &error, Some(&error.help()));
    let link = Mistake::Link(LinkError::Twice { id: "text/count", crates: ["text_tools", "more_tools"] });
    let offering = |host: HostBuilder| host.offer::<dyn Asking>("toolbox/clock", Arc::new(Offered));
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).disable("toolbox/clock");
    let Err(offered) = offering(offering(host)).survey() else { panic!("there are two mistakes") };
    let host = Host::builder("toolbox", "1.0.0").linked_in(false);
    let reserved = host.offer::<dyn Asking>("keyway/host", Arc::new(Offered)).survey();
    let Err(reserved) = reserved else { panic!("there is a mistake") };
    let of_offers = offered.mistakes().iter().chain(reserved.mistakes());
    for mistake in error.mistakes().iter().chain([&link]).chain(of_offers) {
        page.error("host::Mistake", mistake.code(), mistake, &mistake.help());
    }
}

fn problems(page: &mut Page) {
    let file = tempfile::NamedTempFile::new().expect("a file can be made");
    let written = Registration { describe: |say| say(Fact::Version("one")), ..*Silent::REGISTRATION };
    let host = Host::builder("toolbox", "1.0.0").linked_in(false).plugin_dir(file.path());
    let host = host.register(Box::leak(Box::new(written)));
    let survey = host.survey().expect("the host was built without mistakes");
    assert_eq!(survey.problems().len(), 2, "{:?}", survey.problems());
    page.call(file.path(), "plugins");
    survey.problems().iter().for_each(|problem| page.problem(problem));
}

fn start_error(text: &str) -> StartError {
    text.into()
}

fn not_loaded() -> Refusal {
    let file = PathBuf::from("plugins/libtext.so");
    let refuses: Box<dyn Refuses> = Box::new(LoadError::Abort { path: file.clone() });
    Refusal::Load { id: id("text/count"), file, source: Cause::from(refuses) }
}

fn refusals(page: &mut Page) {
    let world = "id = \"text/count\"\nversion = \"1.0.0\"\nrequires.\"text/split\" = \"^2\"";
    let survey = survey(world, &[]);
    let refused = survey.resolution().refused.get("text/count").expect("it can not run");
    let fault = |kind, message: &str| Refusal::Fault {
        id: id("text/count"),
        source: Fault::new(kind, message).in_plugin("text/count"),
    };
    let needs = |interface| Refusal::Needs {
        id: id("code/lines"),
        needed: id("text/count"),
        interface,
        source: Arc::new(not_loaded()),
    };
    let refusals = [
        Refusal::Unresolved(refused.clone()),
        not_loaded(),
        Refusal::Contradiction {
            id: id("text/count"),
            what: "it provides `text/counter` in its manifest, and has no table for it".into(),
        },
        Refusal::Start { id: id("text/count"), source: start_error("there is no dictionary") },
        fault(FaultKind::Panic, "index out of bounds"),
        fault(FaultKind::Malformed, "it ends too early"),
        Refusal::Reserved { id: id("keyway/host") },
        needs(None),
        needs(Some(interface("text/counter"))),
    ];
    refusals.iter().for_each(|refusal| page.refusal(refusal));
}

fn answers(page: &mut Page) {
    let not_provided = |provides: &[&str]| GetError::NotProvided {
        id: id("text/count"),
        interface: "text/splitter".into(),
        provides: provides.iter().map(|text| interface(text)).collect(),
    };
    let not_shared = |shares: &[&str]| GetError::NotShared {
        id: id("text/count"),
        name: "mian".into(),
        shares: shares.iter().map(|&name| name.to_owned()).collect(),
    };
    for error in [
        GetError::Unknown { id: "text/cuont".into(), meant: Some(id("text/count")) },
        GetError::Unknown { id: "net/fetch".into(), meant: None },
        GetError::Refused { id: id("text/count"), source: Arc::new(not_loaded()) },
        not_provided(&[]),
        not_provided(&["text/counter", "text/measure"]),
        GetError::Mismatch { id: id("text/count"), interface: "text/counter".into(), source: a_mismatch() },
        not_shared(&[]),
        not_shared(&["main", "spare"]),
        GetError::Early { id: id("text/count"), asker: id("code/lines") },
        GetError::Stopped,
    ] {
        page.error("host::GetError", error.code(), &error, &error.help());
    }
}
