//! stub
use proc_macro::TokenStream;
#[proc_macro_attribute] pub fn plugin(_a: TokenStream, i: TokenStream) -> TokenStream { i }
#[proc_macro_attribute] pub fn interface(_a: TokenStream, i: TokenStream) -> TokenStream { i }
#[proc_macro] pub fn link_plugins(_: TokenStream) -> TokenStream { TokenStream::new() }
#[proc_macro_derive(Wire, attributes(wire))] pub fn wire(_: TokenStream) -> TokenStream { TokenStream::new() }
#[proc_macro_derive(Plain)] pub fn plain(_: TokenStream) -> TokenStream { TokenStream::new() }
