//! The images of the process: which state of which file is which image.
//!
//! Images belong to the process and not to a host, so this is the one list that all bridges share. An image is never
//! unmapped; a file that is another one by now (its [`Stamp`] tells) is another image, the next *generation* of its path.
//! The first is loaded from the file itself, so that debuggers and `$ORIGIN` find what they look for; where the loader
//! would give an old image instead, it is loaded from a [`Copy`]. A content that was copied before is not copied again.
//!
//! What an overwritten file does to the image that was loaded from it is beyond us: the system shows the new bytes in
//! pages of it that were not written.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use keyway::host::Stamp;
use keyway::host::loader::Mapped;
use once_cell::sync::OnceCell;

use crate::copy::Copy;
use crate::diagnose::{Diagnosis, diagnose};
use crate::library::Library;
use crate::open::{Answer, Opened, open};
use crate::platform;
use crate::refusal::LoadError;

/// An image.
pub(crate) struct Image {
    pub(crate) table: Option<Answer>,
    /// What the table says, once it was found to keep the rules.
    pub(crate) library: OnceCell<Library>,
    path: PathBuf,
    generation: u32,
    bytes: u64,
    copy: Option<Copy>,
}

/// One state of one file, and the image that came from it. Loading one holds up nobody who loads another.
struct Place {
    path: PathBuf,
    stamp: Stamp,
    /// Whether the image is loaded from the file itself: its name, and its inode, are taken.
    direct: bool,
    /// Whether the file may be another one although its stamp is the same.
    doubtful: AtomicBool,
    /// Whether the image is not, or no longer, what the file's state is.
    stale: AtomicBool,
    image: OnceCell<Arc<Image>>,
}

struct Images {
    places: Vec<Arc<Place>>,
    /// How many images of a path there are, and which of them was asked for last.
    generations: BTreeMap<PathBuf, (u32, u32)>,
}

static IMAGES: Mutex<Images> = Mutex::new(Images { places: Vec::new(), generations: BTreeMap::new() });

/// How often a file may change while it is loaded.
const TRIES: u32 = 4;

/// Why there is no image yet.
enum Not {
    /// The file changed meanwhile.
    Settled,
    Loaded(Box<LoadError>),
}

impl From<LoadError> for Not {
    fn from(error: LoadError) -> Self {
        Self::Loaded(Box::new(error))
    }
}

/// The image of a file as it is now, which is loaded where that has not been done before.
///
/// **Errors:** the system's loader refuses it; no copy can be made; it does not stop changing.
pub(crate) fn image_of(path: &Path) -> Result<Arc<Image>, LoadError> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for _ in 0..TRIES {
        let Ok(stamp) = Stamp::of_path(&path) else {
            return Err(diagnose(&path, "").into());
        };
        let place = images().place(&path, stamp);
        let before = place.image.get().is_some();
        match place.image.get_or_try_init(|| place.load()) {
            Ok(image) if place.holds(image, before) => {
                if image.path == path {
                    images().generations.entry(path).and_modify(|known| known.1 = image.generation);
                }
                return Ok(Arc::clone(image));
            }
            Ok(_) | Err(Not::Settled) => {}
            Err(Not::Loaded(error)) => return Err(*error),
        }
    }
    Err(LoadError::Unsettled { path })
}

/// Every image, by file and generation.
pub(crate) fn mapped() -> Vec<Mapped> {
    let images = images();
    let mut mapped: Vec<Mapped> = Vec::new();
    for image in images.places.iter().filter_map(|place| place.image.get()) {
        let newest = images.generations.get(&image.path).is_some_and(|known| known.1 == image.generation);
        let Image { path, generation, bytes, .. } = &**image;
        mapped.push(Mapped { file: path.clone(), generation: *generation, bytes: *bytes, newest });
    }
    mapped.sort_unstable();
    // Several states of a file may have one content, and then they have one image.
    mapped.dedup();
    mapped
}

fn images() -> MutexGuard<'static, Images> {
    IMAGES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Images {
    /// The place of a file's state.
    fn place(&mut self, path: &Path, stamp: Stamp) -> Arc<Place> {
        // What was not loaded, and nobody is loading, holds no name.
        self.places.retain(|place| place.image.get().is_some() || Arc::strong_count(place) > 1);
        // Where there are no inodes a file is its path.
        let same = |place: &&Arc<Place>| {
            place.stamp == stamp
                && (stamp.inode != 0 || is_path(&place.path, path))
                && !place.stale.load(Ordering::Acquire)
        };
        if let Some(place) = self.places.iter().find(same) {
            return Arc::clone(place);
        }
        let file = (stamp.device, stamp.inode);
        let taken = |place: &Arc<Place>| {
            let same_file = stamp.inode != 0 && (place.stamp.device, place.stamp.inode) == file;
            place.direct && (same_file || is_path(&place.path, path))
        };
        let place = Arc::new(Place {
            path: path.to_owned(),
            stamp,
            direct: !self.places.iter().any(taken),
            doubtful: AtomicBool::new(stamp.doubtful(SystemTime::now())),
            stale: AtomicBool::new(false),
            image: OnceCell::new(),
        });
        self.places.push(Arc::clone(&place));
        place
    }

    fn image(&mut self, path: &Path, opened: Opened, copy: Option<Copy>) -> Arc<Image> {
        let (count, newest) = self.generations.entry(path.to_owned()).or_default();
        *count += 1;
        *newest = *count;
        let Opened { table, bytes } = opened;
        let (generation, path) = (*count, path.to_owned());
        Arc::new(Image { table, library: OnceCell::new(), path, generation, bytes, copy })
    }

    /// Whether an image that is there already has this table.
    fn know(&self, table: Option<Answer>) -> bool {
        let images = self.places.iter().filter_map(|place| place.image.get());
        table.is_some_and(|table| {
            !table.0.is_null() && images.into_iter().any(|image| image.table == Some(table))
        })
    }
}

