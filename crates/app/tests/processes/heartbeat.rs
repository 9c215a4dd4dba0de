//! The dead-man's switch: it hears a node that does its work, and hears nothing of one that cannot.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex};

use sqlx::{Connection as _, SqliteConnection};

use crate::harness::record::wait_for;
use crate::harness::{Home, Sandbox, until};

/// A lease is late by then, twice over.
const NOT_TOLD_SECS: u64 = 100;
/// Twice as often as the switch is told.
const TOLD_SECS: u64 = 70;
/// That of the switch; it is a secret.
const PATH: &str = "canary-path-of-the-switch";

/// Who waits for a sign of life: the first lines of the requests that came.
fn switch() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&heard);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let first = lines.next().unwrap_or_default();
            lines.by_ref().find(String::is_empty);
            kept.lock().expect("nobody panicked").push(first);
            let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (port, heard)
}

#[test]
fn the_dead_mans_switch_hears_nothing_while_a_node_cannot_write_and_again_when_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "*/5 * * * * *");
    let (port, heard) = switch();
    let times = || heard.lock().expect("nobody panicked").len();
    std::fs::write(home.path().join("flockwork.toml"), "[alerts]\nreach = \"private\"\n").unwrap();
    home.set("FLOCKWORK_HEARTBEAT_URL", &format!("http://127.0.0.1:{port}/{PATH}"));
    home.set("FLOCKWORK_HEARTBEAT_EVERY", "30s");
    let node = home.serve();
    until("a post", 60, || (sandbox.accepted("ada") > 0).then_some(()));

    // The process lives and serves, and nothing that it does is kept.
    let url = format!("sqlite:{}", home.database().display());
    let mut held = wait_for(SqliteConnection::connect(&url));
    wait_for(sqlx::query("BEGIN IMMEDIATE").execute(&mut held));
    let not_told = |wanted: usize| {
        let word = "The dead-man's switch is not told of this node";
        until("the word that it is not told", NOT_TOLD_SECS, || {
            (node.log().matches(word).count() >= wanted).then_some(())
        });
    };
    not_told(1);
    let before = times();
    not_told(2);
    assert_eq!(times(), before, "it heard of a node that does nothing");
    wait_for(sqlx::query("ROLLBACK").execute(&mut held));

    until("a sign of life", TOLD_SECS, || (times() > before).then_some(()));
    let log = node.log();
    node.stop();
    let heard = heard.lock().expect("nobody panicked").clone();
    assert!(heard.iter().all(|line| line == &format!("GET /{PATH} HTTP/1.1")), "{heard:?}");
    assert!(!log.contains(PATH), "{log}");
}
