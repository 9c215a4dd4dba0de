//! Posts in a file: plain lines, JSON Lines or CSV. A broken row is told with its line number and
//! never hides the next.

mod csv;
mod write;

use std::io::{self, BufRead};
use std::path::Path;

use serde_json::{Map, Value};

use self::csv::CsvRows;
pub use self::write::{Saved, written};
use super::lines::{Line, Lines};

/// How a file holds posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum RowFormat {
    /// A post a line.
    Text,
    /// An object a line: {"text": "..", "topic": "..", "evergreen": true}.
    Jsonl,
    /// A header with `text` and, if wanted, `topic` and `evergreen`; then a row a post.
    Csv,
}

impl RowFormat {
    /// By the end of the name; what has none is plain text.
    pub fn of(path: &Path) -> Self {
        let end = path.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        match end.as_str() {
            "jsonl" | "ndjson" | "json" => Self::Jsonl,
            "csv" => Self::Csv,
            _ => Self::Text,
        }
    }
}

/// A post to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, counted from 1.
    pub line: u64,
    /// Its text.
    pub text: String,
    /// Its topic.
    pub topic: Option<String>,
    /// It is kept aside for the day when the queue is empty.
    pub is_evergreen: bool,
}

/// A row that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// Where it begins.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// A row that was read, or was not.
pub type ReadRow = Result<Row, BadRow>;

/// The rows of `input`. An error is that of the file itself.
pub fn rows<'a>(
    format: RowFormat,
    input: impl BufRead + 'a,
) -> Box<dyn Iterator<Item = io::Result<ReadRow>> + 'a> {
    let lines = Lines::new(input);
    match format {
        RowFormat::Text => Box::new(lines.map(|line| line.map(plain))),
        RowFormat::Jsonl => Box::new(lines.filter_map(|line| match line {
            Ok(Line { text: Ok(text), .. }) if text.trim().is_empty() => None,
            line => Some(line.map(json)),
        })),
        RowFormat::Csv => Box::new(CsvRows::new(lines)),
    }
}

fn bad(line: u64, reason: impl Into<String>) -> BadRow {
    BadRow { line, reason: reason.into() }
}

fn plain(line: Line) -> ReadRow {
    let number = line.number;
    match line.text {
        Ok(text) => Ok(Row { line: number, text, topic: None, is_evergreen: false }),
        Err(reason) => Err(bad(number, reason)),
    }
}

fn json(line: Line) -> ReadRow {
    let number = line.number;
    let text = line.text.map_err(|reason| bad(number, reason))?;
    let mut row = object(&text).map_err(|reason| bad(number, reason))?;
    let text = words(&mut row, ["text", "content"]).map_err(|reason| bad(number, reason))?;
    let text = text.ok_or_else(|| bad(number, format!("has no `text`: {ROW_MEND}")))?;
    let topic = words(&mut row, ["topic", "category"]).map_err(|reason| bad(number, reason))?;
    let is_evergreen = match row.remove(EVERGREEN) {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is_evergreen)) => is_evergreen,
        Some(other) => {
            let found = kind(&other);
            return Err(bad(number, format!("has {found} as `{EVERGREEN}`: write true or false")));
        }
    };
    Ok(Row { line: number, text, topic: topic.filter(|topic| !topic.is_empty()), is_evergreen })
}

/// The name of the column, and of the word of an object.
const EVERGREEN: &str = "evergreen";

const ROW_MEND: &str = "write {\"text\": \"..\", \"topic\": \"..\"}, the topic only if wanted";

/// The object on a line.
fn object(text: &str) -> Result<Map<String, Value>, String> {
    let found = match serde_json::from_str(text) {
        Ok(Value::Object(row)) => return Ok(row),
        Ok(other) => format!("is {}, not an object", kind(&other)),
        Err(error) if error.is_eof() => "is JSON without its end".to_owned(),
        Err(error) => format!("is not JSON from column {} on", error.column()),
    };
    Err(format!("{found}: {ROW_MEND}"))
}

