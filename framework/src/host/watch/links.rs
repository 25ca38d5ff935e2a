//! Where to listen for what a path means: a link means another file when any step on its way is made anew, and a path
//! that leads nowhere yet begins to mean something when the first missing folder on its way is made.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// As Linux: a path with more links on its way is a loop.
const MOST_LINKS: usize = 40;

/// The folders in which an entry of the given name decides what `path` means, each without links in its own path.
///
/// Links in the middle of a path are not followed one by one; what is done to them shows at the next look.
pub(super) fn deciding(path: &Path, mut found: impl FnMut(PathBuf, OsString)) {
    let mut at = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some((folder, name)) = nearest(&at) else { return };
        found(folder, name);
        let Ok(target) = at.read_link() else { return };
        // A target from the root on replaces the rest.
        at = at.parent().unwrap_or(Path::new("")).join(target);
    }
}

/// The deepest folder on the way that exists, and what comes below it.
fn nearest(path: &Path) -> Option<(PathBuf, OsString)> {
    let mut below = path;
    while let Some(parent) = below.parent() {
        if let (Some(name), Ok(folder)) = (below.file_name(), parent.canonicalize())
            && folder.is_dir()
        {
            return Some((folder, name.to_owned()));
        }
        below = parent;
    }
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn all(path: &Path) -> Vec<(PathBuf, OsString)> {
        let mut all = Vec::new();
        deciding(path, |folder, name| all.push((folder, name)));
        all
    }

    #[test]
    fn each_link_on_the_way_decides_and_so_does_the_file_at_its_end() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let (plugins, store) = (root.join("plugins"), root.join("store"));
        std::fs::create_dir_all(&plugins).unwrap();
        std::fs::create_dir_all(&store).unwrap();
        std::fs::write(store.join("real"), "").unwrap();
        symlink("real", store.join("current")).unwrap();
        symlink("../store/current", plugins.join("link")).unwrap();
        let expected = vec![
            (plugins.clone(), "link".into()),
            (store.clone(), "current".into()),
            (store.clone(), "real".into()),
        ];
        assert_eq!(all(&plugins.join("link")), expected);
    }

    #[test]
    fn of_a_path_that_leads_nowhere_the_first_missing_step_decides() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        assert_eq!(all(&root.join("a/b/c")), vec![(root.clone(), "a".into())]);
        symlink("away/plugins", root.join("link")).unwrap();
        let expected = vec![(root.clone(), "link".into()), (root.clone(), "away".into())];
        assert_eq!(all(&root.join("link")), expected);
    }

    #[test]
    fn a_loop_of_links_ends() {
        let root = tempfile::tempdir().unwrap();
        symlink("b", root.path().join("a")).unwrap();
        symlink("a", root.path().join("b")).unwrap();
        assert_eq!(all(&root.path().join("a")).len(), MOST_LINKS);
    }
}
