//! Keyway's figures: every row with its floor and the peers beside, in one run, into `README.md`.
//!
//! ```text
//! cargo bench                                     all rows; writes the table
//! cargo bench -p keyway-benches -- --passes 3     fewer passes; prints only
//! cargo bench -p keyway-benches -- slice          rows with `slice` in their name; prints only
//! ```

mod contestants;
mod libraries;
mod machine;
mod measure;
mod passes;
mod rows;
mod table;

use std::path::Path;
use std::process::ExitCode;

/// How many processes measure every row when nothing else is asked for.
const PASSES: usize = 9;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, only] = arguments.as_slice()
        && word == passes::WORD
    {
        passes::run(only);
        return ExitCode::SUCCESS;
    }
    if let [word, library, field] = arguments.as_slice()
        && word == rows::size::WORD
    {
        rows::size::load(library, field);
        return ExitCode::SUCCESS;
    }
    match figures(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("figures: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn figures(arguments: &[String]) -> Result<(), String> {
    let (only, count) = wanted(arguments)?;
    libraries::build()?;
    let mut readings = Vec::new();
    for pass in 1..=count {
        eprintln!("figures: pass {pass} of {count}");
        let outcome = passes::start(&only);
        libraries::remove_copies()?;
        readings.push(outcome?);
    }
    if readings[0].is_empty() {
        return Err(format!("no row has `{only}` in its name"));
    }
    let table = format!("{}\n\n{}", machine::describe(count), table::write(&readings));
    println!("{table}");
    if !only.is_empty() || count < PASSES {
        eprintln!("figures: a part only, so that README.md stays as it was");
        return Ok(());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let failed = |cause| format!("`{}`: {cause}", path.display());
    let readme = std::fs::read_to_string(&path).map_err(failed)?;
    std::fs::write(&path, table::place(&readme, &table)?).map_err(failed)
}

/// The rows and the number of passes that the arguments ask for; `--bench` is cargo's own word.
fn wanted(arguments: &[String]) -> Result<(String, usize), String> {
    let (mut only, mut passes) = (String::new(), PASSES);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--bench" => {}
            "--passes" => {
                let count = rest.next().and_then(|count| count.parse().ok()).filter(|count| *count > 0);
                passes = count.ok_or("`--passes` wants a number from 1")?;
            }
            word if word.starts_with('-') => return Err(format!("`{word}` is none of `--passes N`, NAME")),
            name => name.clone_into(&mut only),
        }
    }
    Ok((only, passes))
}
