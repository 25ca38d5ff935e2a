//! The attributes and derives of keyway. Each has a folder: parse accepts a shape, check knows the rules, expand knows
//! none. All mistakes of one call are reported together, each on its own token, with what to write instead.

use proc_macro::TokenStream;
use syn::parse_macro_input;

mod author;
#[cfg(test)]
mod covered;
#[cfg(test)]
mod expanded;
mod interface;
mod link;
mod plugin;
mod problems;
mod wire;

/// Makes a struct a plugin: its manifest, its registration and its C form.
///
/// ```ignore
/// #[keyway::plugin(id = "toolbox/word-count", provides(Tool))]
/// #[derive(Default)]
/// pub struct WordCount;
/// ```
///
/// | argument | value | without it |
/// |---|---|---|
/// | `id` | `"namespace/name"` | must be given |
/// | `provides(…)` | interfaces, as paths of their traits | none |
/// | `version`, `description`, `license` | text | the package's |
/// | `authors(…)` | texts | the package's |
/// | `host` | a version requirement, `">=1.0, <3"` | any |
/// | `requires(…)`, `optional(…)` | `"a/b" = "^1"` for a plugin, `interface("a/b") = "^1"` for whoever provides it | none |
/// | `conflicts(…)` | `"a/b" = "*"` | none |
/// | `rank` | an integer; higher comes first | 0 |
/// | `capabilities(…)` | `"fs.read" = ["~/notes"]` | none |
/// | `config` | a `Wire` type with `Default` | no settings |
/// | `activation` | `"start"` or `"use"` | `"start"` |
///
/// The struct is made by [`Default`], or by `keyway::Plugin::start` where the author implements that.
#[proc_macro_attribute]
pub fn plugin(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::Item);
    plugin::expand(arguments.into(), &item).into()
}

/// Makes a trait an interface that plugins can provide, wherever they live.
///
/// The trait stays as written. Its methods take `&self`; what may cross is in `keyway::wire`. A method with a body may
/// be missing in older plugins.
///
/// # Methods that answer later
///
/// A method may be an `async fn`, with or without a body. Then the same attribute, without arguments, stands on whatever
/// implements the trait:
///
/// ```ignore
/// #[keyway::interface(id = "net/fetch", version = "1.0")]
/// pub trait Fetch: Send + Sync {
///     async fn fetch(&self, url: &str) -> Result<String, Oops>;
/// }
///
/// #[keyway::interface]
/// impl Fetch for Web {
///     async fn fetch(&self, url: &str) -> Result<String, Oops> {
///         self.client.text_of(url).await
///     }
/// }
/// ```
///
/// What a caller gets is a `keyway::BoxFuture`, the method's own where the plugin is built in. It runs nothing before it
/// is first polled, may be polled on any thread and by any executor, and borrows the plugin and every reference among the
/// arguments until it is dropped, which cancels the call. A method may also be implemented without the attribute, as one
/// that returns such a future.
///
/// Without the attribute on the implementation the compiler says that it expected `Pin<Box<…>>` and found a future.
#[proc_macro_attribute]
pub fn interface(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as syn::Item);
    interface::expand(arguments.into(), &item).into()
}

/// Names the crates whose plugins are linked into this program, so that no linker can lose them.
///
/// `keyway::link_plugins!(word_count, json_tools);` in the program's own crate. When a crate that is named registers no
/// plugin, the host does not start and says which.
#[proc_macro]
pub fn link_plugins(crates: TokenStream) -> TokenStream {
    link::expand(crates.into()).into()
}

/// Lets a struct or an enum cross a plugin's edge by value.
///
/// `#[wire(default)]` on a field: it may be absent, and is then `Default::default()`; `#[wire(default = path)]` calls
/// `path()`. `#[wire(default)]` on a variant without fields: it stands for variants that this side does not know.
#[proc_macro_derive(Wire, attributes(wire))]
pub fn wire(item: TokenStream) -> TokenStream {
    wire::expand(&parse_macro_input!(item as syn::DeriveInput)).into()
}

/// Lets a `#[repr(C)]` struct of scalars cross as it lies in memory, alone or in slices.
#[proc_macro_derive(Plain)]
pub fn plain(item: TokenStream) -> TokenStream {
    wire::expand_plain(&parse_macro_input!(item as syn::DeriveInput)).into()
}
