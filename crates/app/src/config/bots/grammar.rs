//! A bot's own grammar: the file that its bot file names.

use std::path::Path;
use std::sync::Arc;

use domain::rules::grammar::{FILE_BYTES_MAX, Mistake, Mistakes, OwnGrammar};

use super::super::document::Section;
use super::super::problem::{Place, Problems};
use super::super::setting::Kind;
use super::super::sources::read_text;
use super::super::suggest::quoted;

/// The grammar under the key `grammar`, looked for beside `bot_file`; with its text; every mistake of
/// it is a problem of the configuration.
pub(super) fn read(
    top: &mut Section,
    bot_file: &Path,
    problems: &mut Problems,
) -> Option<(Arc<OwnGrammar>, String)> {
    let raw = top.scalar("grammar", Kind::Text, problems)?;
    let path = bot_file.parent().unwrap_or(Path::new("")).join(&raw.text);
    let json = match read_text(&path, u64::try_from(FILE_BYTES_MAX).unwrap_or(u64::MAX)) {
        Ok(json) => json,
        Err(error) => {
            let found = format!("{}: {error}", quoted(&raw.text));
            let mend = "write its path as seen from the folder of this file";
            problems.add(raw.place, found, "the path of a grammar in JSON", mend);
            return None;
        }
    };
    match OwnGrammar::from_json(&json) {
        Ok(grammar) => Some((Arc::new(grammar), json)),
        Err(Mistakes(mistakes)) => {
            for Mistake { path: part, found, allowed, mend } in mistakes {
                let path = path.display().to_string();
                problems.add(Place::Part { path, part }, found, allowed, mend);
            }
            None
        }
    }
}
