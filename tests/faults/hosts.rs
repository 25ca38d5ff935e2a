//! Hosts in processes of their own, and what they tell.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The folders of hosts that are one installation, and what each is started with.
pub(crate) struct Installation {
    root: TempDir,
    arguments: Vec<String>,
}

/// A host that runs.
pub(crate) struct Running {
    process: Child,
    told: Receiver<String>,
    root: PathBuf,
}

/// What a host told at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// By id.
    pub(crate) rows: BTreeMap<String, Row>,
    /// How long it took to come to this.
    pub(crate) took: Duration,
    /// What the host had against the order.
    pub(crate) said: String,
}

/// What a host told of one plugin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) version: String,
    pub(crate) state: String,
    pub(crate) code: String,
    /// The code of what began it.
    pub(crate) cause: String,
    /// The installation's root is written as `…`.
    pub(crate) why: String,
    /// Version and reason.
    pub(crate) passed: Vec<(String, String)>,
    /// States, and when: microseconds of the wall clock.
    pub(crate) history: Vec<(String, u64)>,
    pub(crate) health: String,
    pub(crate) faults: u64,
    pub(crate) lines: u64,
}

impl Installation {
    pub(crate) fn new() -> Self {
        let root = TempDir::new().expect("a temporary folder can be made");
        let new = Self { root, arguments: Vec::new() };
        fs::create_dir(new.plugins()).expect("a folder can be made");
        new
    }

    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// The folder that is always looked into.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.root().join("plugins")
    }

    /// One more folder, which is looked into after those that are there.
    pub(crate) fn folder(&mut self, name: &str) -> PathBuf {
        let folder = self.root().join(name);
        fs::create_dir(&folder).expect("a folder can be made");
        self.arguments.push(format!("folder={}", folder.display()));
        folder
    }

    /// For every start from now on.
    pub(crate) fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.arguments.push(format!("{key}={}", value.to_string()));
        self
    }

    /// The policy, which is there from now on.
    pub(crate) fn policy(&self, text: &str) {
        let folder = self.root().join("config");
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join("plugins.toml"), text).expect("a file can be written");
    }

    /// Forgets what hosts have kept so far.
    pub(crate) fn forget(&self) {
        for folder in ["state", "cache"] {
            match fs::remove_dir_all(self.root().join(folder)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{folder}: {error}"),
                _ => {}
            }
        }
    }

    /// How many scanners all hosts together have started so far.
    pub(crate) fn scanners(&self) -> usize {
        fs::read_to_string(self.root().join("scanners")).map_or(0, |text| text.lines().count())
    }

    pub(crate) fn start(&self) -> (Running, Table) {
        self.start_with(&[])
    }

    /// Starts a host, and waits until it is up.
    pub(crate) fn start_with(&self, more: &[&str]) -> (Running, Table) {
        let root = self.root();
        let errors = File::create(root.join("stderr")).expect("a file can be made");
        let mut command = Command::new(env!("CARGO_BIN_EXE_fault-host"));
        command.arg(root).args(&self.arguments).args(more);
        command.env("FAULT_HOST_SCANNERS", root.join("scanners")).env_remove("KEYWAY_PATH");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors);
        let mut process = command.spawn().expect("the host can be started");
        let output = process.stdout.take().expect("it is piped");
        let (tell, told) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if tell.send(line).is_err() {
                    return;
                }
            }
        });
        let running = Running { process, told, root: root.to_owned() };
        let table = running.table();
        (running, table)
    }

    /// Starts a host and ends it.
    pub(crate) fn once(&self) -> Table {
        self.once_with(&[])
    }

    pub(crate) fn once_with(&self, more: &[&str]) -> Table {
        let (running, table) = self.start_with(more);
        running.end();
        table
    }
}

impl Running {
    /// Gives it an order that it has nothing against, and waits until that is done.
    pub(crate) fn order(&mut self, line: &str) -> Table {
        let input = self.process.stdin.as_mut().expect("it is piped");
        writeln!(input, "{line}").expect("the host lives");
        let table = self.table();
        assert_eq!(table.said, "", "{line}");
        table
    }

    /// The host is alive, ends, and ends well.
    pub(crate) fn end(mut self) {
        assert!(self.process.try_wait().expect("it can be looked at").is_none(), "the host lives");
        drop(self.process.stdin.take());
        let ended = self.process.wait().expect("it can be waited for");
        assert!(ended.success(), "{ended}: {}", self.errors());
    }

