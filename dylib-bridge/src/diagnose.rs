//! Why the system's loader would not have a library.
//!
//! The loader's own text names one thing, and not always the true one: glibc says "No such file or directory" of a
//! library that lies there and is made for another processor. So the file is looked at first, and the text after it.

mod search;
mod text;

use std::io;
use std::path::{Path, PathBuf};

use crate::platform;
use crate::section::{self, Dynamic, Format, Kind, SectionError};

const GONE: &str = "which does not exist";

/// Why a library could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Diagnosis {
    /// Nothing is there.
    #[error("`{path}` does not exist; the last folder of it that does is `{folder}`")]
    Missing {
        /// The path that was to be loaded.
        path: PathBuf,
        /// How much of it exists.
        folder: PathBuf,
    },
    /// A link to nothing.
    #[error("`{path}` is a link to `{target}`, {fate}")]
    BrokenLink {
        /// The link.
        path: PathBuf,
        /// What it names.
        target: PathBuf,
        /// What is wrong with that: it is not there, or a link itself, perhaps back to the first.
        fate: &'static str,
    },
    /// Not allowed.
    #[error("`{path}` may not be read: `{at}` {access}")]
    Access {
        /// The path that was to be loaded.
        path: PathBuf,
        /// It, or the folder on the way that stops it.
        at: PathBuf,
        /// Mode and owners.
        access: String,
    },
    /// The file system is mounted so that nothing on it may run.
    #[error("`{path}` lies on a file system that is mounted `noexec`")]
    NoExec {
        /// The library.
        path: PathBuf,
    },
    /// A folder, a text, a file cut short.
    #[error(transparent)]
    Unreadable(SectionError),
    /// For another system or processor.
    #[error("`{path}` {difference}")]
    Foreign {
        /// The library.
        path: PathBuf,
        /// What kind of file it is.
        format: Format,
        /// Both sides of the difference.
        difference: String,
    },
    /// A program, or an object that is not linked.
    #[error("`{path}` is {found}, and no shared library")]
    NotShared {
        /// The file.
        path: PathBuf,
        /// What it is.
        found: String,
    },
    /// Built for another C library.
    #[error("`{path}` is built for {found}, and this host runs on {host}")]
    WrongLibc {
        /// The library.
        path: PathBuf,
        /// The C library that it needs.
        found: &'static str,
        /// The C library of this process.
        host: &'static str,
    },
    /// A system library is there, and too old.
    #[error("`{path}` needs `{version}`, which `{library}` here does not have")]
    TooOld {
        /// The library.
        path: PathBuf,
        /// The version that is asked for.
        version: String,
        /// Where it was looked for.
        library: String,
    },
    /// Libraries that it needs were not found.
    #[error("`{path}` needs {}, not found in {}", named(.names), searched(.places))]
    MissingLibraries {
        /// The library.
        path: PathBuf,
        /// What is missing; the one that the loader named comes first. Empty where the system names none.
        names: Vec<String>,
        /// Where was looked besides the system's folders.
        places: Vec<PathBuf>,
    },
    /// A symbol that nobody defines.
    #[error("`{path}` needs the symbol `{symbol}`, which none of its libraries defines")]
    UndefinedSymbol {
        /// The library.
        path: PathBuf,
        /// The symbol, as the loader has it.
        symbol: String,
    },
    /// The file looks right.
    #[error("`{path}` looks right, and the system's loader says: {error}")]
    Other {
        /// The library.
        path: PathBuf,
        /// The loader's text.
        error: String,
    },
}

impl Diagnosis {
    /// A short name for programs, stable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "load-missing",
            Self::BrokenLink { .. } => "load-broken-link",
            Self::Access { .. } => "load-access",
            Self::NoExec { .. } => "load-noexec",
            Self::Unreadable(error) => error.code(),
            Self::Foreign { .. } => "load-foreign",
            Self::NotShared { .. } => "load-not-shared",
            Self::WrongLibc { .. } => "load-libc",
            Self::TooOld { .. } => "load-too-old",
            Self::MissingLibraries { .. } => "load-missing-library",
            Self::UndefinedSymbol { .. } => "load-undefined-symbol",
            Self::Other { .. } => "load-failed",
        }
    }

    /// The way out.
    pub fn help(&self) -> String {
        match self {
            Self::Missing { .. } => "install the plugin again, or correct the path".into(),
            Self::BrokenLink { target, fate: GONE, .. } => {
                format!("put `{}` back, or remove the link", target.display())
            }
            Self::BrokenLink { .. } => "remove the link, or point it at a file".into(),
            Self::Access { at, .. } => {
                format!("let this user read it: {}", platform::allow(at))
            }
            Self::NoExec { .. } => "move the plugins to a file system from which programs may run".into(),
            Self::Unreadable(error) => error.help(),
            Self::Foreign { .. } => format!(
                "take the plugin's build for {} on {}, or build it here",
                std::env::consts::ARCH,
                std::env::consts::OS
            ),
            Self::NotShared { .. } => "build it with `crate-type = [\"cdylib\"]`, or `cc -shared`".into(),
            Self::WrongLibc { host, .. } => format!("build the plugin for a target with {host}"),
            Self::TooOld { .. } => {
                "build the plugin on a system as old as this one, or update this one".into()
            }
            Self::MissingLibraries { names, .. } if names.is_empty() => {
                "put the libraries that it needs beside it".into()
            }
            Self::MissingLibraries { names, .. } => {
                let them = if names.len() == 1 { "it" } else { "them" };
                format!("install {} or put {them} beside the plugin{}", named(names), platform::BESIDE)
            }
            Self::UndefinedSymbol { symbol, .. } if symbol.starts_with("_ZN") || symbol.starts_with("_R") => {
                "build the plugin as a `cdylib`, which has its own copy of the Rust crates that it uses"
                    .into()
            }
            Self::UndefinedSymbol { .. } => {
                "link the plugin with the library that defines it, or install that library's newer version"
                    .into()
            }
            Self::Other { .. } => platform::ASK_THE_LOADER.into(),
        }
    }
}

