//! What plugins and hosts share: ids, faults, bytes, interfaces, contexts.

use keyway::abi::kind;
use keyway::host::Host;
use keyway::id::{InterfaceId, PluginId};
use keyway::interface::{
    Change, FieldShape, InterfaceShape, Kind, MethodShape, Mismatch, TypeShape, compare,
};
use keyway::registration::{Dropped, LinkError};
use keyway::wire::{Decoder, Format, Malformed};
use keyway::{Context, Plugin, StartError, Wire};
use keyway::{Fault, FaultKind};

use super::page::Page;

pub(crate) fn show(page: &mut Page) {
    ids(page);
    links(page);
    faults(page);
    malformed(page);
    mismatches(page);
    unavailable(page);
}

fn ids(page: &mut Page) {
    let long = format!("{}/b", "a".repeat(65));
    for text in ["tools", "tools/", "1tools/count", "tools/Count", "a/b/c", &long] {
        page.add("id::InvalidId", None, PluginId::new(text).expect_err("it is no id"), None);
    }
    page.add("id::InvalidId", None, InterfaceId::new("tools").expect_err("it is no id"), None);
}

fn links(page: &mut Page) {
    let lost = Dropped { what: "text/count", krate: "text_tools", by: "inventory" };
    let empty = Dropped { what: "code_tools", krate: "code_tools", by: "link_plugins!" };
    for error in [
        LinkError::NoConstructors { counted: 3 },
        LinkError::Dropped(vec![lost.clone()]),
        LinkError::Dropped(vec![empty.clone()]),
        LinkError::Dropped(vec![lost, empty]),
        LinkError::Twice { id: "text/count", crates: ["text_tools", "more_tools"] },
    ] {
        page.add("registration::LinkError", None, &error, Some(&error.help()));
    }
}

fn faults(page: &mut Page) {
    for (kind, message) in [
        (FaultKind::Panic, "index out of bounds"),
        (FaultKind::Malformed, "it ends too early"),
        (FaultKind::Gone, "the host has stopped"),
        (FaultKind::Unsupported, "it has no method `count`"),
        (FaultKind::Unknown, "a fault of a later kind"),
    ] {
        let fault = Fault::new(kind, message);
        page.add("fault::Fault", None, &fault, None);
        page.add("fault::Fault", None, fault.in_plugin("text/count"), None);
    }
}

#[derive(Debug, Wire)]
struct Point {
    left: u8,
}

#[derive(Debug, Wire)]
struct Line {
    from: Point,
}

#[derive(Debug, Wire)]
enum Colour {
    Red,
}

#[derive(Debug, Wire)]
struct Tree {
    inner: Vec<Tree>,
}

fn decoded<T: Wire>(format: Format, bytes: &[u8]) -> Malformed {
    let mut decoder = Decoder::new(format, bytes, &[]);
    let outcome = T::decode(&mut decoder).and_then(|_| decoder.finish());
    outcome.expect_err("the bytes are no such value")
}

fn malformed(page: &mut Page) {
    use Format::{Compact, Named};
    for error in [
        decoded::<u64>(Compact, &[]),
        decoded::<u64>(Compact, &[0xff; 11]),
        decoded::<u8>(Compact, &[1, 2]),
        decoded::<bool>(Compact, &[2]),
        decoded::<Option<u8>>(Compact, &[2]),
        decoded::<String>(Compact, &[5, b'a']),
        decoded::<String>(Compact, &[1, 0xff]),
        decoded::<Vec<u32>>(Compact, &[200, 1]),
        decoded::<Colour>(Compact, &[9]),
        decoded::<Tree>(Compact, &[1; 200]),
        decoded::<bool>(Named, &[0xa1, b'a']),
        decoded::<u8>(Named, &[0xcd, 1, 0]),
        decoded::<u8>(Named, &[0xff]),
        decoded::<i64>(Named, &[0xcf, 255, 255, 255, 255, 255, 255, 255, 255]),
        decoded::<u8>(Named, &[0xc1]),
        decoded::<char>(Named, &[0xa2, b'a', b'b']),
        decoded::<(u8, u8)>(Named, &[0x93, 1, 2, 3]),
        decoded::<Colour>(Named, &[0xa4, b'B', b'l', b'u', b'e']),
        decoded::<Colour>(Named, &[0x82, 0xa3, b'R', b'e', b'd', 0xc0]),
        decoded::<Point>(Named, &[0x80]),
        decoded::<Point>(Named, &[0x81, 0xa1, b'x', 0xc1]),
        decoded::<Line>(
            Named,
            &[0x81, 0xa4, b'f', b'r', b'o', b'm', 0x81, 0xa4, b'l', b'e', b'f', b't', 0xc3],
        ),
        Malformed::variant("Colour", "Blue").within("colour").within("brush"),
    ] {
        page.add("wire::Malformed", None, error, None);
    }
}

