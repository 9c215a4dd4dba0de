//! A panic tells no secret: wherever a node is when it panics, and whatever it has in hand then.

use crate::harness::canaries::{Place, Secrets, files, furnished, search, told_to};
use crate::harness::collector::Collector;
use crate::harness::{Home, Process, Sandbox, http, until};

/// Points at which something secret is in hand or was just used: what signs a send and a look, and what pays
/// for a text.
const POINTS: [&str; 6] = [
    "create_post.before",
    "create_post.after",
    "settle.before",
    "timeline.before",
    "timeline.after",
    "store_refill.before",
];

/// A caller that is traced itself (W3C Trace Context).
const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A life that does not come to its point within this is a mistake of the test.
const LIFE_SECS_MAX: u64 = 40;

#[test]
fn no_secret_stands_in_what_a_panic_leaves() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let collector = Collector::start(dir.path());
    let (mut home, mut secrets) = furnished(&sandbox);
    told_to(&mut home, &collector, &mut secrets);
    // All that can be said of a panic, and of what was before it.
    home.set("RUST_BACKTRACE", "full").set("LOG_LEVEL", "trace").set("LOG_DIR", "logs");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "drill");
    home.serve().stop();
    for point in POINTS {
        // The look needs a lost answer; the others are reached with or without.
        sandbox.set_rates(&serde_json::json!({ "send": [[500, { "kind": "accept_then_close" }]] }));
        let mut node = home.dying_at(point).launch();
        let ended = node.exit_within(LIFE_SECS_MAX);
        assert!(ended.code().is_some_and(|code| code != 0), "{point} ended with {ended:?}");
        demand_told_without(&node, point, &secrets);
    }
    a_page_that_panics(&home, &secrets);
    let told_of_it = until("the trace of the page", 20, || {
        collector.traces("GET /api/v1/ledger", ("http.response.status_code", "500")).pop()
    });
    // A caller is a stranger: its word is not our trace.
    assert!(told_of_it.iter().all(|span| !CALLER.contains(&span.trace)), "{told_of_it:#?}");
    let told = collector.text();
    search(&secrets, &Place { name: "traces".to_owned(), bytes: told.as_bytes() });
    search_files(&home, &secrets);
}

impl Home {
    /// For a node that panics there, at the first passage.
    fn dying_at(&self, point: &str) -> Self {
        let mut twin = self.twin();
        twin.set("FAILPOINT", &format!("{point}=panic@1"));
        twin
    }
}

/// A handler that panics with a token in hand ends neither the node nor in the answer.
fn a_page_that_panics(home: &Home, secrets: &Secrets) {
    let home = home.dying_at("list_ledger.before");
    let node = home.serve();
    let (_, token) = secrets.iter().find(|(name, _)| *name == "FLOCKWORK_API_TOKEN").expect("one");
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("traceparent", CALLER)];
    let ask = || http::ask(home.port, "GET", "/api/v1/ledger", &headers, "").expect("an answer");
    let reply = ask();
    assert_eq!(reply.status, 500, "{reply:?}");
    for (name, part) in [("the head", &reply.head), ("the body", &reply.body)] {
        assert!(!part.contains("told to"), "the reader learns no more than that: {part}");
        search(secrets, &Place { name: format!("{name} of a 500"), bytes: part.as_bytes() });
    }
    assert_eq!(ask().status, 200, "the node goes on");
    until("the line about it", 10, || node.log().contains("handler panicked").then_some(()));
    demand_told_without(&node, "list_ledger.before", secrets);
    node.stop();
}

/// The panic was told, and no secret with it.
fn demand_told_without(node: &Process, point: &str, secrets: &Secrets) {
    let told = node.log() + &node.said();
    assert!(told.contains(&format!("told to at {point}")), "{point}: another end\n{told}");
    search(secrets, &Place { name: format!("a panic at {point}"), bytes: told.as_bytes() });
}

/// The database, logs, and whatever else the nodes left; a dump of memory would be among it.
fn search_files(home: &Home, secrets: &Secrets) {
    let mut logs = 0;
    for path in files(home.path()) {
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).expect("it can be read");
        // What its own commands were told to print is theirs: `key new` prints a key.
        if name.contains("/run-") && bytes.starts_with(b"fwk1_") {
            continue;
        }
        let is_dump =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("core"));
        assert!(!is_dump, "{name}");
        logs += usize::from(name.contains("/logs/"));
        search(secrets, &Place { name, bytes: &bytes });
    }
    assert!(logs >= 1, "there are logs");
}
