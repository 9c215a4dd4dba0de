//! Copies of backups go to another place by a program of the operator's: no shell, a time that it may take,
//! its words in the log, and none of our secrets in its environment. What fails is tried again with the
//! next backup.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use domain::ports::{BackupFailed, BackupNews, Backups};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process_group};
use store::backup::{BackupError, BackupFolder, FolderBackups, Listed};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};

use crate::config::Config;

/// Where the path stands.
const PATH: &str = "{}";
/// Words of the program that are logged for each file.
const LINES_MAX: usize = 200;
/// And so many characters of each.
const LINE_CHARS_MAX: usize = 1_000;
/// Backups carried after one new one at most.
const FILES_MAX: usize = 10;
/// What a program of others has no business to see.
const OURS: [&str; 6] =
    ["FLOCKWORK_", "TWITTER_", "OPENAI_", "OTEL_", "DATABASE_URL", "CREDENTIALS_DIRECTORY"];

/// The program, its arguments, and how long it may take.
#[derive(Clone, Debug)]
pub struct OffSite {
    words: Vec<String>,
    timeout: Duration,
    /// Names in the environment that it does not see.
    hidden: Vec<String>,
}

impl OffSite {
    /// The configured one.
    pub fn of(config: &Config) -> Option<Self> {
        let words = config.backup.after.clone()?;
        let timeout = Duration::try_from(config.backup.after_timeout).unwrap_or(Duration::MAX);
        let names = crate::config::Environment::of_process();
        let is_ours = |name: &&str| OURS.iter().any(|ours| name.starts_with(ours));
        let hidden = names.iter().map(|(name, _)| name).filter(is_ours);
        Some(Self { words, timeout, hidden: hidden.map(str::to_owned).collect() })
    }

    /// Carries what of the folder was not carried yet, the newest first; the first failure ends it.
    pub async fn carry(&self, folder: &BackupFolder) -> Result<usize, BackupFailed> {
        let failed = |error: BackupError| BackupFailed(error.to_string());
        let listed = folder.list().map_err(failed)?;
        // Where copies are encrypted, one of before that lies in clear stays here.
        let must_be_sealed = !folder.opener().keys.is_empty();
        let may_leave = |one: &Listed| match &one.manifest {
            Ok(manifest) => !must_be_sealed || manifest.key().is_some(),
            Err(_) => false,
        };
        let is_new = |one: &Listed| may_leave(one) && !one.is_carried;
        let new: Vec<Listed> = listed.into_iter().filter(is_new).take(FILES_MAX).collect();
        let mut carried = 0;
        for one in &new {
            match self.carry_whole(&one.path).await {
                // The keeper goes on meanwhile, and let it go.
                Err(_) if !one.path.exists() => continue,
                outcome => outcome?,
            }
            folder.note_carried(&one.path).map_err(failed)?;
            tracing::info!("A copy of {} is in the other place", one.path.display());
            carried += 1;
        }
        Ok(carried)
    }

    /// The manifest last: where it is, the file is.
    async fn carry_whole(&self, backup: &Path) -> Result<(), BackupFailed> {
        self.carry_one(backup).await?;
        self.carry_one(&backup.with_extension("json")).await
    }

    async fn carry_one(&self, file: &Path) -> Result<(), BackupFailed> {
        let program = &self.words[0];
        let mut command = Command::new(program);
        command.args(arguments(&self.words[1..], &file.display().to_string()));
        for name in &self.hidden {
            command.env_remove(name);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0);
        let failed = |what: String| {
            BackupFailed(format!("{program} did not carry {}: {what}", file.display()))
        };
        let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
        let mut group = Group::of(&child);
        let (out, err) = (child.stdout.take(), child.stderr.take());
        let work = async {
            let (said, complained) = tokio::join!(log(program, out), log(program, err));
            (child.wait().await, complained.or(said))
        };
        let ended = tokio::time::timeout(self.timeout, work).await;
        if let Ok((Ok(_), _)) = &ended {
            group.0 = None;
        }
        match ended {
            Ok((Ok(status), _)) if status.success() => Ok(()),
            Ok((Ok(status), last)) => {
                let last = last.map_or_else(String::new, |line| format!(": {line}"));
                Err(failed(format!("{status}{last}")))
            }
            Ok((Err(error), _)) => Err(failed(error.to_string())),
            Err(_) => Err(failed(format!("it took over {:?} and was ended", self.timeout))),
        }
    }
}

/// A program and all that it started: where nobody waits for it any more, they end.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| Pid::from_raw(id.cast_signed())))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}