fn named(names: &[String]) -> String {
    match names {
        [] => "a library".into(),
        names => names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    }
}

fn searched(places: &[PathBuf]) -> String {
    let mut list: Vec<_> = places.iter().map(|place| format!("`{}`", place.display())).collect();
    let system = "the system's folders";
    match list.pop() {
        None => system.into(),
        Some(last) if list.is_empty() => format!("{last} or {system}"),
        Some(last) => format!("{}, {last} or {system}", list.join(", ")),
    }
}

/// Finds out why a library could not be loaded. `error` is what the loader said (`dlerror`, or the text of the
/// system's error on Windows).
///
/// The file is read, never mapped or run.
pub fn diagnose(path: &Path, error: &str) -> Diagnosis {
    if let Some(diagnosis) = absent(path) {
        return diagnosis;
    }
    let format = match section::format(path) {
        Ok(format) => format,
        Err(SectionError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
            return refused(path, path);
        }
        Err(error) => return Diagnosis::Unreadable(error),
    };
    let path = path.to_owned();
    if let Some(difference) = format.foreign() {
        return Diagnosis::Foreign { path, format, difference };
    }
    if format.kind != Kind::Shared || error.contains("position-independent executable") {
        let found =
            if format.kind == Kind::Shared { "a program".into() } else { format!("a file `{format}`") };
        return Diagnosis::NotShared { path, found };
    }
    let dynamic = match section::dynamic(&path) {
        Ok(dynamic) => dynamic.unwrap_or_default(),
        Err(error) => return Diagnosis::Unreadable(error),
    };
    if let Some((found, host)) = other_libc(&dynamic) {
        return Diagnosis::WrongLibc { path, found, host };
    }
    if let Some((version, library)) = text::version(error) {
        return Diagnosis::TooOld { path, version, library };
    }
    if let Some(symbol) = text::undefined_symbol(error) {
        return Diagnosis::UndefinedSymbol { path, symbol };
    }
    if platform::no_exec(&path) {
        return Diagnosis::NoExec { path };
    }
    let search = search::Search::new(&path, &dynamic);
    let named = text::missing_library(error, &path);
    let mut names: Vec<_> = dynamic.needed.into_iter().filter(|name| !search.finds(name)).collect();
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        names.retain(|name| *name != named);
        names.insert(0, named);
    } else if names.is_empty() && !text::nameless(error) {
        return Diagnosis::Other { path, error: error.trim().to_owned() };
    }
    Diagnosis::MissingLibraries { path, names, places: search.own }
}

/// What is wrong with the path itself.
fn absent(path: &Path) -> Option<Diagnosis> {
    let error = path.metadata().err()?;
    if error.kind() == io::ErrorKind::PermissionDenied {
        let stops = |folder: &&Path| folder.join("x").symlink_metadata().is_err_and(|error| denied(&error));
        return Some(refused(path, path.ancestors().skip(1).find(stops).unwrap_or(path)));
    }
    if let Ok(target) = path.read_link() {
        let is_there = path.with_file_name(&target).symlink_metadata().is_ok();
        let fate = if is_there { "which leads nowhere" } else { GONE };
        return Some(Diagnosis::BrokenLink { path: path.into(), target, fate });
    }
    let folder = path.ancestors().skip(1).find(|folder| folder.exists()).unwrap_or(Path::new("."));
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    Some(Diagnosis::Missing { path: path.into(), folder: folder.into() })
}

fn denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

fn refused(path: &Path, at: &Path) -> Diagnosis {
    let access = platform::access(at).unwrap_or_else(|error| format!("says: {error}"));
    Diagnosis::Access { path: path.into(), at: at.into(), access }
}

/// The C library that a file is built for and this process's, where they differ.
fn other_libc(dynamic: &Dynamic) -> Option<(&'static str, &'static str)> {
    let needs = |start: &str| dynamic.needed.iter().any(|name| name.starts_with(start));
    if cfg!(target_env = "gnu") && (needs("libc.musl-") || needs("ld-musl-")) {
        Some(("musl", "glibc"))
    } else if cfg!(target_env = "musl") && (needs("libc.so.6") || needs("ld-linux")) {
        Some(("glibc", "musl"))
    } else if cfg!(target_env = "gnu") && needs("libc.so") && !needs("libc.so.6") {
        Some(("another C library (`libc.so`)", "glibc"))
    } else {
        None
    }
}
