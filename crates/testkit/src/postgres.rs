//! A PostgreSQL of its own for a test binary, so that tests need no service: made in a temporary
//! folder at first use, gone when the process ends, however it ends.
//!
//! `FLOCKWORK_TEST_POSTGRES_URL` names a server to use instead. Where neither is there, tests fail
//! and say so; they never pass by not running.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const URL_VARIABLE: &str = "FLOCKWORK_TEST_POSTGRES_URL";

/// Where Debian puts the server's programs, which are not on the path.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// Makes the cluster, and takes it down in the end.
const SCRIPT: &str = r#"
set -e
"$BIN/initdb" -D "$DIR/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 > "$DIR/initdb.log" 2>&1
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/server.log" -w -t 60 \
    -o "-F -k $DIR -c listen_addresses='' -c max_connections=400" start > "$DIR/start.log" 2>&1
echo ready
read -r _ || true
"$BIN/pg_ctl" -D "$DIR/data" -m immediate stop > /dev/null 2>&1
rm -rf "$DIR"
"#;

/// The same in a folder that stays, with what an earlier process left there. Its data are as durable as
/// a stop in order makes them, which is what a benchmark that fills tables once needs.
const KEPT_SCRIPT: &str = r#"
set -e
if [ ! -e "$DIR/data/PG_VERSION" ]; then
    "$BIN/initdb" -D "$DIR/data" -U postgres -A trust -N -E UTF8 --locale=C.UTF-8 \
        > "$DIR/initdb.log" 2>&1
fi
"$BIN/pg_ctl" -D "$DIR/data" -l "$DIR/server.log" -w -t 600 \
    -o "-F -k $DIR -c listen_addresses=''" start > "$DIR/start.log" 2>&1
echo ready
read -r _ || true
"$BIN/pg_ctl" -D "$DIR/data" -m fast -w -t 600 stop > /dev/null 2>&1
"#;

/// A running server.
pub struct Cluster {
    /// A URL with `{}` where the database's name stands.
    url: String,
    psql: PathBuf,
    own: Option<Own>,
}

/// A server that was started here.
struct Own {
    /// Its data and its socket.
    folder: PathBuf,
    programs: PathBuf,
    _keeper: Child,
}

/// The server of this process.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "only the person who runs the tests knows")]
        let given = std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
        match given {
            Some(url) => Cluster::at(&url),
            None => Cluster::alone("pg"),
        }
    })
}

impl Cluster {
    /// A server for one test alone, which changes its settings or restarts it. It ends with the value.
    pub fn alone(kind: &str) -> Self {
        let programs = newest_programs();
        let (folder, keeper) = keep(kind, &programs, SCRIPT);
        Self::own_in(folder, programs, keeper)
    }

    /// A server whose data stay in `folder`, an absolute path, for the next process that asks for them.
    /// It is stopped when the value, or the process, ends.
    pub fn kept(folder: &Path) -> Self {
        let programs = newest_programs();
        let keeper = keep_in(folder, &programs, KEPT_SCRIPT);
        Self::own_in(folder.to_owned(), programs, keeper)
    }

    fn own_in(folder: PathBuf, programs: PathBuf, keeper: Child) -> Self {
        Self {
            url: format!("postgres://postgres@localhost/{{}}?host={}", folder.display()),
            psql: programs.join("psql"),
            own: Some(Own { folder, programs, _keeper: keeper }),
        }
    }

    /// Runs SQL as its owner.
    pub fn tell(&self, sql: &str) {
        self.run(sql);
    }

    /// Stops a server that was started here, as an operator does who will not wait, and starts it again.
    pub fn restart(&self) {
        let Own { folder, programs, .. } = self.own();
        let (data, log) = (folder.join("data"), folder.join("server.log"));
        let done = as_server(&programs.join("pg_ctl").to_string_lossy())
            .args([OsStr::new("-D"), data.as_os_str(), OsStr::new("-l"), log.as_os_str()])
            .args(["-m", "fast", "-w", "restart"])
            .stdout(Stdio::null())
            .status();
        assert!(done.is_ok_and(|done| done.success()), "the server restarts");
    }

