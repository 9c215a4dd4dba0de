//! Where input comes from.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::Context as _;

use crate::exit::{Exit, Failure};

/// As much of a file is looked at to tell whether it is text.
const HEAD_BYTES: usize = 8 * 1024;

/// The file at `path`, or standard input for `-`.
pub fn open_input(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| reading(path))?;
    // A folder opens like a file and only fails when it is read, when nobody knows its name any more.
    if file.metadata().is_ok_and(|facts| facts.is_dir()) {
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(anyhow::Error::new(error).context(reading(path)).into());
    }
    Ok(Box::new(BufReader::with_capacity(HEAD_BYTES, file)))
}

/// The same, if it is text: a picture or a database has a zero byte near its begin, and would
/// otherwise be as many bad rows as it has lines.
pub fn open_text(path: &Path) -> Result<Box<dyn BufRead>, Failure> {
    let mut input = open_input(path)?;
    let head = input.fill_buf().with_context(|| reading(path))?;
    if head.contains(&0) {
        let message = format!("{} is not text: it holds zero bytes", path.display());
        return Err(Failure::new(Exit::BadData, message).hint(
            "save it as UTF-8; `flockwork import FILE` takes the database of a template-bot",
        ));
    }
    Ok(input)
}

/// What an error of `path` is about.
pub fn reading(path: &Path) -> String {
    format!("reading {}", path.display())
}
