//! `cache`: what is kept so that the next start is quick, and can be deleted at any time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use keyway::host::CacheUnusable;
use keyway::host::control::Trouble;
use serde::Serialize;

use super::describe::{self, fact};
use crate::app::App;
use crate::failure::{Exit, Failure, Stop, in_words};
use crate::options::Options;
use crate::output::{Form, Screen, counted};

/// The arguments of `cache`.
#[derive(Clone, Debug, clap::Args)]
pub struct Cache {
    /// Delete what is in it; the next start makes it anew
    #[arg(long)]
    clear: bool,
}

#[derive(Serialize)]
struct Document {
    folder: PathBuf,
    files: u64,
    bytes: u64,
    /// How many files and subfolders of plugin folders it knows.
    entries: usize,
    /// Why the next start would not use it.
    unusable: Option<Trouble>,
    /// Whether it was cleared just now; all else is from before.
    cleared: bool,
}

impl Cache {
    pub(super) fn run(&self, app: &App, options: &Options, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let folder = &app.own_places().cache;
        let wait = screen.wait("looking at the cache");
        let failed = |error: io::Error| Failure {
            exit: Exit::Failed,
            code: "cache-folder".into(),
            message: format!("the cache folder `{}` can not be read or cleared: {error}", folder.display()),
            help: "do it as the user that the host runs as".into(),
        };
        let (files, bytes) = measure(folder).map_err(failed)?;
        let report = app.cache_report(options)?;
        if self.clear {
            clear(folder).map_err(failed)?;
        }
        drop(wait);
        let document = Document {
            folder: folder.clone(),
            files,
            bytes,
            entries: report.as_ref().map_or(0, |report| report.entries),
            unusable: report.and_then(|report| report.unusable).as_ref().map(trouble),
            cleared: self.clear,
        };
        match screen.form() {
            Form::Json => screen.document("keyway.cache/1", &document)?,
            _ => show(&document, screen)?,
        }
        Ok(Exit::Done)
    }
}

fn trouble(unusable: &CacheUnusable) -> Trouble {
    Trouble { code: unusable.code().to_owned(), message: in_words(unusable), help: unusable.help() }
}

/// In a pipe a row has the columns folder, files, bytes, entries, and `cleared` or why it would not be used.
fn show(document: &Document, screen: &mut Screen<'_>) -> io::Result<()> {
    let Document { folder, files, bytes, entries, unusable, cleared } = document;
    let (folder, why) = (folder.display().to_string(), unusable.as_ref().map(|why| &*why.message));
    let Form::People { .. } = screen.form() else {
        let state = if *cleared { "cleared" } else { why.unwrap_or_default() };
        let figures = [files.to_string(), bytes.to_string(), entries.to_string()];
        return screen.row(&[&folder, &figures[0], &figures[1], &figures[2], state]);
    };
    let content = format!("{}, {}", counted(*files as usize, "file"), counted(*bytes as usize, "byte"));
    let facts = [
        fact("folder", [folder]),
        fact(if *cleared { "deleted" } else { "content" }, [content]),
        fact(
            "knows",
            (*entries > 0).then(|| format!("{entries} of the plugin folders' files and subfolders")),
        ),
        fact("not used", why),
        fact("next", cleared.then_some("the next start makes it anew")),
    ];
    describe::write(screen, None, &facts.into_iter().flatten().collect::<Vec<_>>())
}

/// How many files lie below a folder, and how many bytes they have. Links are not followed.
fn measure(folder: &Path) -> io::Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in entries(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        let (files, bytes) = if metadata.is_dir() { measure(&entry.path())? } else { (1, metadata.len()) };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

/// Takes out what is in a folder, and leaves the folder.
fn clear(folder: &Path) -> io::Result<()> {
    for entry in entries(folder)? {
        let entry = entry?;
        let removed = if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())
        } else {
            fs::remove_file(entry.path())
        };
        match removed {
            // A host that starts meanwhile takes the place of what is there.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// A folder that does not exist has none.
fn entries(folder: &Path) -> io::Result<impl Iterator<Item = io::Result<fs::DirEntry>>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => Some(entries),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    Ok(entries.into_iter().flatten())
}
