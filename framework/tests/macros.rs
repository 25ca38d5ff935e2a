//! The macros, used as an author uses them: everything that can cross, both ways.
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;

use keyway::{Bytes, Context, Fault, Plain, Plugin, StartError, Wire, interface, plugin};

#[derive(Clone, Copy, Debug, PartialEq, Plain)]
#[repr(C)]
pub struct Point {
    x: f64,
    y: f64,
    tag: u8,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Record {
    name: String,
    id: u64,
    tags: Vec<String>,
    scores: Vec<f64>,
    at: Point,
    more: Option<Box2>,
    #[wire(default)]
    note: Option<String>,
    kinds: Vec<Kind>,
    map: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Box2(u32, String);

#[derive(Clone, Debug, PartialEq, Wire)]
pub enum Kind {
    Nothing,
    One(u32),
    Two(u32, String),
    Named {
        a: i64,
        b: Vec<Kind>,
    },
    #[wire(default)]
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Oops {
    why: String,
    fault: bool,
}

impl From<Fault> for Oops {
    fn from(fault: Fault) -> Self {
        Self { why: fault.to_string(), fault: true }
    }
}

#[interface(id = "test/visitor", version = "1.0")]
pub trait Visitor: Send + Sync {
    fn visit(&self, name: &str) -> bool;
}

/// All that can cross.
#[interface(id = "test/all", version = "1.2")]
pub trait All: Send + Sync {
    fn add(&self, a: u64, b: u64) -> u64;
    fn nothing(&self);
    fn echo(&self, text: &str) -> String;
    fn sum(&self, points: &[Point]) -> f64;
    fn blob(&self, bytes: Bytes) -> Bytes;
    fn raw(&self, bytes: &[u8]) -> Vec<u8>;
    fn record(&self, record: &Record) -> Record;
    fn moved(&self, record: Record, times: u32) -> Result<Vec<Record>, Oops>;
    fn fail(&self, how: &str) -> Result<(), Oops>;
    fn walk(&self, visitor: &dyn Visitor) -> u32;
    fn keep(&self, visitor: Arc<dyn Visitor>) -> Arc<dyn Visitor>;
    fn boxed(&self, visitor: Box<dyn Visitor>) -> Result<Box<dyn Visitor>, Oops>;
    fn pair(&self, pair: (u8, String), letter: char) -> (String, Option<i32>);
    fn with_body(&self, n: u32) -> String {
        format!("{} of {}", n, self.echo("body"))
    }
}

#[plugin(
    id = "test/everything",
    provides(All, Visitor),
    description = "says \"everything\"",
    requires("test/other" = "^1", interface("test/store") = ">=1, <3"),
    optional("test/theme" = "^2"),
    conflicts("test/lite" = "*"),
    rank = -5,
    capabilities("net" = ["a:443"], "fs.read" = []),
    host = ">=1",
    activation = "use",
    version = "1.2.3-beta.4+there",
    authors("Ada", "Grace \\ \"Hopper\""),
    license = "Apache-2.0",
    config = BTreeMap<String, Vec<u16>>,
)]
pub struct Everything {
    id: String,
}

/// Says nothing that can be left out.
#[plugin(id = "test/plain")]
#[derive(Default)]
pub struct Nothing;

impl Plugin for Everything {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self { id: context.plugin().to_owned() })
    }
}

struct Forward(Arc<dyn Visitor>);
impl Visitor for Forward {
    fn visit(&self, name: &str) -> bool {
        !self.0.visit(name)
    }
}
struct ForwardBox(Box<dyn Visitor>);
impl Visitor for ForwardBox {
    fn visit(&self, name: &str) -> bool {
        !self.0.visit(name)
    }
}

impl Visitor for Everything {
    fn visit(&self, name: &str) -> bool {
        name == self.id
    }
}

impl All for Everything {
    fn add(&self, a: u64, b: u64) -> u64 {
        a + b
    }
    fn nothing(&self) {}
    fn echo(&self, text: &str) -> String {
        format!("{text}!")
    }
    fn sum(&self, points: &[Point]) -> f64 {
        points.iter().map(|point| point.x * point.y).sum()
    }
    fn blob(&self, bytes: Bytes) -> Bytes {
        bytes
    }
    fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.iter().rev().copied().collect()
    }
    fn record(&self, record: &Record) -> Record {
        record.clone()
    }
    fn moved(&self, record: Record, times: u32) -> Result<Vec<Record>, Oops> {
        Ok(vec![record; times as usize])
    }
    fn fail(&self, how: &str) -> Result<(), Oops> {
        match how {
            "no" => Ok(()),
            "panic" => panic!("asked to"),
            why => Err(Oops { why: why.into(), fault: false }),
        }
    }
    fn walk(&self, visitor: &dyn Visitor) -> u32 {
        ["a", "b", "c"].iter().filter(|name| visitor.visit(name)).count() as u32
    }
    fn keep(&self, visitor: Arc<dyn Visitor>) -> Arc<dyn Visitor> {
        Arc::new(Forward(visitor))
    }
    fn boxed(&self, visitor: Box<dyn Visitor>) -> Result<Box<dyn Visitor>, Oops> {
        Ok(Box::new(ForwardBox(visitor)))
    }
    fn pair(&self, (number, text): (u8, String), letter: char) -> (String, Option<i32>) {
        (format!("{number}{text}{letter}"), (number > 3).then_some(-1))
    }
}

fn record() -> Record {
    Record {
        name: "näme".into(),
        id: 7,
        tags: vec!["a".into(), String::new()],
        scores: vec![1.5, -2.0],
        at: Point { x: 1.0, y: 2.0, tag: 3 },
        more: Some(Box2(5, "five".into())),
        note: None,
        kinds: vec![
            Kind::Nothing,
            Kind::One(1),
            Kind::Two(2, "zwei".into()),
            Kind::Named { a: -1, b: vec![Kind::Nothing, Kind::Unknown] },
        ],
        map: BTreeMap::from([("k".into(), 1), ("l".into(), 2)]),
    }
}

