//! A host that tries files and tells what came of each: `trial-host DEADLINE-MS MEMORY-MIB FILE…`.
//!
//! It is its own scanner, unless `TRIAL_HOST_FORGETS` is set: then it is a host whose author forgot to serve trials. When
//! all is told it waits until its standard input ends, so that a test can look at what is left of it.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use keyway::host::loader::Refuses;
use keyway::host::{Trial, TrialRequest, Verdict, serve_trials};
use keyway::manifest::Home;

fn main() -> Result<(), Box<dyn Error>> {
    let forgets = std::env::var_os("TRIAL_HOST_FORGETS");
    if forgets.is_none() {
        serve_trials(&[&keyway_dylib::bridge()]);
    }
    let mut arguments = std::env::args_os().skip(1);
    let mut number = |otherwise: u64| {
        let said = arguments.next().map(|said| said.to_string_lossy().parse());
        said.unwrap_or(Ok(otherwise))
    };
    let trial = Trial::reentering().deadline(Duration::from_millis(number(5000)?)).memory(number(512)? << 20);
    let mut files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    if files.is_empty() {
        // As a host that always has something to try.
        files.push("some.so".into());
    }
    let request = |file| TrialRequest { home: Home::Dylib, file, plugins: Vec::new(), allow_abort: false };
    let requests: Vec<_> = files.into_iter().map(request).collect();
    let at = Instant::now();
    let verdicts = trial.run(&requests);
    let took = at.elapsed();
    let mut told = String::new();
    for verdict in &verdicts {
        let refuses: &dyn Refuses = match verdict {
            Verdict::Failed(failure) => failure,
            Verdict::NotTried(error) => error,
            _ => {
                told.push_str("passed\t\n");
                continue;
            }
        };
        let mut words = refuses.to_string();
        let mut next = refuses.source();
        while let Some(source) = next {
            words = format!("{words}: {source}");
            next = source.source();
        }
        told.push_str(&format!("{}\t{words}\n", refuses.code()));
    }
    if let Some(file) = forgets {
        std::fs::OpenOptions::new().append(true).create(true).open(file)?.write_all(told.as_bytes())?;
    }
    println!("{told}took {}", took.as_micros());
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
