//! What a person sees while something takes longer than a second.

use std::io::{self, IsTerminal as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::ProgressBar;

/// What is done sooner is not announced.
const PATIENCE: Duration = Duration::from_secs(1);

/// Something that may take long, until the value is dropped.
#[must_use = "it ends when this is dropped"]
pub(crate) struct Waiting {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Waiting {
    /// Nobody is told.
    pub(super) fn in_silence() -> Self {
        Self { end: None, thread: None }
    }

    /// On the terminal of the error output, which is left as it was.
    pub(super) fn on_terminal(what: &str) -> Self {
        let (end, ended) = channel::<()>();
        let what = what.to_owned();
        let show = move || {
            if ended.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner().with_message(what);
            bar.enable_steady_tick(Duration::from_millis(100));
            // Nothing is ever sent: this is the end.
            let _ended = ended.recv();
            bar.finish_and_clear();
        };
        // Without a thread nobody is told, and what takes long is done all the same.
        let thread = std::thread::Builder::new().name("progress".into()).spawn(show).ok();
        Self { end: Some(end), thread }
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