struct Short;
impl Visitor for Short {
    fn visit(&self, name: &str) -> bool {
        assert_ne!(name, "panic", "a visitor that panics");
        name < "c"
    }
}

/// What must hold whichever way the calls go.
fn check(all: &dyn All) {
    assert_eq!(all.add(40, 2), 42);
    all.nothing();
    assert_eq!(all.echo("hällo"), "hällo!");
    let points = [Point { x: 2.0, y: 3.0, tag: 1 }, Point { x: 1.0, y: 1.0, tag: 2 }];
    assert!((all.sum(&points) - 7.0).abs() < 1e-9);
    assert_eq!(&*all.blob(Bytes::from(vec![1, 2, 3])), [1, 2, 3]);
    assert_eq!(all.raw(&[1, 2, 3]), [3, 2, 1]);
    assert_eq!(all.record(&record()), record());
    assert_eq!(all.moved(record(), 2), Ok(vec![record(), record()]));
    assert_eq!(all.fail("no"), Ok(()));
    assert_eq!(all.fail("because"), Err(Oops { why: "because".into(), fault: false }));
    assert_eq!(all.walk(&Short), 2);
    assert!(!all.keep(Arc::new(Short)).visit("a"));
    assert!(all.boxed(Box::new(Short)).is_ok_and(|boxed| boxed.visit("x")));
    assert_eq!(all.pair((4, "t".into()), 'ß'), ("4tß".into(), Some(-1)));
    assert_eq!(all.with_body(3), "3 of body!");
}

#[test]
fn everything_crosses_in_every_home() {
    let everything = || Everything { id: "me".into() };
    check(&everything());
    check(&*keyway::testing::through_table::<dyn All>(Arc::new(everything())));
    check(&*keyway::testing::through_messages::<dyn All>(Arc::new(everything())));
}

#[test]
fn a_panic_on_either_side_is_a_fault_that_keeps_its_message() {
    for all in [
        keyway::testing::through_table::<dyn All>(Arc::new(Everything { id: "me".into() })),
        keyway::testing::through_messages::<dyn All>(Arc::new(Everything { id: "me".into() })),
    ] {
        let oops = all.fail("panic").unwrap_err();
        assert!(oops.fault && oops.why.contains("asked to"), "{oops:?}");
        // The host's own visitor panics inside the plugin's call: back to the host as the plugin's fault.
        let kept = all.keep(Arc::new(Short));
        let payload =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kept.visit("panic"))).unwrap_err();
        let fault = payload.downcast_ref::<Fault>().unwrap();
        assert!(fault.message().contains("a visitor that panics"), "{fault:?}");
    }
}

#[test]
fn the_manifest_says_what_the_attribute_says() {
    let linked = keyway::registration::linked().unwrap();
    let ids: Vec<&str> = linked.iter().map(|registration| registration.id).collect();
    assert_eq!(ids, ["test/everything", "test/plain"]);
    assert!(linked.iter().all(|registration| registration.krate == "macros"));
}

#[cfg(feature = "host")]
#[test]
fn a_plugin_that_registered_by_itself_and_is_named_too_counts_once() {
    let named = keyway::host::Host::builder("test", "1.0.0").plugin::<Nothing>();
    let alone = named.linked_in(false).survey().unwrap();
    assert_eq!(alone.candidates().len(), 1);
    let named = keyway::host::Host::builder("test", "1.0.0").plugin::<Nothing>();
    let survey = named.survey().unwrap();
    assert_eq!(survey.candidates().len(), keyway::registration::linked().unwrap().len());
}

#[cfg(feature = "host")]
#[test]
fn what_a_plugin_says_to_its_own_image_is_what_its_note_says() {
    use keyway::host::Host;
    use keyway::manifest::{Activation, Manifest};

    let survey = Host::builder("test", "1.0.0").survey().unwrap();
    assert!(survey.problems().is_empty(), "{:?}", survey.problems());
    let linked = keyway::registration::linked().unwrap();
    assert_eq!(survey.candidates().len(), linked.len());
    for (candidate, registration) in survey.candidates().iter().zip(linked) {
        let noted = Manifest::from_json(registration.manifest).unwrap();
        assert_eq!(*candidate.manifest, noted, "{}", registration.manifest);
    }
    // Nothing that a manifest can hold is left out of the comparison: every field has another value in the second.
    let [full, plain] = survey.candidates() else { panic!("{survey:?}") };
    let (full, plain) = (&*full.manifest, &*plain.manifest);
    let Manifest {
        id,
        version,
        description,
        authors,
        license,
        host,
        provides,
        activation,
        rank,
        requires,
        conflicts,
        capabilities,
        config,
    } = full;
    assert!(*id != plain.id && *version != plain.version && *description != plain.description);
    assert!(*authors != plain.authors && *license != plain.license && host.is_some() && plain.host.is_none());
    assert!(provides.len() == 2 && plain.provides.is_empty());
    assert!(*activation == Activation::Use && plain.activation == Activation::Start);
    assert!(*rank == -5 && plain.rank == 0);
    assert!(requires.plugins.len() == 2 && requires.interfaces.len() == 1 && plain.requires.is_empty());
    assert!(requires.plugins["test/theme"].optional && !requires.plugins["test/other"].optional);
    assert!(conflicts.len() == 1 && capabilities.len() == 2 && capabilities["net"] == ["a:443"]);
    assert_eq!((config.as_deref(), plain.config.as_deref()), (Some("BTreeMap<String,Vec<u16>>"), None));
}
