//! A `PgBouncer` of its own for a test, in front of a server that the test started.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::postgres::{Cluster, is_root};

/// Where Debian puts it, which is not on everybody's path.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// It answers after so many looks, of 50 ms each, or the test fails.
const LOOKS_MAX: u32 = 200;

/// A running pooler; it ends with the value.
pub struct Pooler {
    child: Child,
    port: u16,
    config: PathBuf,
}

impl Pooler {
    /// In front of every database of `cluster`, in that `pool_mode`.
    pub fn start(cluster: &Cluster, mode: &str) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        drop(listener);
        let folder = cluster.socket_folder();
        let config = folder.join(format!("pooler-{port}.ini"));
        std::fs::write(&config, settings(folder, mode, port)).expect("a file for the pooler");
        let program = if Path::new(PROGRAM).exists() { PROGRAM } else { "pgbouncer" };
        let mut command = Command::new(program);
        if is_root() {
            command.args(["-u", "postgres"]);
        }
        let child = command
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("PgBouncer starts; install Debian's `pgbouncer`");
        let pooler = Self { child, port, config };
        pooler.wait_until_it_answers();
        pooler
    }

    /// The way through it to a database of the server.
    pub fn url(&self, database: &str) -> String {
        let (path, _) = database.split_once('?').unwrap_or((database, ""));
        let (_, name) = path.rsplit_once('/').expect("a URL with a database");
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.port)
    }

    fn wait_until_it_answers(&self) {
        for _ in 0..LOOKS_MAX {
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("PgBouncer does not listen; its settings are in {}", self.config.display());
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Fails only where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn settings(server: &Path, mode: &str, port: u16) -> String {
    let server = server.display();
    format!(
        "[databases]\n* = host={server} user=postgres\n\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
         listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n\
         default_pool_size = 30\nmax_client_conn = 200\n"
    )
}
