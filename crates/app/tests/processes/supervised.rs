//! A node under systemd, of which the socket plays the part.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use crate::harness::{Home, Sandbox, until};

/// What was said since it was last asked.
fn heard(socket: &UnixDatagram) -> Vec<String> {
    let mut bytes = [0; 64];
    let mut words = Vec::new();
    while let Ok(length) = socket.recv(&mut bytes) {
        words.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
    }
    words
}

#[test]
fn systemd_hears_that_it_serves_that_it_turns_and_that_it_ends() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "0 9 * * *");
    let path = dir.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    home.set("NOTIFY_SOCKET", path.to_str().unwrap()).set("WATCHDOG_USEC", "4000000");
    let mut node = home.launch();
    let first = until("the first word", 30, || heard(&socket).into_iter().next());
    assert_eq!(first, "READY=1");
    assert_eq!(home.get("/readyz").unwrap().status, 200, "ready means ready");
    until("a sign of life", 10, || heard(&socket).contains(&"WATCHDOG=1".to_owned()).then_some(()));

    node.terminate();
    assert_eq!(node.code_within(30), Some(0));
    let last = heard(&socket);
    assert_eq!(last.iter().filter(|word| *word == "STOPPING=1").count(), 1, "{last:?}");
}
