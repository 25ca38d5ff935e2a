//! Where text goes, and in which form.
//!
//! Data goes to the output, everything else to the error output. A terminal gets aligned columns and colours, a pipe
//! tab-separated rows without header, `--json` one document. Whatever a plugin or a file name says is made harmless
//! here: control characters are written out, so that no file can move the cursor or break a row.

mod paint;
mod progress;
mod table;
mod text;

use std::io::{self, IsTerminal as _, Write};

use anstream::AutoStream;
use serde::Serialize;

pub(crate) use self::paint::Paint;
pub(crate) use self::progress::Waiting;
pub(crate) use self::table::Row;
pub(crate) use self::text::{counted, drawing, harmless, quoted, short_path};
use crate::failure::{Exit, Failure};
use crate::options::Options;

/// The form of what is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people, in a terminal so many columns wide.
    People {
        /// Columns.
        width: usize,
    },
    /// One row a line, its cells between tabs; for programs that read lines.
    Rows,
    /// One JSON document.
    Json,
}

impl Form {
    /// What suits the output of this process.
    pub fn of(options: &Options) -> Self {
        if options.json {
            Self::Json
        } else if io::stdout().is_terminal() {
            let width = terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0));
            Self::People { width: width.max(40) }
        } else {
            Self::Rows
        }
    }
}

/// Where a command writes.
pub struct Screen<'a> {
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
    form: Form,
    /// Somebody watches the error output.
    watched: bool,
}

impl<'a> Screen<'a> {
    /// Writes data to `out` and everything else to `err`. What is for people has colours, as ANSI sequences: who does
    /// not want them takes them out (`anstream::StripStream`).
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write, form: Form) -> Self {
        Self { out, err, form, watched: false }
    }

    /// The streams of this process, in the form and with the colours that suit them.
    pub fn of_process<T>(options: &Options, use_it: impl FnOnce(&mut Screen<'_>) -> T) -> T {
        let choice = options.color.into();
        let mut out = io::BufWriter::new(AutoStream::new(io::stdout(), choice));
        let mut err = AutoStream::new(io::stderr(), choice);
        let watched = Waiting::is_wanted() && !options.json;
        use_it(&mut Screen { watched, ..Screen::new(&mut out, &mut err, Form::of(options)) })
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// The columns of the terminal; something usual where there is none.
    pub(crate) fn width(&self) -> usize {
        match self.form {
            Form::People { width } => width,
            _ => 80,
        }
    }

    /// Tells a person at a terminal what goes on, if it takes longer than a second, until the value is dropped.
    pub(crate) fn wait(&self, what: &str) -> Waiting {
        if self.watched { Waiting::on_terminal(what) } else { Waiting::in_silence() }
    }

    /// Writes a line of data.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    /// Writes a row for programs.
    pub(crate) fn row(&mut self, cells: &[&str]) -> io::Result<()> {
        let cells: Vec<_> = cells.iter().map(|cell| harmless(cell)).collect();
        writeln!(self.out, "{}", cells.join("\t"))
    }

    /// Writes a table for people.
    pub(crate) fn table(&mut self, header: &[&str], rows: &[Row]) -> io::Result<()> {
        let lines = table::lines(header, rows, self.width());
        lines.iter().try_for_each(|line| self.line(line))
    }

    /// Writes a text for people, broken where the terminal ends. `first` stands before the first line, and is counted
    /// as `indent` columns, which the others begin with.
    pub(crate) fn text(&mut self, first: &str, indent: usize, text: &str, paint: Paint) -> io::Result<()> {
        let lines = text::wrap(&harmless(text), self.width().saturating_sub(indent));
        for (n, line) in lines.iter().enumerate() {
            if n == 0 {
                self.line(&format!("{first}{}", paint.on(line)))?;
            } else {
                self.line(&format!("{:indent$}{}", "", paint.on(line)))?;
            }
        }
        Ok(())
    }

    /// Writes the document.
    pub(crate) fn document(&mut self, schema: &str, body: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *self.out, &Document { schema, body })?;
        writeln!(self.out)
    }

    /// Writes one of many documents, on one line, for who reads along.
    pub(crate) fn document_line(&mut self, schema: &str, body: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.out, &Document { schema, body })?;
        writeln!(self.out)?;
        self.flush()
    }

    /// Says something that is no data; nothing where a program reads the error output.
    pub(crate) fn remark(&mut self, kind: &str, message: &str, help: &str) -> io::Result<()> {
        if self.form == Form::Json {
            return Ok(());
        }
        self.said(&Paint::Warning.on(&format!("{kind}: ")), message)?;
        self.help(help)
    }

    /// Says why the command failed.
    pub(crate) fn failure(&mut self, failure: &Failure) -> io::Result<()> {
        let Failure { code, message, help, .. } = failure;
        if self.form == Form::Json {
            #[derive(Serialize)]
            struct Error<'a> {
                schema: &'a str,
                code: &'a str,
                message: &'a str,
                help: &'a str,
            }
            let schema = "keyway.error/1";
            serde_json::to_writer(&mut *self.err, &Error { schema, code, message, help })?;
            return writeln!(self.err);
        }
        self.said(&Paint::Bad.on("error: "), message)?;
        self.help(help)
    }

    fn said(&mut self, label: &str, message: &str) -> io::Result<()> {
        let (message, mut drawn) = drawing(message);
        writeln!(self.err, "{label}{}", harmless(message))?;
        // A little to the right, so that nothing in a file can look as if the command said it.
        drawn.try_for_each(|line| writeln!(self.err, "  {}", harmless(line)))
    }

    /// Says that the command was called wrongly, from what clap says of it.
    pub fn usage(&mut self, text: &str) -> Exit {
        let mut parts = text.splitn(2, "\n\n");
        let message = parts.next().unwrap_or_default().trim().trim_start_matches("error: ");
        let failure = Failure {
            exit: Exit::Usage,
            code: "usage".into(),
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
            help: parts.next().unwrap_or_default().trim().to_owned(),
        };
        // Where nobody hears the reason, the exit code still tells.
        let _said = self.failure(&failure);
        failure.exit
    }

    fn help(&mut self, help: &str) -> io::Result<()> {
        for line in help.lines() {
            writeln!(self.err, " {}{}", Paint::Name.on("help: "), harmless(line))?;
        }
        Ok(())
    }

    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[derive(Serialize)]
struct Document<'a, T> {
    schema: &'a str,
    #[serde(flatten)]
    body: &'a T,
}
