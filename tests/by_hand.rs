//! What `#[interface]` and `#[plugin]` write, written by hand for one method, and the test that keeps both equal.
#![allow(missing_docs, reason = "a test")]

/// As an author writes it.
pub mod macros {
    use keyway::{interface, plugin};

    #[interface(id = "hand/greeter", version = "1.0")]
    pub trait Greeter: Send + Sync {
        fn greet(&self, name: &str) -> String;
    }

    #[plugin(
        id = "hand/hello",
        provides(Greeter),
        version = "1.0",
        description = "greets",
        authors("A. N. Author"),
        license = "MIT"
    )]
    #[derive(Default)]
    pub struct Hello;

    impl Greeter for Hello {
        fn greet(&self, name: &str) -> String {
            assert!(!name.is_empty(), "nobody to greet");
            format!("hello {name}")
        }
    }
}

/// The same without the macros.
pub mod hand {
    use std::ffi::c_void;
    use std::sync::Arc;

    use keyway::__private::Fact;
    use keyway::abi::guard::guard;
    use keyway::abi::message::{Answered, serve};
    use keyway::abi::object::{Lent, Links, Remote, Shared, release, retain};
    use keyway::abi::{
        ContextTable, Descriptor, Either, Message, Method, Object, Owned, Part, PluginTable, RawFn, Reply,
        Slice, Status, Str, Table,
    };
    use keyway::counts::{Meter, Metered};
    use keyway::note::{KIND_MANIFEST, Note, length, padded};
    use keyway::plugin::{LiveOf, Made, Provide, counting, start, stop};
    use keyway::registration::{COUNTED, Counted, Registration};
    use keyway::wire::{Malformed, Wire, generated};
    use keyway::{Context, Handle, Interface, StartError};

    // The interface.

    pub trait Greeter: Send + Sync {
        fn greet(&self, name: &str) -> String;
    }

    /// The interface as data.
    static DESCRIPTOR: Descriptor = generated::descriptor("hand/greeter", "1.0.0", &METHODS);
    static METHODS: [Method; 1] = [generated::method(
        "greet",
        "fn greet(&self, name: &str) -> String",
        0,
        const { &[generated::part("name", generated::str_shape, 0)] as &[Part] },
        <String as Wire>::shape,
    )];

    /// The type of the method's C function.
    type Greet = unsafe extern "C" fn(*const c_void, Str) -> Reply<<String as Wire>::Out>;

    /// The guest side: one C function a method.
    unsafe extern "C" fn greet<T: Greeter>(data: *const c_void, name: Str) -> Reply<<String as Wire>::Out> {
        guard(|| {
            // SAFETY: the table that holds this function was made for a `T`, whose address is its data.
            let this = unsafe { &*data.cast::<T>() };
            // SAFETY: the caller keeps the text alive during the call.
            match unsafe { generated::str_argument(name) } {
                Ok(name) => Reply::done(this.greet(name).give()),
                Err(malformed) => generated::malformed("name", malformed),
            }
        })
    }

    /// The tables' functions, by type.
    pub struct Guest;

    impl Guest {
        const fn methods<T: Greeter>() -> [RawFn; 1] {
            // SAFETY: function pointers have one size; the descriptor says the type to whoever calls.
            [unsafe { std::mem::transmute::<Greet, RawFn>(greet::<T>) }]
        }

        /// The message form: a method's number, and its arguments as bytes.
        unsafe extern "C" fn dispatch<T: Greeter>(
            data: *const c_void,
            method: u32,
            format: u32,
            arguments: Slice<u8>,
            objects: Slice<Object>,
        ) -> Reply<Message> {
            // SAFETY: the caller keeps arguments and objects alive during the call.
            unsafe {
                serve(format, arguments, objects, |from, to| {
                    if method != 0 {
                        return Err(Malformed::new(format!("there is no method number {method}")));
                    }
                    from.tuple(1)?;
                    let name = from.within("name", |from| from.str())?;
                    from.finish()?;
                    // SAFETY: the table that holds this function was made for a `T`.
                    (&*data.cast::<T>()).greet(name).encode(to);
                    Ok(Answered::Value)
                })
            }
        }
    }

