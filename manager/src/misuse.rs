//! A command line that can not be understood.

use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::failure::Exit;
use crate::options::Options;
use crate::output::Screen;

/// Says what is wrong with the arguments of this process, as clap has it, and as JSON where `--json` is among them; shows
/// the help, or the version, where that was asked for.
pub fn misused(error: &clap::Error) -> ExitCode {
    let json =
        std::env::args_os().take_while(|argument| argument != "--").any(|argument| argument == "--json");
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked || !json {
        // Where nobody hears it, the exit code still tells.
        let _written = error.print();
        return if asked { Exit::Done } else { Exit::Usage }.into();
    }
    let text = error.render().to_string();
    let options = Options { json: true, ..Options::default() };
    Screen::of_process(&options, |screen| screen.usage(&text)).into()
}