fn shape() -> InterfaceShape {
    let field = |name: &str, of| FieldShape { name: name.into(), of, default: false, lent: false };
    InterfaceShape {
        id: "text/counter".into(),
        version: "1.2.0".into(),
        methods: vec![MethodShape {
            name: "count".into(),
            signature: "fn count(&self, of: Text) -> u64".into(),
            has_body: false,
            arguments: vec![field("of", 1)],
            returns: 0,
        }],
        types: vec![
            TypeShape { name: String::new(), kind: Kind::Leaf(kind::U64) },
            TypeShape {
                name: "Text".into(),
                kind: Kind::Struct { plain: false, fields: vec![field("size", 0)] },
            },
        ],
        interfaces: Vec::new(),
    }
}

/// The two do not fit, by one edit of the plugin's side.
fn mismatch(edit: impl FnOnce(&mut InterfaceShape)) -> Mismatch {
    let mut plugin = shape();
    edit(&mut plugin);
    compare(&shape(), &plugin).expect_err("the edit can not be bridged")
}

/// A mismatch as hosts meet one.
pub(crate) fn a_mismatch() -> Mismatch {
    mismatch(|plugin| plugin.methods.clear())
}

fn mismatches(page: &mut Page) {
    let signature = |plugin: &mut InterfaceShape| {
        plugin.methods[0].arguments.clear();
        plugin.methods[0].signature = "fn count(&self) -> u64".into();
    };
    let renamed = |plugin: &mut InterfaceShape| {
        if let Kind::Struct { fields, .. } = &mut plugin.types[1].kind {
            fields[0].name = "length".into();
        }
    };
    let mut found = vec![
        mismatch(|plugin| plugin.id = "text/measure".into()),
        mismatch(|plugin| plugin.version = "2.0.0".into()),
        a_mismatch(),
        mismatch(signature),
        mismatch(renamed),
        mismatch(|plugin| {
            plugin.version = "2.0.0".into();
            signature(plugin);
        }),
    ];
    // An interface inside a signature must fit in both directions.
    let outer = |inner: InterfaceShape| {
        let mut outer = shape();
        outer.id = "text/book".into();
        outer.types[1] =
            TypeShape { name: String::new(), kind: Kind::Object(kind::OBJECT, Some(0), inner.id.clone()) };
        outer.methods[0].signature = "fn count(&self, of: Arc<dyn Counter>) -> u64".into();
        outer.interfaces = vec![inner];
        outer
    };
    let mut more = shape();
    more.methods.push(MethodShape {
        name: "reset".into(),
        signature: "fn reset(&self)".into(),
        has_body: false,
        arguments: Vec::new(),
        returns: 0,
    });
    found.push(compare(&outer(shape()), &outer(more)).expect_err("the plugin may call `reset`"));
    // SAFETY: null is answered, and nothing behind it is read.
    found.push(unsafe { InterfaceShape::read(std::ptr::null()) }.expect_err("there is no descriptor"));
    let mut kinds = Vec::new();
    for mismatch in &found {
        page.add("interface::Mismatch", None, mismatch, Some(&mismatch.help()));
        let mut changes: Vec<&Change> = mismatch.changes().iter().collect();
        while let Some(change) = changes.pop() {
            kinds.push(std::mem::discriminant(change));
            if let Change::Inner { mismatch, .. } = change {
                changes.extend(mismatch.changes());
            }
        }
    }
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    kinds.dedup();
    assert_eq!(kinds.len(), 8, "every variant of `Change` occurs: {found:#?}");
}

