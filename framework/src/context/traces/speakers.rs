//! Which plugin speaks, of those that share an image: told by the module of what is said.

use std::sync::OnceLock;

use crate::registration::Registration;

/// Between the ids where several plugins may be meant.
pub(crate) const BETWEEN: &str = ", ";

/// The plugins of an image by the modules that they stand in, and by those modules' crates; each a list of ids.
#[derive(Debug)]
pub(crate) struct Speakers {
    /// By module.
    modules: Vec<(&'static str, &'static str)>,
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

    fn of(plugins: impl Iterator<Item = (&'static str, &'static str)> + Clone) -> Self {
        let mut lists = Vec::new();
        let mut all = Vec::new();
        for (id, module) in plugins.clone() {
            add(&mut lists, module, id);
            put(&mut all, id);
        }
        // A crate has those of all its modules, unless one of them stands in the crate's root.
        let mut crates = Vec::new();
        for (id, module) in plugins {
            let krate = module.split("::").next().unwrap_or(module);
            if lists.binary_search_by(|(other, _)| (*other).cmp(krate)).is_err() {
                add(&mut crates, krate, id);
            }
        }
        let mut modules = Vec::with_capacity(lists.len() + crates.len());
        for (module, ids) in lists.into_iter().chain(crates) {
            let place = modules.partition_point(|(other, _)| *other < module);
            modules.insert(place, (module, joined(&ids)));
        }
        Self { modules, all: joined(&all) }
    }

    /// The ids of those that may be meant by something of this module: those of the innermost module around it that has
    /// plugins, or else of its crate.
    pub(crate) fn of_module(&self, module: &str) -> Option<&'static str> {
        let mut module = module;
        loop {
            if let Ok(place) = self.modules.binary_search_by(|(other, _)| (*other).cmp(module)) {
                return Some(self.modules[place].1);
            }
            module = module.rsplit_once("::")?.0;
        }
    }

    /// The ids of all.
    pub(crate) fn all(&self) -> &'static str {
        self.all
    }
}

// Put in one by one, here and above: the general sort is a thirtieth of what the smallest library weighs.
fn add(lists: &mut Vec<(&'static str, Vec<&'static str>)>, module: &'static str, id: &'static str) {
    let place = lists.partition_point(|(other, _)| *other < module);
    if lists.get(place).is_none_or(|(other, _)| *other != module) {
        lists.insert(place, (module, Vec::new()));
    }
    put(&mut lists[place].1, id);
}

fn put(ids: &mut Vec<&'static str>, id: &'static str) {
    let place = ids.partition_point(|other| *other < id);
    ids.insert(place, id);
}

/// One text, which stays.
fn joined(ids: &[&'static str]) -> &'static str {
    match ids {
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
        // Its texts stay, and so it does.
        static KEPT: OnceLock<Speakers> = OnceLock::new();
        let speakers = KEPT.get_or_init(|| Speakers::of(plugins.into_iter()));
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
