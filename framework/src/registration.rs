//! What is linked in: one constant a plugin, collected at link time by two mechanisms that fail in different ways.
//!
//! A linker may drop a crate that nobody names, and with it the registration, without a word. So `#[plugin]` registers
//! twice, through inventory (constructors) and through linkme (a section that is a slice), and `link_plugins!` says what
//! a host expects. [`linked`] compares the three; a canary of the framework's own tells a platform that runs no
//! constructors from a program without plugins.

use std::fmt;

use crate::abi::PluginTable;
use crate::context::Context;
use crate::manifest::Describe;
use crate::plugin::{Live, StartError};

/// A type that `#[plugin]` marks.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no plugin",
    label = "not marked with `#[keyway::plugin]`",
    note = "put `#[keyway::plugin(id = \"namespace/name\", provides(…))]` on it"
)]
pub trait Registered {
    /// What the attribute registered.
    const REGISTRATION: &'static Registration;
}

/// A plugin that is linked in.
#[derive(Clone, Copy)]
pub struct Registration {
    /// Its manifest, as in the note.
    pub manifest: &'static str,
    /// The same, for a host of this image.
    pub describe: Describe,
    /// Its id.
    pub id: &'static str,
    /// The crate that it stands in, as `use` names it.
    pub krate: &'static str,
    /// The module that it stands in, as `module_path!` writes it: what is said from there is said by it.
    pub module: &'static str,
    /// Its C form.
    pub table: &'static PluginTable,
    /// Starts it in this image.
    pub start: fn(&Context) -> Result<Box<dyn Live>, StartError>,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registration({} of {})", self.id, self.krate)
    }
}

inventory::collect!(Registration);

/// A plugin, as the second mechanism counts it.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Its id.
    pub id: &'static str,
    /// The crate that it stands in.
    pub krate: &'static str,
}

/// The second count.
#[linkme::distributed_slice]
pub static COUNTED: [Counted];

/// What every `link_plugins!` of the program names: crates.
#[linkme::distributed_slice]
pub static NAMED: [&'static [&'static str]];

struct Canary;
inventory::collect!(Canary);
inventory::submit! { Canary }

/// The plugins that are linked into this image, by id.
///
/// **Errors:** [`LinkError`], when the counts or the list of `link_plugins!` disagree.
pub fn linked() -> Result<Vec<&'static Registration>, LinkError> {
    let mut registered: Vec<&'static Registration> = Vec::with_capacity(COUNTED.len());
    registered.extend(inventory::iter::<Registration>);
    let canary = inventory::iter::<Canary>.into_iter().count();
    compare(canary, registered, &COUNTED, &NAMED)
}

/// How many plugins the second mechanism counts.
pub fn counted() -> usize {
    COUNTED.len()
}

fn compare(
    canary: usize,
    registered: Vec<&'static Registration>,
    counted: &[Counted],
    named: &[&'static [&'static str]],
) -> Result<Vec<&'static Registration>, LinkError> {
    if canary == 0 {
        return Err(LinkError::NoConstructors { counted: counted.len() });
    }
    let mut problems = Vec::new();
    // Both by id, so that comparing a thousand with a thousand is no million comparisons.
    let registered = by_id(registered, |registration| registration.id);
    let counted = by_id(counted.to_vec(), |plugin| plugin.id);
    if !registered.iter().map(|plugin| plugin.id).eq(counted.iter().map(|plugin| plugin.id)) {
        for plugin in &counted {
            if registered.binary_search_by_key(&plugin.id, |other| other.id).is_err() {
                problems.push(Dropped { what: plugin.id, krate: plugin.krate, by: "inventory" });
            }
        }
        for plugin in &registered {
            if counted.binary_search_by_key(&plugin.id, |other| other.id).is_err() {
                problems.push(Dropped { what: plugin.id, krate: plugin.krate, by: "linkme" });
            }
        }
    }
    for krate in named.iter().copied().flatten() {
        let there = |other: &str| other == *krate;
        if !registered.iter().any(|plugin| there(plugin.krate))
            && !counted.iter().any(|plugin| there(plugin.krate))
        {
            problems.push(Dropped { what: krate, krate, by: NAMED_BY });
        }
    }
    if !problems.is_empty() {
        problems.sort_by_key(|problem| problem.what);
        return Err(LinkError::Dropped(problems));
    }
    if let Some(pair) = registered.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(LinkError::Twice { id: pair[0].id, crates: [pair[0].krate, pair[1].krate] });
    }
    Ok(registered)
}

