//! What becomes of log files that are written no more: compressed, and after a while removed. A thread of
//! its own with the lowest claim on the processor does it, whenever a file was turned.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use domain::ports::Clock;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::tz::TimeZone;

use super::name::{Form, Name};
use crate::config::LogFiles;

/// How much less a thread claims than others, the most there is.
const NICE: i32 = 19;

/// The thread, as long as somebody has this.
pub(super) struct Tidy(SyncSender<()>);

/// What it works with.
pub(super) struct Keeper {
    pub(super) dir: PathBuf,
    pub(super) policy: LogFiles,
    pub(super) clock: Arc<dyn Clock>,
}

impl Tidy {
    pub(super) fn start(dir: &Path, policy: LogFiles, clock: Arc<dyn Clock>) -> io::Result<Self> {
        // One wish stands for all that were made since the last was heard.
        let (ask, asked) = sync_channel(1);
        let keeper = Keeper { dir: dir.to_owned(), policy, clock };
        std::thread::Builder::new().name("log-tidy".to_owned()).spawn(move || {
            // Where the system refuses, it claims as much as the others.
            let _ = rustix::process::nice(NICE);
            for () in asked {
                if let Err(error) = keeper.tidy() {
                    tracing::warn!("Old log files stay as they are: {error}");
                }
            }
        })?;
        Ok(Self(ask))
    }

    /// Has it look, soon.
    pub(super) fn ask(&self) {
        // Full: it will look anyway.
        let _ = self.0.try_send(());
    }
}

impl Keeper {
    /// Removes what is too old or one too many, then compresses what is left and nobody writes.
    pub(super) fn tidy(&self) -> io::Result<()> {
        let mut files = self.files()?;
        files.sort_unstable_by(|a, b| b.cmp(a));
        let oldest = self.clock.now() - self.policy.age_max;
        let oldest = oldest.to_zoned(TimeZone::UTC).date();
        let most = usize::try_from(self.policy.files_max).unwrap_or(usize::MAX);
        let mut kept: Vec<Name> = Vec::new();
        for (name, form) in files {
            if form == Form::Unfinished {
                if self.hold(&name.unfinished())?.is_some() {
                    self.remove(&name.unfinished())?;
                }
                continue;
            }
            let is_known = kept.last() == Some(&name);
            if !is_known && (kept.len() >= most || name.day < oldest) {
                self.remove_unwritten(name, form)?;
                continue;
            }
            if !is_known {
                kept.push(name);
            }
            if form == Form::Plain && self.policy.compresses {
                self.compress(name)?;
            }
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<(Name, Form)>> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            files.extend(entry?.file_name().to_str().and_then(Name::parse));
        }
        Ok(files)
    }

    /// What a process still writes stays.
    fn remove_unwritten(&self, name: Name, form: Form) -> io::Result<()> {
        match form {
            Form::Plain if self.hold(&name.plain())?.is_none() => Ok(()),
            Form::Plain => self.remove(&name.plain()),
            Form::Compressed | Form::Unfinished => self.remove(&name.compressed()),
        }
    }

    /// The compressed file takes its name when it is whole and on the disk; a crash before that leaves the
    /// other one.
    fn compress(&self, name: Name) -> io::Result<()> {
        let Some(mut plain) = self.hold(&name.plain())? else { return Ok(()) };
        let part = self.dir.join(name.unfinished());
        let packed = pack(&mut plain, &part);
        if packed.is_err() {
            // It is in the way of nobody; where the disk is full, it should not stay.
            let _ = std::fs::remove_file(&part);
        }
        packed?;
        std::fs::rename(&part, self.dir.join(name.compressed()))?;
        self.remove(&name.plain())
    }

    /// The file, if nobody writes it.
    fn hold(&self, file: &str) -> io::Result<Option<File>> {
        let file = match File::open(self.dir.join(file)) {
            Ok(file) => file,
            // Another process was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn remove(&self, file: &str) -> io::Result<()> {
        match std::fs::remove_file(self.dir.join(file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// Held while it is written: what nobody holds was left behind by a crash.
fn pack(plain: &mut File, part: &Path) -> io::Result<()> {
    let part = File::create(part)?;
    part.lock()?;
    let mut packer = GzEncoder::new(part, Compression::default());
    io::copy(plain, &mut packer)?;
    let mut whole = packer.finish()?;
    whole.flush()?;
    whole.sync_all()
}
