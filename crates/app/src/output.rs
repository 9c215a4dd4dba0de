//! What commands say: results on standard output, everything about them on standard error.
//!
//! What is foreign in it cannot speak to the terminal itself: it goes through `escape`, and colours
//! are marks until the last moment, so that no code in a text passes for one.
//!
//! A reader that goes away (`flockwork stats | head`) ends the talking, not the command: what could
//! not be said to nobody is no error.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};
use serde::Serialize;

use crate::config::Environment;
use crate::escape::{in_json, on_lines};
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
    const ALL: [Self; 4] = [Self::Good, Self::Bad, Self::Warn, Self::Quiet];

    fn code(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Bad => "\x1b[31m",
            Self::Warn => "\x1b[33m",
            Self::Quiet => "\x1b[2m",
        }
    }

    /// Stands for the code until a line is written; Unicode keeps it free for such use.
    fn mark(self) -> char {
        match self {
            Self::Good => '\u{fdd0}',
            Self::Bad => '\u{fdd1}',
            Self::Warn => '\u{fdd2}',
            Self::Quiet => '\u{fdd3}',
        }
    }
}

/// The end of every colour, and its mark.
const PLAIN: (&str, char) = ("\x1b[0m", '\u{fdd4}');

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
        self.out.line(&in_json(&serde_json::to_string(value)?))
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
        let text = on_lines(text);
        let text = self.coloured(&text);
        match writeln!(self.to, "{text}").and_then(|()| self.to.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.is_gone = true;
                Ok(())
            }
            other => other,
        }
    }

    fn paint(&self, text: &str, accent: Accent) -> String {
        if self.has_colour {
            format!("{}{text}{}", accent.mark(), PLAIN.1)
        } else {
            text.to_owned()
        }
    }

    fn coloured<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let (end, end_mark) = PLAIN;
        if !self.has_colour || !text.contains(end_mark) {
            return Cow::Borrowed(text);
        }
        let colours = Accent::ALL.iter().map(|accent| (accent.mark(), accent.code()));
        let coloured = |text: String, (mark, code): (char, &str)| text.replace(mark, code);
        Cow::Owned(colours.chain([(end_mark, end)]).fold(text.to_owned(), coloured))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

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

    /// What was written, for a look at it afterwards.
    #[derive(Clone, Default)]
    struct Page(Arc<Mutex<Vec<u8>>>);

    impl Write for Page {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_our_own_colours_reach_a_terminal() {
        for (has_colour, written) in
            [(true, "\x1b[31mbad\x1b[0m \\u{1b}[31mred\n"), (false, "bad \\u{1b}[31mred\n")]
        {
            let page = Page::default();
            let to = Box::new(page.clone());
            let mut sink = Sink { to, has_colour, is_terminal: true, is_gone: false };
            let word = sink.paint("bad", Accent::Bad);
            sink.line(&format!("{word} \x1b[31mred")).unwrap();
            assert_eq!(String::from_utf8(page.0.lock().unwrap().clone()).unwrap(), written);
        }
    }

    #[test]
    fn a_reader_that_goes_away_is_no_error_and_a_full_disk_is() {
        assert!(line_to(io::ErrorKind::BrokenPipe).is_ok());
        assert!(line_to(io::ErrorKind::StorageFull).is_err());
    }
}
