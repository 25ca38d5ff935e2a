//! Where a host's folders are: those in which plugins are looked for, and those of its own.
//!
//! Only names are made here; nothing is looked at and nothing is created. Which of the folders are read is discovery's
//! business, and a folder of the host's own is made by whoever first writes into it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Where a host's folders are. None of them has to exist.
///
/// | | Linux and other Unix | macOS | Windows |
/// |---|---|---|---|
/// | system | `/usr/local/lib/<app>/plugins`, `/usr/lib/<app>/plugins` | the same | `%ProgramData%\<app>\plugins` |
/// | `data` | `$XDG_DATA_HOME/<app>/plugins`, or `~/.local/share/…` | `~/Library/Application Support/<app>/plugins` | `%LOCALAPPDATA%\<app>\plugins` |
/// | `config` | `$XDG_CONFIG_HOME/<app>`, or `~/.config/…` | `~/Library/Application Support/<app>/config` | `%APPDATA%\<app>` |
/// | `state` | `$XDG_STATE_HOME/<app>/plugins`, or `~/.local/state/…` | `~/Library/Application Support/<app>/state` | `%LOCALAPPDATA%\<app>\state` |
/// | `cache` | `$XDG_CACHE_HOME/<app>/plugins`, or `~/.cache/…` | `~/Library/Caches/<app>/cache` | `%LOCALAPPDATA%\<app>\cache` |
/// | `runtime` | `$XDG_RUNTIME_DIR/<app>/plugins`, or `run` below `state` | the same | `run` below `state` |
///
/// **Environment:** an XDG variable counts on every Unix, and only where it is an absolute path, as their specification
/// has it. `KEYWAY_HOME` takes the place of all that is the user's: `data` is then its `plugins`, and `config`, `state`,
/// `cache` and `runtime` are `<app>` in its `config`, `state`, `cache` and `run`.
///
/// What the user has no folder for is below the project's, `./.<app>`.
///
/// **Source:** XDG Base Directory Specification 0.8; Apple, *File System Programming Guide*; Microsoft,
/// *KNOWNFOLDERID*.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// The folders in which plugins are looked for, the first winning for equal versions: the system's, the user's
    /// (which is [`data`](Self::data)), the project's (`./.<app>/plugins`). What the host's policy and
    /// [`named`](Self::named) say comes behind them.
    pub search: Vec<PathBuf>,
    /// The policy files, the first winning: the project's `./plugins.toml`, then the one in
    /// [`config`](Self::config).
    pub policies: Vec<PathBuf>,
    /// What people write: `plugins.toml`, and each plugin's settings.
    pub config: PathBuf,
    /// The user's plugins.
    pub data: PathBuf,
    /// What must survive a restart: plugins' saved state, quarantines.
    pub state: PathBuf,
    /// What may be deleted at any time.
    pub cache: PathBuf,
    /// What ends with the session: the socket of a running host.
    pub runtime: PathBuf,
}

impl Places {
    /// The standard folders of an application.
    pub fn standard(app: &str) -> Self {
        let variable = |name: &str| match name {
            // Not every user has the variable; the system knows the folder all the same.
            "HOME" => env::home_dir().map(PathBuf::into_os_string),
            _ => env::var_os(name),
        };
        Self::of(app, Platform::HERE, &variable)
    }

    /// Everything below one folder, and nothing of the system's, the user's or the project's: for portable
    /// applications and for tests. Plugins are looked for in its `plugins`.
    pub fn within(root: &Path) -> Self {
        let data = root.join("plugins");
        Self {
            search: vec![data.clone()],
            policies: vec![root.join("config").join(POLICY)],
            config: root.join("config"),
            data,
            state: root.join("state"),
            cache: root.join("cache"),
            runtime: root.join("run"),
        }
    }

    /// The folders that the environment variable `KEYWAY_PATH` names, parted as in `PATH`: they are looked into after
    /// all others.
    pub fn named() -> Vec<PathBuf> {
        split(&env::var_os("KEYWAY_PATH").unwrap_or_default())
    }

    fn of(app: &str, platform: Platform, variable: Variables<'_>) -> Self {
        let project = Path::new(".").join(format!(".{app}"));
        let Own { config, data, state, cache, runtime } = Own::of(app, platform, &project, variable);
        let mut search = system(app, platform, variable);
        search.extend([data.clone(), project.join("plugins")]);
        search.dedup();
        let policies = vec![Path::new(".").join(POLICY), config.join(POLICY)];
        let runtime = runtime.unwrap_or_else(|| state.join("run"));
        Self { search, policies, config, data, state, cache, runtime }
    }
}

