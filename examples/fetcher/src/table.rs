//! What was fetched, as lines for people.

use fetcher_interfaces::{FetchErrorKind, Fetched, Outcome};

/// A line for each address, and one more where something is to be said of it.
pub(crate) fn of(all: &[Fetched]) -> String {
    let mut lines = line("STATUS", "BYTES", "TIME", "ADDRESS");
    for Fetched { url, outcome, tries, time } in all {
        let time = format!("{time} ms");
        let tries = if *tries > 1 { format!(" ({tries} tries)") } else { String::new() };
        match outcome {
            Outcome::Answered { status, size, at } => {
                let at = at.as_ref().map_or_else(String::new, |at| format!(" -> {at}"));
                lines += &line(&status.to_string(), &size.to_string(), &time, &format!("{url}{at}{tries}"));
            }
            Outcome::Failed(error) => {
                lines += &line("-", "-", &time, &format!("{url}{tries}\n  why: {error}"));
            }
            Outcome::Other => lines += &line("?", "?", &time, &format!("{url}{tries}")),
        }
    }
    lines
}

fn line(status: &str, bytes: &str, time: &str, address: &str) -> String {
    format!("{status:>6}  {bytes:>8}  {time:>8}  {address}\n")
}

/// Whether an address is not as it should be. What this host can not speak may well be good.
pub(crate) fn is_broken(fetched: &Fetched) -> bool {
    match &fetched.outcome {
        Outcome::Answered { status, .. } => *status >= 400,
        Outcome::Failed(error) => error.kind != FetchErrorKind::Unspoken,
        Outcome::Other => false,
    }
}
