// Written by `KEYWAY_BLESS=1 cargo test -p keyway-macros`.
//! A plugin with an interface, settings and requirements.
#[derive(Default)]
pub struct Words;
const _: () = {
    use ::keyway::__private as __k;
    const __PIECES: &[&str] = &[
        "{\"id\":\"text/words\",\"version\":\"1.2.0\",\"description\":\"counts \\\"words\\\"\",\"authors\":[\"A. N. Author\"],\"license\":\"MIT\",\"host\":\">=1.0, <3\",\"provides\":{\"",
        <dyn Counter as __k::Interface>::ID,
        "\":\"",
        <dyn Counter as __k::Interface>::VERSION,
        "\"},\"activation\":\"use\",\"rank\":-5,\"requires\":{\"interface\":{\"text/store\":\"^2\"},\"text/base\":\"^1\",\"text/theme\":{\"version\":\"^1\",\"optional\":true}},\"conflicts\":{\"text/lite\":\"*\"},\"capabilities\":{\"fs.read\":[\"~/notes\"]},\"config\":\"Settings\"}",
    ];
    #[used]
    #[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__keyway"))]
    #[cfg_attr(windows, unsafe(link_section = ".keyway"))]
    #[cfg_attr(
        not(any(target_vendor = "apple", windows)),
        unsafe(link_section = ".note.keyway")
    )]
    static __NOTE: __k::Note<{ __k::padded(__k::length(__PIECES)) }> = __k::Note::new(
        __k::KIND_MANIFEST,
        __PIECES,
    );
    const _: () = __k::generated::assert_config::<Settings>();
    impl __k::Made for Words {
        fn make(
            context: &__k::Context,
        ) -> ::core::result::Result<Self, __k::StartError> {
            use __k::{ByDefault as _, ByPlugin as _};
            (&&__k::Maker::<Words>::new()).make(context)
        }
        fn health(&self) -> __k::Health {
            use __k::{ByDefault as _, ByPlugin as _};
            (&&__k::Maker::<Words>::new()).health(self)
        }
        fn end(&self) {
            use __k::{ByDefault as _, ByPlugin as _};
            (&&__k::Maker::<Words>::new()).end(self)
        }
    }
    static __METHODS_OF__TABLE_0: <dyn Counter as __k::Interface>::Methods = <<dyn Counter as __k::Interface>::Guest>::methods::<
        Words,
    >();
    static __TABLE_0: __k::Table = __k::generated::table(
        <dyn Counter as __k::Interface>::DESCRIPTOR,
        ::core::option::Option::Some(__k::counting::<Words>()),
        <<dyn Counter as __k::Interface>::Guest>::by_name::<Words>(),
        &__METHODS_OF__TABLE_0,
    );
    static __PROVIDES: [__k::Provide<Words>; 1usize] = [
        __k::Provide {
            table: &__TABLE_0,
            direct: |plugin| {
                let object: ::std::sync::Arc<dyn Counter> = plugin;
                ::std::boxed::Box::new(object)
            },
        },
    ];
    static __TABLES: __k::generated::Tables<1usize> = __k::generated::Tables([
        &__TABLE_0,
    ]);
    unsafe extern "C" fn __start(
        context: *const __k::ContextTable,
    ) -> __k::Reply<__k::Either<*const ::core::ffi::c_void, __k::Owned<__k::Str>>> {
        unsafe { __k::start::<Words>(context) }
    }
    static __PLUGIN: __k::PluginTable = __k::generated::plugin_table(
        __NOTE.text(),
        __TABLES.array(),
        __start,
        __k::stop::<Words>,
        __k::counting::<Words>().1,
        {
            use __k::SaysNothing as _;
            __k::Maker::<Words>::HEALTH
        },
    );
    const __KRATE: &str = __k::generated::krate(::core::module_path!());
    const __REGISTRATION: __k::Registration = __k::Registration {
        manifest: __NOTE.text(),
        describe: |say| {
            say(__k::Fact::Version("1.2.0"));
            say(__k::Fact::Description("counts \"words\""));
            say(__k::Fact::License("MIT"));
            say(__k::Fact::Host(">=1.0, <3"));
            say(__k::Fact::Config("Settings"));
            say(__k::Fact::Author("A. N. Author"));
            say(__k::Fact::Provides {
                id: <dyn Counter as ::keyway::__private::Interface>::ID,
                version: <dyn Counter as ::keyway::__private::Interface>::VERSION,
            });
            say(__k::Fact::OnUse);
            say(__k::Fact::Rank(-5i32));
            say(__k::Fact::RequiresPlugin {
                id: "text/base",
                version: "^1",
                optional: false,
            });
            say(__k::Fact::RequiresInterface {
                id: "text/store",
                version: "^2",
                optional: false,
            });
            say(__k::Fact::RequiresPlugin {
                id: "text/theme",
                version: "^1",
                optional: true,
            });
            say(__k::Fact::Conflicts {
                id: "text/lite",
                version: "*",
            });
            say(__k::Fact::Capability {
                name: "fs.read",
                values: &["~/notes"],
            });
        },
        id: "text/words",
        krate: __KRATE,
        module: ::core::module_path!(),
        table: &__PLUGIN,
        start: |context| __k::LiveOf::<Words>::start(context, &__PROVIDES),
    };
    impl __k::Registered for Words {
        const REGISTRATION: &'static __k::Registration = &__REGISTRATION;
    }
    __k::inventory::submit! {
        __REGISTRATION
    }
    #[__k::linkme::distributed_slice(__k::COUNTED)]
    #[linkme(crate = __k::linkme)]
    static __COUNTED: __k::Counted = __k::Counted {
        id: "text/words",
        krate: __KRATE,
    };
};
