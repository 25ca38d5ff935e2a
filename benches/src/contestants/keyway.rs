//! Our own way from a path to something that can be called, and the way to what is linked in.

use std::path::Path;
use std::sync::Arc;

use figures_keyway::Service;
use keyway::abi::object::Held;
use keyway::abi::{ENTRY, LibraryTable, Object, Sized, Status, Table};
use keyway::context::{ContextObject, Provided, Services};
use keyway::handle::Owner;
use keyway::{Context, Fault, Handle, Interface, Level};

/// The plugin of `peers/keyway` as it is linked into this program.
pub fn built_in() -> Handle<dyn Service> {
    let linked = keyway::registration::linked().expect("the linker kept every plugin");
    let registration = linked.iter().find(|one| one.id == "figures/worker").expect("the plugin is linked in");
    let context = Context::new(Arc::new(Alone));
    let live = (registration.start)(&context).expect("the plugin starts");
    let (object, direct) = live.interface(0);
    let owner = Arc::new(Owner::new(registration.id));
    let provided = Provided { object, direct: Some(direct), owner };
    provided.into_handle().expect("an interface fits itself")
}

/// The plugin of a library, through its C table.
pub fn loaded<I: ?::core::marker::Sized + Interface>(path: &Path) -> Handle<I> {
    let library = super::library(path);
    // SAFETY: the symbol is the framework's own.
    let entry: libloading::Symbol<'_, extern "C" fn() -> *const LibraryTable> =
        unsafe { library.get(ENTRY) }.expect("the symbol is exported");
    // SAFETY: the library stays for ever, and the entry gives a table that begins with its size.
    let table = unsafe { Sized::new(entry()) }.expect("a library has a table");
    let plugins = table.whole().expect("the table is of this version").plugins;
    let plugin = plugins.at(0).expect("the library has a plugin");
    // SAFETY: the array's elements are plugin tables that live as long as the library.
    let plugin = unsafe { &**plugin };
    let context = ContextObject::new(Arc::new(Alone));
    // SAFETY: the context is alive until it is released, below; `start` gives one count of an instance.
    let object = unsafe {
        let reply = (plugin.start)(context);
        ((*context).release)((*context).data);
        assert_eq!(reply.status, Status::DONE, "the plugin starts");
        let table: *const Table = *plugin.interfaces.at(0).expect("the plugin provides an interface");
        Held::new(Object { data: reply.value.assume_init().done, table })
    };
    let provided = Provided { object, direct: None, owner: Arc::new(Owner::new("figures/worker")) };
    provided.into_handle().expect("both sides have the same interface")
}

/// A host that offers nothing.
struct Alone;

impl Services for Alone {
    fn plugin(&self) -> &str {
        "figures/worker"
    }
    fn config(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }
    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        Err(format!("there is no `{interface}` of `{plugin}`"))
    }
    fn providers(&self, _: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }
    fn log(&self, _: Level, _: &str, _: &str) {}
}