/// Sorts by id. The first sixteen bytes of an id are compared as one number, in which most ids differ.
fn by_id<T>(items: Vec<T>, id: impl Fn(&T) -> &'static str) -> Vec<T> {
    let keyed = |item| {
        let id = id(&item);
        let mut head = [0; 16];
        let known = id.len().min(head.len());
        head[..known].copy_from_slice(&id.as_bytes()[..known]);
        (u128::from_be_bytes(head), id, item)
    };
    let mut items: Vec<(u128, &str, T)> = items.into_iter().map(keyed).collect();
    items.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    items.into_iter().map(|(_, _, item)| item).collect()
}

const NAMED_BY: &str = "link_plugins!";

/// Linked-in plugins that are not all there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkError {
    /// The platform runs no constructors before `main`.
    NoConstructors {
        /// How many plugins the second count has.
        counted: usize,
    },
    /// Plugins are missing from one of the counts.
    Dropped(Vec<Dropped>),
    /// Two linked-in plugins have one id.
    Twice {
        /// The id.
        id: &'static str,
        /// Where they stand.
        crates: [&'static str; 2],
    },
}

/// A plugin, or a crate of plugins, that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The plugin's id, or the crate's name.
    pub what: &'static str,
    /// The crate's name.
    pub krate: &'static str,
    /// Which of the three lacks it.
    pub by: &'static str,
}

impl LinkError {
    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::NoConstructors { .. } => {
                "this target does not run `.init_array`; name each plugin to the host with \
                                            `Host::builder(…).plugin::<T>()`"
                    .into()
            }
            Self::Dropped(dropped) => {
                let crates = |named: bool| {
                    let of = dropped.iter().filter(|dropped| (dropped.by == NAMED_BY) == named);
                    let crates: std::collections::BTreeSet<_> = of.map(|dropped| dropped.krate).collect();
                    crates.into_iter().collect::<Vec<_>>()
                };
                let mut ways = Vec::new();
                if let lost @ [_, ..] = &crates(false)[..] {
                    let lost = lost.join(", ");
                    ways.push(format!("write `keyway::link_plugins!({lost});` in the program's own crate"));
                }
                if let named @ [_, ..] = &crates(true)[..] {
                    let named = named.join("`, `");
                    ways.push(format!(
                        "see that the features that hold the plugins of `{named}` are on, or take `{named}` out of \
                         link_plugins!"
                    ));
                }
                ways.join("; ")
            }
            Self::Twice { .. } => "give one of them another id".into(),
        }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoConstructors { counted } => {
                write!(
                    f,
                    "this platform runs no constructors, so none of {counted} linked-in plugins registered"
                )
            }
            Self::Dropped(dropped) => {
                for (index, Dropped { what, krate, by }) in dropped.iter().enumerate() {
                    if index > 0 {
                        f.write_str("; ")?;
                    }
                    match *by {
                        NAMED_BY => {
                            write!(f, "crate `{krate}` is named in link_plugins! and registered no plugin")?;
                        }
                        by => write!(f, "plugin `{what}` of crate `{krate}` is missing from {by}'s list")?,
                    }
                }
                Ok(())
            }
            Self::Twice { id, crates: [left, right] } => {
                write!(f, "plugin `{id}` is linked in twice, from `{left}` and from `{right}`")
            }
        }
    }
}

impl std::error::Error for LinkError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_plugins_is_not_a_platform_without_constructors() {
        assert!(linked().unwrap().is_empty());
        assert_eq!(compare(0, vec![], &[], &[]).unwrap_err(), LinkError::NoConstructors { counted: 0 });
    }

    #[test]
    fn ids_of_any_length_are_sorted_as_texts_are() {
        let ids = [
            "b/a",
            "a/b",
            "a/b-c",
            "a/bc",
            "ab/c",
            "toolbox/word-count",
            "toolbox/word-counter",
            "toolbox/word-coun",
            "toolbox/word-cou",
            "toolbox/word-co",
            "toolbox/word-const",
            "",
            "é/ß",
            "a/b",
        ];
        let mut sorted = ids;
        sorted.sort();
        assert_eq!(by_id(ids.to_vec(), |id| id), sorted);
    }

    #[test]
    fn what_one_count_lacks_is_named_with_the_cure() {
        let counted = [Counted { id: "a/b", krate: "lost_tools" }];
        let error = compare(1, vec![], &counted, &[&["lost_tools", "other_tools"]]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "plugin `a/b` of crate `lost_tools` is missing from inventory's list; \
             crate `other_tools` is named in link_plugins! and registered no plugin"
        );
        for way in ["write `keyway::link_plugins!(lost_tools);`", "take `other_tools` out of link_plugins!"] {
            assert!(error.help().contains(way), "{}", error.help());
        }
    }
}
