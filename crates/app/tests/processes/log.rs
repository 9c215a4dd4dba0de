//! A log that nobody reads (fault 79): what starts a node may stop reading its standard error, and the
//! node must go on.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::process::Command;

use crate::harness::{Home, Sandbox, until};

/// Lines of the log that were lost on their way to standard error.
fn lost(home: &Home) -> Option<u64> {
    let metrics = home.get("/metrics")?.body;
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix("flockwork_log_lines_lost_total{sink=\"stderr\"} "))?;
    line.parse().ok()
}

#[test]
fn a_reader_that_stalls_costs_lines_and_no_post() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    for name in ["b", "c", "d", "e", "f", "g", "h"] {
        home.add_bot(&sandbox, name, "* * * * * *");
    }
    // Every line that any part has to say, and few that wait, so that the pipe is full soon.
    home.set("LOG_LEVEL", "trace").set("FLOCKWORK_LOG_QUEUE", "16");
    let pipe = home.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|made| made.success()));
    // Held open at both ends, and not read.
    let mut reader = OpenOptions::new().read(true).write(true).open(&pipe).expect("a pipe");
    let shell = ["sh", "-c", "exec \"$@\" 2> \"$0\""].map(str::to_owned);
    home.through = shell.into_iter().chain([pipe.display().to_string()]).collect();
    let mut node = home.serve();
    until("lines that are lost", 60, || lost(&home).filter(|lines| *lines > 0));
    let before = sandbox.accepted("ada");
    until("posts all the same", 20, || (sandbox.accepted("ada") >= before + 3).then_some(()));
    assert_eq!(home.get("/readyz").map(|reply| reply.status), Some(200));
    // The reader comes back: from here on it is read, and what was lost is told.
    let told = std::thread::spawn(move || {
        let (mut heard, mut part) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = reader.read(&mut part) {
            heard.extend_from_slice(&part[..count]);
            let text = String::from_utf8_lossy(&heard);
            if text.contains("Standard error lack") || heard.len() > 64 * 1024 * 1024 {
                return text.contains("Standard error lack");
            }
        }
        false
    });
    until("the end of the reading", 60, || told.is_finished().then_some(()));
    assert!(told.join().expect("the reader ends"), "nothing was said of the lines that were lost");
    node.terminate();
    assert_eq!(node.code_within(30), Some(0), "nobody reads, and it ends all the same");
}
