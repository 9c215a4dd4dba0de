//! Log files: a new one each day and where one is full, the newest kept, the others compressed.
//!
//! The file that is written is held by a lock, so that several processes may share a folder: each writes
//! the first file of the day that nobody else holds, and nobody compresses what another one writes.
//! A line stands in one file, whole: what a full disk cut off is taken back.

mod name;
mod tidy;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::ports::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use self::name::Name;
use self::tidy::Tidy;
use crate::config::LogFiles;

/// Files of one day. Beyond this the last one grows.
const PER_DAY_MAX: u32 = 10_000;

/// The files of one process.
pub struct Files {
    dir: PathBuf,
    policy: LogFiles,
    clock: Arc<dyn Clock>,
    written: Option<Written>,
    tidy: Tidy,
}

/// The file that is written.
struct Written {
    file: File,
    name: Name,
    bytes: u64,
}

impl Files {
    /// Opens the first one, so that who cannot write is told at the start.
    pub fn open(dir: &Path, policy: LogFiles, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let tidy = Tidy::start(dir, policy, clock.clone())?;
        let mut files = Self { dir: dir.to_owned(), policy, clock, written: None, tidy };
        files.turn(Name::first(files.today()))?;
        Ok(files)
    }

    fn today(&self) -> Date {
        self.clock.now().to_zoned(TimeZone::UTC).date()
    }

    /// The file that a line of so many bytes goes to.
    fn file_for(&mut self, bytes: usize) -> io::Result<&mut Written> {
        let today = self.today();
        let next = match &self.written {
            // A clock that went back does not bring back a file that was closed.
            Some(written) if written.name.day < today => Some(Name::first(today)),
            Some(written) if self.is_full(written, bytes) => written.name.next(),
            Some(_) => None,
            None => Some(Name::first(today)),
        };
        if let Some(next) = next {
            self.turn(next)?;
        }
        self.written.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn is_full(&self, written: &Written, bytes: usize) -> bool {
        let grown = written.bytes.saturating_add(bytes as u64);
        written.bytes > 0 && grown > self.policy.bytes_max && written.name.number < PER_DAY_MAX
    }

    /// Goes on in the first file from `name` on that has room and that nobody else writes. The one before
    /// is let go first: it may be compressed.
    fn turn(&mut self, mut name: Name) -> io::Result<()> {
        self.written = None;
        std::fs::create_dir_all(&self.dir)?;
        loop {
            if let Some(written) = self.try_open(name)? {
                self.written = Some(written);
                self.tidy.ask();
                return Ok(());
            }
            name = name.next().filter(|name| name.number <= PER_DAY_MAX).ok_or_else(|| {
                io::Error::other(format!("{PER_DAY_MAX} files of one day are written by others"))
            })?;
        }
    }

    /// `None`: it is full, or compressed already, or somebody else writes it.
    fn try_open(&self, name: Name) -> io::Result<Option<Written>> {
        if self.dir.join(name.compressed()).exists() {
            return Ok(None);
        }
        let path = self.dir.join(name.plain());
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => return Ok(None),
            Err(std::fs::TryLockError::Error(error)) => return Err(error),
        }
        let bytes = file.metadata()?.len();
        let has_room = bytes < self.policy.bytes_max || name.number == PER_DAY_MAX;
        // Compressed between the opening and the lock, it is not the file of that name any more.
        let is_there = path.exists();
        Ok((has_room && is_there).then_some(Written { file, name, bytes }))
    }
}

impl Write for Files {
    /// One call is one line.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let written = self.file_for(line.len())?;
        match written.file.write_all(line) {
            Ok(()) => written.bytes += line.len() as u64,
            Err(error) => {
                // Half a line would spoil the next one, too. Where that fails, the reader sees it.
                let _ = written.file.set_len(written.bytes);
                return Err(error);
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