const POLICY: &str = "plugins.toml";

/// Reads the environment, or a test's.
type Variables<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Whose habits are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Unix,
    Mac,
    Windows,
}

impl Platform {
    const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(target_vendor = "apple") {
        Self::Mac
    } else {
        Self::Unix
    };
}

/// The folders that are the user's own.
struct Own {
    config: PathBuf,
    data: PathBuf,
    state: PathBuf,
    cache: PathBuf,
    /// `None` where it is below the state.
    runtime: Option<PathBuf>,
}

impl Own {
    fn of(app: &str, platform: Platform, project: &Path, variable: Variables<'_>) -> Self {
        let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(home) = folder("KEYWAY_HOME") {
            return Self {
                config: home.join("config").join(app),
                data: home.join("plugins"),
                state: home.join("state").join(app),
                cache: home.join("cache").join(app),
                runtime: Some(home.join("run").join(app)),
            };
        }
        let of_app = |root: Option<PathBuf>| root.map(|root| root.join(app));
        match platform {
            Platform::Windows => {
                let local = of_app(folder("LOCALAPPDATA")).unwrap_or_else(|| project.to_owned());
                Self {
                    config: of_app(folder("APPDATA")).unwrap_or_else(|| local.join("config")),
                    data: local.join("plugins"),
                    state: local.join("state"),
                    cache: local.join("cache"),
                    runtime: None,
                }
            }
            Platform::Unix | Platform::Mac => {
                let xdg = |name| of_app(folder(name).filter(|path| path.is_absolute()));
                let plugins = |path: PathBuf| path.join("plugins");
                let below = |path: &str| of_app(folder("HOME").map(|home| home.join(path)));
                let otherwise = |unix: &str, mac: &str, name: &str| {
                    match platform {
                        Platform::Mac => below(mac).map(|path| path.join(name)),
                        _ if name == "config" => below(unix),
                        _ => below(unix).map(plugins),
                    }
                    .unwrap_or_else(|| project.join(name))
                };
                let support = "Library/Application Support";
                Self {
                    config: xdg("XDG_CONFIG_HOME").unwrap_or_else(|| otherwise(".config", support, "config")),
                    data: xdg("XDG_DATA_HOME")
                        .map_or_else(|| otherwise(".local/share", support, "plugins"), plugins),
                    state: xdg("XDG_STATE_HOME")
                        .map_or_else(|| otherwise(".local/state", support, "state"), plugins),
                    cache: xdg("XDG_CACHE_HOME")
                        .map_or_else(|| otherwise(".cache", "Library/Caches", "cache"), plugins),
                    runtime: xdg("XDG_RUNTIME_DIR").map(plugins),
                }
            }
        }
    }
}

fn system(app: &str, platform: Platform, variable: Variables<'_>) -> Vec<PathBuf> {
    let roots = match platform {
        Platform::Windows => {
            variable("ProgramData").filter(|root| !root.is_empty()).map(PathBuf::from).into_iter().collect()
        }
        Platform::Unix | Platform::Mac => vec![PathBuf::from("/usr/local/lib"), PathBuf::from("/usr/lib")],
    };
    roots.into_iter().map(|root| root.join(app).join("plugins")).collect()
}

