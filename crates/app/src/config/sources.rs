//! The environment and `flockwork.toml`, read as one: the environment wins.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;

use domain::model::Secret;

use super::document::{FILE_BYTES_MAX, Raw, Section};
use super::environment::Environment;
use super::parse::Wrong;
use super::problem::{Place, Problems};
use super::setting::{Kind, Setting};
use super::show::Shown;
use super::suggest::quoted;
use crate::machine::Machine;

/// Both sources, and what was found in them so far.
pub(super) struct Sources<'a> {
    pub(super) environment: &'a Environment,
    /// The tables of the file by name, `""` its top; each key is taken out as it is read.
    tables: BTreeMap<&'static str, Section>,
    pub(super) problems: Problems,
    pub(super) shown: Vec<Shown>,
    /// Variables that are read because something in the file has a name.
    pub(super) own_names: Vec<String>,
}

impl<'a> Sources<'a> {
    /// The environment, and the file at `path` where there is one.
    pub(super) fn open(
        environment: &'a Environment,
        path: Option<&Path>,
        table_names: &[&'static str],
    ) -> Self {
        let mut problems = Problems::default();
        let mut tables = BTreeMap::new();
        if let Some(mut top) = path.and_then(|path| parse_file(path, &mut problems)) {
            for name in table_names {
                tables.insert(*name, top.table(name, &mut problems));
            }
            tables.insert("", top);
        }
        Self { environment, tables, problems, shown: Vec::new(), own_names: Vec::new() }
    }

    /// The tables `[[table.key]]` of the file, or `[[key]]` of its top.
    pub(super) fn tables_in(&mut self, table: &str, key: &str) -> Vec<Section> {
        let section = self.tables.get_mut(table);
        section.map(|section| section.tables(key, &mut self.problems)).unwrap_or_default()
    }

    /// What is set for `setting`, unparsed.
    fn find_raw(&mut self, setting: &Setting) -> Option<Raw> {
        // Taken out of the file in any case: a key that the environment overrides is not unknown.
        let from_file = setting.file.and_then(|(table, key)| {
            let section = self.tables.get_mut(table)?;
            if setting.kind == Kind::List {
                let items = section.list(key, &mut self.problems)?;
                let place = items.first().map_or_else(|| section.place(), |raw| raw.place.clone());
                let items: Vec<String> = items.into_iter().map(|raw| raw.text).collect();
                return Some(Raw { text: items.join(","), place });
            }
            section.scalar(key, setting.kind, &mut self.problems)
        });
        match self.environment.find(setting.variable) {
            Some(value) => Some(Raw {
                text: value.to_owned(),
                place: Place::Variable(setting.variable.to_owned()),
            }),
            None => from_file,
        }
    }

    /// The value of a setting, or nothing where it is not set, or wrong.
    pub(super) fn find<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Option<(T, Place)> {
        let raw = self.find_raw(setting)?;
        match parse(&raw.text) {
            Ok(value) => {
                self.shown.push(Shown::new(setting, &raw.text, raw.place.clone()));
                Some((value, raw.place))
            }
            Err(wrong) => {
                self.problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend);
                None
            }
        }
    }

    /// A program and its arguments: a list of a file, each word as it is; in the environment separated by
    /// commas.
    pub(super) fn find_words(
        &mut self,
        setting: &'static Setting,
        max: usize,
    ) -> Option<Vec<String>> {
        let of_file = setting.file.and_then(|(table, key)| {
            let items = self.tables.get_mut(table)?.list(key, &mut self.problems)?;
            let place = items.first()?.place.clone();
            Some((items.into_iter().map(|raw| raw.text).collect::<Vec<_>>(), place))
        });
        let of_environment = self.environment.find(setting.variable).map(|value| {
            let words = value.split(',').map(|word| word.trim().to_owned()).collect();
            (words, Place::Variable(setting.variable.to_owned()))
        });
        let (words, place) = of_environment.or(of_file)?;
        let is_wrong = words.first().is_none_or(String::is_empty)
            || words.len() > max
            || words.iter().any(|word| word.contains('\0'));
        if is_wrong {
            self.problems.add(
                place,
                format!("{} words, of which the first is the program", words.len()),
                format!("a program and its arguments, at most {max} words"),
                "write [\"rclone\", \"copy\", \"{}\", \"elsewhere:flockwork\"]",
            );
            return None;
        }
        self.shown.push(Shown::new(setting, &words.join(","), place));
        Some(words)
    }

