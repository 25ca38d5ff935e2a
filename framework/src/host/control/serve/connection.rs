//! One connection: its requests one after the other, or one that goes on.

use std::collections::BTreeMap;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::Shared;
use super::seats::Seat;
use super::wire::{Ended, read_line, stays_quiet, write_all};
use crate::host::control::answer::{self, answer};
use crate::host::control::protocol::{self, LINE, Request, STOPPED};
use crate::host::control::report::Trouble;
use crate::host::control::status::StatusItem;
use crate::host::lifecycle::Core;
use crate::id::PluginId;

/// How long somebody may say nothing, and how long he may take to say it.
const WORD: Duration = Duration::from_secs(30);
/// How long an answer may take to be heard.
const HEARD: Duration = Duration::from_secs(10);
/// How often a log is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Nobody is served any longer.
struct End;

pub(super) fn serve(shared: &Shared, stream: &UnixStream, seat: &Seat) {
    let connection = Connection { shared, stream, seat };
    let mut rest = Vec::new();
    while connection.next(&mut rest).is_ok() && seat.waits() {}
    let _shut = stream.shutdown(std::net::Shutdown::Both);
}

struct Connection<'a> {
    shared: &'a Shared,
    stream: &'a UnixStream,
    seat: &'a Seat,
}

impl Connection<'_> {
    fn next(&self, rest: &mut Vec<u8>) -> Result<(), End> {
        let line = match read_line(self.stream, rest, LINE, Some(Instant::now() + WORD)) {
            Ok(line) => line,
            Err(Ended::TooLong) => {
                self.refuse(&Trouble {
                    code: "line-too-long".into(),
                    message: format!("a request has at most {LINE} bytes, and this one has more"),
                    help: "end each request with a line's end".into(),
                })?;
                return Err(End);
            }
            Err(_) => return Err(End),
        };
        if !self.seat.asks() {
            return Err(End);
        }
        match Request::of_line(&line) {
            Err(trouble) => self.refuse(&trouble),
            Ok(request @ (Request::FollowLogs { .. } | Request::FollowStatus { .. })) => self.follow(request),
            Ok(request) => {
                let core = self.core()?;
                let answer = answer(&core, &self.shared.about, &request);
                drop(core);
                match answer {
                    Ok(answer) => self.say(&protocol::answer(&answer)),
                    Err(trouble) => self.refuse(&trouble),
                }
            }
        }
    }

    /// What the host shares, for the time of one answer.
    fn core(&self) -> Result<Arc<Core>, End> {
        let core = self.shared.core.upgrade();
        core.ok_or_else(|| {
            let trouble = Trouble {
                code: STOPPED.into(),
                message: "the host has stopped".into(),
                help: "start it again".into(),
            };
            // Nothing else is to come, heard or not.
            let _said = self.refuse(&trouble);
            End
        })
    }

    fn say(&self, line: &[u8]) -> Result<(), End> {
        write_all(self.stream, line, Instant::now() + HEARD).map_err(|_| End)
    }

    fn tell(&self, what: &impl Serialize) -> Result<(), End> {
        self.say(&protocol::answer(what))
    }

    fn refuse(&self, trouble: &Trouble) -> Result<(), End> {
        self.say(&protocol::refusal(trouble))
    }

    /// Ends when the other side says anything or goes, or the host does.
    fn follow(&self, request: Request) -> Result<(), End> {
        if !self.seat.follows() {
            return self.refuse(&Trouble {
                code: "host-busy".into(),
                message: format!("{} others follow this host already", crate::host::control::FOLLOWERS),
                help: "end one of them, or ask again and again with `logs` and `status`".into(),
            });
        }
        let followed = match request {
            Request::FollowLogs { id, after } => self.follow_logs(&id, after),
            Request::FollowStatus { id, every_ms } => {
                let every = Duration::from_millis(every_ms.unwrap_or(1000).clamp(100, 3_600_000));
                self.follow_status(id.as_deref(), every)
            }
            _ => unreachable!("only these go on"),
        };
        match followed {
            Ok(trouble) => self.refuse(&trouble),
            Err(end) => Err(end),
        }
    }

    /// `Ok` is why it can not be followed.
    fn follow_logs(&self, id: &str, mut after: u64) -> Result<Trouble, End> {
        loop {
            let lines = match answer::lines(&*self.core()?, id, after) {
                Ok((_, lines)) => lines,
                Err(trouble) => return Ok(trouble),
            };
            for line in lines {
                after = line.number;
                self.tell(&line)?;
            }
            self.pause(LOOK)?;
        }
    }

    /// As [`follow_logs`](Self::follow_logs).
    fn follow_status(&self, id: Option<&str>, every: Duration) -> Result<Trouble, End> {
        let mut told: BTreeMap<PluginId, StatusItem> = BTreeMap::new();
        loop {
            let items = match answer::statuses(&*self.core()?, id) {
                Ok(items) => items,
                Err(trouble) => return Ok(trouble),
            };
            for item in items {
                if told.get(&item.id) != Some(&item) {
                    self.tell(&item)?;
                    told.insert(item.id.clone(), item);
                }
            }
            self.pause(every)?;
        }
    }

    fn pause(&self, pause: Duration) -> Result<(), End> {
        if stays_quiet(self.stream, pause) { Ok(()) } else { Err(End) }
    }
}
