//! What the commands must know of the host whose plugins they look after.

use std::fmt;
use std::path::PathBuf;

use keyway::host::control::Trouble;
use keyway::host::{CacheReport, Host, HostBuilder, HostError, Places, Store, Survey};

use crate::failure::{Exit, Failure};
use crate::options::Options;
use crate::output::Waiting;

/// The folders in which an application's plugins are looked for besides what it links in: the
/// [standard places](Places::standard)' `search`.
pub fn standard_folders(app: &str) -> Vec<PathBuf> {
    Places::standard(app).search
}

/// The host whose plugins the commands look after.
///
/// [`new`](Self::new) is the program itself, with what is linked into it and the [standard
/// folders](standard_folders); the methods change that.
pub struct App {
    name: String,
    version: Option<String>,
    called: String,
    places: Places,
    linked_in: bool,
    build: Box<dyn Fn(HostBuilder) -> HostBuilder>,
}

impl App {
    /// The program itself.
    pub fn new(name: &str, version: &str) -> Self {
        Self {
            version: Some(version.to_owned()),
            linked_in: true,
            called: name.to_owned(),
            ..Self::named(name, None)
        }
    }

    /// Another program, of which only the folders can be seen. Without its version, plugins that say for which they are
    /// made can not be listed.
    pub fn named(name: &str, version: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            version: version.map(str::to_owned),
            called: "keyway".to_owned(),
            places: Places::standard(name),
            linked_in: false,
            build: Box::new(|builder| builder),
        }
    }

    /// How the commands are called, where that is not the program's name: `mytool plugin`.
    #[must_use]
    pub fn called(mut self, command: &str) -> Self {
        command.clone_into(&mut self.called);
        self
    }

    /// Other folders than the standard ones.
    #[must_use]
    pub fn folders(mut self, folders: Vec<PathBuf>) -> Self {
        self.places.search = folders;
        self
    }

    /// Other places than the standard ones: the folders of plugins, the state, the cache, the sockets of hosts that run.
    #[must_use]
    pub fn places(mut self, places: Places) -> Self {
        self.places = places;
        self
    }

    /// What else the program tells its host before it starts: bridges, settings, what is disabled. The folders, and what
    /// is linked in, are there already.
    #[must_use]
    pub fn host(mut self, build: impl Fn(HostBuilder) -> HostBuilder + 'static) -> Self {
        self.build = Box::new(build);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// A command as it is typed, for help texts.
    pub(crate) fn typed(&self, command: &str, options: &Options) -> String {
        format!("{} {command}{}", self.called, options.typed_folders())
    }

    /// A text of the framework's, with its commands as they are typed here.
    pub(crate) fn in_own_words(&self, text: &str) -> String {
        const COMMAND: &str = "`keyway ";
        let typed = format!("`{} ", self.called);
        // What has passed here, or was typed here to begin with, stays as it is.
        let mut parts = text.split(COMMAND);
        let mut words = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let own = typed.strip_prefix(COMMAND).is_some_and(|rest| part.starts_with(rest));
            words.push_str(if own { COMMAND } else { &typed });
            words.push_str(part);
        }
        words
    }

    /// What is wrong, as [`in_own_words`](Self::in_own_words).
    pub(crate) fn trouble(&self, trouble: Trouble) -> Trouble {
        let Trouble { code, message, help } = trouble;
        Trouble { code, message: self.in_own_words(&message), help: self.in_own_words(&help) }
    }

    /// Where plugins are looked for that nobody asked for by name.
    pub(crate) fn own_folders(&self) -> &[PathBuf] {
        &self.places.search
    }

    /// Where the program keeps what is its own.
    pub(crate) fn own_places(&self) -> &Places {
        &self.places
    }

    pub(crate) fn sees_linked_in(&self) -> bool {
        self.linked_in
    }

    fn versioned(&self) -> String {
        format!("write its version behind the name, as in `--app {}@1.0.0`", self.name)
    }

    /// What the host remembers of its folders.
    pub(crate) fn cache_report(&self, options: &Options) -> Result<Option<CacheReport>, Failure> {
        self.builder(options).cache_report().map_err(|error| self.mistaken(&error))
    }

    /// The version that the program had when it put a plugin in quarantine last: where nobody says another, what holds then
    /// holds now.
    fn recorded_version(&self) -> Option<String> {
        let records = Store::open(&self.places.state).ok()?.read().ok()?;
        let latest = records.quarantines().values().flatten().max_by_key(|quarantine| quarantine.at)?;
        Some(latest.host.to_string())
    }

    fn builder(&self, options: &Options) -> HostBuilder {
        let version = self.version.clone().or_else(|| self.recorded_version());
        let version = version.unwrap_or_else(|| "0.0.0".into());
        let mut builder = Host::builder(&self.name, &version).linked_in(self.linked_in);
        builder = builder.places(self.places.clone());
        for folder in options.named_folders() {
            builder = builder.plugin_dir(folder);
        }
        (self.build)(builder)
    }

    fn mistaken(&self, error: &HostError) -> Failure {
        let failure = Failure::from(error);
        match failure.exit {
            Exit::Usage if !self.linked_in => Failure { help: self.versioned(), ..failure },
            _ => failure,
        }
    }

    /// Finds, checks and resolves; no plugin code runs.
    pub(crate) fn survey(&self, options: &Options, waiting: &Waiting) -> Result<Survey, Failure> {
        let mut found = self.builder(options).find().map_err(|error| self.mistaken(&error))?;
        for (n, _) in found.by_ref().enumerate() {
            waiting.tell(|| format!("looking for plugins: {}", n + 1));
        }
        let survey = found.survey();
        let choosy =
            || survey.candidates().iter().find_map(|found| Some((found, found.manifest.host.as_ref()?)));
        match self.version {
            None => match choosy() {
                Some((found, wanted)) => Err(Failure {
                    exit: Exit::Usage,
                    code: "app-version".into(),
                    message: format!(
                        "plugin `{}` is made for `{}` {wanted}, and the version of that is not known",
                        found.manifest.id, self.name
                    ),
                    help: self.versioned(),
                }),
                None => Ok(survey),
            },
            Some(_) => Ok(survey),
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("name", &self.name)
            .field("version", &self.version)
            .field("places", &self.places)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_named_as_they_are_typed_however_often_a_text_passes() {
        let told = "`keyway enable a/b`, or another keyway, or `keyway list`";
        for called in ["keyway", "keyway --app tool@1.0.0", "tool plugin"] {
            let app = App::named("tool", None).called(called);
            let typed = format!("`{called} enable a/b`, or another keyway, or `{called} list`");
            assert_eq!(app.in_own_words(told), typed);
            assert_eq!(app.in_own_words(&typed), typed);
        }
    }
}
