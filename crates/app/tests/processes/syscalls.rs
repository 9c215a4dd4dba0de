//! The n-th system call fails, for every n: each write, fsync and open of the database's files in a
//! scripted post (start, one post, stop) answers with EIO or with ENOSPC once (faults 15 and 17).
//!
//! `strace` puts the failure in, and counts for each thread by itself: a run fails the n-th call of
//! every thread. So each call fails in some run, some of them together.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::Proof;

use crate::harness::oracle::objections;
use crate::harness::{Home, Sandbox, millis_now, moment, until};

/// Calls that do the same, and the failures that each is tried with.
const KINDS: [(&str, &str); 6] = [
    ("write,pwrite64", "EIO"),
    ("write,pwrite64", "ENOSPC"),
    ("fsync,fdatasync", "EIO"),
    ("fsync,fdatasync", "ENOSPC"),
    ("openat", "EIO"),
    ("openat", "ENOSPC"),
];

/// Cases that run beside each other: most of the time of one is waiting for a second to begin.
const HANDS: usize = 4;
/// How a node may end by itself: all of them with a line that says why.
const CODES: [i32; 4] = [0, 70, 73, 74];

/// What came of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// No thread has so many calls of this kind.
    NeverCame,
    /// The node went on by itself.
    WentOn,
    /// The node ended by itself and said why.
    Ended,
}

#[test]
fn whichever_call_fails_a_post_is_made_once_and_the_node_goes_on_or_says_why_it_ended() {
    let proof = Proof::of("syscalls", 0);
    let (calls_max, started) = (proof.count(12, 1_000), moment());
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &["--no-duplicate-filter", "--no-limits"]);
    let [failed, went_on, ended] = [(); 3].map(|()| AtomicUsize::new(0));
    let kinds = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..HANDS {
            scope.spawn(|| {
                while let Some((calls, errno)) = KINDS.get(kinds.fetch_add(1, Ordering::Relaxed)) {
                    for number in 1..=calls_max {
                        match case(&sandbox, calls, errno, number) {
                            Case::NeverCame => break,
                            Case::WentOn => went_on.fetch_add(1, Ordering::Relaxed),
                            Case::Ended => ended.fetch_add(1, Ordering::Relaxed),
                        };
                        failed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let [failed, went_on, ended] = [failed, went_on, ended].map(AtomicUsize::into_inner);
    // The first calls are those of the start, which no node goes on without.
    let is_both = ended > 0 && (went_on > 0 || !proof.is_long());
    assert!(is_both, "one kind of end only: {went_on} went on, {ended} ended");
    proof.report(&[
        ("calls_failed", &failed),
        ("went_on", &went_on),
        ("ended_and_said_why", &ended),
        ("twice", &0),
        ("lost", &0),
        ("secs", &started.elapsed().as_secs()),
    ]);
}

fn case(sandbox: &Sandbox, calls: &str, errno: &str, number: usize) -> Case {
    let name = format!("{calls} {number} with {errno}");
    // Names on X are short; the first letters of the kinds differ.
    let bot = format!("{}_{}_{number}", &calls[..1], errno.to_ascii_lowercase());
    let mut home = Home::with_bot(sandbox, &bot, "* * * * * *");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "fast");
    home.set("DATABASE_PATH", &home.database().display().to_string());
    let trace = home.path().join("trace");
    home.through = injected(&home.database(), &trace, (calls, errno, number));
    let mut node = home.launch();
    let ended_at = until(&format!("a post or an end of {name}"), 40, || {
        (!node.is_running() || sandbox.accepted(&bot) > 0).then(millis_now)
    });
    if node.is_running() {
        node.terminate();
    }
    let code = node.code_within(35);
    let log = node.log();
    assert!(!log.contains("panicked"), "{name}:\n{log}");
    assert!(code.is_some_and(|code| CODES.contains(&code)), "{name} ended with {code:?}\n{log}");
    let says_why = log.lines().any(|line| line.starts_with("error: "));
    assert_eq!(code != Some(0), says_why, "{name} ended with {code:?} and said\n{log}");
    let injected = std::fs::read_to_string(&trace).unwrap_or_default().contains("(INJECTED)");

    home.through = Vec::new();
    let node = home.serve();
    until(&format!("a post after {name}"), 40, || (sandbox.accepted(&bot) > 0).then_some(()));
    home.settle(ended_at, 40);
    node.stop();
    let (truth, record) = (sandbox.truth_of(&bot), home.record());
    let found = objections(&truth, &record, ended_at);
    assert!(found.is_empty(), "{name}: {}\n{log}", found.join("\n"));
    match (injected, code) {
        (false, _) => Case::NeverCame,
        (true, Some(0)) => Case::WentOn,
        (true, _) => Case::Ended,
    }
}

/// The words that start a program whose `number`-th call on the database's files fails.
fn injected(
    database: &Path,
    trace: &Path,
    (calls, errno, number): (&str, &str, usize),
) -> Vec<String> {
    let strace = Path::new("/usr/bin/strace");
    assert!(strace.exists(), "there is no {}; install Debian's `strace`", strace.display());
    let mut words: Vec<String> =
        ["-D", "-f", "--seccomp-bpf", "-qq"].map(str::to_owned).into_iter().collect();
    words.insert(0, strace.display().to_string());
    words.extend(["-o".to_owned(), trace.display().to_string()]);
    for ending in ["", "-wal", "-shm", "-journal", ".lock"] {
        let mut file = database.as_os_str().to_owned();
        file.push(ending);
        words.extend(["-P".to_owned(), PathBuf::from(file).display().to_string()]);
    }
    words.extend(["-e".to_owned(), format!("trace={calls}")]);
    words.extend(["-e".to_owned(), format!("inject={calls}:error={errno}:when={number}")]);
    words
}