    /// The value of a setting that has a default, and where it stands. Where it is wrong the problem
    /// is noted and the default stands in, so that reading goes on.
    pub(super) fn read<T>(
        &mut self,
        setting: &'static Setting,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> (T, Place) {
        let problems_before = self.problems.as_slice().len();
        if let Some(found) = self.find(setting, &parse) {
            return found;
        }
        let default = setting.default.expect("a setting that is always read has a default");
        if self.problems.as_slice().len() == problems_before {
            self.shown.push(Shown::new(setting, default, Place::Default));
        }
        let value = parse(default).expect("a default is a value; a test parses each");
        (value, Place::Default)
    }

    /// The value of a setting that nobody set, or set wrong: what the machine allows.
    pub(super) fn follow(
        &mut self,
        setting: &'static Setting,
        value: u32,
        machine: Machine,
    ) -> u32 {
        self.shown.push(Shown::new(setting, &value.to_string(), Place::Machine(machine)));
        value
    }

    /// A secret, or nothing where there is none or its problem was told.
    pub(super) fn secret(&mut self, setting: &'static Setting) -> Option<(Secret, Place)> {
        match self.seek_secret(setting) {
            Sought::Found(secret, place) => Some((secret, place)),
            Sought::Wrong | Sought::Absent => None,
        }
    }

    /// A secret: from `X`, from the file that `X_FILE` names, or from the one `x_file` names.
    pub(super) fn seek_secret(&mut self, setting: &'static Setting) -> Sought {
        self.seek(setting, Shape::Line)
    }

    /// The same, for one that may have several lines.
    pub(super) fn seek_lines(&mut self, setting: &'static Setting) -> Sought {
        self.seek(setting, Shape::Lines)
    }

    fn seek(&mut self, setting: &'static Setting, shape: Shape) -> Sought {
        let in_file = setting.file.and_then(|(table, _)| {
            let key = setting.key().expect("it has a place in the file");
            self.tables.get_mut(table)?.scalar(&key, Kind::Text, &mut self.problems)
        });
        let sought = match (self.in_variable(setting.variable, shape), in_file) {
            (Sought::Absent, Some(raw)) => {
                read_shaped(&raw.text, raw.place, shape, &mut self.problems)
            }
            (sought, _) => sought,
        };
        if let Sought::Found(secret, place) = &sought {
            self.shown.push(Shown::masked(setting, secret, place.clone()));
        }
        sought
    }

    /// The secret in the variable `name`, or in the file that `name_FILE` names.
    pub(super) fn variable_secret(&mut self, name: &str) -> Sought {
        self.in_variable(name, Shape::Line)
    }

    fn in_variable(&mut self, name: &str, shape: Shape) -> Sought {
        let file_name = format!("{name}_FILE");
        let direct = self.environment.find(name);
        let file = self.environment.find(&file_name);
        match (direct, file) {
            (Some(_), Some(_)) => {
                self.problems.add(
                    Place::Variable(file_name.clone()),
                    format!("{name} and {file_name} are both set"),
                    "one of the two",
                    format!("unset {name}; a file is the safer place"),
                );
                Sought::Wrong
            }
            (Some(value), None) => {
                clean_secret(value, Place::Variable(name.to_owned()), shape, &mut self.problems)
            }
            (None, Some(path)) => {
                read_shaped(path, Place::Variable(file_name), shape, &mut self.problems)
            }
            (None, None) => Sought::Absent,
        }
    }

    /// What is left in the file is unknown. Returns the problems and what was read.
    pub(super) fn finish(mut self) -> (Problems, Vec<Shown>) {
        for (_, section) in self.tables {
            section.finish(&mut self.problems, explain_secret);
        }
        self.problems.sort_within_files();
        (self.problems, self.shown)
    }
}

