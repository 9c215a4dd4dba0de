//! A PostgreSQL primary and its standby, made with the server's own programs, for tests of what a
//! failover does to a node: killed, promoted, cut off, come back.
//!
//! Nodes reach "the database" through a link to the folder of a server's socket. Turning the link is
//! what a load balancer or a floating address does after a failover.

use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::Duration;

use crate::postgres::{as_server, keep, newest_programs};

/// Between two looks at a server.
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LOOKS_MAX: u32 = 1_500;

/// One of the two servers, by its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The primary at the start.
    A,
    /// The standby at the start.
    B,
}

impl Side {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

/// Two servers.
pub struct Pair {
    folder: PathBuf,
    programs: PathBuf,
    /// Which of them is the primary now.
    pub primary: Side,
    frozen: Option<String>,
    keeper: Child,
}

/// Stops both servers and takes the folder away when the test ends, however it ends.
const KEEPER: &str = r#"
echo ready
read -r _ || true
for side in a b; do "$BIN/pg_ctl" -D "$DIR/$side/data" -m immediate stop > /dev/null 2>&1; done
rm -rf "$DIR"
"#;

impl Pair {
    /// A primary that has a standby, and the link to the primary.
    pub fn start() -> Self {
        let programs = newest_programs();
        let (folder, keeper) = keep("pair", &programs, KEEPER);
        let pair = Self { folder, programs, primary: Side::A, frozen: None, keeper };
        pair.make_folder(Side::A);
        let data = pair.data(Side::A);
        let options = ["-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--wal-segsize=1"];
        pair.program("initdb", &[&["-D", &data, "--locale=C.UTF-8"], &options[..]].concat());
        pair.launch(Side::A);
        pair.link(Side::A);
        pair.make_standby();
        pair
    }

    /// The URL of the database `postgres` behind the link.
    pub fn url(&self) -> String {
        self.url_through("current")
    }

    /// The same database of one server, past the link.
    pub fn url_of(&self, side: Side) -> String {
        self.url_through(side.name())
    }

