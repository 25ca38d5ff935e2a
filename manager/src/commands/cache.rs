//! `cache`: what is kept so that the next start is quick, and can be deleted at any time.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::describe::{self, fact};
use crate::app::App;
use crate::failure::{Exit, Failure, Stop};
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
    /// Whether it was cleared just now; the figures are from before.
    cleared: bool,
}

impl Cache {
    pub(super) fn run(&self, app: &App, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let folder = &app.own_places().cache;
        let wait = screen.wait("looking at the cache");
        let failed = |error: io::Error| Failure {
            exit: Exit::Failed,
            code: "cache-folder".into(),
            message: format!("the cache folder `{}` can not be read or cleared: {error}", folder.display()),
            help: "do it as the user that the host runs as".into(),
        };
        let (files, bytes) = measure(folder).map_err(failed)?;
        if self.clear {
            clear(folder).map_err(failed)?;
        }
        drop(wait);
        let document = Document { folder: folder.clone(), files, bytes, cleared: self.clear };
        match screen.form() {
            Form::Json => screen.document("keyway.cache/1", &document)?,
            Form::Rows => {
                let cleared = if self.clear { "cleared" } else { "" };
                let folder = folder.display().to_string();
                screen.row(&[&folder, &files.to_string(), &bytes.to_string(), cleared])?;
            }
            Form::People { .. } => {
                let content =
                    format!("{}, {}", counted(files as usize, "file"), counted(bytes as usize, "byte"));
                let cleared = self.clear.then_some("the next start makes it anew");
                let facts = [
                    fact("folder", [folder.display().to_string()]),
                    fact(if self.clear { "deleted" } else { "content" }, [content]),
                    fact("", cleared),
                ];
                describe::write(screen, None, &facts.into_iter().flatten().collect::<Vec<_>>())?;
            }
        }
        Ok(Exit::Done)
    }
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
