//! Running hosts: which of them is meant, and what it says.

use keyway::host::control::{AskError, Client, HostReport, Hosts, Request, RunningHost, hosts};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::failure::{Exit, Failure, in_words};
use crate::options::Options;
use crate::output::{Screen, counted};

/// Which running host is asked.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Which {
    /// Which running host is meant, where there are several: its process
    #[arg(long, value_name = "PID")]
    pub(crate) host: Option<String>,
}

/// A way to the host that is meant.
pub(crate) struct Contact {
    client: Client,
    pub(crate) about: HostReport,
}

impl Contact {
    /// The one host that runs, or the one that is named; `None` where none runs and none is named.
    ///
    /// What hosts left behind that are gone is taken away.
    pub(crate) fn find(app: &App, which: &Which, screen: &mut Screen<'_>) -> Result<Option<Self>, Failure> {
        let found = look(app, screen)?;
        found.remove_stale();
        Self::among(&found, app, which)
    }

    /// As [`find`](Self::find), where everything is to be left as it is, and a host that can not be heard has been told of
    /// already.
    pub(crate) fn find_leaving(
        app: &App,
        which: &Which,
        screen: &mut Screen<'_>,
    ) -> Result<Option<Self>, Failure> {
        match look(app, screen) {
            Ok(mut found) => {
                found.mute.clear();
                Self::among(&found, app, which)
            }
            Err(failure) if which.host.is_some() => Err(failure),
            Err(_) => Ok(None),
        }
    }

    fn among(found: &Hosts, app: &App, which: &Which) -> Result<Option<Self>, Failure> {
        let meant: Vec<&RunningHost> = match &which.host {
            Some(wanted) => found.running.iter().filter(|host| is_meant(host, wanted)).collect(),
            None => found.running.iter().collect(),
        };
        match (&meant[..], &which.host) {
            ([one], _) => {
                let client = Client::connect(&one.socket).map_err(|error| Failure::from(&error))?;
                Ok(Some(Self { client, about: one.about.clone() }))
            }
            ([], Some(wanted)) => Err(Failure {
                exit: Exit::Failed,
                code: "no-such-host".into(),
                message: format!("no host of `{}` with process {wanted} is running", app.name()),
                help: match &found.running[..] {
                    [] => "none is running".into(),
                    running => format!("those that run: {}", choices(running.iter(), "")),
                },
            }),
            // Whether it runs, nobody can tell.
            ([], None) if !found.mute.is_empty() => Err(Failure::from(&found.mute[0])),
            ([], None) => Ok(None),
            (several, _) => Err(Failure {
                exit: Exit::Usage,
                code: "several-hosts".into(),
                message: format!("{} of `{}` are running", counted(several.len(), "host"), app.name()),
                help: format!("choose one: {}", choices(several.iter().copied(), "--host ")),
            }),
        }
    }

    /// As [`find`](Self::find), where there is nothing to do without a host; `otherwise` is the way out then.
    pub(crate) fn needed(
        app: &App,
        options: &Options,
        which: &Which,
        screen: &mut Screen<'_>,
        otherwise: &str,
    ) -> Result<Self, Failure> {
        if options.names_folders() {
            return Err(other_folders("leave `--path` out"));
        }
        Self::find(app, which, screen)?.ok_or_else(|| no_host(app, otherwise))
    }

    pub(crate) fn ask<T: DeserializeOwned>(&mut self, request: &Request) -> Result<T, AskError> {
        self.client.ask(request)
    }

    /// For requests that go on.
    pub(crate) fn into_client(self) -> Client {
        self.client
    }

    /// Says which host speaks, where that is not part of a document.
    pub(crate) fn introduce(&self, screen: &mut Screen<'_>) -> std::io::Result<()> {
        let HostReport { app, version, pid, started, .. } = &self.about;
        screen.remark("host", &format!("`{app}` {version}, process {pid}, since {}", moment(started)), "")
    }
}

fn look(app: &App, screen: &Screen<'_>) -> Result<Hosts, Failure> {
    let folder = &app.own_places().runtime;
    let _asking = screen.wait("asking the hosts that run");
    hosts(folder).map_err(|error| Failure {
        exit: Exit::Failed,
        code: "runtime-folder".into(),
        message: format!("the runtime folder `{}` can not be read: {error}", folder.display()),
        help: "ask as the user that the host runs as".into(),
    })
}

/// That no host is there to do it.
pub(crate) fn no_host(app: &App, otherwise: &str) -> Failure {
    Failure {
        exit: Exit::Failed,
        code: "no-host".into(),
        message: format!("no host of `{}` is running", app.name()),
        help: otherwise.to_owned(),
    }
}

/// That `--path` has nothing to say to a host that runs.
pub(crate) fn other_folders(help: &str) -> Failure {
    Failure {
        exit: Exit::Usage,
        code: "usage".into(),
        message: "a host that runs has its own folders, and `--path` names others".into(),
        help: help.to_owned(),
    }
}

/// By its process, or by the name of its socket where one process has several.
fn is_meant(host: &RunningHost, wanted: &str) -> bool {
    host.about.pid.to_string() == wanted || name(host) == wanted
}

fn name(host: &RunningHost) -> String {
    host.socket.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn choices<'a>(hosts: impl Iterator<Item = &'a RunningHost> + Clone, option: &str) -> String {
    let one = |host: &RunningHost| {
        let twin = hosts.clone().filter(|other| other.about.pid == host.about.pid).count() > 1;
        let name = if twin { name(host) } else { host.about.pid.to_string() };
        format!("`{option}{name}` ({}, since {})", host.about.version, moment(&host.about.started))
    };
    hosts.clone().map(one).collect::<Vec<_>>().join(", ")
}

/// A time to the second, as people write it: `2026-08-01 12:00:00 UTC`.
pub(crate) fn moment(time: &str) -> String {
    match (time.get(..10), time.get(11..19)) {
        (Some(day), Some(hour)) if time.ends_with('Z') => format!("{day} {hour} UTC"),
        _ => time.to_owned(),
    }
}

/// Why a host gave no answer, for the error output.
pub(crate) fn silence(error: &AskError) -> Failure {
    let Failure { exit, code, help, .. } = Failure::from(error);
    Failure { exit, code, message: in_words(error), help }
}
