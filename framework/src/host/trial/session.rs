//! The host's side of one scanner: started, given one file after the other, ended with all that it started.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::failure::{NotTried, TrialFailure, known_code};
use super::noise::{self, Noise};
use super::platform::{self, End};
use super::protocol::{self, Answer, Hello, MARKER, Order, PathText, Say};
use super::{Scanner, Trial, TrialRequest};

/// The least time that a scanner has to say that it is one.
const HELLO: Duration = Duration::from_secs(5);
/// How often a scanner that says nothing is looked at: a process that it forked may hold its pipes open.
const LOOK: Duration = Duration::from_millis(50);
/// How long a scanner that has closed its pipes may take to end.
const ENDING: Duration = Duration::from_secs(2);
/// The longest answer.
const LONGEST: u64 = 256 << 10;
/// The longest list of plugins that is sent: the pipe takes it whole, even if nobody reads.
const PLUGINS: usize = 200;

/// One scanner, and what came of it so far. It ends with the value.
pub(super) struct Session<'a> {
    trial: &'a Trial,
    child: Child,
    orders: ChildStdin,
    events: Receiver<Event>,
    noise: Arc<Mutex<Noise>>,
    tried: usize,
    /// What has passed, and when it was begun.
    passed: Vec<(usize, Instant)>,
    reaped: bool,
}

enum Event {
    Answer(Answer),
    /// With the number of the file whose flood it is.
    Flooded(Option<usize>),
    NoMoreAnswers,
    NoMoreNoise,
}

/// What became of one file.
pub(super) enum Outcome {
    Passed,
    Failed(TrialFailure),
    NoBridge,
    /// The scanner ended in the trial of it. It may be an earlier file's fault, where there was one.
    Died(TrialFailure),
    /// The scanner ended before the trial began.
    Lost(String),
}

/// How a scanner came to its end.
enum Death {
    Deadline,
    Flood,
    Mute,
    /// By its own doing.
    Itself,
    /// For what an earlier file left running.
    Earlier,
}

impl<'a> Session<'a> {
    /// Starts a scanner, and waits until it says that it is one. The calling thread must outlive the session: on Linux
    /// a scanner ends with the thread that started it.
    pub(super) fn open(trial: &'a Trial) -> Result<Self, NotTried> {
        let (program, shown) = match &trial.scanner {
            Scanner::Command { program, .. } => (program.clone(), program.clone()),
            Scanner::Itself => platform::itself()
                .map_err(|error| NotTried::Start { program: "-".into(), source: Arc::new(error) })?,
        };
        let token = protocol::token();
        let mut command = Command::new(program);
        if let Scanner::Command { arguments, .. } = &trial.scanner {
            command.args(arguments);
        }
        command.env(MARKER, &token).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        platform::apart(&mut command);
        let start = |error| NotTried::Start { program: shown.clone(), source: Arc::new(error) };
        let mut child = command.spawn().map_err(start)?;
        let piped = "it was started with pipes";
        let orders = child.stdin.take().expect(piped);
        let (sender, events) = sync_channel(16);
        let noise = Arc::<Mutex<Noise>>::default();
        let heard = {
            let (answers, stderr) = (child.stdout.take().expect(piped), child.stderr.take().expect(piped));
            let (noise, also) = (Arc::clone(&noise), sender.clone());
            let named = || thread::Builder::new().name("keyway-trial".into()).stack_size(128 << 10);
            named()
                .spawn(move || read_answers(answers, &sender))
                .and_then(|_| named().spawn(move || read_noise(stderr, &noise, &also)))
        };
        let mut session =
            Self { trial, child, orders, events, noise, tried: 0, passed: Vec::new(), reaped: false };
        heard.map_err(start)?;
        let hello = Hello { token: token.clone(), deadline: trial.deadline, memory: trial.memory };
        let deadline = trial.deadline.max(HELLO);
        // Where nobody reads, there will be no answer.
        let _written = session.orders.write_all(&protocol::line(&hello));
        let theirs = match session.answer(&token, Instant::now() + deadline, None) {
            Ok(Say::Ready { release }) => release,
            Err(Death::Itself) => {
                let how = in_words(session.end());
                let output = session.noise().output();
                return Err(NotTried::Ended { program: shown, how, output });
            }
            Ok(_) | Err(_) => return Err(NotTried::NoHello { program: shown, deadline }),
        };
        let ours = protocol::release();
        if theirs != ours {
            return Err(NotTried::Release { program: shown, theirs, ours });
        }
        Ok(session)
    }

