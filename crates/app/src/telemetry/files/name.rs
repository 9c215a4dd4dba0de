//! The names of log files: `flockwork.2026-11-23.log`, then `flockwork.2026-11-23.2.log`, and `.gz`
//! behind it once it is compressed. Sorted by day and number they are in the order of their lines.

use jiff::civil::Date;

const PREFIX: &str = "flockwork.";
const SUFFIX: &str = ".log";
const COMPRESSED: &str = ".gz";
/// A compressed file that is not whole yet.
const UNFINISHED: &str = ".gz.part";

/// Which of all log files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) day: Date,
    /// From 1.
    pub(super) number: u32,
}

/// What of a file lies there under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    Plain,
    Compressed,
    Unfinished,
}

impl Name {
    /// The first of a day.
    pub(super) fn first(day: Date) -> Self {
        Self { day, number: 1 }
    }

    /// The one that follows on the same day.
    pub(super) fn next(self) -> Option<Self> {
        Some(Self { number: self.number.checked_add(1)?, ..self })
    }

    pub(super) fn plain(self) -> String {
        match self.number {
            1 => format!("{PREFIX}{}{SUFFIX}", self.day),
            number => format!("{PREFIX}{}.{number}{SUFFIX}", self.day),
        }
    }

    pub(super) fn compressed(self) -> String {
        self.plain() + COMPRESSED
    }

    pub(super) fn unfinished(self) -> String {
        self.plain() + UNFINISHED
    }

    /// What a file of that name is, if it is one of ours.
    pub(super) fn parse(file: &str) -> Option<(Self, Form)> {
        let (plain, form) = [(UNFINISHED, Form::Unfinished), (COMPRESSED, Form::Compressed)]
            .into_iter()
            .find_map(|(suffix, form)| Some((file.strip_suffix(suffix)?, form)))
            .unwrap_or((file, Form::Plain));
        let middle = plain.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
        let (day, number) = match middle.split_once('.') {
            Some((day, number)) => (day, number.parse().ok().filter(|number| *number > 1)?),
            None => (middle, 1),
        };
        let name = Self { day: day.parse().ok()?, number };
        // Anything that is spelled otherwise is somebody else's.
        (name.plain() == plain).then_some((name, form))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_no_others() {
        let second = Name { day: jiff::civil::date(2026, 11, 23), number: 2 };
        assert_eq!(second.plain(), "flockwork.2026-11-23.2.log");
        for name in [Name::first(second.day), second] {
            assert_eq!(Name::parse(&name.plain()), Some((name, Form::Plain)));
            assert_eq!(Name::parse(&name.compressed()), Some((name, Form::Compressed)));
            assert_eq!(Name::parse(&name.unfinished()), Some((name, Form::Unfinished)));
        }
        let others = [
            "flockwork.log",
            "other.2026-11-23.log",
            "flockwork.2026-11-23.1.log",
            "flockwork.2026-11-23.x.log",
            "flockwork.2026-11-23.02.log",
            "flockwork.2026-11-23.log.zst",
            "flockwork.db",
        ];
        for other in others {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
