//! A TOML file, read key by key, so that every problem has its line and column and none hides
//! another. (A derived deserialiser stops at the first.)

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::parse::Wrong;
use super::problem::{Place, Problems};
use super::setting::Kind;
use super::suggest::{nearest, one_of, quoted};

/// A file larger than this is not a configuration.
pub(super) const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A file with more is something else; to place each of a hundred thousand would take minutes.
const SYNTAX_ERRORS_MAX: usize = 100;

/// The text a position is counted in.
struct Source {
    path: String,
    text: String,
    /// Its syntax is wrong somewhere; what the parser made of that place may be a nameless key.
    is_broken: bool,
}

impl Source {
    fn place(&self, offset: usize) -> Place {
        let before = &self.text[..self.text.floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place::File {
            path: self.path.clone(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

enum Value {
    Text(String),
    Number(String),
    Flag(bool),
    List(Vec<(usize, Value)>),
    Table(Entries),
    /// A fraction, which only money is, or a date, which no setting is.
    Other(&'static str, String),
}

struct Entry {
    key_at: usize,
    value_at: usize,
    value: Value,
}

type Entries = BTreeMap<String, Entry>;

/// A value as text, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Raw {
    pub(super) text: String,
    pub(super) place: Place,
}

/// A table. Every key that is read is taken out; what is left at the end nobody knows.
pub(super) struct Section {
    source: Rc<Source>,
    name: String,
    at: usize,
    entries: Entries,
    asked: Vec<String>,
}

impl Section {
    /// Parses a file. What is broken becomes a problem; what is not can still be read.
    pub(super) fn parse(path: String, text: String, problems: &mut Problems) -> Self {
        let mut source = Source { path, text, is_broken: false };
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let is_broken = !errors.is_empty();
        // The parser may object several times to one place.
        let mut told = BTreeSet::new();
        for error in errors.into_iter().take(SYNTAX_ERRORS_MAX) {
            let at = error.span().map_or(0, |span| span.start);
            if told.insert(at) {
                let message = error.message().trim();
                problems.add(source.place(at), message, "TOML", "mend the syntax of this line");
            }
        }
        let entries = owned_entries(table.into_inner());
        source.is_broken = is_broken;
        let source = Rc::new(source);
        Self { source, name: String::new(), at: 0, entries, asked: Vec::new() }
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> Place {
        self.source.place(self.at)
    }

    /// Where the value of `key` stands; where the table begins if there is none.
    pub(super) fn place_of(&self, key: &str) -> Place {
        self.entries
            .get(key)
            .map_or_else(|| self.place(), |entry| self.source.place(entry.value_at))
    }

    fn take(&mut self, key: &str) -> Option<Entry> {
        self.asked.push(key.to_owned());
        self.entries.remove(key)
    }

    fn raw(&self, at: usize, value: Value, kind: Kind, problems: &mut Problems) -> Option<Raw> {
        let place = self.source.place(at);
        let text = match (kind, value) {
            (Kind::Text | Kind::Secret | Kind::List, Value::Text(text))
            | (Kind::Number, Value::Number(text))
            | (Kind::Dollars, Value::Number(text) | Value::Other("fraction", text)) => text,
            (Kind::Flag, Value::Flag(flag)) => flag.to_string(),
            (_, value) => {
                problems.add(
                    place,
                    value.describe(),
                    kind.describe(),
                    "write the value in that form",
                );
                return None;
            }
        };
        Some(Raw { text, place })
    }

    /// The value of `key`.
    pub(super) fn scalar(&mut self, key: &str, kind: Kind, problems: &mut Problems) -> Option<Raw> {
        let entry = self.take(key)?;
        self.raw(entry.value_at, entry.value, kind, problems)
    }

    /// The value of `key`, parsed.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        kind: Kind,
        problems: &mut Problems,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        let raw = self.scalar(key, kind, problems)?;
        match parse(&raw.text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend);
                None
            }
        }
    }

    /// The strings of the list `key`.
    pub(super) fn list(&mut self, key: &str, problems: &mut Problems) -> Option<Vec<Raw>> {
        let entry = self.take(key)?;
        match entry.value {
            Value::List(items) => Some(
                items
                    .into_iter()
                    .filter_map(|(at, item)| self.raw(at, item, Kind::Text, problems))
                    .collect(),
            ),
            other => {
                let place = self.source.place(entry.value_at);
                let mend = "put it into brackets";
                problems.add(place, other.describe(), Kind::List.describe(), mend);
                None
            }
        }
    }

    /// Whether `key` holds a table.
    pub(super) fn has_table(&self, key: &str) -> bool {
        matches!(self.entries.get(key), Some(Entry { value: Value::Table(_), .. }))
    }

    /// The strings that stand in it, and under which keys; nothing is taken out.
    pub(super) fn texts(&self) -> BTreeMap<String, String> {
        let texts = self.entries.iter().filter_map(|(key, entry)| match &entry.value {
            Value::Text(text) => Some((key.clone(), text.clone())),
            Value::Number(_)
            | Value::Flag(_)
            | Value::List(_)
            | Value::Table(_)
            | Value::Other(_, _) => None,
        });
        texts.collect()
    }

    fn child(&self, name: String, at: usize, entries: Entries) -> Self {
        Self { source: Rc::clone(&self.source), name, at, entries, asked: Vec::new() }
    }

    /// The table `key`; an empty one where there is none.
    pub(super) fn table(&mut self, key: &str, problems: &mut Problems) -> Self {
        match self.take(key) {
            Some(Entry { key_at, value: Value::Table(entries), .. }) => {
                self.child(key.to_owned(), key_at, entries)
            }
            Some(Entry { key_at, value, .. }) => {
                let (place, allowed) = (self.source.place(key_at), format!("a table, [{key}]"));
                problems.add(place, value.describe(), allowed, "write its keys below that line");
                self.child(key.to_owned(), key_at, Entries::new())
            }
            None => self.child(key.to_owned(), self.at, Entries::new()),
        }
    }

    /// The tables `[[key]]`.
    pub(super) fn tables(&mut self, key: &str, problems: &mut Problems) -> Vec<Self> {
        let Some(entry) = self.take(key) else { return Vec::new() };
        let items = match entry.value {
            Value::List(items) => items,
            one => vec![(entry.key_at, one)],
        };
        let mut tables = Vec::new();
        for (at, item) in items {
            match item {
                Value::Table(entries) => tables.push(self.child(key.to_owned(), at, entries)),
                other => problems.add(
                    self.source.place(at),
                    other.describe(),
                    format!("tables, [[{key}]]"),
                    "write its keys below that line",
                ),
            }
        }
        tables
    }

    /// Reports every key that nobody asked for. `explain` may know better what to do about one.
    pub(super) fn finish(self, problems: &mut Problems, explain: impl Fn(&str) -> Option<String>) {
        let known: Vec<&str> = self.asked.iter().map(String::as_str).collect();
        let is_made_up = |key: &str| key.is_empty() && self.source.is_broken;
        for (key, entry) in self.entries.iter().filter(|(key, _)| !is_made_up(key)) {
            let mend = explain(key).unwrap_or_else(|| match nearest(key, known.iter().copied()) {
                Some(name) => format!("did you mean `{name}`? Otherwise take it out"),
                None => "take it out".to_owned(),
            });
            let found = match self.name.as_str() {
                "" => format!("the unknown key {}", quoted(key)),
                table => format!("the unknown key {} in [{table}]", quoted(key)),
            };
            problems.add(self.source.place(entry.key_at), found, one_of(&known), mend);
        }
    }
}

impl Value {
    fn describe(&self) -> String {
        match self {
            Self::Text(text) => format!("the string {}", quoted(text)),
            Self::Number(number) => format!("the number {number}"),
            Self::Flag(flag) => format!("{flag}"),
            Self::List(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
            Self::Other(what, text) => format!("the {what} {}", quoted(text)),
        }
    }
}

fn owned_entries(table: DeTable<'_>) -> Entries {
    table
        .into_iter()
        .map(|(key, value)| {
            let entry = Entry {
                key_at: key.span().start,
                value_at: value.span().start,
                value: owned_value(value),
            };
            (key.into_inner().into_owned(), entry)
        })
        .collect()
}

fn owned_value(value: Spanned<DeValue<'_>>) -> Value {
    match value.into_inner() {
        DeValue::String(text) => Value::Text(text.into_owned()),
        DeValue::Integer(number) => {
            // Too large for 64 bits is too large for every setting: its parser will say the range.
            let decimal = i64::from_str_radix(number.as_str(), number.radix());
            Value::Number(decimal.map_or(number.as_str().to_owned(), |n| n.to_string()))
        }
        DeValue::Float(number) => Value::Other("fraction", number.as_str().to_owned()),
        DeValue::Boolean(flag) => Value::Flag(flag),
        DeValue::Datetime(date) => Value::Other("date", date.to_string()),
        DeValue::Array(items) => Value::List(
            items.into_iter().map(|item| (item.span().start, owned_value(item))).collect(),
        ),
        DeValue::Table(table) => Value::Table(owned_entries(table)),
    }
}
