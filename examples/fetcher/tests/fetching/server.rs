//! A real server on this machine, with pages that are as bad as pages can be.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// How many requests for the pages below `/together/` must be there before any of them is answered.
pub(crate) const TOGETHER: usize = 3;

/// A server that serves until the test ends.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(crate) address: String,
    seen: Arc<Seen>,
}

/// What the server's side saw of its visitors.
struct Seen {
    /// Requests that have come and were not answered yet.
    open: AtomicUsize,
    most: AtomicUsize,
    /// Visitors that closed before they were answered.
    left: AtomicUsize,
    /// Requests for `/busy`.
    busy: AtomicUsize,
    together: Barrier,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = format!("http://{}", listener.local_addr().expect("it is bound"));
        let seen = Arc::new(Seen {
            open: AtomicUsize::default(),
            most: AtomicUsize::default(),
            left: AtomicUsize::default(),
            busy: AtomicUsize::default(),
            together: Barrier::new(TOGETHER),
        });
        let theirs = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&theirs);
                thread::spawn(move || seen.serve(stream));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// How many requests wait for their answers.
    pub(crate) fn open(&self) -> usize {
        self.seen.open.load(Ordering::SeqCst)
    }

    /// How many waited at once at most.
    pub(crate) fn most(&self) -> usize {
        self.seen.most.load(Ordering::SeqCst)
    }

    /// How many visitors left before they were answered.
    pub(crate) fn left(&self) -> usize {
        self.seen.left.load(Ordering::SeqCst)
    }
}

impl Seen {
    fn serve(&self, mut stream: TcpStream) {
        let mut reader = BufReader::new(stream.try_clone().expect("a socket can be shared"));
        let mut request = String::new();
        let mut line = String::new();
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            request.push_str(&line);
            line.clear();
        }
        let Some(path) = request.split(' ').nth(1) else { return };
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(open, Ordering::SeqCst);
        let mut written = |text: &str| stream.write_all(text.as_bytes()).is_ok();
        match path {
            path if path.starts_with("/never/") || path == "/slow" => {
                // What comes next is the end.
                let _end = reader.read(&mut [0]);
                self.left.fetch_add(1, Ordering::SeqCst);
            }
            "/endless" => {
                let block = "x".repeat(1 << 16);
                let head = "HTTP/1.1 200 OK\r\n\r\n";
                if written(head) {
                    while written(&block) {}
                }
                self.left.fetch_add(1, Ordering::SeqCst);
            }
            "/short" => {
                written("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot so many");
            }
            "/no-http" => {
                written("220 mail.example ready\r\n");
            }
            path => {
                if path.starts_with("/together/") {
                    self.together.wait();
                }
                let (status, headers, body) = self.page(path);
                // Before the answer, so that nobody who has it can see it as open.
                self.open.fetch_sub(1, Ordering::SeqCst);
                written(&format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}\r\n{body}",
                    body.len()
                ));
                return;
            }
        }
        self.open.fetch_sub(1, Ordering::SeqCst);
    }

    /// Status, headers, body.
    fn page(&self, path: &str) -> (&'static str, String, String) {
        let html = |links: &[&str]| {
            let links: String =
                links.iter().map(|link| format!("<p><a href=\"{link}\">{link}</a>\n")).collect();
            ("200 OK", "Content-Type: Text/HTML; charset=utf-8\r\n".to_owned(), links)
        };
        let moved = |to: &str| ("302 Found", format!("Location: {to}\r\n"), String::new());
        match path {
            "/" => html(&["about", "/old", "gone", "about#us", "mailto:us@example.com"]),
            "/about" => ("200 OK", "Content-Type: text/plain\r\n".into(), "all about us\n".into()),
            "/old" => moved("about"),
            "/trouble" => html(&[
                "endless",
                "short",
                "no-http",
                "round",
                "busy",
                "https://127.0.0.1/",
                "http://127.0.0.1:99999/",
                "/about",
            ]),
            "/round" => moved("/and-round"),
            "/and-round" => moved("/round"),
            // The third time it goes.
            "/busy" if self.busy.fetch_add(1, Ordering::SeqCst) % 3 < 2 => {
                ("503 Service Unavailable", String::new(), String::new())
            }
            "/busy" => ("200 OK", String::new(), "now\n".into()),
            "/together" => {
                html(&["together/1", "together/2", "together/3", "together/4", "together/5", "together/6"])
            }
            "/hanging" => html(&["never/1", "never/2", "never/3"]),
            path if path.starts_with("/together/") => ("200 OK", String::new(), "together\n".into()),
            _ => ("404 Not Found", String::new(), "there is no such page\n".into()),
        }
    }
}

/// Waits until something holds that must come.
#[track_caller]
pub(crate) fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} has not come");
        thread::sleep(Duration::from_millis(2));
    }
}