fn split(variable: &OsStr) -> Vec<PathBuf> {
    env::split_paths(variable).filter(|folder| !folder.as_os_str().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All places, a line each.
    #[track_caller]
    fn check(platform: Platform, variables: &[(&str, &str)], expected: &str) {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        let Places { search, policies, config, data, state, cache, runtime } =
            Places::of("app", platform, &variable);
        let text = |path: &Path| path.display().to_string().replace('\\', "/");
        let all = |paths: &[PathBuf]| paths.iter().map(|path| text(path)).collect::<Vec<_>>().join(" : ");
        let said = format!(
            "search {}\npolicies {}\nconfig {}\ndata {}\nstate {}\ncache {}\nruntime {}",
            all(&search),
            all(&policies),
            text(&config),
            text(&data),
            text(&state),
            text(&cache),
            text(&runtime)
        );
        assert_eq!(said, expected.trim(), "\n{said}\n");
    }

    #[test]
    fn a_user_without_variables_has_the_usual_folders() {
        check(
            Platform::Unix,
            &[("HOME", "/home/ada")],
            "
search /usr/local/lib/app/plugins : /usr/lib/app/plugins : /home/ada/.local/share/app/plugins : ./.app/plugins
policies ./plugins.toml : /home/ada/.config/app/plugins.toml
config /home/ada/.config/app
data /home/ada/.local/share/app/plugins
state /home/ada/.local/state/app/plugins
cache /home/ada/.cache/app/plugins
runtime /home/ada/.local/state/app/plugins/run
",
        );
        check(
            Platform::Mac,
            &[("HOME", "/Users/ada")],
            "
search /usr/local/lib/app/plugins : /usr/lib/app/plugins : /Users/ada/Library/Application Support/app/plugins : ./.app/plugins
policies ./plugins.toml : /Users/ada/Library/Application Support/app/config/plugins.toml
config /Users/ada/Library/Application Support/app/config
data /Users/ada/Library/Application Support/app/plugins
state /Users/ada/Library/Application Support/app/state
cache /Users/ada/Library/Caches/app/cache
runtime /Users/ada/Library/Application Support/app/state/run
",
        );
        check(
            Platform::Windows,
            &[
                ("ProgramData", "C:/ProgramData"),
                ("LOCALAPPDATA", "C:/ada/Local"),
                ("APPDATA", "C:/ada/Roaming"),
            ],
            "
search C:/ProgramData/app/plugins : C:/ada/Local/app/plugins : ./.app/plugins
policies ./plugins.toml : C:/ada/Roaming/app/plugins.toml
config C:/ada/Roaming/app
data C:/ada/Local/app/plugins
state C:/ada/Local/app/state
cache C:/ada/Local/app/cache
runtime C:/ada/Local/app/state/run
",
        );
    }

    #[cfg(unix)]
    #[test]
    fn an_xdg_variable_counts_where_it_is_absolute() {
        check(
            Platform::Unix,
            &[
                ("HOME", "/home/ada"),
                ("XDG_CONFIG_HOME", "/c"),
                ("XDG_DATA_HOME", "share"),
                ("XDG_STATE_HOME", ""),
                ("XDG_CACHE_HOME", "/k"),
                ("XDG_RUNTIME_DIR", "/run/user/7"),
            ],
            "
search /usr/local/lib/app/plugins : /usr/lib/app/plugins : /home/ada/.local/share/app/plugins : ./.app/plugins
policies ./plugins.toml : /c/app/plugins.toml
config /c/app
data /home/ada/.local/share/app/plugins
state /home/ada/.local/state/app/plugins
cache /k/app/plugins
runtime /run/user/7/app/plugins
",
        );
    }

    #[test]
    fn one_variable_moves_all_that_is_the_users() {
        for platform in [Platform::Unix, Platform::Mac] {
            check(
                platform,
                &[("KEYWAY_HOME", "/k"), ("HOME", "/home/ada"), ("XDG_RUNTIME_DIR", "/run/user/7")],
                "
search /usr/local/lib/app/plugins : /usr/lib/app/plugins : /k/plugins : ./.app/plugins
policies ./plugins.toml : /k/config/app/plugins.toml
config /k/config/app
data /k/plugins
state /k/state/app
cache /k/cache/app
runtime /k/run/app
",
            );
        }
    }

    #[test]
    fn without_a_home_the_projects_folder_takes_its_place() {
        check(
            Platform::Unix,
            &[],
            "
search /usr/local/lib/app/plugins : /usr/lib/app/plugins : ./.app/plugins
policies ./plugins.toml : ./.app/config/plugins.toml
config ./.app/config
data ./.app/plugins
state ./.app/state
cache ./.app/cache
runtime ./.app/state/run
",
        );
    }

    #[test]
    fn what_is_within_a_folder_is_all_there() {
        let Places { search, policies, config, data, state, cache, runtime } =
            Places::within(Path::new("root"));
        assert_eq!(search, std::slice::from_ref(&data));
        for path in policies.into_iter().chain([config, data, state, cache, runtime]) {
            assert!(path.starts_with("root"), "{}", path.display());
        }
    }

    #[test]
    fn named_folders_are_parted_as_in_path_and_none_is_empty() {
        let variable = env::join_paths(["a", "", "b/c"]).unwrap();
        assert_eq!(split(&variable), [PathBuf::from("a"), PathBuf::from("b/c")]);
        assert_eq!(split(OsStr::new("")), Vec::<PathBuf>::new());
    }
}
