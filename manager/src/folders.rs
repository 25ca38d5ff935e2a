//! Where an application's plugins are looked for, besides what it links in.

use std::env;
use std::path::PathBuf;

/// The folders in which an application's plugins are looked for, the first winning for equal versions: the system's,
/// the user's, the project's. None of them has to exist.
///
/// **Environment:** `KEYWAY_HOME` takes the place of the user's `$XDG_DATA_HOME/<app>`.
///
/// **Platforms:** on Windows the system's is `%ProgramData%\<app>\plugins` and the user's `%LOCALAPPDATA%\<app>\plugins`.
pub fn standard(app: &str) -> Vec<PathBuf> {
    let mut folders = system(app);
    let user = variable("KEYWAY_HOME").or_else(|| Some(data_home()?.join(app)));
    folders.extend(user.map(|folder| folder.join("plugins")));
    folders.push([".", &format!(".{app}"), "plugins"].iter().collect());
    folders
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(not(windows))]
fn system(app: &str) -> Vec<PathBuf> {
    ["/usr/local/lib", "/usr/lib"].map(|root| [root, app, "plugins"].iter().collect()).into()
}

#[cfg(windows)]
fn system(app: &str) -> Vec<PathBuf> {
    variable("ProgramData").map(|root| root.join(app).join("plugins")).into_iter().collect()
}

#[cfg(not(windows))]
fn data_home() -> Option<PathBuf> {
    let absolute = |path: &PathBuf| path.is_absolute();
    variable("XDG_DATA_HOME")
        .filter(absolute)
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
}

#[cfg(windows)]
fn data_home() -> Option<PathBuf> {
    variable("LOCALAPPDATA")
}
