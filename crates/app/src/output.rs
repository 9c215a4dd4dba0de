//! What commands say: results on standard output, everything about them on standard error.
//!
//! A reader that goes away (`flockwork stats | head`) ends the talking, not the command: what could
//! not be said to nobody is no error.

use std::io::{self, IsTerminal, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::config::Environment;
use crate::exit::Failure;

/// The shape of results.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns, for people.
    #[default]
    Table,
    /// JSON, for scripts; one object a line where there are many.
    Json,
}

/// A part of a line that stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accent {
    /// It is well.
    Good,
    /// It needs someone.
    Bad,
    /// It may matter.
    Warn,
    /// It is beside the point.
    Quiet,
}

impl Accent {
    fn code(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
            Self::Warn => "\x1b[33m",
            Self::Quiet => "\x1b[2m",
        }
    }
}

/// Where a command speaks to.
pub struct Output {
    out: Sink,
    err: Sink,
    /// The shape of results.
    pub format: Format,
}

struct Sink {
    to: Box<dyn Write + Send>,
    has_colour: bool,
    is_terminal: bool,
    is_gone: bool,
}

impl Output {
    /// The process's own; colours only on a terminal, and not where `NO_COLOR` is set.
    pub fn of_process(format: Format, environment: &Environment) -> Self {
        let wants_colour =
            environment.find("NO_COLOR").is_none() && environment.find("TERM") != Some("dumb");
        let sink = |to: Box<dyn Write + Send>, is_terminal: bool| Sink {
            to,
            has_colour: is_terminal && wants_colour,
            is_terminal,
            is_gone: false,
        };
        Self {
            out: sink(Box::new(io::stdout()), io::stdout().is_terminal()),
            err: sink(Box::new(io::stderr()), io::stderr().is_terminal()),
            format,
        }
    }

    /// A line of the result.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.out.line(text)
    }

    /// One object of the result, on a line of its own.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        self.out.line(&serde_json::to_string(value)?)
    }

    /// A line beside the result: progress, notes.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        self.err.line(text)
    }

    /// What to run next.
    pub fn hint(&mut self, text: &str) -> io::Result<()> {
        let word = self.err.paint("hint:", Accent::Quiet);
        self.err.line(&format!("{word} {text}"))
    }

    /// Why the command failed.
    pub fn failure(&mut self, failure: &Failure) -> io::Result<()> {
        let word = self.err.paint("error:", Accent::Bad);
        self.err.line(&format!("{word} {}", failure.message))?;
        failure.hints.iter().try_for_each(|hint| self.hint(hint))
    }

    /// `text` in the colour of its meaning, where results have colours.
    pub fn paint(&self, text: &str, accent: Accent) -> String {
        self.out.paint(text, accent)
    }

    /// Aligned columns. Those whose numbers are in `right` are aligned to the right.
    pub fn table(
        &mut self,
        heads: &[&str],
        rows: Vec<Vec<String>>,
        right: &[usize],
    ) -> io::Result<()> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        if self.out.is_terminal {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        let cell = |index: usize, text: String| {
            let cell = Cell::new(text);
            if right.contains(&index) { cell.set_alignment(CellAlignment::Right) } else { cell }
        };
        table.set_header(heads.iter().enumerate().map(|(i, head)| cell(i, (*head).to_owned())));
        for row in rows {
            table.add_row(row.into_iter().enumerate().map(|(i, text)| cell(i, text)));
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        let text = table.to_string();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim_end();
            // Painted as a whole: the table would count the colour as width.
            let head = (index == 0).then(|| self.out.paint(line, Accent::Quiet));
            self.out.line(head.as_deref().unwrap_or(line))?;
        }
        Ok(())
    }

    /// Whether someone watches the notes: progress is only for them.
    pub fn is_watched(&self) -> bool {
        self.err.is_terminal
    }
}

impl Sink {
    fn line(&mut self, text: &str) -> io::Result<()> {
        if self.is_gone {
            return Ok(());
        }
        match writeln!(self.to, "{text}").and_then(|()| self.to.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(())
            }
            other => other,
        }
    }

    fn paint(&self, text: &str, accent: Accent) -> String {
        if self.has_colour { format!("{}{text}\x1b[0m", accent.code()) } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that has gone away, and one whose disk is full.
    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn line_to(kind: io::ErrorKind) -> io::Result<()> {
        let mut sink = Sink {
            to: Box::new(Broken(kind)),
            has_colour: false,
            is_terminal: false,
            is_gone: false,
        };
        sink.line("one")?;
        sink.line("two")
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is() {
        assert!(line_to(io::ErrorKind::BrokenPipe).is_ok());
        assert!(line_to(io::ErrorKind::StorageFull).is_err());
    }
}