    /// The host side: the trait over an object of the other side.
    pub struct Proxy(Remote);

    impl Greeter for Proxy {
        fn greet(&self, name: &str) -> String {
            let Some(function) = self.0.typed(0) else {
                let answer = self.0.message(0, |to| {
                    to.tuple(1);
                    to.str(name);
                });
                let answer = answer.unwrap_or_else(|fault| fault.raise());
                return answer
                    .decode(String::decode)
                    .unwrap_or_else(|malformed| self.0.blame(malformed).raise());
            };
            // SAFETY: the link found this function under a signature that is equal to this method's.
            let reply =
                unsafe { std::mem::transmute::<RawFn, Greet>(function)(self.0.data(), Str::new(name)) };
            match reply.status {
                // SAFETY: the status says that there is a value, and it is taken once.
                Status::DONE => unsafe { String::take(reply.value.assume_init(), self.0.origin()) }
                    .unwrap_or_else(|malformed| self.0.blame(malformed).raise()),
                status => self.0.fault(status).raise(),
            }
        }
    }

    impl Greeter for Shared<dyn Greeter> {
        fn greet(&self, name: &str) -> String {
            self.0.greet(name)
        }
    }
    impl Greeter for Lent<dyn Greeter> {
        fn greet(&self, name: &str) -> String {
            self.get().greet(name)
        }
    }
    impl Greeter for Handle<dyn Greeter> {
        fn greet(&self, name: &str) -> String {
            self.get().greet(name)
        }
    }

    /// The counter that a host puts in front of an object where it counts calls.
    impl Greeter for Metered<dyn Greeter> {
        fn greet(&self, name: &str) -> String {
            let call = self.call(0);
            let value = self.object().greet(name);
            call.done();
            value
        }
    }

    static SHARED: Table = generated::table(
        &DESCRIPTOR,
        Some((retain::<Shared<dyn Greeter>>, release::<Shared<dyn Greeter>>)),
        (Guest::dispatch::<Shared<dyn Greeter>>, None),
        &SHARED_METHODS,
    );
    static SHARED_METHODS: [RawFn; 1] = Guest::methods::<Shared<dyn Greeter>>();
    static LENT: Table =
        generated::table(&DESCRIPTOR, None, (Guest::dispatch::<Lent<dyn Greeter>>, None), &LENT_METHODS);
    static LENT_METHODS: [RawFn; 1] = Guest::methods::<Lent<dyn Greeter>>();

    // SAFETY: the tables hold functions of the types that the descriptor says.
    unsafe impl Interface for dyn Greeter {
        const ID: &'static str = "hand/greeter";
        const VERSION: &'static str = "1.0.0";
        type Proxy = Proxy;
        type Guest = Guest;
        type Methods = [RawFn; 1];
        const DESCRIPTOR: &'static Descriptor = &DESCRIPTOR;

