//! A host that stays up, so that `keyway --app toolbox` and `toolbox plugin` have one to talk to.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use keyway::host::{Host, Then};
use keyway_interfaces::ToolError;

/// Serves until Ctrl-C or SIGTERM, or until standard input ends; then every plugin is stopped in order.
///
/// It watches its folders, asks its plugins how they are, and parts with those that do harm.
pub(crate) fn serve(named: &[PathBuf], stay: bool) -> Result<(), ToolError> {
    let (places, builder) = crate::host(named);
    let builder = builder
        // What is told of a plugin with `toolbox plugin status`.
        .count_calls(true)
        .health_every(Duration::from_secs(5), Duration::from_secs(1))
        // One plugin may hang or fail without end, and the others go on.
        .start_deadline(Duration::from_secs(10))
        .fault_budget(20, Duration::from_secs(60));
    let (end, ended) = channel();
    until_interrupted(end.clone())?;
    let host = crate::start(builder)?;
    // What comes into a folder is started, for as long as this lives.
    let watch = host
        .watch(Then::Start)
        .map_err(|error| ToolError::failed(error.to_string()).with_help(error.help()))?;
    let control = host
        .control(&places.runtime)
        .map_err(|error| ToolError::failed(error.to_string()).with_help(error.help()))?;
    crate::print(&announcement(&host, control.socket()))?;
    if !stay {
        std::thread::spawn(move || until_end_of_input(&end));
    }
    // A sender that is gone can send nothing any more.
    let _ended = ended.recv();
    drop((control, watch));
    host.stop();
    Ok(())
}

fn announcement(host: &Host, socket: &Path) -> String {
    let running = host.plugins().iter().filter(|plugin| plugin.state.name() == "active").count();
    format!("toolbox {} runs {running} plugins and listens on {}\n", crate::VERSION, socket.display())
}

fn until_interrupted(end: Sender<()>) -> Result<(), ToolError> {
    let interrupted = move || {
        // The second time the end is under way already.
        let _sent = end.send(());
    };
    ctrlc::set_handler(interrupted)
        .map_err(|error| ToolError::failed(format!("Ctrl-C can not be listened for: {error}")))
}

fn until_end_of_input(end: &Sender<()>) {
    let mut input = io::stdin().lock();
    let mut buffer = [0; 1024];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    let _sent = end.send(());
}
