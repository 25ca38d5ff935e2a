//! The same crate linked in and loaded, in one process.

use contract_plugin::objects::Objects;
use contract_plugin::panics::Panics;
use contract_plugin::values::{Kind, Values};
use keyway::Bytes;
use keyway::host::Host;
use keyway::manifest;

use super::homes::{Home, everything, folder, started};
use super::values::record;

/// What a host's plugins answer to one long conversation.
fn answers(host: &Host) -> Vec<String> {
    let values = everything::<dyn Values>(host);
    let objects = everything::<dyn Objects>(host);
    let panics = everything::<dyn Panics>(host);
    let mut said = Vec::new();
    for n in 0..50_u32 {
        let size = n as usize;
        said.push(format!("{:?}", values.record(&record(size))));
        said.push(format!("{:?}", values.records(record(size), n)));
        said.push(format!("{:?}", values.kind(Kind::Two(n, "t".repeat(size)))));
        said.push(format!("{:?}", &*values.blob(Bytes::from(vec![n as u8; size * 100]))));
        said.push(format!("{:?} {:?}", values.answer_in_words(&n.to_string()), values.answer_in_words("n")));
        said.push(format!("{:?}", objects.make(&n.to_string()).visit("7")));
        said.push(format!("{:?}", panics.fallible_in_words("no")));
    }
    said.extend(host.all::<dyn contract_plugin::life::Named>().iter().map(|named| named.plugin().to_owned()));
    said
}

#[test]
fn the_same_crate_gives_the_same_answers_built_in_and_loaded() {
    let hosts = Home::ALL.map(Home::host);
    let [built_in, others @ ..] = hosts.each_ref().map(answers);
    for (home, other) in Home::ALL[1..].iter().zip(&others) {
        assert_eq!(built_in, *other, "{home:?}");
    }
    println!("{} answers alike in {} homes", built_in.len(), Home::ALL.len());
}

#[test]
fn of_equal_versions_the_built_in_one_runs_and_the_other_is_shown_as_passed_over() {
    let host = started(Host::builder("twins", "1.0.0").plugin_dir(folder()).bridge(keyway_dylib::bridge()));
    for info in host.plugins() {
        assert_eq!(info.home, manifest::Home::Static, "{}", info.id);
        let [aside] = &info.passed_over[..] else { panic!("{}: {:?}", info.id, info.passed_over) };
        assert_eq!((aside.home, &aside.version), (manifest::Home::Dylib, &info.version));
        assert!(aside.place.contains("contract_plugin"), "{}", aside.place);
        assert_eq!(aside.why, "the same version was found earlier, in -", "{}", info.id);
    }
    assert!(everything::<dyn Values>(&host).is_direct());
}