    /// How many files it was given.
    pub(super) fn tried(&self) -> usize {
        self.tried
    }

    /// Those that have passed, and how long ago each was begun.
    pub(super) fn companions(&self) -> Vec<(usize, Duration)> {
        self.passed.iter().map(|&(number, begun)| (number, begun.elapsed())).collect()
    }

    /// Tries one file, the `number`th of the run. After anything but `Passed`, `Failed` and `NoBridge` the scanner is no
    /// more.
    pub(super) fn try_one(&mut self, number: usize, request: &TrialRequest, linger: Duration) -> Outcome {
        let token = protocol::token();
        self.noise().expect(protocol::mark(&token), number);
        let few = request.plugins.len() <= PLUGINS;
        let file = std::path::absolute(&request.file).unwrap_or_else(|_| request.file.clone());
        let order = Order {
            token: token.clone(),
            home: request.home,
            file: PathText::of(&file),
            // All of a file's plugins are no less than most of them.
            plugins: if few { request.plugins.clone() } else { Vec::new() },
            allow_abort: request.allow_abort,
            linger,
        };
        self.tried += 1;
        let at = Instant::now();
        // A scanner that has ended is seen below.
        let _written = self.orders.write_all(&protocol::line(&order));
        let until = at + self.trial.deadline + linger;
        let mut begun = false;
        let death = loop {
            match self.answer(&token, until, Some(number)) {
                Ok(Say::Begin) => begun = true,
                Ok(Say::Passed) if begun => {
                    self.passed.push((number, at));
                    return Outcome::Passed;
                }
                Ok(Say::Refused { code, message, help }) if begun => {
                    let (file, code) = (request.file.clone(), known_code(&code));
                    return Outcome::Failed(TrialFailure::Refused { file, code, message, help });
                }
                Ok(Say::NoBridge) => return Outcome::NoBridge,
                Ok(_) => {}
                Err(death) => break death,
            }
        };
        let end = self.end();
        // Its mark comes before its beginning, on another way.
        begun |= matches!(death, Death::Flood);
        if begun && let Some(failure) = self.failure(request, death, end) {
            Outcome::Died(failure)
        } else {
            Outcome::Lost(in_words(end))
        }
    }

