//! CSV (RFC 4180), a row at a time. Rows are put together from lines here, because a quote that
//! never closes would otherwise swallow every good row after it.

use std::collections::VecDeque;
use std::io::{self, BufRead};

use super::super::lines::{Line, Lines};
use super::{BadRow, EVERGREEN, ReadRow, Row, bad};

/// A row of more lines than this has a quote that does not close.
const ROW_LINES_MAX: usize = 50;

/// The rows below the header.
pub(super) struct CsvRows<R> {
    lines: Lines<R>,
    /// Lines that were read ahead, for a row that turned out to be broken.
    ahead: VecDeque<Line>,
    header: Header,
}

/// The line where a row begins, and its fields.
type Fields = Result<(u64, Vec<String>), BadRow>;

enum Header {
    NotRead,
    Columns {
        text: usize,
        topic: Option<usize>,
        evergreen: Option<usize>,
        count: usize,
    },
    /// Nothing can be read without it.
    Missing,
}

impl<R: BufRead> CsvRows<R> {
    pub(super) fn new(lines: Lines<R>) -> Self {
        Self { lines, ahead: VecDeque::new(), header: Header::NotRead }
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        match self.ahead.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next().transpose(),
        }
    }

    /// The fields of the next row that is not blank.
    fn next_fields(&mut self) -> io::Result<Option<Fields>> {
        let (number, first) = loop {
            match self.next_line()? {
                None => return Ok(None),
                Some(Line { number, text: Err(reason) }) => {
                    return Ok(Some(Err(bad(number, reason))));
                }
                Some(Line { text: Ok(text), .. }) if text.trim().is_empty() => {}
                Some(Line { number, text: Ok(text) }) => break (number, text),
            }
        };
        let mut row = first;
        let mut more = Vec::new();
        while has_open_quote(&row) {
            let next = if more.len() < ROW_LINES_MAX { self.next_line()? } else { None };
            match next {
                Some(line @ Line { text: Ok(_), .. }) => {
                    row.push('\n');
                    row.push_str(line.text.as_deref().unwrap_or_default());
                    more.push(line);
                }
                other => {
                    // Everything after the first line of it may be good: read it again.
                    more.extend(other);
                    more.extend(self.ahead.drain(..));
                    self.ahead = more.into();
                    return Ok(Some(Err(bad(number, "has a quote that does not close"))));
                }
            }
        }
        Ok(Some(split(&row).map(|fields| (number, fields)).map_err(|why| bad(number, why))))
    }

    fn read(&mut self) -> io::Result<Option<ReadRow>> {
        if let Header::NotRead = self.header {
            let found = self.next_fields()?;
            self.header = match &found {
                Some(Ok((_, names))) => header(names),
                Some(Err(_)) | None => Header::Missing,
            };
            if let (Header::Missing, Some(found)) = (&self.header, found) {
                let line = found.map_or_else(|bad| bad.line, |(line, _)| line);
                let reason = "is no header with a column `text`, so nothing below it can be read";
                return Ok(Some(Err(bad(line, reason))));
            }
        }
        let Header::Columns { text, topic, evergreen, count } = self.header else {
            return Ok(None);
        };
        let Some(found) = self.next_fields()? else { return Ok(None) };
        Ok(Some(found.and_then(|(line, mut fields)| {
            if fields.len() != count {
                let found = fields.len();
                return Err(bad(line, format!("has {found} fields, the header has {count}")));
            }
            let topic = topic.map(|at| std::mem::take(&mut fields[at]));
            let topic = topic.filter(|topic| !topic.trim().is_empty());
            let is_evergreen = evergreen.map_or(Ok(false), |at| yes_or_no(line, &fields[at]))?;
            Ok(Row { line, text: std::mem::take(&mut fields[text]), topic, is_evergreen })
        })))
    }
}

impl<R: BufRead> Iterator for CsvRows<R> {
    type Item = io::Result<ReadRow>;
    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// The seed's names of the columns are accepted too.
fn header(names: &[String]) -> Header {
    let find = |wanted: [&str; 2]| {
        names.iter().position(|name| wanted.contains(&name.trim().to_ascii_lowercase().as_str()))
    };
    match find(["text", "content"]) {
        Some(text) => Header::Columns {
            text,
            topic: find(["topic", "category"]),
            evergreen: find([EVERGREEN; 2]),
            count: names.len(),
        },
        None => Header::Missing,
    }
}

/// As people and programs write it; an empty field is a no.
fn yes_or_no(line: u64, field: &str) -> Result<bool, BadRow> {
    match field.trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" | "" => Ok(false),
        _ => Err(bad(line, format!("has `{field}` as `{EVERGREEN}`: write yes or no"))),
    }
}

/// Quotes stand in pairs, doubled ones too.
fn has_open_quote(row: &str) -> bool {
    row.bytes().filter(|byte| *byte == b'"').count() % 2 == 1
}

fn split(row: &str) -> Result<Vec<String>, String> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| error.to_string())?;
    Ok(record.iter().map(str::to_owned).collect())
}
