//! The folders in which plugins are looked for.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use keyway::host::Policy;

use super::{Checked, Finding, Severity, files, permissions};
use crate::app::App;
use crate::options::Options;
use crate::output::quoted;

/// Checks every folder, and what lies in it. A standard folder that does not exist is as it should be; one that somebody
/// named is not.
pub(super) fn check(
    app: &App,
    options: &Options,
    policy: &Policy,
    checked: &mut Checked,
    findings: &mut Vec<Finding>,
) {
    let standard = app.own_folders().iter().map(|folder| (folder.clone(), false));
    let named = policy.folders().iter().cloned().chain(options.folders()).map(|folder| (folder, true));
    let mut seen: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for (folder, named) in standard.chain(named) {
        match folder.canonicalize() {
            Ok(canonical) => {
                if let Some(first) = seen.insert(canonical, folder.clone()) {
                    if named {
                        findings.push(twice(&folder, &first));
                    }
                    continue;
                }
                checked.folders.push(folder.display().to_string());
                one(&folder, checked, findings);
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound && !broken_link(&folder) => {
                if named {
                    findings.push(missing(&folder));
                }
            }
            Err(error) => findings.push(unreadable(&folder, &error)),
        }
    }
}

fn one(folder: &Path, checked: &mut Checked, findings: &mut Vec<Finding>) {
    permissions::check(folder, "folder", findings);
    // A folder that can not be read is a problem of the survey's, and told there.
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    entries.sort_unstable();
    for entry in entries {
        checked.files += 1;
        files::check(&entry, findings);
    }
}

fn broken_link(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok()
}

fn twice(folder: &Path, first: &Path) -> Finding {
    Finding::new(
        Severity::Note,
        "folder-twice",
        folder,
        format!("the folder `{}` is the same as `{}`, and read once", folder.display(), first.display()),
        "name it once".into(),
    )
}

fn missing(folder: &Path) -> Finding {
    Finding::new(
        Severity::Warning,
        "folder-missing",
        folder,
        format!("the folder `{}` does not exist", folder.display()),
        format!("`mkdir -p {}`, or take it out of `--path`, `KEYWAY_PATH` or `plugins.toml`", quoted(folder)),
    )
}

fn unreadable(folder: &Path, error: &io::Error) -> Finding {
    let message = match folder.read_link() {
        Ok(target) => {
            format!("the folder `{}` is a link to `{}`: {error}", folder.display(), target.display())
        }
        Err(_) => format!("the folder `{}` can not be reached: {error}", folder.display()),
    };
    Finding::new(
        Severity::Warning,
        "folder-unreachable",
        folder,
        message,
        "name a folder that this user may read".into(),
    )
}
