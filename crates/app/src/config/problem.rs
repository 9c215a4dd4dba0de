//! What is wrong with the configuration, and how it is told.

use std::collections::BTreeMap;
use std::fmt;

use crate::escape::on_one_line;
use crate::machine::Machine;

/// Problems of one file that a report shows.
const SHOWN_OF_A_FILE_MAX: usize = 20;

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In the environment.
    Variable(String),
    /// In a file, at a line and column counted from 1.
    File {
        /// The path, as given.
        path: String,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// In a file, at a part that has a name of its own; a whole file where that is empty.
    Part {
        /// The path, as given.
        path: String,
        /// The part.
        part: String,
    },
    /// A whole file or folder.
    Path(String),
    /// Nowhere: it follows from what the machine has.
    Machine(Machine),
    /// Nowhere: it is the default.
    Default,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => f.write_str(&on_one_line(name)),
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", on_one_line(path))
            }
            Self::Part { path, part } if part.is_empty() => f.write_str(&on_one_line(path)),
            Self::Part { path, part } => {
                write!(f, "{}: {}", on_one_line(path), on_one_line(part))
            }
            Self::Path(path) => f.write_str(&on_one_line(path)),
            Self::Machine(machine) => machine.fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What stands there; never a secret.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
    /// What to do.
    pub mend: String,
    /// It matters only to a command that sends: looking into the database needs no keys and no log
    /// files.
    pub is_about_sending: bool,
}

/// All of them, in the order in which they were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(
        &mut self,
        place: Place,
        found: impl Into<String>,
        allowed: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.push(Problem {
            place,
            found: found.into(),
            allowed: allowed.into(),
            mend: mend.into(),
            is_about_sending: false,
        });
    }

    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Puts those of one file into the order of its lines; files and variables stay where they are.
    pub(super) fn sort_within_files(&mut self) {
        let mut first_seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut keys = Vec::with_capacity(self.0.len());
        for (index, problem) in self.0.iter().enumerate() {
            keys.push(match &problem.place {
                Place::File { path, line, column } => {
                    (*first_seen.entry(path.clone()).or_insert(index), *line, *column)
                }
                Place::Part { path, .. } => {
                    (*first_seen.entry(path.clone()).or_insert(index), index, 0)
                }
                Place::Variable(_) | Place::Path(_) | Place::Machine(_) | Place::Default => {
                    (index, 0, 0)
                }
            });
        }
        let mut sorted: Vec<_> = keys.into_iter().zip(std::mem::take(&mut self.0)).collect();
        sorted.sort_by_key(|(key, _)| *key);
        self.0 = sorted.into_iter().map(|(_, problem)| problem).collect();
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// Those that matter even where nothing is sent.
    #[must_use]
    pub fn without_sending(self) -> Self {
        Self(self.0.into_iter().filter(|problem| !problem.is_about_sending).collect())
    }

    /// Nothing to mend.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The report that a person reads. Of a file that is wrong throughout it shows the first: the others
/// are likely to follow from them, and would push what other files have out of sight.
impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => f.write_str("The configuration has 1 problem.")?,
            count => write!(f, "The configuration has {count} problems.")?,
        }
        let mut shown_of: BTreeMap<&str, usize> = BTreeMap::new();
        for Problem { place, found, allowed, mend, .. } in &self.0 {
            if let Place::File { path, .. } | Place::Part { path, .. } = place {
                let shown = shown_of.entry(path).or_default();
                *shown += 1;
                if *shown > SHOWN_OF_A_FILE_MAX {
                    continue;
                }
            }
            write!(f, "\n\n{place}\n  found    {found}\n  allowed  {allowed}\n  do       {mend}")?;
        }
        for (path, count) in shown_of {
            let more = count.saturating_sub(SHOWN_OF_A_FILE_MAX);
            if more > 0 {
                write!(f, "\n\n{}\n  and {more} more", on_one_line(path))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
