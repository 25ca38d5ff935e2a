//! Contexts of this version and of earlier ones, in memory that ends with them.

use super::*;
use crate::fault::FaultKind;

#[crate::interface(id = "test/text", version = "1.0")]
pub(super) trait Text: Send + Sync {
    fn text(&self) -> String;
}

struct Hello;

impl Text for Hello {
    fn text(&self) -> String {
        "hello".into()
    }
}

/// Says what it was asked.
struct Host;

impl Services for Host {
    fn plugin(&self) -> &str {
        "a/b"
    }
    fn config(&self) -> Result<Vec<u8>, Fault> {
        Ok(Vec::new())
    }
    fn interface(&self, plugin: &str, interface: &str) -> Result<Provided, String> {
        if interface != <dyn Text>::ID {
            return Err(format!("{interface} of {plugin}"));
        }
        let object = Held::of::<dyn Text>(Arc::new(Hello));
        Ok(Provided { object, direct: None, owner: Arc::new(Owner::new(plugin)), generation: None })
    }
    fn providers(&self, interface: &str) -> Result<Vec<String>, String> {
        Ok(vec![interface.into()])
    }
    fn available(&self, interface: &str) -> Result<String, String> {
        match interface {
            "none/at-all" => Err("nobody knows".into()),
            "odd/line" => Ok("odd".into()),
            _ => Ok(format!("a/b {interface} 1.2.3\nc/d {interface} 2.0.0\n")),
        }
    }
    fn log(&self, _: Level, _: &str, _: &str) {}
}

/// The context as a host has it whose table is so long.
fn context(size: usize) -> Result<Context, Unavailable> {
    let whole = ContextObject::table_for(Arc::new(Host));
    let word = size_of::<usize>();
    let mut memory = vec![usize::MAX; size.div_ceil(word)];
    // SAFETY: `memory` has room for `size` bytes, and no more are copied than the table has; a table begins with its size.
    let context = unsafe {
        let known = size.min(size_of::<ContextTable>());
        memory.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(whole.cast(), known);
        memory.as_mut_ptr().cast::<u32>().write(size as u32);
        Context::from_table(memory.as_ptr().cast())
    };
    // SAFETY: `table_for` gave one count, which ends here.
    unsafe { ((*whole).release)((*whole).data) };
    context
}

fn lines(context: &Context, interface: &str) -> Result<Vec<String>, String> {
    let all = context.list(interface).map_err(|error| error.to_string())?;
    Ok(all.iter().map(|it| format!("{} {} {}", it.plugin(), it.interface(), it.version())).collect())
}

#[test]
fn a_context_of_version_1_0_works_and_can_not_tell_what_there_is() {
    for size in ContextTable::SIZE_1_0..ContextTable::SIZE_1_0 + size_of::<usize>() {
        let context = context(size).unwrap();
        assert_eq!(context.plugin(), "a/b");
        assert_eq!(context.services.providers("x/y"), Ok(vec!["x/y".into()]));
        assert_eq!(context.services.interface("c/d", "x/y").err(), Some("x/y of c/d".into()));
        let refused = lines(&context, "x/y").unwrap_err();
        assert_eq!(refused, "`a/b` can not have its list of interfaces: this host can not tell");
    }
}

#[test]
fn a_context_of_this_version_or_a_later_one_tells_what_there_is() {
    for more in [0, size_of::<usize>(), 100] {
        let context = context(size_of::<ContextTable>() + more).unwrap();
        let expected = vec!["a/b x/y 1.2.3".to_owned(), "c/d x/y 2.0.0".to_owned()];
        assert_eq!(lines(&context, "x/y"), Ok(expected));
        let refused = lines(&context, "none/at-all").unwrap_err();
        assert_eq!(refused, "`a/b` can not have its list of interfaces: nobody knows");
        assert!(lines(&context, "odd/line").unwrap_err().contains("`odd`"));
        assert_eq!(context.services.interface("c/d", "x/y").err(), Some("x/y of c/d".into()));
    }
}

#[test]
fn a_context_that_is_shorter_than_version_1_0_is_none() {
    for size in [4, 8, ContextTable::SIZE_1_0 - 1] {
        let error = context(size).unwrap_err();
        assert!(
            error.to_string().ends_with("its table is missing or shorter than version 1 of the ABI"),
            "{error}"
        );
    }
}

#[test]
fn of_a_host_that_can_not_tell_a_weak_handle_says_so() {
    for size in [ContextTable::SIZE_1_0, size_of::<ContextTable>()] {
        let handle = context(size).unwrap().get::<dyn Text>("c/d").unwrap();
        assert_eq!(handle.text(), "hello");
        let gone = handle.downgrade().upgrade().unwrap_err();
        assert_eq!((gone.plugin(), gone.why()), ("c/d", None));
        assert_eq!(gone.to_string(), "this host can not tell whether plugin `c/d` is still there");
        let fault = Fault::from(gone);
        assert_eq!((fault.kind(), fault.plugin()), (FaultKind::Unsupported, Some("c/d")));
    }
}
