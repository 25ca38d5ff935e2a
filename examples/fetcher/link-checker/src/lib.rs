//! `fetcher/link-checker`: fetches a page, and everything that it links to at once.
//!
//! It decides what is fetched, how many at once, and what is tried again after which pause. How something is fetched, what
//! time it is and where work goes that blocks, it leaves to its host: there is no runtime in this crate, no socket, no timer
//! and no thread, so it runs under whichever executor awaits it.
//!
//! What is fetched at once are futures in one future, and no tasks: so to drop that one ends all of them on the spot.
#![forbid(unsafe_code)]

mod address;
mod html;

use std::collections::BTreeSet;
use std::time::Duration;

use fetcher_interfaces::{Answer, FetchError, FetchErrorKind, Fetched, Http, Inspect, Outcome};
use futures_util::stream::{self, StreamExt as _};
use keyway::{Context, Fault, Handle, Plugin, StartError, Unavailable, Wire};

/// How often one address may lead to another.
const MOST_MOVES: usize = 10;
/// No pause grows beyond this.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What a host may set for it.
#[derive(Clone, Debug, PartialEq, Wire)]
pub struct Settings {
    /// How many addresses are fetched at once; 8 unless this says otherwise.
    #[wire(default = eight)]
    pub at_once: u32,
    /// How often an address is tried that may answer the next time; 3 unless this says otherwise.
    #[wire(default = three)]
    pub tries: u32,
    /// What is waited before the second try, and twice as long before each that follows, up to 10 seconds; 200 unless this says otherwise.
    ///
    /// **Unit:** milliseconds.
    #[wire(default = two_hundred)]
    pub pause: u64,
}

fn eight() -> u32 {
    8
}

fn three() -> u32 {
    3
}

fn two_hundred() -> u64 {
    200
}

impl Default for Settings {
    fn default() -> Self {
        Self { at_once: eight(), tries: three(), pause: two_hundred() }
    }
}

/// The plugin `fetcher/link-checker`.
#[keyway::plugin(
    id = "fetcher/link-checker",
    provides(Inspect),
    requires(interface("fetcher/http") = "^1"),
    config = Settings
)]
pub struct LinkChecker {
    context: Context,
    http: Handle<dyn Http>,
    settings: Settings,
}

impl Plugin for LinkChecker {
    fn start(context: &Context) -> Result<Self, StartError> {
        let settings: Settings = context.config()?;
        if settings.at_once == 0 || settings.tries == 0 {
            return Err("`at_once` or `tries` is 0, so nothing would ever be fetched".into());
        }
        Ok(Self { context: context.clone(), http: context.get("fetcher/http")?, settings })
    }
}

#[keyway::interface]
impl Inspect for LinkChecker {
    async fn inspect(&self, page: &str) -> Result<Vec<Fetched>, FetchError> {
        let (fetched, answer) = self.fetch(address::resolve(page, "")).await?;
        if let Outcome::Failed(error) = fetched.outcome {
            return Err(error);
        }
        let links = match answer {
            Some(answer) => self.links(&fetched, answer).await?,
            None => Vec::new(),
        };
        let mut all = vec![fetched];
        // The order of the page, whichever comes first.
        let mut rest = stream::iter(links.into_iter().map(|link| self.fetch(link)))
            .buffered(self.settings.at_once as usize);
        while let Some(link) = rest.next().await {
            all.push(link?.0);
        }
        Ok(all)
    }
}

impl LinkChecker {
    /// Fetches an address, and once more where that may help.
    ///
    /// **Errors:** the host has stopped.
    async fn fetch(&self, url: String) -> Result<(Fetched, Option<Answer>), FetchError> {
        let begun = self.context.now().map_err(stopped)?;
        let (mut tries, mut pause) = (1, Duration::from_millis(self.settings.pause));
        let mut result = self.follow(&url).await;
        while tries < self.settings.tries && may_pass(&result) {
            self.context.sleep(pause).await.map_err(stopped)?;
            (tries, pause) = (tries + 1, (pause * 2).min(LONGEST_PAUSE));
            result = self.follow(&url).await;
        }
        let (outcome, answer) = match result {
            Ok((at, answer)) => {
                let (status, size) = (answer.status, answer.body.len() as u64);
                (Outcome::Answered { status, size, at: (at != url).then_some(at) }, Some(answer))
            }
            Err(error) => (Outcome::Failed(error), None),
        };
        let time = self.context.now().map_err(stopped)?.saturating_sub(begun).as_millis() as u64;
        Ok((Fetched { url, outcome, tries, time }, answer))
    }

    /// The answer at an address, or at the one that it leads to, and which that is.
    async fn follow(&self, url: &str) -> Result<(String, Answer), FetchError> {
        let mut at = url.to_owned();
        for _ in 0..=MOST_MOVES {
            let answer = self.http.fetch(&at).await?;
            match &answer.location {
                Some(location) if matches!(answer.status, 301 | 302 | 303 | 307 | 308) => {
                    at = address::resolve(&at, location);
                }
                _ => return Ok((at, answer)),
            }
        }
        let message = format!("`{url}` leads from address to address, and is given up after {MOST_MOVES}");
        Err(FetchError::new(FetchErrorKind::Circle, message))
    }

    /// The addresses that a page links to, each once, and not itself.
    async fn links(&self, page: &Fetched, answer: Answer) -> Result<Vec<String>, FetchError> {
        if !answer.content_type.as_deref().is_some_and(is_html) || !(200..300).contains(&answer.status) {
            return Ok(Vec::new());
        }
        let base = match &page.outcome {
            Outcome::Answered { at: Some(at), .. } => at.clone(),
            _ => page.url.clone(),
        };
        let mut seen = BTreeSet::from([page.url.clone(), base.clone()]);
        // A page may have megabytes, which would hold up whoever polls this.
        let read = self.context.spawn_blocking(move || {
            let written = html::links(&String::from_utf8_lossy(&answer.body));
            let all = written.iter().map(|link| address::resolve(&base, link));
            let to_fetch = |link: &String| matches!(address::scheme(link).as_deref(), Some("http" | "https"));
            all.filter(to_fetch).filter(|link| seen.insert(link.clone())).collect()
        });
        Ok(read.map_err(stopped)?.await.map_err(Fault::from)?)
    }
}

/// What a call finds that outlives its plugin.
fn stopped(why: Unavailable) -> FetchError {
    FetchError::new(FetchErrorKind::Failed, why.to_string())
}

/// Whether this kind of body has links. Servers write it in whatever case.
fn is_html(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("text/html")
}

/// Whether it may go better the next time.
fn may_pass(result: &Result<(String, Answer), FetchError>) -> bool {
    match result {
        Ok((_, answer)) => matches!(answer.status, 429 | 502 | 503 | 504),
        Err(error) => error.kind == FetchErrorKind::Broken,
    }
}