    /// The next table. No order takes as long as this waits, on whatever machine.
    fn table(&self) -> Table {
        let line = self.told.recv_timeout(Duration::from_secs(240));
        let line = line.unwrap_or_else(|error| panic!("the host told nothing ({error}): {}", self.errors()));
        let told: Value = serde_json::from_str(&line).expect("a host tells JSON");
        assert_eq!(told["problems"], Value::Array(Vec::new()), "{line}");
        let rows = told["plugins"].as_array().into_iter().flatten();
        Table {
            rows: rows.map(|row| (text(&row["id"]), self.row(row))).collect(),
            took: Duration::from_micros(number(&told["took"])),
            said: text(&told["said"]),
        }
    }

    fn row(&self, row: &Value) -> Row {
        let pairs = |key: &str| row[key].as_array().into_iter().flatten();
        let why = |text: String| text.replace(&*self.root.to_string_lossy(), "…");
        Row {
            version: text(&row["version"]),
            state: text(&row["state"]),
            code: text(&row["code"]),
            cause: text(&row["cause"]),
            why: why(text(&row["why"])),
            passed: pairs("passed").map(|pair| (text(&pair[0]), why(text(&pair[1])))).collect(),
            history: pairs("history").map(|pair| (text(&pair[0]), number(&pair[1]))).collect(),
            health: text(&row["health"]),
            faults: number(&row["faults"]),
            lines: number(&row["lines"]),
        }
    }

    /// How much memory the host holds, in MiB.
    pub(crate) fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? >> 10)
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.root.join("stderr")).unwrap_or_default()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Where a test failed.
        let _killed = self.process.kill();
        let _reaped = self.process.wait();
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

impl Table {
    pub(crate) fn row(&self, id: &str) -> &Row {
        self.rows.get(id).unwrap_or_else(|| panic!("`{id}` is not in {:?}", self.rows.keys()))
    }

    /// Those in a state.
    pub(crate) fn count(&self, state: &str) -> usize {
        self.rows.values().filter(|row| row.state == state).count()
    }

    /// The state of each, and the code of what began it.
    pub(crate) fn states(&self) -> BTreeMap<&str, (&str, &str)> {
        self.rows.iter().map(|(id, row)| (id.as_str(), (row.state.as_str(), row.cause.as_str()))).collect()
    }

    /// As [`is`](Self::is), in a host that has not seen it happen: of what was recorded, whoever needs the culprit is told
    /// when the plan is made.
    #[track_caller]
    pub(crate) fn is_known(&self, expected: &BTreeMap<String, (&str, &str)>, recorded: &[&str]) {
        let known: BTreeMap<String, (&str, &str)> = expected
            .iter()
            .map(|(id, &(state, code))| {
                let planned = state == "refused" && recorded.contains(&code);
                (id.clone(), (state, if planned { "unresolved" } else { code }))
            })
            .collect();
        self.is(&known);
    }

    /// The states are these, and nothing else is listed.
    #[track_caller]
    pub(crate) fn is(&self, expected: &BTreeMap<String, (&str, &str)>) {
        let states = self.states();
        let others: Vec<_> = expected
            .iter()
            .filter(|(id, expected)| states.get(id.as_str()) != Some(expected))
            .map(|(id, expected)| format!("{id}: {expected:?} was expected: {:?}", self.rows.get(id)))
            .collect();
        assert!(others.is_empty(), "{others:#?}");
        assert_eq!(states.len(), expected.len(), "{:?}", states.keys());
    }
}

impl Row {
    /// When it came into a state for the last time.
    pub(crate) fn at(&self, state: &str) -> u64 {
        let mut events = self.history.iter().rev();
        events.find(|(other, _)| other == state).unwrap_or_else(|| panic!("never `{state}`: {self:?}")).1
    }

    #[track_caller]
    pub(crate) fn is(&self, state: &str, code: &str, why: &str) {
        assert_eq!((self.state.as_str(), self.code.as_str()), (state, code), "{self:?}");
        assert!(self.why.starts_with(why), "`{}` does not begin with `{why}`", self.why);
    }
}

/// The id of a number; `p` misbehaves or not, `n` needs another.
pub(crate) fn id(kind: char, number: usize) -> String {
    format!("faults/{kind}{number:03}-aaaaaaa")
}