    /// Where the socket of a server is that was started here.
    pub fn socket_folder(&self) -> &Path {
        &self.own().folder
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("a server that was started by the tests")
    }

    /// The URL of a new, empty database.
    pub fn create_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("flockwork_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        self.run(&format!("CREATE DATABASE {name}"));
        self.url.replace("{}", &name)
    }

    /// The URL of the database of this name, which is empty: one that was there is gone.
    pub fn create_anew(&self, name: &str) -> String {
        self.run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.run(&format!("CREATE DATABASE {name}"));
        self.url_of(name)
    }

    /// The URL of a database by its name.
    pub fn url_of(&self, name: &str) -> String {
        self.url.replace("{}", name)
    }

    /// Takes a database away that [`Cluster::create_database`] made, whoever is still connected.
    pub fn drop_database(&self, url: &str) {
        let (before, after) = self.url.split_once("{}").expect("made with a place for the name");
        let name = url
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after))
            .expect("a URL of this cluster");
        self.run(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }

    fn run(&self, sql: &str) {
        let done = Command::new(&self.psql)
            .args([
                "-X",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                sql,
                &self.url.replace("{}", "postgres"),
            ])
            .output()
            .expect("psql runs");
        assert!(done.status.success(), "{sql}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn at(url: &str) -> Self {
        let (rest, query) = url.split_once('?').map_or((url, ""), |(rest, query)| (rest, query));
        let authority = rest.find("://").map_or(0, |at| at + 3);
        let end = rest[authority..].find('/').map_or(rest.len(), |at| authority + at);
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let url = format!("{}/{{}}{query}", &rest[..end]);
        Self { url, psql: PathBuf::from("psql"), own: None }
    }
}

/// A folder of its own, and a shell in it that says "ready", waits for the end of its standard input
/// and then takes everything away: the kernel closes that when the test process ends, however it ends.
pub(crate) fn keep(kind: &str, programs: &Path, script: &str) -> (PathBuf, Child) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("flockwork-{kind}-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let keeper = keep_in(&folder, programs, script);
    (folder, keeper)
}

fn keep_in(folder: &Path, programs: &Path, script: &str) -> Child {
    std::fs::create_dir_all(folder).expect("a folder of its own");
    if is_root() {
        let own = Command::new("chown").arg("postgres").arg(folder).status();
        assert!(own.is_ok_and(|done| done.success()), "there is no user `postgres`; {}", hint());
    }
    let mut keeper = as_server("sh")
        .args(["-c", script])
        .env("BIN", programs)
        .env("DIR", folder)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("a shell starts");
    let mut line = String::new();
    if let Some(output) = keeper.stdout.take() {
        BufReader::new(output).read_line(&mut line).expect("the shell can be read");
    }
    assert_eq!(line, "ready\n", "PostgreSQL did not start; see {}", folder.display());
    keeper
}

/// A program that runs as the server's user: the server refuses to run as root, and Debian's package
/// brings a user for it.
pub(crate) fn as_server(program: &str) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "postgres", "--", program]);
    command
}

pub(crate) fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

pub(crate) fn newest_programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir(PROGRAMS)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|programs| is_complete(programs))
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| panic!("there is no PostgreSQL in {PROGRAMS}; {}", hint()))
}

/// One of the server's own programs, such as `pg_dump`.
pub fn program(name: &str) -> PathBuf {
    newest_programs().join(name)
}

fn is_complete(programs: &Path) -> bool {
    ["initdb", "pg_ctl", "psql", "pg_basebackup"].iter().all(|name| programs.join(name).exists())
}

fn hint() -> String {
    format!("install Debian's `postgresql`, or set {URL_VARIABLE} to a server's URL")
}
