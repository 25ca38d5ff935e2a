//! A problem in the cache: what was said of it, without the types that said it.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Mutex, PoisonError};

use super::bytes::{Reader, Writer};
use crate::host::loader::{Cause, Refuses};

/// No error of ours has more causes one behind the other.
const MOST_CAUSES: u64 = 32;

/// Whether the same would be said next time, while the files are the same. What the system has answered (too many open
/// files, no right to read) may be otherwise then.
pub(in crate::host) fn lasts(cause: &Cause) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = cause.source();
    while let Some(error) = next {
        if error.is::<io::Error>() {
            return false;
        }
        next = error.source();
    }
    true
}

pub(super) fn write(cause: &Cause, to: &mut Writer) {
    to.text(cause.code());
    to.text(&cause.help());
    let mut texts = vec![cause.to_string()];
    let mut next = cause.source();
    while let Some(error) = next.filter(|_| (texts.len() as u64) < MOST_CAUSES) {
        texts.push(error.to_string());
        next = error.source();
    }
    to.number(texts.len() as u64);
    for text in texts {
        to.text(&text);
    }
}

pub(super) fn read(from: &mut Reader<'_>) -> Option<Cause> {
    let code = code(from.text()?);
    let help = from.text()?.to_owned();
    let count = from.number()?;
    if count == 0 || count > MOST_CAUSES {
        return None;
    }
    let texts = (0..count).map(|_| from.text()).collect::<Option<Vec<_>>>()?;
    let said = texts
        .into_iter()
        .rev()
        .fold(None, |source, text| Some(Box::new(Said { text: text.to_owned(), source })));
    let refuses: Box<dyn Refuses> = Box::new(Remembered { code, help, said: *said? });
    Some(refuses.into())
}

/// A code as the program keeps them. There are few different ones, and each is kept once.
fn code(text: &str) -> &'static str {
    static CODES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut codes = CODES.lock().unwrap_or_else(PoisonError::into_inner);
    match codes.get(text) {
        Some(code) => code,
        None => {
            let code: &'static str = text.to_owned().leak();
            codes.insert(code);
            code
        }
    }
}

/// An error and its causes, as they were worded.
#[derive(Debug)]
struct Said {
    text: String,
    source: Option<Box<Said>>,
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for Said {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|said| said as _)
    }
}

#[derive(Debug)]
struct Remembered {
    code: &'static str,
    help: String,
    said: Said,
}

impl fmt::Display for Remembered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.said, f)
    }
}

impl Error for Remembered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.said.source()
    }
}

impl Refuses for Remembered {
    fn code(&self) -> &'static str {
        self.code
    }
    fn help(&self) -> String {
        self.help.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Complaint<E: Error + 'static> {
        text: &'static str,
        source: E,
    }

    impl<E: Error + Send + Sync + 'static> Refuses for Complaint<E> {
        fn code(&self) -> &'static str {
            "complaint"
        }
        fn help(&self) -> String {
            "be quiet".into()
        }
    }

    fn cause(source: impl Error + Send + Sync + 'static) -> Cause {
        let refuses: Box<dyn Refuses> = Box::new(Complaint { text: "`a` is wrong", source });
        refuses.into()
    }

    #[test]
    fn a_problem_reads_as_it_was_worded_with_its_causes() {
        let cause = cause(Complaint { text: "line 3", source: "9 9".parse::<i32>().unwrap_err() });
        assert!(lasts(&cause));
        let mut writer = Writer::default();
        writer.block(|to| write(&cause, to));
        let read = read(&mut Reader::new(&writer.bytes).block().unwrap()).unwrap();
        assert_eq!((read.code(), read.help()), (cause.code(), cause.help()));
        assert_eq!(crate::plugin::in_words(&read), "`a` is wrong: line 3: invalid digit found in string");
        assert_eq!(crate::plugin::in_words(&read), crate::plugin::in_words(&cause));
        assert!(std::ptr::eq(code("complaint"), read.code()), "kept once");
    }

    #[test]
    fn what_the_system_said_is_not_kept() {
        let inner = Complaint { text: "could not be read", source: io::Error::other("too many open files") };
        assert!(!lasts(&cause(inner)));
    }
}
