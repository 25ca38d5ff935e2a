//! What a person sees while something takes longer than a second.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner is not announced.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that may take long, until the value is dropped.
#[must_use = "it ends when this is dropped"]
pub(crate) struct Waiting {
    bar: Option<ProgressBar>,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Nobody is told.
    pub(crate) fn in_silence() -> Self {
        Self { bar: None, end: None, thread: None }
    }

    /// On the terminal of the error output, which is left as it was.
    pub(super) fn on_terminal(what: &str) -> Self {
        let (end, ended) = channel::<()>();
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
            .with_style(ProgressStyle::default_spinner());
        bar.set_message(what.to_owned());
        let shown = bar.clone();
        let show = move || {
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = shown;
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(100));
            // Nothing is ever sent: this is the end.
            let _ended = ended.recv();
            bar.finish_and_clear();
        };
        // Without a thread nobody is told, and what takes long is done all the same.
        let thread = std::thread::Builder::new().name("progress".into()).spawn(show).ok();
        Self { bar: Some(bar), end: Some(end), thread }
    }

    /// How far it has come.
    pub(crate) fn tell(&self, how_far: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(how_far());
        }
    }

    /// Whether there is anybody to tell.
    pub(super) fn is_wanted() -> bool {
        io::stderr().is_terminal()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}
