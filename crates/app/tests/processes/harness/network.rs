//! Machines that are none: network namespaces around a hub that forwards between them, and drops what
//! it is told to drop, silently and in one direction, as a broken network does.
//!
//! X and PostgreSQL listen where they always do; a relay in the namespace of each offers them to the
//! nodes under an address of its own.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// One of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// That of the first node.
    First,
    /// That of the second node.
    Second,
    /// That of the database.
    Database,
    /// That of X.
    X,
}

const ALL: [Machine; 4] = [Machine::First, Machine::Second, Machine::Database, Machine::X];

impl Machine {
    fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Its address.
    pub fn address(self) -> String {
        format!("10.77.{}.2", self.number())
    }
}

/// The machines of one test; all of it is gone when this is dropped.
pub struct Network {
    name: String,
}

impl Network {
    /// Makes it.
    pub fn new() -> Self {
        let network = Self { name: format!("flock{}", std::process::id()) };
        let hub = network.hub();
        ip(&["netns", "add", &hub]);
        network.on_hub(&["link", "set", "lo", "up"]);
        network.set_forwarding();
        for machine in ALL {
            network.join(machine);
        }
        network
    }

    /// The words that start a program on a machine. There `localhost` is X's machine: the product takes
    /// the profiles of tests only for an X on its own.
    pub fn on(&self, machine: Machine) -> Vec<String> {
        let space = self.space(machine);
        ["/usr/sbin/ip", "netns", "exec", &space].map(str::to_owned).to_vec()
    }

    /// From now on nothing gets from one to the other.
    pub fn cut(&self, from: Machine, to: Machine) {
        self.rule("add", from, to);
    }

    /// It gets there again.
    pub fn heal(&self, from: Machine, to: Machine) {
        self.rule("del", from, to);
    }

    /// Offers what listens at `target` on this machine on `port` of `machine`, as long as the test
    /// process runs.
    pub fn relay(&self, machine: Machine, port: u16, target: Target) {
        let (space, address) = (self.space(machine), format!("{}:{port}", machine.address()));
        // A socket stays in the namespace where it was made, and only it does: this thread ends.
        let bound = std::thread::spawn(move || {
            enter(&space);
            TcpListener::bind(&address).expect("the machine's own address")
        });
        let listener = bound.join().expect("a listener");
        std::thread::spawn(move || {
            listener.incoming().flatten().for_each(|near| target.join(near));
        });
    }

    fn rule(&self, what: &str, from: Machine, to: Machine) {
        let (from, to) = (from.address(), to.address());
        self.on_hub(&["rule", what, "from", &from, "to", &to, "blackhole"]);
    }

    fn join(&self, machine: Machine) {
        let (space, number) = (self.space(machine), machine.number());
        let (near, gateway) = (format!("v{number}"), format!("10.77.{number}.1"));
        ip(&["netns", "add", &space]);
        let inside = ["-n", &space];
        self.on_hub(&[
            "link", "add", &near, "type", "veth", "peer", "name", "eth0", "netns", &space,
        ]);
        self.on_hub(&["address", "add", &format!("{gateway}/24"), "dev", &near]);
        self.on_hub(&["link", "set", &near, "up"]);
        ip(&[&inside[..], &["link", "set", "lo", "up"]].concat());
        let address = format!("{}/24", machine.address());
        ip(&[&inside[..], &["address", "add", &address, "dev", "eth0"]].concat());
        ip(&[&inside[..], &["link", "set", "eth0", "up"]].concat());
        ip(&[&inside[..], &["route", "add", "default", "via", &gateway]].concat());
        let files = self.files(machine);
        std::fs::create_dir_all(&files).expect("a folder below /etc/netns");
        let hosts = format!("{} localhost\n", Machine::X.address());
        std::fs::write(files.join("hosts"), hosts).expect("a file below /etc/netns");
    }

    fn set_forwarding(&self) {
        let hub = self.hub();
        let forward = "echo 1 > /proc/sys/net/ipv4/ip_forward";
        ip(&["netns", "exec", &hub, "sh", "-c", forward]);
    }

    fn on_hub(&self, words: &[&str]) {
        ip(&[&["-n", &self.hub()], words].concat());
    }

    fn hub(&self) -> String {
        format!("{}-hub", self.name)
    }

    fn space(&self, machine: Machine) -> String {
        format!("{}-{}", self.name, machine.number())
    }

    /// What `ip netns exec` puts over `/etc` for this machine.
    fn files(&self, machine: Machine) -> PathBuf {
        PathBuf::from("/etc/netns").join(self.space(machine))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for machine in ALL {
            let _ = std::fs::remove_dir_all(self.files(machine));
            let _ = Command::new("ip").args(["netns", "del", &self.space(machine)]).status();
        }
        let _ = Command::new("ip").args(["netns", "del", &self.hub()]).status();
    }
}

/// What a relay leads to.
#[derive(Clone, Debug)]
pub enum Target {
    /// A port of this machine, in the namespace of the test.
    Port(u16),
    /// A socket in the file system.
    Socket(PathBuf),
}

impl Target {
    /// Copies both ways between `near` and a new connection; without one `near` is closed.
    fn join(&self, near: TcpStream) {
        match self {
            Self::Port(port) => {
                let far = TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], *port)));
                copy_both_ways(near, far, TcpStream::try_clone, TcpStream::shutdown);
            }
            Self::Socket(path) => {
                let far = UnixStream::connect(path);
                copy_both_ways(near, far, UnixStream::try_clone, UnixStream::shutdown);
            }
        }
    }
}

fn copy_both_ways<S: Read + Write + Send + 'static>(
    near: TcpStream,
    far: io::Result<S>,
    clone: fn(&S) -> io::Result<S>,
    shut: fn(&S, Shutdown) -> io::Result<()>,
) {
    let ends = far.and_then(|far| Ok((near.try_clone()?, clone(&far)?, far)));
    let Ok((mut back, mut answers, mut far)) = ends else { return };
    let mut near = near;
    // What fails here has been closed by the other side.
    std::thread::spawn(move || {
        let _ = io::copy(&mut near, &mut far);
        let _ = shut(&far, Shutdown::Both);
    });
    std::thread::spawn(move || {
        let _ = io::copy(&mut answers, &mut back);
        let _ = back.shutdown(Shutdown::Both);
    });
}

/// The thread is in this namespace from now on, and so is whatever it starts.
fn enter(space: &str) {
    let path = format!("/run/netns/{space}");
    let file = std::fs::File::open(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    move_into_link_name_space(std::os::fd::AsFd::as_fd(&file), Some(LinkNameSpaceType::Network))
        .unwrap_or_else(|error| panic!("{path} cannot be entered: {error}"));
}

fn ip(words: &[&str]) {
    let done = Command::new("ip").args(words).output();
    let said = match &done {
        Ok(done) if done.status.success() => return,
        Ok(done) => String::from_utf8_lossy(&done.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    panic!(
        "`ip {}` failed: {said}; the tests of partitions make network namespaces: run them as root \
         where that is allowed, with Debian's `iproute2` installed",
        words.join(" ")
    );
}
