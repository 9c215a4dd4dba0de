//! A flood at the pages (fault 77): more connections than there are places, slow words, slow bodies and a
//! storm of questions. Who looks at pages may have to wait; posts do not.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::harness::{Home, Sandbox, http, pause, until};

/// Places of the node under test.
const PLACES: usize = 128;
/// A post that is later than this was held up.
const LATE: &str = "15";

fn bucket(metrics: &str, name: &str) -> Option<u64> {
    metrics.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}

#[test]
fn a_flood_of_slow_connections_and_questions_makes_no_post_late() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    home.set("FLOCKWORK_CONNECTIONS_MAX", &PLACES.to_string());
    let node = home.serve();
    until("a post", 30, || (sandbox.accepted("ada") >= 1).then_some(()));

    let before = sandbox.accepted("ada");
    let halves = [
        "GET / HTTP/1.1\r\nHost: lo",
        "POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\na",
    ];
    let slow = |number: usize| {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, home.port)).ok()?;
        stream.write_all(halves[number % halves.len()].as_bytes()).ok()?;
        Some(stream)
    };
    let held: Vec<Option<TcpStream>> = (0..PLACES * 2).map(slow).collect();
    let is_over = Arc::new(AtomicBool::new(false));
    let storm: Vec<_> = (0..4)
        .map(|_| {
            let (is_over, port) = (is_over.clone(), home.port);
            std::thread::spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    // Refused, waited for in vain or answered: all of it is allowed.
                    drop(http::get(port, "/"));
                }
            })
        })
        .collect();
    until("six posts amid the flood", 30, || (sandbox.accepted("ada") >= before + 6).then_some(()));
    pause(Duration::from_secs(1));
    is_over.store(true, Ordering::Relaxed);
    drop(held);
    for thread in storm {
        thread.join().expect("a thread of the storm");
    }

    let metrics = until("an answer after the flood", 30, || home.get("/metrics")).body;
    let count = bucket(&metrics, "flockwork_post_lateness_seconds_count ");
    let in_time = format!("flockwork_post_lateness_seconds_bucket{{le=\"{LATE}\"}} ");
    assert!(count.is_some_and(|count| count >= 6), "{metrics}");
    assert_eq!(bucket(&metrics, &in_time), count, "posts were held up:\n{metrics}");
    node.stop();
}