        extern "C" fn descriptor() -> *const Descriptor {
            &DESCRIPTOR
        }
        fn proxy(remote: Remote) -> Proxy {
            Proxy(remote)
        }
        fn as_dyn(proxy: &Proxy) -> &Self {
            proxy
        }
        fn into_arc(proxy: Arc<Proxy>) -> Arc<Self> {
            proxy
        }
        fn into_box(proxy: Proxy) -> Box<Self> {
            Box::new(proxy)
        }
        fn export(object: Arc<Self>) -> Object {
            Object { data: Arc::into_raw(Arc::new(Shared(object))).cast(), table: &SHARED }
        }
        fn lent() -> &'static Table {
            &LENT
        }
        fn links() -> &'static Links {
            static LINKS: Links = Links::new();
            &LINKS
        }
        fn metered(object: Arc<Self>, meter: Meter<'_>) -> Arc<Self> {
            Arc::new(Metered::<dyn Greeter>::new(object, meter, &["greet"]))
        }
    }

    // The plugin.

    #[derive(Default)]
    pub struct Hello;

    impl Greeter for Hello {
        fn greet(&self, name: &str) -> String {
            assert!(!name.is_empty(), "nobody to greet");
            format!("hello {name}")
        }
    }

    /// The manifest, as it lies in the file.
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
    #[cfg_attr(windows, unsafe(link_section = ".keyway"))]
    #[cfg_attr(not(any(target_vendor = "apple", windows)), unsafe(link_section = ".note.keyway"))]
    static NOTE: Note<{ padded(length(MANIFEST)) }> = Note::new(KIND_MANIFEST, MANIFEST);
    const MANIFEST: &[&str] = &[
        r#"{"id":"hand/hello","version":"1.0.0","description":"greets","authors":["A. N. Author"],"license":"MIT","#,
        r#""provides":{"hand/greeter":"1.0.0"}}"#,
    ];

    impl Made for Hello {
        fn make(_: &Context) -> Result<Self, StartError> {
            Ok(Self)
        }
        fn end(&self) {}
    }

    static TABLE: Table = generated::table(
        &DESCRIPTOR,
        Some(counting::<Hello>()),
        (Guest::dispatch::<Hello>, None),
        &TABLE_METHODS,
    );
    static TABLE_METHODS: [RawFn; 1] = Guest::methods::<Hello>();
    static TABLES: generated::Tables<1> = generated::Tables([&TABLE]);
    static PROVIDES: [Provide<Hello>; 1] = [Provide {
        table: &TABLE,
        direct: |plugin| {
            let object: Arc<dyn Greeter> = plugin;
            Box::new(object)
        },
    }];

    unsafe extern "C" fn start_hello(
        context: *const ContextTable,
    ) -> Reply<Either<*const c_void, Owned<Str>>> {
        // SAFETY: the same duties.
        unsafe { start::<Hello>(context) }
    }
    pub static PLUGIN: PluginTable = generated::plugin_table(
        NOTE.text(),
        TABLES.array(),
        start_hello,
        stop::<Hello>,
        counting::<Hello>().1,
        // Null: `Hello` is made by its default, and good for as long as it runs.
        None,
    );

    const KRATE: &str = generated::krate(module_path!());
    keyway::__private::inventory::submit! {
        Registration {
            manifest: NOTE.text(),
            // The same once more, for a host that this is linked into: nothing is parsed there.
            describe: |say| {
                say(Fact::Version("1.0.0"));
                say(Fact::Description("greets"));
                say(Fact::Author("A. N. Author"));
                say(Fact::License("MIT"));
                say(Fact::Provides { id: "hand/greeter", version: "1.0.0" });
            },
            id: "hand/hello",
            krate: KRATE,
            module: module_path!(),
            table: &PLUGIN,
            start: |context| LiveOf::<Hello>::start(context, &PROVIDES),
        }
    }
    #[keyway::__private::linkme::distributed_slice(COUNTED)]
    #[linkme(crate = keyway::__private::linkme)]
    static COUNTED_HELLO: Counted = Counted { id: "hand/hello", krate: KRATE };
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use keyway::abi::object::{Held, try_connect};
    use keyway::context::{Level, Provided, Services};
    use keyway::interface::InterfaceShape;
    use keyway::manifest::Manifest;
    use keyway::registration::{COUNTED, Registration};
    use keyway::testing::{through_messages, through_table};
    use keyway::{Context, Fault, Interface};

    use super::{hand, macros};

    /// The registrations of both plugins: by hand, by macro.
    fn registered() -> (&'static Registration, &'static Registration) {
        let all = keyway::__private::inventory::iter::<Registration>.into_iter();
        let (hand, made): (Vec<_>, Vec<_>) = all
            .filter(|registration| registration.id == "hand/hello")
            .partition(|registration| std::ptr::eq(registration.table, &hand::PLUGIN));
        assert_eq!((hand.len(), made.len()), (1, 1));
        (hand[0], made[0])
    }

    #[test]
    fn the_manifests_are_equal() {
        let (hand, made) = registered();
        assert_eq!(hand.manifest, made.manifest);
        assert_eq!(hand.krate, made.krate);
        assert_eq!(COUNTED.iter().filter(|counted| counted.id == "hand/hello").count(), 2);
        Manifest::from_json(hand.manifest).unwrap();
    }

    #[test]
    fn the_descriptions_are_equal() {
        // SAFETY: a descriptor of this image is constant.
        let [hand, made] = [<dyn hand::Greeter>::descriptor(), <dyn macros::Greeter>::descriptor()]
            .map(|descriptor| unsafe { InterfaceShape::read(descriptor) }.unwrap());
        assert_eq!(hand, made);
    }

    struct NoHost;

    impl Services for NoHost {
        fn plugin(&self) -> &str {
            "hand/hello"
        }
        fn config(&self) -> Result<Vec<u8>, Fault> {
            Ok(Vec::new())
        }
        fn interface(&self, _: &str, _: &str) -> Result<Provided, String> {
            Err("nothing is required".into())
        }
        fn providers(&self, _: &str) -> Result<Vec<String>, String> {
            Ok(Vec::new())
        }
        fn log(&self, _: Level, _: &str, _: &str) {}
    }

    /// Starts a registered plugin: its object for other images, and its trait object.
    fn started<T: Clone + 'static>(registration: &Registration) -> (Held, T) {
        let live = (registration.start)(&Context::new(Arc::new(NoHost))).expect("it starts");
        assert_eq!(live.count(), 1);
        let (object, direct) = live.interface(0);
        assert_eq!(object.interface(), Some("hand/greeter"));
        (object, direct.downcast_ref::<T>().expect("the trait object").clone())
    }

    #[test]
    fn each_calls_the_other_and_itself_alike() {
        let (hand, made) = registered();
        let (hand_object, hand) = started::<Arc<dyn hand::Greeter>>(hand);
        let (made_object, made) = started::<Arc<dyn macros::Greeter>>(made);
        // SAFETY: both objects are held, and their tables are constants.
        let hand_over_made = unsafe { try_connect::<dyn hand::Greeter>(made_object.into_raw(), None) };
        // SAFETY: as above.
        let made_over_hand = unsafe { try_connect::<dyn macros::Greeter>(hand_object.into_raw(), None) };
        let (hand_over_made, made_over_hand) = (hand_over_made.unwrap(), made_over_hand.unwrap());
        let all: [&dyn Fn(&str) -> String; 8] = [
            &|name| hand::Greeter::greet(&*hand, name),
            &|name| macros::Greeter::greet(&*made, name),
            &|name| hand::Greeter::greet(&hand_over_made, name),
            &|name| macros::Greeter::greet(&made_over_hand, name),
            &|name| hand::Greeter::greet(&*through_table(Arc::clone(&hand)), name),
            &|name| macros::Greeter::greet(&*through_table(Arc::clone(&made)), name),
            &|name| hand::Greeter::greet(&*through_messages(Arc::clone(&hand)), name),
            &|name| macros::Greeter::greet(&*through_messages(Arc::clone(&made)), name),
        ];
        for (way, greet) in all.into_iter().enumerate() {
            assert_eq!(greet("world"), "hello world");
            let panic = catch_unwind(AssertUnwindSafe(|| greet(""))).unwrap_err();
            // In the same image a panic is a panic; over an edge it is a fault that keeps its message.
            let said = match panic.downcast_ref::<Fault>() {
                Some(fault) => fault.message().to_owned(),
                None => panic.downcast_ref::<&str>().unwrap().to_string(),
            };
            assert_eq!(panic.is::<Fault>(), way >= 2);
            assert!(said.contains("nobody to greet"), "{said}");
        }
    }
}