/// Whether both are the same path to the loader.
fn is_path(one: &Path, other: &Path) -> bool {
    if cfg!(unix) {
        return one == other;
    }
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

impl Place {
    fn load(&self) -> Result<Arc<Image>, Not> {
        if self.direct {
            let opened = open(&self.path).map_err(|text| LoadError::from(diagnose(&self.path, &text)))?;
            if !images().know(opened.table) {
                if !Stamp::of_path(&self.path).is_ok_and(|stamp| stamp == self.stamp) {
                    // Nobody knows which of the two it is; it is in the process, and has taken the name.
                    self.stale.store(true, Ordering::Release);
                }
                return Ok(images().image(&self.path, opened, None));
            }
            // The loader knows a likeness that we do not.
        }
        self.load_copy()
    }

    fn load_copy(&self) -> Result<Arc<Image>, Not> {
        let path = || self.path.clone();
        let no_copy = |source| LoadError::Copy { path: path(), source };
        let mut file = platform::open(&self.path).map_err(no_copy)?;
        let settled = |file: &File| match file.metadata() {
            Ok(metadata) if Stamp::of(&metadata) == self.stamp => Ok(()),
            _ => Err(Not::Settled),
        };
        settled(&file)?;
        if let Some(image) = self.copied_before(&mut file) {
            return settled(&file).map(|()| image);
        }
        let mut refused = None;
        for way in Copy::WAYS {
            let mut copy = match way(&self.path, &mut file) {
                Ok(copy) => copy,
                Err(source) => {
                    refused.get_or_insert_with(|| no_copy(source));
                    continue;
                }
            };
            settled(&file)?;
            match open(copy.path()) {
                Ok(opened) if images().know(opened.table) => {
                    copy.loaded();
                    // Its name is the old image's from now on, and must not become another copy's.
                    std::mem::forget(copy);
                    return Err(LoadError::Replaced { path: path() }.into());
                }
                Ok(opened) => {
                    copy.loaded();
                    tracing::debug!(target: "keyway", file = %self.path.display(), "loaded from a copy");
                    return Ok(images().image(&self.path, opened, Some(copy)));
                }
                // What is wrong with the library is wrong with every copy of it; a place for copies may be wrong, too.
                Err(text) => {
                    let (copy, path) = (copy.path().to_string_lossy(), self.path.to_string_lossy());
                    let text = text.replace(&*copy, &path);
                    refused = Some(self.why(&text));
                }
            }
        }
        Err(refused.map_or(Not::Settled, Not::from))
    }

    /// Why a copy is refused. What it needs may lie where the file's own folder leads to, and not the copy's.
    fn why(&self, text: &str) -> LoadError {
        let diagnosis = diagnose(&self.path, text);
        if let Diagnosis::MissingLibraries { path, names, places } = &diagnosis {
            let everywhere = names.iter().flat_map(|name| places.iter().map(move |place| (name, place)));
            if let Some((needs, folder)) =
                everywhere.into_iter().find(|(name, place)| place.join(name).exists())
            {
                return LoadError::Beside {
                    path: path.clone(),
                    needs: needs.clone(),
                    folder: folder.clone(),
                };
            }
        }
        diagnosis.into()
    }

    /// The image of a copy of this path with the content that the file has now.
    fn copied_before(&self, file: &mut File) -> Option<Arc<Image>> {
        let images: Vec<_> =
            images().places.iter().filter_map(|place| place.image.get().map(Arc::clone)).collect();
        let of_this = |image: &Arc<Image>| {
            image.path == self.path
                && image.copy.as_ref().is_some_and(|copy| copy.holds(file).unwrap_or(false))
        };
        images.into_iter().rev().find(of_this)
    }

    /// Whether the image, which may have been here before, is what the file was when its stamp was taken just now.
    fn holds(&self, image: &Image, before: bool) -> bool {
        // What was loaded from the file itself keeps its inode from becoming another file's.
        if let (Some(copy), true) = (&image.copy, before && self.doubtful.load(Ordering::Acquire)) {
            let now = SystemTime::now();
            let same =
                platform::open(&self.path).is_ok_and(|mut file| copy.holds(&mut file).unwrap_or(false));
            if !same {
                self.stale.store(true, Ordering::Release);
            } else if !self.stamp.doubtful(now) {
                self.doubtful.store(false, Ordering::Release);
            }
        }
        !self.stale.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_copy_whose_files_stamp_is_in_doubt_is_compared_with_the_file_and_one_that_is_not_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lib.so");
        fs::write(&path, "one").unwrap();
        for doubtful in [true, false] {
            fs::write(&path, "one").unwrap();
            let copy = Copy::WAYS[0](&path, &mut File::open(&path).unwrap()).unwrap();
            let image = images().image(&path, Opened { table: None, bytes: 3 }, Some(copy));
            let place = Place {
                path: path.clone(),
                stamp: Stamp::of_path(&path).unwrap(),
                direct: false,
                doubtful: AtomicBool::new(doubtful),
                stale: AtomicBool::new(false),
                image: OnceCell::with_value(Arc::clone(&image)),
            };
            assert!(place.holds(&image, true));
            fs::write(&path, "two").unwrap();
            assert!(place.holds(&image, false), "it was loaded just now");
            assert_eq!(place.holds(&image, true), !doubtful);
            fs::write(&path, "one").unwrap();
            assert_eq!(place.holds(&image, true), !doubtful, "what was found stale stays so");
        }
    }
}
