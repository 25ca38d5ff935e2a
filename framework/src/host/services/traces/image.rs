//! What is known of one image that speaks: its plugins in the hosts of this process, its callsites, the spans it holds.

use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};

use super::is_there;
use super::site::Leaked;
use super::spans::Spans;
use crate::context::traces::{GENERAL_SITES, Known, SITES, Site, Watcher};
use crate::host::lifecycle::{Core, at_work};
use crate::host::record::Record;
use crate::id::PluginId;
use crate::manifest::Home;

/// A plugin of a host. Holds neither.
#[derive(Clone)]
pub(super) struct End {
    pub(super) id: PluginId,
    pub(super) core: Weak<Core>,
    pub(super) record: Weak<Record>,
}

impl End {
    /// Whether it is of the host with this address.
    fn is_of(&self, host: usize) -> bool {
        self.core.as_ptr().addr() == host
    }
}

/// See the module.
pub(super) struct Image {
    mark: u64,
    home: Home,
    pub(super) spans: Spans,
    inside: RwLock<Inside>,
    watcher: Mutex<Option<Arc<dyn Watcher>>>,
}

#[derive(Default)]
struct Inside {
    ends: Vec<End>,
    /// All that may be said to speak.
    ids: Vec<String>,
    sites: Vec<&'static Leaked>,
}

static IMAGES: Mutex<Vec<Weak<Image>>> = Mutex::new(Vec::new());

/// Every image that has a plugin.
pub(super) fn all() -> Vec<Arc<Image>> {
    let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
    images.retain(|image| image.strong_count() > 0);
    images.iter().filter_map(Weak::upgrade).collect()
}

impl Image {
    /// The image with this mark.
    pub(super) fn of(mark: u64, home: Home) -> Arc<Self> {
        let mut images = IMAGES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = images.iter().filter_map(Weak::upgrade).find(|image| image.mark == mark) {
            return known;
        }
        let (spans, inside, watcher) = (Spans::default(), RwLock::default(), Mutex::new(None));
        let image = Arc::new(Self { mark, home, spans, inside, watcher });
        images.push(Arc::downgrade(&image));
        image
    }

    /// One more plugin of it starts, or the same once more; `ids` are all of its file.
    pub(super) fn attach(&self, end: End, ids: Vec<String>, watcher: Arc<dyn Watcher>) {
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        for id in ids.into_iter().chain([end.id.to_string()]) {
            if !inside.ids.contains(&id) {
                inside.ids.push(id);
            }
        }
        inside.ends.retain(|other| is_there(&other.core) && !other.record.ptr_eq(&end.record));
        inside.ends.push(end);
        drop(inside);
        // One is enough: they all tell the same image.
        let mut place = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        let unused = if place.is_none() { place.replace(watcher) } else { Some(watcher) };
        drop(place);
        drop(unused);
    }

    pub(super) fn watcher(&self) -> Option<Arc<dyn Watcher>> {
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How far its callsites are enabled, by their numbers.
    pub(super) fn interests(&self) -> Vec<u8> {
        let sites = self.inside.read().unwrap_or_else(PoisonError::into_inner).sites.clone();
        sites.into_iter().map(Leaked::interest).collect()
    }

    /// Whether one of its hosts is still there.
    pub(super) fn is_heard(&self) -> bool {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        inside.ends.iter().any(|end| is_there(&end.core))
    }

    /// The records of a callsite's plugins. Where several hosts of this process have a plugin of the image, nobody can tell
    /// for which of them it speaks, unless one of them starts or stops it just now: then it is in all of theirs.
    pub(super) fn records(&self, site: &Leaked) -> Vec<Arc<Record>> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        let ends = inside.ends.iter().filter(|end| is_there(&end.core) && site.is_of(end.id.as_str()));
        let at_work = at_work().filter(|host| ends.clone().any(|end| end.is_of(*host)));
        let ends = ends.filter(|end| at_work.is_none_or(|host| end.is_of(host)));
        ends.filter_map(|end| end.record.upgrade()).collect()
    }

    /// The callsite with this number.
    pub(super) fn known(&self, site: u32) -> Result<&'static Leaked, String> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        inside.sites.get(site as usize).copied().ok_or_else(|| format!("there is no callsite {site}"))
    }

    /// The number of a callsite; `None` where it is of another image.
    pub(super) fn number(&self, site: &Leaked) -> Option<u32> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        inside.sites.iter().position(|other| std::ptr::eq(*other, site)).map(|number| number as u32)
    }

    /// A number for a callsite.
    ///
    /// **Errors:** it has too many.
    pub(super) fn site(&self, mut site: Site) -> Result<Known, String> {
        let inside = self.inside.read().unwrap_or_else(PoisonError::into_inner);
        let more = if site.is_general() { GENERAL_SITES } else { 0 };
        if inside.sites.len() >= SITES + more {
            return Err(format!("an image has at most {SITES} callsites"));
        }
        // An image speaks for its own plugins and no others.
        site.plugins.retain(|id| inside.ids.contains(id));
        if site.plugins.is_empty() {
            site.plugins.clone_from(&inside.ids);
            site.plugins.sort_unstable();
        }
        drop(inside);
        let leaked = Leaked::of(site, self.home);
        let mut inside = self.inside.write().unwrap_or_else(PoisonError::into_inner);
        let number = inside.sites.iter().position(|other| std::ptr::eq(*other, leaked));
        let number = number.unwrap_or_else(|| {
            inside.sites.push(leaked);
            inside.sites.len() - 1
        });
        drop(inside);
        // After it is among those whose interests are told, so that no change of them is missed.
        Ok(Known { id: number as u32, interest: leaked.interest() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Watcher for Nobody {
        fn filter_changed(&self, _: u32, _: &[u8]) {}
    }

    #[test]
    fn an_image_has_so_many_callsites_whatever_it_calls_them() {
        let image = Image::of(1, Home::Dylib);
        let id = PluginId::new("many/sites").unwrap();
        image.attach(End { id, core: Weak::new(), record: Weak::new() }, Vec::new(), Arc::new(Nobody));
        let taken = (0..10_000).filter(|level| image.site(Site::general(*level, false, Vec::new())).is_ok());
        assert_eq!(taken.count(), SITES + GENERAL_SITES);
    }
}