/// Of the plugin that asks its context in vain.
#[keyway::interface(id = "messages/asking", version = "1.0")]
pub trait Asking: Send + Sync {
    fn ask(&self) -> Vec<String>;
}

/// What a host may offer.
pub(crate) struct Offered;

impl Asking for Offered {
    fn ask(&self) -> Vec<String> {
        Vec::new()
    }
}

#[derive(Debug, Default, Wire)]
struct Wishes {
    #[wire(default)]
    times: u32,
}

#[keyway::plugin(id = "messages/asker", provides(Asking), requires("messages/silent" = "*"))]
pub struct Asker(Context);

impl Plugin for Asker {
    fn start(context: &Context) -> Result<Self, StartError> {
        Ok(Self(context.clone()))
    }
}

impl Asking for Asker {
    fn ask(&self) -> Vec<String> {
        let context = &self.0;
        [
            context.config::<Wishes>().map(|wishes| assert_eq!(wishes.times, 1)),
            context.get::<dyn Asking>("messages/stranger").map(drop),
            context.get::<dyn Asking>("messages/silent").map(drop),
            context.all::<dyn Asking>().map(drop),
            context.spawn(async {}).map(drop),
            context.interval(std::time::Duration::ZERO).map(drop),
        ]
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string())
        .collect()
    }
}

/// Provides nothing.
#[keyway::plugin(id = "messages/silent")]
#[derive(Default)]
pub struct Silent;

/// The services of a host of a time without tasks.
struct WithoutTasks;

impl keyway::context::Services for WithoutTasks {
    fn plugin(&self) -> &str {
        "messages/asker"
    }
    fn config(&self) -> Result<Vec<u8>, keyway::Fault> {
        Ok(Vec::new())
    }
    fn interface(&self, plugin: &str, _: &str) -> Result<keyway::context::Provided, String> {
        Err(format!("its manifest requires neither plugin `{plugin}` nor interface `keyway/tasks`"))
    }
    fn providers(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
    fn log(&self, _: keyway::Level, _: &str, _: &str) {}
}

fn unavailable(page: &mut Page) {
    let settings: keyway::host::Settings =
        "times = \"often\"".parse::<toml::Table>().expect("it is TOML").into();
    let host = Host::builder("messages", "1.0.0")
        .linked_in(false)
        .plugin::<Asker>()
        .plugin::<Silent>()
        .config("messages/asker", settings)
        .start()
        .expect("the host was built without mistakes");
    let asker = host.get::<dyn Asking>("messages/asker").expect("it runs");
    let running = asker.ask();
    assert_eq!(running.len(), 4, "{running:?}");
    host.stop();
    let stopped = asker.ask();
    assert_eq!(stopped.len(), 6, "{stopped:?}");
    for message in running.into_iter().chain(stopped) {
        page.add("context::Unavailable", None, message, None);
    }
    let panicked = keyway::Fault::new(keyway::FaultKind::Panic, "index out of bounds");
    for error in [keyway::TaskError::Cancelled, keyway::TaskError::Panicked(panicked)] {
        page.add("context::TaskError", Some(error.code()), &error, None);
    }
    let limit = std::time::Duration::from_secs(5);
    let without = Context::new(std::sync::Arc::new(WithoutTasks)).interval(limit);
    let without = without.expect_err("it has no timer");
    for error in [keyway::TimeoutError::Elapsed { limit }, keyway::TimeoutError::Unavailable(without)] {
        page.add("context::TimeoutError", Some(error.code()), &error, None);
    }
}
