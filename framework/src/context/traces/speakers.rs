//! Which plugin speaks, of those that share an image: told by the module of what is said.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use crate::registration::Registration;

/// Between the ids where several plugins may be meant.
pub(crate) const BETWEEN: &str = ", ";

/// The plugins of an image by the modules that they stand in, and by those modules' crates; each a list of ids.
#[derive(Debug)]
pub(crate) struct Speakers {
    modules: BTreeMap<&'static str, &'static str>,
    all: &'static str,
}

impl Speakers {
    /// Those of this image.
    pub(crate) fn here() -> &'static Self {
        static HERE: OnceLock<Speakers> = OnceLock::new();
        HERE.get_or_init(|| {
            Self::of(inventory::iter::<Registration>.into_iter().map(|plugin| (plugin.id, plugin.module)))
        })
    }

    fn of(plugins: impl Iterator<Item = (&'static str, &'static str)>) -> Self {
        let mut lists: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut all: Vec<&str> = Vec::new();
        for (id, module) in plugins {
            lists.entry(module).or_default().push(id);
            all.push(id);
        }
        // A crate has those of all its modules, unless one of them stands in the crate's root.
        let crates: Vec<&str> = lists.keys().filter_map(|module| module.split("::").next()).collect();
        for krate in crates {
            if !lists.contains_key(krate) {
                let of_crate = lists.iter().filter(|(module, _)| is_within(module, krate));
                let of_crate = of_crate.flat_map(|(_, ids)| ids.iter().copied()).collect();
                lists.insert(krate, of_crate);
            }
        }
        let modules = lists.into_iter().map(|(module, ids)| (module, joined(ids))).collect();
        Self { modules, all: joined(all) }
    }

    /// The ids of those that may be meant by something of this module: those of the innermost module around it that has
    /// plugins, or else of its crate.
    pub(crate) fn of_module(&self, module: &str) -> Option<&'static str> {
        let mut module = module;
        loop {
            if let Some(ids) = self.modules.get(module) {
                return Some(ids);
            }
            module = module.rsplit_once("::")?.0;
        }
    }

    /// The ids of all.
    pub(crate) fn all(&self) -> &'static str {
        self.all
    }
}

fn is_within(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// One text, which stays.
fn joined(mut ids: Vec<&'static str>) -> &'static str {
    ids.sort_unstable();
    match ids[..] {
        [id] => id,
        _ => ids.join(BETWEEN).leak(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_module_with_a_plugin_speaks_and_else_the_crate() {
        let plugins = [
            ("a/root", "tools"),
            ("a/inner", "tools::inner"),
            ("b/one", "other::one"),
            ("b/two", "other::two"),
            ("b/too", "other::two"),
            ("c/sole", "sole::deep::down"),
        ];
        let speakers = Speakers::of(plugins.into_iter());
        let of = |module| speakers.of_module(module);
        assert_eq!(of("tools"), Some("a/root"));
        assert_eq!(of("tools::helper"), Some("a/root"));
        assert_eq!(of("tools::inner::deeper"), Some("a/inner"));
        assert_eq!(of("tools::innermost"), Some("a/root"));
        assert_eq!(of("toolsmith"), None);
        assert_eq!(of("other::two::x"), Some("b/too, b/two"));
        assert_eq!(of("other::three"), Some("b/one, b/too, b/two"));
        assert_eq!(of("sole"), Some("c/sole"));
        assert_eq!(of("serde::de"), None);
        assert_eq!(speakers.all(), "a/inner, a/root, b/one, b/too, b/two, c/sole");
    }
}