/// What became of looking for a secret.
pub(super) enum Sought {
    /// It, and where it stands.
    Found(Secret, Place),
    /// It is given and cannot be used; why is told already.
    Wrong,
    /// Nobody gives it.
    Absent,
}

/// A secret written into a TOML file is the likeliest of all wrong keys.
fn explain_secret(key: &str) -> Option<String> {
    ["api_token", "api_key", "api_secret", "access_token", "access_secret", "master_key"].contains(&key).then(
        || format!("secrets do not stand in this file: write {key}_file = \"/path\" or use the environment"),
    )
}

/// The text of a file of up to `bytes_max`. Anything but a file is refused before it is opened: a pipe
/// would be waited for, a device has no end.
pub(super) fn read_text(path: &Path, bytes_max: u64) -> io::Result<String> {
    let facts = std::fs::metadata(path)?;
    if facts.is_dir() {
        return Err(io::Error::other("it is a folder"));
    }
    if !facts.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut text = String::new();
    // Some files, those of /proc for one, are longer than they say.
    std::fs::File::open(path)?.take(bytes_max + 1).read_to_string(&mut text)?;
    if facts.len().max(text.len() as u64) > bytes_max {
        return Err(io::Error::other(format!("it is larger than {} KiB", bytes_max / 1024)));
    }
    Ok(text)
}

/// Parses a TOML file, or says why it cannot be read.
pub(super) fn parse_file(path: &Path, problems: &mut Problems) -> Option<Section> {
    let shown = path.display().to_string();
    match read_text(path, FILE_BYTES_MAX) {
        Ok(text) => Some(Section::parse(shown, text, problems)),
        Err(error) => {
            let mend = "check that the path is right and this user may read it";
            problems.add(Place::Path(shown), error.to_string(), "a TOML file in UTF-8", mend);
            None
        }
    }
}

/// What a secret may look like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One line: it goes into a header of a request.
    Line,
    /// Lines, such as keys one below the other.
    Lines,
}

/// The secret in the file at `path`, without the newline at its end.
pub(super) fn read_secret(path: &str, place: Place, problems: &mut Problems) -> Sought {
    read_shaped(path, place, Shape::Line, problems)
}

/// The lines of the secret file at `path`.
pub(super) fn read_lines(path: &str, place: Place, problems: &mut Problems) -> Sought {
    read_shaped(path, place, Shape::Lines, problems)
}

fn read_shaped(path: &str, place: Place, shape: Shape, problems: &mut Problems) -> Sought {
    const SECRET_BYTES_MAX: u64 = 64 * 1024;
    let found = match read_text(Path::new(path), SECRET_BYTES_MAX) {
        Ok(text) if text.trim().is_empty() => format!("{}, which is empty", quoted(path)),
        Ok(text) => return clean_secret(text.trim(), place, shape, problems),
        Err(error) => format!("{}: {error}", quoted(path)),
    };
    let mend = "write the secret into that file, readable by this user only";
    problems.add(place, found, "the path of a file that holds the secret", mend);
    Sought::Wrong
}

/// A secret that no header of a request can carry was cut and pasted wrongly: a node with it would
/// start, and every request would fail.
fn clean_secret(value: &str, place: Place, shape: Shape, problems: &mut Problems) -> Sought {
    let is_of_lines =
        shape == Shape::Lines && !value.contains(|c: char| c.is_control() && !c.is_whitespace());
    let what = if is_of_lines {
        return Sought::Found(Secret::new(value), place);
    } else if value.contains(['\n', '\r']) {
        "a secret of more than one line"
    } else if value.contains(char::is_control) {
        "a secret with a control character in it"
    } else {
        return Sought::Found(Secret::new(value), place);
    };
    let mend = "copy it again, alone; `tr -d '[:cntrl:]'` takes such characters out";
    problems.add(place, what, "one line of text", mend);
    Sought::Wrong
}