/// The arguments with the path where they say, else behind them.
fn arguments(words: &[String], path: &str) -> Vec<String> {
    let mut words = words.to_vec();
    if words.iter().any(|word| word.contains(PATH)) {
        for word in &mut words {
            *word = word.replace(PATH, path);
        }
    } else {
        words.push(path.to_owned());
    }
    words
}

/// Its words go to the log; returns the last of them.
async fn log(program: &str, words: Option<impl AsyncRead + Unpin>) -> Option<String> {
    let mut lines = BufReader::new(words?).split(b'\n');
    let (mut last, mut count) = (None, 0);
    // Read to the end in any case, so that the program never waits for a reader.
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line);
        let line: String = line.trim_end().chars().take(LINE_CHARS_MAX).collect();
        if line.is_empty() {
            continue;
        }
        count += 1;
        if count <= LINES_MAX {
            tracing::info!(program, "{line}");
        }
        last = Some(line);
    }
    last
}

/// Backups of a folder, and their copies elsewhere.
pub struct CarriedBackups {
    /// The backups.
    pub kept: FolderBackups,
    /// Where they are.
    pub folder: BackupFolder,
    /// What carries them.
    pub off_site: OffSite,
}

#[async_trait]
impl Backups for CarriedBackups {
    async fn taken(&self) -> Result<Vec<Timestamp>, BackupFailed> {
        self.kept.taken().await
    }

    async fn take(&self, now: Timestamp) -> Result<(), BackupFailed> {
        self.kept.take(now).await
    }

    async fn let_go(&self, gone: &[Timestamp]) -> Result<(), BackupFailed> {
        self.kept.let_go(gone).await
    }

    async fn news(&self) -> Result<BackupNews, BackupFailed> {
        Ok(BackupNews { is_carried: true, ..self.kept.news().await? })
    }

    async fn carry(&self) -> Result<(), BackupFailed> {
        self.off_site.carry(&self.folder).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_stands_where_the_words_say_or_behind_them() {
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        for (given, run) in [
            (&["copy", "{}", "x:y"][..], &["copy", "/b/a b.db", "x:y"][..]),
            (&["--from={}", "x"], &["--from=/b/a b.db", "x"]),
            (&["x:y"], &["x:y", "/b/a b.db"]),
            (&[], &["/b/a b.db"]),
        ] {
            assert_eq!(arguments(&words(given), "/b/a b.db"), words(run));
        }
    }

    fn off_site(words: &[&str], timeout: Duration) -> OffSite {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        OffSite { words, timeout, hidden: vec!["CARGO_MANIFEST_DIR".to_owned()] }
    }

    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let note = folder.path().join("child");
        let script = format!("sleep 600 & echo $! > {}; wait", note.display());
        let words = ["/bin/sh", "-c", script.as_str(), "x"];
        let off_site = off_site(&words, Duration::from_secs(1));
        assert!(off_site.carry_one(Path::new("/b/a.db")).await.is_err(), "it hangs");
        let child = std::fs::read_to_string(note).unwrap();
        let state = format!("/proc/{}/stat", child.trim());
        // Dead, and perhaps not yet buried.
        let lives = || std::fs::read_to_string(&state).is_ok_and(|stat| !stat.contains(") Z "));
        let mut looks = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..500 {
            looks.tick().await;
            if !lives() {
                return;
            }
        }
        panic!("it goes on for ever");
    }

    #[tokio::test]
    async fn a_program_that_fails_hangs_or_is_not_there_says_so() {
        const LONG: u64 = 60_000;
        let file = Path::new("/b/a.db");
        for (words, timeout, told) in [
            (&["/bin/true"][..], LONG, None),
            (&["/bin/sh", "-c", "echo to nowhere >&2; exit 3", "x"], LONG, Some("to nowhere")),
            (
                &["/bin/sh", "-c", "echo no room; exit 3", "x"],
                LONG,
                Some("exit status: 3: no room"),
            ),
            (&["/bin/sh", "-c", "exec sleep 600", "x"], 50, Some("it took over 50ms")),
            (&["/not/there"], LONG, Some("/not/there did not carry /b/a.db")),
            // What is hidden from it is not in its environment.
            (&["/bin/sh", "-c", "test -z \"$CARGO_MANIFEST_DIR\"", "x"], LONG, None),
            (&["/bin/sh", "-c", "test -n \"$PATH\"", "x"], LONG, None),
        ] {
            let outcome = off_site(words, Duration::from_millis(timeout)).carry_one(file).await;
            match (outcome, told) {
                (Ok(()), None) => {}
                (Err(error), Some(told)) => assert!(error.0.contains(told), "{words:?}: {error}"),
                (outcome, _) => panic!("{words:?}: {outcome:?}"),
            }
        }
    }
}
