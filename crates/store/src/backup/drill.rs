//! What the last restore showed that was only tried: kept in the folder, where the node and every command
//! find it, and where it is as old as the backups are.

use std::fs;
use std::path::PathBuf;

use domain::ports::Drill;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BackupError, BackupFolder};

const NAME: &str = "last-drill.json";

#[derive(Serialize, Deserialize)]
struct Note {
    backup: String,
    at_ms: i64,
    good_at_ms: Option<i64>,
    problem: Option<String>,
}

impl BackupFolder {
    /// Writes down how a drill went; when the last good one was stays known.
    pub fn note_drill(
        &self,
        backup: &str,
        outcome: Result<(), String>,
        now: Timestamp,
    ) -> Result<(), BackupError> {
        let before = self.last_drill().and_then(|drill| drill.good_at);
        let good_at = if outcome.is_ok() { Some(now) } else { before };
        let note = Note {
            backup: backup.to_owned(),
            at_ms: now.as_millisecond(),
            good_at_ms: good_at.map(Timestamp::as_millisecond),
            problem: outcome.err(),
        };
        let (place, draft) = (self.place(NAME), self.place("last-drill.json.new"));
        let failed = || BackupError::io("written", &draft);
        let text = serde_json::to_string_pretty(&note);
        let text = text.expect("a struct of numbers and strings always serialises");
        fs::write(&draft, text + "\n").map_err(failed())?;
        fs::rename(&draft, &place).map_err(BackupError::io("written", &place))
    }

    /// How the last drill went; `None` where there was none, or nobody can tell.
    pub fn last_drill(&self) -> Option<Drill> {
        let note: Note = serde_json::from_slice(&fs::read(self.place(NAME)).ok()?).ok()?;
        let time = |millis| Timestamp::from_millisecond(millis).ok();
        Some(Drill {
            backup: note.backup,
            at: time(note.at_ms)?,
            good_at: note.good_at_ms.and_then(time),
            problem: note.problem,
        })
    }

    fn place(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}
