//! Linux, macOS and the BSDs. Only Linux ends a scanner with its host, and limits the memory and the time of a file.

use std::fs::File;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, getpid, getrlimit, kill_process,
    kill_process_group, setrlimit, waitid,
};
use rustix::stdio;

use super::Streams;

/// The program that this process is, for a command and for people.
pub(in super::super) fn itself() -> io::Result<(PathBuf, PathBuf)> {
    let shown = std::env::current_exe()?;
    // The image of this very process, even where another file has taken the place of its own.
    let image = PathBuf::from("/proc/self/exe");
    let program = if cfg!(target_os = "linux") && image.exists() { image } else { shown.clone() };
    Ok((program, shown))
}

/// Puts the process that will be started into a group of its own, so that all of its descendants can be ended.
pub(in super::super) fn apart(command: &mut Command) {
    command.process_group(0);
}

fn pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// Whether the process has ended. It is not reaped, so that its number and its group's stay its own.
pub(in super::super) fn has_ended(child: &mut Child) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    match waitid(WaitId::Pid(pid(child)), options) {
        Ok(ended) => ended.is_some(),
        // A host that has its children reaped by others will not be told how it ended.
        Err(error) => error == rustix::io::Errno::CHILD,
    }
}

/// Ends the process and its group.
pub(in super::super) fn kill(child: &mut Child) {
    // What is gone already needs no killing.
    let _group = kill_process_group(pid(child), Signal::KILL);
    let _itself = child.kill();
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum End {
    Code(i32),
    Abort,
    /// It used more time than it was given.
    Time,
    Signal(i32, &'static str),
}

pub(in super::super) fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (_, Some(signal)) if signal == Signal::ABORT.as_raw() => End::Abort,
        (_, Some(signal)) if signal == Signal::XCPU.as_raw() => End::Time,
        (_, Some(signal)) => End::Signal(signal, name_of(signal)),
        (code, None) => End::Code(code.unwrap_or(-1)),
    }
}

fn name_of(signal: i32) -> &'static str {
    let names = [
        (Signal::SEGV, "SIGSEGV"),
        (Signal::BUS, "SIGBUS"),
        (Signal::ILL, "SIGILL"),
        (Signal::FPE, "SIGFPE"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::SYS, "SIGSYS"),
        (Signal::KILL, "SIGKILL"),
        (Signal::TERM, "SIGTERM"),
        (Signal::INT, "SIGINT"),
        (Signal::HUP, "SIGHUP"),
        (Signal::PIPE, "SIGPIPE"),
        (Signal::ALARM, "SIGALRM"),
        (Signal::XFSZ, "SIGXFSZ"),
        (Signal::USR1, "SIGUSR1"),
        (Signal::USR2, "SIGUSR2"),
    ];
    names.iter().find(|(known, _)| known.as_raw() == signal).map_or("a signal", |(_, name)| name)
}

/// Takes the scanner's pipes away from the numbers that everybody knows: what reads standard input finds nothing there,
/// and what is written to standard output goes where standard error goes. What a tried file starts gets none of the pipes.
pub(in super::super) fn streams() -> io::Result<Streams> {
    let own = |fd| fcntl_dupfd_cloexec(fd, 3).map(File::from);
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let streams =
        Streams { orders: own(stdin.as_fd())?, answers: own(stdout.as_fd())?, noise: own(stderr.as_fd())? };
    stdio::dup2_stdin(File::open("/dev/null")?)?;
    stdio::dup2_stdout(stderr.as_fd())?;
    Ok(streams)
}

/// Lets the system end this process when the thread ends that started it.
pub(in super::super) fn die_with_host() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // Where it fails the scanner ends at its next look at the orders.
    let _set = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
}

/// The longest file that a library may write while it is tried.
const FILE: u64 = 64 << 20;
/// The most files that it may hold open.
const FILES: u64 = 1024;

/// What holds for all that is tried here.
pub(in super::super) fn limit_process() {
    lower(Resource::Core, 0);
    lower(Resource::Fsize, FILE);
    lower(Resource::Nofile, FILES);
}

/// What the next file may use, beyond what this process uses by now.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(in super::super) fn limit_file(memory: u64, deadline: Duration) {
    // The host's deadline comes before it, unless the host has stopped.
    lower(Resource::Cpu, (used_time() + deadline).as_secs() + 2);
    lower(Resource::As, used_memory().saturating_add(memory));
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(in super::super) fn limit_file(_memory: u64, _deadline: Duration) {}

/// Sets a limit that can be raised again: for the next file.
fn lower(resource: Resource, limit: u64) {
    let old = getrlimit(resource);
    let current = old.maximum.map_or(limit, |maximum| limit.min(maximum));
    // At most the maximum, so that it can not fail for that; where it fails, the host's deadline is left.
    let _set = setrlimit(resource, Rlimit { current: Some(current), ..old });
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn used_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The address space that is taken, where `/proc` tells.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn used_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB"));
    size.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Ends this process at once: nothing that the tried files left behind runs.
pub(in super::super) fn leave() -> ! {
    let _killed = kill_process(getpid(), Signal::KILL);
    std::process::abort()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_has_ended_is_seen_and_keeps_its_number_until_it_is_reaped() {
        let mut child = Command::new("true").spawn().unwrap();
        while !has_ended(&mut child) {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(has_ended(&mut child), "looking takes nothing away");
        assert_eq!(end_of(child.wait().unwrap()), End::Code(0));
    }

    #[test]
    fn a_group_is_ended_with_all_that_is_in_it() {
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 1000 & echo $!; sleep 1000"]).stdout(std::process::Stdio::piped());
        apart(&mut shell);
        let mut child = shell.spawn().unwrap();
        let mut said = String::new();
        io::BufRead::read_line(&mut io::BufReader::new(child.stdout.take().unwrap()), &mut said).unwrap();
        let grandchild = Pid::from_raw(said.trim().parse().unwrap()).unwrap();
        rustix::process::test_kill_process(grandchild).unwrap();
        kill(&mut child);
        assert_eq!(end_of(child.wait().unwrap()), End::Signal(9, "SIGKILL"));
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", said.trim())).unwrap_or_default();
        while !(stat().is_empty() || stat().contains(") Z ")) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
