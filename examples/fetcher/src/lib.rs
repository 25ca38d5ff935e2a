//! A host on tokio that fetches pages for its plugins.
//!
//! [`network`] is what it offers to them. Which of them take part is said here: those that are linked in, or those of a
//! folder.
#![forbid(unsafe_code)]

pub mod network;

use std::path::Path;
use std::sync::Arc;

use fetcher_interfaces::Http;
use keyway::host::{Host, HostBuilder, Settings};

use network::Network;

/// The host: with what is linked into the program, or with the libraries of a folder in its place.
pub fn host(network: Arc<Network>, folder: Option<&Path>, checker: &link_checker::Settings) -> HostBuilder {
    let runtime = network.runtime().clone();
    let builder = Host::builder("fetcher", env!("CARGO_PKG_VERSION"))
        // What plugins spawn runs on this runtime, too.
        .executor(move |task| {
            runtime.spawn(task);
        })
        .offer::<dyn Http>("fetcher/http", network)
        .config("fetcher/link-checker", Settings::of(checker));
    match folder {
        None => builder,
        Some(folder) => builder.linked_in(false).plugin_dir(folder).bridge(keyway_dylib::bridge()),
    }
}