    fn url_through(&self, name: &str) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.folder.join(name).display())
    }

    /// Whether a commit of the primary waits for the standby.
    pub fn set_synchronous(&self, is_synchronous: bool) {
        let names = if is_synchronous { "standby" } else { "" };
        self.sql(self.primary, &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        self.sql(self.primary, "SELECT pg_reload_conf()");
        let wanted = if is_synchronous { "sync" } else { "async" };
        self.await_that("the standby being followed", || {
            self.ask(self.primary, "SELECT sync_state FROM pg_stat_replication") == wanted
        });
    }

    /// From now on the standby hears nothing, although its connection stands.
    pub fn freeze_receiver(&mut self) {
        let pid = self.ask(self.primary.other(), "SELECT pid FROM pg_stat_wal_receiver");
        assert!(!pid.is_empty(), "the standby has no receiver");
        signal("-STOP", &[&pid]);
        self.frozen = Some(pid);
    }

    /// The standby hears again, all that it missed first.
    pub fn thaw_receiver(&mut self) {
        let pid = self.frozen.take().expect("a receiver was frozen");
        signal("-CONT", &[&pid]);
    }

    /// The primary is gone without a word, and all of its processes with it.
    pub fn kill_primary(&self) {
        let lock = format!("{}/postmaster.pid", self.data(self.primary));
        let text = std::fs::read_to_string(&lock).expect("the primary runs");
        let server = text.lines().next().expect("a process id");
        let children = std::fs::read_to_string(format!("/proc/{server}/task/{server}/children"))
            .expect("the primary runs");
        let mut all = vec![server];
        all.extend(children.split_whitespace());
        signal("-KILL", &all);
        // What nobody has waited for yet has no command line any more.
        let command_line = format!("/proc/{server}/cmdline");
        self.await_that("the primary's end", || {
            std::fs::read(&command_line).is_ok_and(|words| words.is_empty())
                || !PathBuf::from(&command_line).exists()
        });
        // These name a process that may still wait to be waited for, and is none any more.
        let socket = self.folder.join(self.primary.name()).join(".s.PGSQL.5432.lock");
        for lock in [PathBuf::from(&lock), socket] {
            std::fs::remove_file(&lock).expect("a dead server leaves its locks");
        }
    }

    /// The standby becomes the primary, with what it had heard; the link is not turned.
    pub fn promote(&mut self) {
        if let Some(receiver) = self.frozen.take() {
            // It ends before it reads what still stands in its socket.
            signal("-TERM", &[&receiver]);
            signal("-CONT", &[&receiver]);
        }
        self.primary = self.primary.other();
        let data = self.data(self.primary);
        self.program("pg_ctl", &["-D", &data, "-w", "-t", "60", "promote"]);
        self.sql(self.primary, "ALTER SYSTEM SET synchronous_standby_names = ''");
        self.sql(self.primary, "SELECT pg_reload_conf()");
    }

    /// Turns the link. Connections that stand are cut, as an address that moves would.
    pub fn turn_to(&self, side: Side) {
        self.link(side);
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
            WHERE application_name = 'flockwork'";
        self.sql(side.other(), cut);
    }

    /// Turns the link away from a server that is dead.
    pub fn turn_to_primary(&self) {
        self.link(self.primary);
    }

    /// The old primary comes back as it was when it died, and takes writes.
    pub fn revive_old(&self) {
        self.launch(self.primary.other());
    }

    /// Whatever is there beside the primary is replaced by a new standby.
    pub fn make_standby(&self) {
        let side = self.primary.other();
        let data = self.data(side);
        if PathBuf::from(format!("{data}/postmaster.pid")).exists() {
            // Killed ones leave the file, too.
            let _ = self.command("pg_ctl", &["-D", &data, "-m", "immediate", "stop"]).output();
        }
        let _ = std::fs::remove_dir_all(self.folder.join(side.name()));
        self.make_folder(side);
        let from = format!(
            "host={} user=postgres application_name=standby",
            self.folder.join(self.primary.name()).display()
        );
        self.program(
            "pg_basebackup",
            &["-D", &data, "-R", "-c", "fast", "-X", "stream", "-d", &from],
        );
        self.launch(side);
        self.await_that("the standby following", || {
            self.ask(self.primary, "SELECT state FROM pg_stat_replication") == "streaming"
        });
    }

    /// The first column of the first row, or nothing.
    pub fn ask(&self, side: Side, sql: &str) -> String {
        let answer = self.program("psql", &["-X", "-q", "-t", "-A", "-c", sql, &self.url_of(side)]);
        answer.lines().next().unwrap_or_default().trim().to_owned()
    }

    fn sql(&self, side: Side, sql: &str) {
        self.ask(side, sql);
    }

    fn data(&self, side: Side) -> String {
        self.folder.join(side.name()).join("data").display().to_string()
    }

    fn make_folder(&self, side: Side) {
        let folder = self.folder.join(side.name()).display().to_string();
        let made = as_server("mkdir").arg(&folder).status();
        assert!(made.is_ok_and(|done| done.success()), "{folder} cannot be made");
    }

    fn launch(&self, side: Side) {
        let (data, folder) = (self.data(side), self.folder.join(side.name()));
        let options = format!(
            "-F -k {} -c listen_addresses='' -c max_connections=200 -c wal_keep_size=64MB",
            folder.display()
        );
        let log = folder.join("server.log").display().to_string();
        self.program(
            "pg_ctl",
            &["-D", &data, "-l", &log, "-w", "-t", "60", "-o", &options, "start"],
        );
    }

    fn link(&self, side: Side) {
        let (new, link) = (self.folder.join("new"), self.folder.join("current"));
        std::os::unix::fs::symlink(self.folder.join(side.name()), &new).expect("a link");
        std::fs::rename(&new, &link).expect("a link takes the place of another");
    }

    fn command(&self, name: &str, args: &[&str]) -> Command {
        let mut command = as_server(&self.programs.join(name).display().to_string());
        command.args(args).current_dir(&self.folder);
        command
    }

    fn program(&self, name: &str, args: &[&str]) -> String {
        // A server that is started keeps what it inherits, so it gets a file and not a pipe.
        let said = self.folder.join("said");
        let file = || std::fs::File::create(&said).expect("a file in a folder of ours");
        let done =
            self.command(name, args).stdout(file()).stderr(std::process::Stdio::inherit()).status();
        let text = std::fs::read_to_string(&said).unwrap_or_default();
        assert!(done.is_ok_and(|done| done.success()), "{name} {args:?}: {text}");
        text
    }

    fn await_that(&self, what: &str, is_so: impl Fn() -> bool) {
        for _ in 0..LOOKS_MAX {
            if is_so() {
                return;
            }
            std::thread::sleep(LOOK_EVERY);
        }
        panic!("{what} did not come about in {}", self.folder.display());
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        // The keeper ends both servers when its standard input closes.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn signal(name: &str, pids: &[&str]) {
    // One that has just ended by itself is what was wanted.
    let _ = Command::new("kill").arg(name).args(pids).stderr(std::process::Stdio::null()).status();
}
