//! `inspect`: what a file says of itself. It is read, never mapped, loaded or run.

use std::path::PathBuf;

use keyway::manifest::Manifest;
use keyway::note::BuildRecord;
use keyway_dylib::section::{self, Format, Notes};
use serde::Serialize;

use super::describe::{self, fact};
use crate::failure::{Exit, Failure, Stop};
use crate::output::{Form, Paint, Screen, harmless};

/// The arguments of `inspect`.
#[derive(Clone, Debug, clap::Args)]
pub struct Inspect {
    /// A plugin library, or a program with plugins linked in
    file: PathBuf,
}

#[derive(Serialize)]
struct Document<'a> {
    file: String,
    format: FormatItem,
    build: Option<&'a BuildRecord>,
    /// By id.
    manifests: &'a [Manifest],
}

#[derive(Serialize)]
struct FormatItem {
    text: String,
    container: String,
    arch: String,
    bits: u8,
    big_endian: bool,
    kind: String,
    /// Why it can not be loaded on this machine.
    foreign: Option<String>,
}

impl From<&Format> for FormatItem {
    fn from(format: &Format) -> Self {
        Self {
            text: format.to_string(),
            container: format.container.to_string(),
            arch: format.arch().into_owned(),
            bits: format.bits,
            big_endian: format.big_endian,
            kind: format.kind.to_string(),
            foreign: format.foreign(),
        }
    }
}

impl Inspect {
    pub(super) fn run(&self, screen: &mut Screen<'_>) -> Result<Exit, Stop> {
        let notes = section::read(&self.file).map_err(|error| Failure::from(&error))?;
        let Notes { build, manifests, .. } = &notes;
        let format = FormatItem::from(&notes.format);
        let file = self.file.display().to_string();
        if screen.form() == Form::Json {
            let document = Document { file, format, build: build.as_ref(), manifests };
            screen.document("keyway.inspect/1", &document)?;
            return Ok(Exit::Done);
        }
        let people = matches!(screen.form(), Form::People { .. });
        let mut facts: Vec<_> = fact("format", [&format.text]).into_iter().collect();
        facts.extend(fact("on this host", format.foreign.map(|why| format!("can not be loaded: it {why}"))));
        facts.extend(build.as_ref().map(describe::build).unwrap_or_default());
        facts.extend(fact("plugins", [manifests.len().to_string()]));
        if people {
            screen.line(&Paint::Name.on(&harmless(&file)))?;
        }
        describe::write(screen, Some(&file), &facts)?;
        for manifest in manifests {
            if people {
                screen.line("")?;
                screen.line(&format!("{} {}", Paint::Name.on(manifest.id.as_str()), manifest.version))?;
            } else {
                screen.row(&[manifest.id.as_str(), "version", &manifest.version.to_string()])?;
            }
            describe::write(screen, Some(manifest.id.as_str()), &describe::manifest(manifest))?;
        }
        Ok(Exit::Done)
    }
}