/// The string under the first of the names that is there; the second is the seed's.
fn words(row: &mut Map<String, Value>, names: [&str; 2]) -> Result<Option<String>, String> {
    let [ours, seeds] = names;
    let (name, value) = match (row.remove(ours), row.remove(seeds)) {
        (Some(_), Some(_)) => {
            return Err(format!("has both `{ours}` and `{seeds}`: keep one of them"));
        }
        (Some(value), None) => (ours, value),
        (None, Some(value)) => (seeds, value),
        (None, None) => return Ok(None),
    };
    match value {
        Value::String(words) => Ok(Some(words)),
        Value::Null => Ok(None),
        other => Err(format!("has {} as `{name}`: put it into double quotes", kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Line, text and topic of a row; the line of a broken one.
    type Seen = Result<(u64, String, String), u64>;

    fn read(format: RowFormat, file: &str) -> Vec<Seen> {
        let seen = |row: Row| (row.line, row.text, row.topic.unwrap_or_default());
        rows(format, file.as_bytes())
            .map(|row| row.unwrap().map(seen).map_err(|bad| bad.line))
            .collect()
    }

    fn row(line: u64, text: &str, topic: &str) -> (u64, String, String) {
        (line, text.to_owned(), topic.to_owned())
    }

    #[test]
    fn json_lines_are_read_around_the_broken_ones() {
        let file = "{\"text\":\"a\",\"topic\":\"t\",\"more\":1}\n\n{broken\n{\"topic\":\"x\"}\n{\"content\":\"b\",\"category\":null}\n";
        let expected = [Ok(row(1, "a", "t")), Err(3), Err(4), Ok(row(5, "b", ""))];
        assert_eq!(read(RowFormat::Jsonl, file), expected);
    }

    #[test]
    fn a_broken_json_row_is_told_in_words_of_ours() {
        for (file, reason) in [
            ("{broken", "is not JSON from column 2 on: write {\"text\""),
            ("{\"text\": \"a\"", "is JSON without its end: write {\"text\""),
            ("[1]", "is a list, not an object: write {\"text\""),
            ("{\"topic\": \"x\"}", "has no `text`: write {\"text\""),
            ("{\"text\": null}", "has no `text`: write {\"text\""),
            ("{\"text\": 3}", "has a number as `text`: put it into double quotes"),
            ("{\"text\": \"a\", \"category\": []}", "has a list as `category`: put"),
            ("{\"text\": \"a\", \"content\": \"b\"}", "has both `text` and `content`: keep"),
        ] {
            let row = rows(RowFormat::Jsonl, file.as_bytes()).next().unwrap().unwrap();
            let found = row.unwrap_err().reason;
            assert!(found.starts_with(reason), "{file}: {found}");
        }
    }

    #[test]
    fn csv_is_read_around_the_broken_rows() {
        let file = "topic,text\nt,plain\nu,\"with, comma\"\nonly one\nv,\"two\nlines\"\nw,\"never closed\nx,after it\ny,\"a \"\"quote\"\"\"\n";
        let expected = [
            Ok(row(2, "plain", "t")),
            Ok(row(3, "with, comma", "u")),
            Err(4),
            Ok(row(5, "two\nlines", "v")),
            Err(7),
            Ok(row(8, "after it", "x")),
            Ok(row(9, "a \"quote\"", "y")),
        ];
        assert_eq!(read(RowFormat::Csv, file), expected);
    }

    #[test]
    fn csv_without_a_text_column_is_refused_at_its_header() {
        let read = read(RowFormat::Csv, "message,topic\na,b\n");
        assert_eq!(read, [Err(1)]);
    }

    #[test]
    fn the_name_of_a_file_tells_what_it_holds() {
        for (name, format) in [
            ("a.csv", RowFormat::Csv),
            ("a.JSONL", RowFormat::Jsonl),
            ("a.txt", RowFormat::Text),
            ("posts", RowFormat::Text),
        ] {
            assert_eq!(RowFormat::of(Path::new(name)), format);
        }
    }
}
