//! A folder of its own for each test, and what a command said there.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A folder with nothing in it, and an environment with nothing in it but `DRY_RUN=true`.
pub(crate) struct Place {
    folder: tempfile::TempDir,
    variables: Vec<(String, String)>,
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, variables: Vec::new() }.with("DRY_RUN", "true")
    }

    /// Without anything in its environment.
    pub(crate) fn bare() -> Self {
        Self { variables: Vec::new(), ..Self::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, "")
    }

    /// With `input` on standard input.
    pub(crate) fn run_with(&self, args: &[&str], input: &str) -> Said {
        self.say(self.command(args), input)
    }

    /// A script of the shell, in which `$0` is the binary.
    pub(crate) fn shell(&self, script: &str) -> Said {
        let mut command = self.placed("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_flockwork")]);
        self.say(command, "")
    }

    fn say(&self, mut command: Command, input: &str) -> Said {
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // A command that does not read ends before it is told everything.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let folder = format!("{}/", self.folder.path().display());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&folder, "");
        Said {
            // As a shell says it: a signal is 128 and its number.
            code: output.status.code().unwrap_or_else(|| {
                128 + std::os::unix::process::ExitStatusExt::signal(&output.status).unwrap()
            }),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }

    /// Starts a command that goes on; it is killed when the test ends.
    pub(crate) fn start(&self, args: &[&str]) -> Running {
        Running(self.command(args).stdin(Stdio::null()).spawn().unwrap())
    }

    /// A command that is to be started.
    pub(crate) fn prepared(&self, args: &[&str]) -> Command {
        self.command(args)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.placed(env!("CARGO_BIN_EXE_flockwork"));
        command.args(args);
        command
    }

    fn placed(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

/// A command that goes on.
pub(crate) struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port that nobody has right now.
pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Each look is a process of its own, so the bound is some seconds.
pub(crate) fn wait_until(is_so: impl Fn() -> bool) {
    const LOOKS_MAX: usize = 2_000;
    assert!((0..LOOKS_MAX).any(|_| is_so()), "it never came");
}
