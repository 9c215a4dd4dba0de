//! A `flockwork` process: started in a clean environment, ended with the test.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::pace::until;

/// Lines of its log that a failing test shows.
const TAIL_LINES: usize = 60;

/// A running process; it is killed when this is dropped.
pub struct Process {
    child: Child,
    stdout: PathBuf,
    stderr: PathBuf,
}

impl Process {
    /// Starts the binary under test in `dir`; what it says is appended to `name.out` and `name.err`.
    pub fn start(
        dir: &Path,
        name: &str,
        args: &[&str],
        environment: &BTreeMap<String, String>,
    ) -> Self {
        Self::start_through(&[], (dir, name), args, environment)
    }

    /// The same, started by another program that becomes it: its words, to which the binary's own are
    /// added.
    pub fn start_through(
        through: &[String],
        (dir, name): (&Path, &str),
        args: &[&str],
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let (stdout, stderr) = (dir.join(format!("{name}.out")), dir.join(format!("{name}.err")));
        let file = |path: &Path| {
            let file = File::options().create(true).append(true).open(path);
            Stdio::from(file.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        };
        let words = through.iter().map(String::as_str).chain([crate::PROGRAM]);
        let words: Vec<&str> = words.chain(args.iter().copied()).collect();
        let child = Command::new(words[0])
            .args(&words[1..])
            .current_dir(dir)
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(file(&stdout))
            .stderr(file(&stderr))
            .spawn()
            .expect("the binary under test starts");
        Self { child, stdout, stderr }
    }

    /// All that it said on standard output.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.stdout).unwrap_or_default()
    }

    /// All that it said on standard error: its log, and why it ended.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Whether it has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be looked at").is_none()
    }

    /// Ends it without a word, as a power cut would; it must have been running.
    pub fn kill(mut self) {
        assert!(self.is_running(), "it ended by itself:\n{}", tail(&self.stderr));
        self.child.kill().expect("a child can be killed");
        self.child.wait().expect("a child can be waited for");
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Sends it a signal; one that ended and was not waited for takes it, too.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process id"), signal).expect("a child takes signals");
    }

    /// How it ended, which must be within so many seconds.
    pub fn exit_within(&mut self, secs: u64) -> ExitStatus {
        until("the process ending", secs, || {
            self.child.try_wait().expect("a child can be looked at")
        })
    }

    /// The exit code, when it ends by itself within so many seconds.
    pub fn code_within(&mut self, secs: u64) -> Option<i32> {
        self.exit_within(secs).code()
    }

    /// Asks it to end and demands that it does so well.
    pub fn stop(mut self) {
        self.terminate();
        assert_eq!(self.code_within(30), Some(0), "after SIGTERM");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            super::say(&format!("{}:\n{}", self.stderr.display(), tail(&self.stderr)));
        }
    }
}

fn tail(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// A command that ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs a command of the binary under test to its end, at most a minute.
pub fn run(dir: &Path, args: &[&str], environment: &BTreeMap<String, String>) -> Ended {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let mut process = Process::start(dir, &format!("run-{number}"), args, environment);
    let code = process.code_within(Duration::from_mins(1).as_secs());
    Ended { code, out: process.said(), err: process.log() }
}