    /// The next answer to what has this token. A flood of the file `number` ends the wait, and so does an earlier one's.
    fn answer(&mut self, token: &str, until: Instant, number: Option<usize>) -> Result<Say, Death> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(LOOK)) {
                Ok(Event::Answer(answer)) if answer.token == token => return Ok(answer.say),
                Ok(Event::Flooded(whose)) => {
                    return Err(if whose == number { Death::Flood } else { Death::Earlier });
                }
                Ok(Event::NoMoreAnswers) | Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.fell_silent());
                }
                Ok(Event::Answer(_) | Event::NoMoreNoise) => {}
                // What it answered before it ended is in the pipe, or here already.
                Err(RecvTimeoutError::Timeout) if platform::has_ended(&mut self.child) => {
                    return self.last_answer(token).ok_or(Death::Itself);
                }
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(Death::Deadline),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    /// An answer of a scanner that has ended, and left its pipes to others.
    fn last_answer(&mut self, token: &str) -> Option<Say> {
        while let Ok(event) = self.events.recv_timeout(LOOK) {
            match event {
                Event::Answer(answer) if answer.token == token => return Some(answer.say),
                Event::NoMoreAnswers => return None,
                _ => {}
            }
        }
        None
    }

    /// No more answers will come: it ends, or a file has closed what is not its own.
    fn fell_silent(&mut self) -> Death {
        let until = Instant::now() + ENDING;
        while !platform::has_ended(&mut self.child) {
            if Instant::now() >= until {
                return Death::Mute;
            }
            thread::sleep(Duration::from_millis(1));
        }
        Death::Itself
    }

    /// Ends the scanner and what it started, and hears all that they wrote.
    fn end(&mut self) -> End {
        platform::kill(&mut self.child);
        let end = self.child.wait().map_or(End::Code(-1), platform::end_of);
        self.reaped = true;
        // Whoever left the group may hold the pipe open for as long as it likes.
        let until = Instant::now() + LOOK * 4;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left) {
                Ok(Event::NoMoreNoise) | Err(_) => return end,
                Ok(_) => {}
            }
        }
    }

    /// What the file did, where it is the file that did it.
    fn failure(&self, request: &TrialRequest, death: Death, end: End) -> Option<TrialFailure> {
        let file = request.file.clone();
        let noise = self.noise();
        let output = noise.output();
        let (deadline, limit) = (self.trial.deadline, self.trial.memory);
        Some(match (death, end) {
            (Death::Earlier, _) => return None,
            (Death::Deadline, _) | (_, End::Time) => TrialFailure::Hung { file, deadline, output },
            (Death::Flood, _) => TrialFailure::Flooded { file, limit: noise::MOST, output },
            (Death::Mute, _) => TrialFailure::Silent { file, output },
            (Death::Itself, End::Code(code)) => TrialFailure::Exited { file, code, output },
            // What the runtimes of Rust and C++ write.
            _ if noise.says("has overflowed its stack") => TrialFailure::StackOverflow { file, output },
            (Death::Itself, End::Abort)
                if noise.says("memory allocation of ") || noise.says("std::bad_alloc") =>
            {
                TrialFailure::OutOfMemory { file, limit, output }
            }
            (Death::Itself, End::Abort) => TrialFailure::Aborted { file, output },
            (Death::Itself, End::Signal(signal, name)) => {
                TrialFailure::Crashed { file, signal, name, output }
            }
        })
    }

    fn noise(&self) -> MutexGuard<'_, Noise> {
        self.noise.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        // After that its number may be another's.
        if !self.reaped {
            platform::kill(&mut self.child);
            let _reaped = self.child.wait();
        }
    }
}

fn in_words(end: End) -> String {
    match end {
        End::Code(code) => format!("exit code {code}"),
        End::Abort => "an abort".into(),
        End::Time => "too much time used".into(),
        End::Signal(_, name) => name.into(),
    }
}

fn read_answers(answers: impl Read, events: &SyncSender<Event>) {
    let mut answers = BufReader::new(answers);
    let mut line = Vec::new();
    loop {
        line.clear();
        match answers.by_ref().take(LONGEST).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => break,
            Ok(_) => {}
        }
        if let Ok(answer) = serde_json::from_slice(&line)
            && events.send(Event::Answer(answer)).is_err()
        {
            return;
        }
    }
    // Nobody waits for it any more, then.
    let _sent = events.send(Event::NoMoreAnswers);
}

fn read_noise(mut stderr: impl Read, noise: &Mutex<Noise>, events: &SyncSender<Event>) {
    let mut buffer = [0; 16 << 10];
    loop {
        match stderr.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(read) => {
                let flood = noise.lock().unwrap_or_else(PoisonError::into_inner).take(&buffer[..read]);
                if let Some(whose) = flood
                    && events.send(Event::Flooded(whose)).is_err()
                {
                    return;
                }
            }
        }
    }
    let _sent = events.send(Event::NoMoreNoise);
}
