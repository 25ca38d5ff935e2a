//! The facts of a manifest and of a build record, as names and values for people and for rows.

use keyway::manifest::{Activation, Manifest, Requirement};
use keyway::note::BuildRecord;

use crate::output::{Form, Paint, Screen};

/// A name and its values, one a line.
pub(super) struct Fact {
    pub(super) name: &'static str,
    pub(super) values: Vec<String>,
}

/// A fact; none where there are no values.
pub(super) fn fact(name: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Option<Fact> {
    let values: Vec<String> = values.into_iter().map(Into::into).filter(|value| !value.is_empty()).collect();
    (!values.is_empty()).then_some(Fact { name, values })
}

/// What a manifest says, but for id and version. What it does not say is left out.
pub(super) fn manifest(manifest: &Manifest) -> Vec<Fact> {
    let may = |requirement: &Requirement| if requirement.optional { " (optional)" } else { "" };
    let plugins = manifest.requires.plugins.iter();
    let interfaces = manifest.requires.interfaces.iter();
    let requires =
        plugins.map(|(id, requirement)| format!("{id} {}{}", requirement.version, may(requirement))).chain(
            interfaces.map(|(id, requirement)| {
                format!("interface {id} {}{}", requirement.version, may(requirement))
            }),
        );
    let rank = (manifest.rank != 0).then(|| manifest.rank.to_string());
    let activation = match manifest.activation {
        Activation::Start => "with the host",
        Activation::Use => "when first asked for",
    };
    [
        fact("description", [&*manifest.description]),
        fact("authors", &manifest.authors),
        fact("license", [&*manifest.license]),
        fact("made for", manifest.host.iter().map(|host| format!("host {host}"))),
        fact("provides", manifest.provides.iter().map(|(id, version)| format!("{id} {version}"))),
        fact("requires", requires),
        fact("conflicts", manifest.conflicts.iter().map(|(id, version)| format!("{id} {version}"))),
        fact("rank", rank),
        fact("starts", [activation]),
        fact(
            "capabilities",
            manifest.capabilities.iter().map(|(name, values)| format!("{name} {}", values.join(", "))),
        ),
        fact("settings", manifest.config.clone()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How a file was built.
pub(super) fn build(build: &BuildRecord) -> Vec<Fact> {
    [
        fact("built by", [&build.rustc]),
        fact("built for", [&build.target]),
        fact("framework", [format!("{}, ABI {}", build.framework, build.abi)]),
        fact("on panic", [&build.panic]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Writes facts: aligned for people, else a row a value, after `subject` where there is one.
pub(super) fn write(screen: &mut Screen<'_>, subject: Option<&str>, facts: &[Fact]) -> std::io::Result<()> {
    const NAME: usize = 12;
    for Fact { name, values } in facts {
        for (n, value) in values.iter().enumerate() {
            if let Form::People { .. } = screen.form() {
                let name = if n == 0 { *name } else { "" };
                let first = format!("  {}  ", Paint::Label.on(&format!("{name:NAME$}")));
                screen.text(&first, NAME + 4, value, Paint::Plain)?;
            } else {
                let mut cells: Vec<&str> = subject.into_iter().collect();
                cells.extend([*name, value]);
                screen.row(&cells)?;
            }
        }
    }
    Ok(())
}
