//! A host in a process of its own: `fault-host ROOT KEY=VALUE…`. Its places are all below the root.
//!
//! When it has started it tells, as one line of JSON, what became of every plugin. Then it obeys the lines of its standard
//! input, tells the same after each, and ends with the last one. It is its own scanner; with `FAULT_HOST_SCANNERS` it
//! adds a line to that file whenever it is one.

use std::error::Error;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use keyway::host::{
    ChangeError, Host, HostBuilder, Otherwise, Places, PluginInfo, Refusal, Then, Trial, serve_trials,
};
use serde_json::{Value, json};

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    count_scanners()?;
    serve_trials(&[&keyway_dylib::bridge()]);
    let mut arguments = std::env::args().skip(1);
    let root = arguments.next().ok_or("name a root")?;
    let arguments: Vec<String> = arguments.collect();
    let builder = build(Path::new(&root), &arguments)?;
    let at = Instant::now();
    let host = builder.start()?;
    let watches = arguments.iter().any(|argument| argument == "watch=start");
    let _watch = watches.then(|| host.watch(Then::Start)).transpose()?;
    tell(&host, at.elapsed(), "");
    for line in std::io::stdin().lines() {
        let at = Instant::now();
        let said = obey(&host, &line?);
        tell(&host, at.elapsed(), &said);
    }
    Ok(())
}

fn count_scanners() -> Result<(), Failure> {
    if let (Some(file), Some(_)) = (std::env::var_os("FAULT_HOST_SCANNERS"), std::env::var_os("KEYWAY_TRIAL"))
    {
        std::fs::OpenOptions::new().append(true).create(true).open(file)?.write_all(b"one\n")?;
    }
    Ok(())
}

fn build(root: &Path, arguments: &[String]) -> Result<HostBuilder, Failure> {
    let mut version = "1.0.0";
    let mut trial = Trial::reentering();
    let mut changes: Vec<Box<dyn FnOnce(HostBuilder) -> HostBuilder>> = Vec::new();
    for argument in arguments {
        let (key, value) = argument.split_once('=').ok_or("an argument is `KEY=VALUE`")?;
        let time = || value.parse().map(Duration::from_millis);
        match key {
            "version" => version = value,
            "folder" => {
                let folder = value.to_owned();
                changes.push(Box::new(|builder| builder.plugin_dir(folder)));
            }
            // That is begun when the host runs.
            "watch" => {}
            "trial-deadline" => trial = trial.deadline(time()?),
            "trial-by" => trial = Trial::by_command(value, [""; 0]),
            "untried" if value == "skip" => trial = trial.otherwise(Otherwise::Skip),
            "start-deadline" => {
                let time = time()?;
                changes.push(Box::new(move |builder| builder.start_deadline(time)));
            }
            "stop-deadline" => {
                let time = time()?;
                changes.push(Box::new(move |builder| builder.stop_deadline(time)));
            }
            "health-deadline" => {
                let time = time()?;
                let often = Duration::from_millis(100);
                changes.push(Box::new(move |builder| builder.health_every(often, time)));
            }
            "budget" => {
                let faults = value.parse()?;
                changes.push(Box::new(move |builder| builder.fault_budget(faults, Duration::from_secs(600))));
            }
            _ => return Err(format!("`{argument}` means nothing").into()),
        }
    }
    let builder = Host::builder("faults", version).linked_in(false).bridge(keyway_dylib::bridge());
    let builder = builder.places(Places::within(root)).trial(trial);
    Ok(changes.into_iter().fold(builder, |builder, change| change(builder)))
}

/// What came of an order: nothing, or what the host said against it.
fn obey(host: &Host, line: &str) -> String {
    let (order, id) = line.split_once(' ').unwrap_or((line, ""));
    let outcome = match order {
        "refresh" => host.refresh(),
        "load" => host.load(id),
        "enable" => host.enable(id).map(drop),
        "stop" => {
            host.stop();
            Ok(())
        }
        "tell" => Ok(()),
        "await-start-of" => wait(|| is(host, id, "active")),
        "await-quarantine-of" => wait(|| is(host, id, "quarantined")),
        "await-health-of" => wait(|| host.status(id).is_some_and(|status| status.health.is_some())),
        _ => return format!("`{line}` means nothing"),
    };
    outcome.map_or_else(|error| format!("{error}: {}", error.help()), |()| String::new())
}

/// Until that is so, or for as long as the busiest machine may need: whoever gave the order sees what came of it.
fn wait(it_is_so: impl Fn() -> bool) -> Result<(), ChangeError> {
    let until = Instant::now() + Duration::from_secs(60);
    while !it_is_so() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn is(host: &Host, id: &str, state: &str) -> bool {
    host.plugin(id).is_some_and(|info| info.state.name() == state)
}

fn tell(host: &Host, took: Duration, said: &str) {
    let plugins: Vec<Value> = host.plugins().iter().map(|info| row(host, info)).collect();
    let problems: Vec<String> = host.problems().iter().map(|problem| problem.cause.to_string()).collect();
    let told = json!({
        "took": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "said": said,
        "problems": problems,
        "plugins": plugins,
    });
    println!("{told}");
}

fn row(host: &Host, info: &PluginInfo) -> Value {
    let id = info.id.as_str();
    let history: Vec<Value> = host
        .history(id)
        .iter()
        .map(|event| {
            let at = event.at.duration_since(UNIX_EPOCH).unwrap_or_default();
            json!([event.state.name(), u64::try_from(at.as_micros()).unwrap_or(u64::MAX)])
        })
        .collect();
    let passed: Vec<Value> =
        info.passed_over.iter().map(|it| json!([it.version.to_string(), it.why])).collect();
    let refusal = info.refusal();
    let health = host.status(id).and_then(|status| status.health);
    json!({
        "id": id,
        "version": info.version.to_string(),
        "state": info.state.name(),
        "code": refusal.map_or("", |refusal| refusal.code()),
        "cause": refusal.map_or_else(String::new, |refusal| cause(refusal)),
        "why": refusal.map_or_else(String::new, |refusal| refusal.summary()),
        "passed": passed,
        "history": history,
        "health": health.map_or_else(String::new, |(_, health)| health.to_string()),
        "faults": info.faults,
        "lines": host.log_lines(id, 0).len(),
    })
}

/// The code of what began it: of a record, of what was recorded.
fn cause(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Needs { source, .. } => cause(source),
        Refusal::Quarantined { record, .. } => record.cause.code.clone(),
        other => other.code().to_owned(),
    }
}
