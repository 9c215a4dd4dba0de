//! A collector that we did not write (Rotel) gets whole traces of what a node does, and nothing
//! secret; and one that is away is noticed by nobody.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use testkit::postgres::cluster;

use crate::harness::collector::{Collector, Span};
use crate::harness::ports::free_port;
use crate::harness::{Home, Sandbox, http, pause, until};

/// Where the collector wants its header.
const HEADERS: &str = "api-key=canary-collector";

/// One span has no parent, and the parent of every other is there.
fn demand_whole(trace: &[Span]) {
    let ids: BTreeSet<&str> = trace.iter().map(|span| span.id.as_str()).collect();
    assert_eq!(ids.len(), trace.len(), "a span came twice: {trace:#?}");
    let firsts = trace.iter().filter(|span| span.parent.is_empty()).count();
    assert_eq!(firsts, 1, "{trace:#?}");
    for span in trace.iter().filter(|span| !span.parent.is_empty()) {
        assert!(
            ids.contains(span.parent.as_str()),
            "the parent of {} is not there: {trace:#?}",
            span.name
        );
    }
}

fn demand_names(trace: &[Span], names: &[&str]) {
    for name in names {
        assert!(trace.iter().any(|span| span.name == *name), "no `{name}`: {trace:#?}");
    }
}

fn told_to(home: &mut Home, collector: &Collector) {
    home.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint());
    home.set("OTEL_EXPORTER_OTLP_HEADERS", HEADERS).set("OTEL_SERVICE_NAME", "birds");
}

#[test]
fn a_published_post_and_a_refill_are_told_whole_and_without_a_secret() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::start(dir.path());
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    home.set("OPENAI_API_KEY", "canary-model").set("BOT_PERSONALITY", "You are canary-persona.");
    told_to(&mut home, &collector);
    let node = home.serve();
    until("three posts", 30, || (sandbox.accepted("ada") >= 3).then_some(()));
    let posted = until("the trace of a post", 30, || {
        collector.traces("slot", ("slot.state", "posted")).into_iter().next()
    });
    let refill = until("the trace of a refill", 30, || {
        let traces = collector.traces("refill", ("bot.id", "ada"));
        traces.into_iter().find(|trace| trace.iter().any(|span| span.name == "review"))
    });
    node.stop();

    demand_whole(&posted);
    demand_names(
        &posted,
        &["claim", "send", "POST /2/tweets", "outcome", "INSERT attempts", "COMMIT"],
    );
    let request = posted.iter().find(|span| span.name == "POST /2/tweets").unwrap();
    assert_eq!(request.attributes["http.response.status_code"], "201");
    demand_whole(&refill);
    demand_names(&refill, &["write", "review", "POST /chat/completions", "INSERT posts"]);

    let text = collector.text();
    assert!(text.contains("service.name: Str(birds)"), "{text}");
    let mut secrets: Vec<String> =
        sandbox.truth_of("ada").into_iter().map(|post| post.text).collect();
    secrets.extend(crate::harness::sandbox::keys("ada"));
    secrets.extend(["canary", "oauth_", "Bearer"].map(str::to_owned));
    for secret in secrets {
        assert!(!text.contains(&secret), "a collector is told {secret:?}");
    }
    // The log says the same trace.
    let logged = posted[0].trace.as_str();
    assert!(
        node_log(&home).lines().any(|line| line.contains(logged) && line.contains("\"span_id\""))
    );
}

fn node_log(home: &Home) -> String {
    std::fs::read_to_string(home.path().join(format!("serve-{}.err", home.port))).expect("its log")
}

#[test]
fn a_post_whose_node_was_killed_amid_its_send_is_told_in_one_trace_by_both() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::start(dir.path());
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "*/2 * * * * *");
    home.set("FLOCKWORK_RECONCILE_PROFILE", "drill");
    home.set("DATABASE_URL", &cluster().create_database());
    told_to(&mut home, &collector);
    let homes = [home.twin(), home.twin()];
    sandbox.order(&serde_json::json!({
        "door": "send", "fault": { "kind": "accept_slow", "secs": 20 }
    }));
    let first = homes[0].serve();
    until("X has the post", 30, || (sandbox.accepted("ada") == 1).then_some(()));
    until("what was before the send is told", 20, || {
        collector.spans().iter().any(|span| span.name == "claim").then_some(())
    });
    first.kill();
    let second = homes[1].serve();
    let trace = until("the end of the trace", 60, || {
        let ended = collector.traces("slot", ("slot.state", "posted"));
        ended.into_iter().find(|trace| tellers(trace).len() == 2)
    });
    second.stop();
    demand_whole(&trace);
    let names = ["claim", "INSERT attempts", "look", "GET /2/users/{id}/tweets", "outcome"];
    demand_names(&trace, &names);
}

#[test]
fn a_try_out_a_feed_and_its_items_are_told_without_the_address_of_the_feed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::start(dir.path());
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "0 9 1 1 *");
    home.add_bot(&sandbox, "fog", "0 9 1 1 *");
    let feed = format!("http://127.0.0.1:{}/canary-path/tides.xml?key=canary", serve_feed());
    home.write(
        "bots/fog.toml",
        &format!(
            "personality_prompt = \"You are fog.\"\nschedule_cron = \"0 9 1 1 *\"\n\
             [[feed]]\nurl = \"{feed}\"\ntemplate = \"{{title}}\"\nfirst_items = 1\n"
        ),
    );
    home.set("FEEDS_REACH", "loopback").set("FLOCKWORK_API_TOKEN", &"canary-token".repeat(3));
    told_to(&mut home, &collector);
    let node = home.serve();
    let bearer = format!("Bearer {}", "canary-token".repeat(3));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let asked = http::ask(home.port, "POST", "/api/v1/bots/ada/try-outs", &headers, "{}");
    let asked = asked.expect("the node answers");
    assert_eq!(asked.status, 202, "{asked:?}");
    let [tried, read, told] =
        [("try_out", "ada"), ("feed", "fog"), ("item", "fog")].map(|(first, bot)| {
            until("its trace", 60, || collector.traces(first, ("bot.id", bot)).into_iter().next())
        });
    node.stop();

    for trace in [&tried, &read, &told] {
        demand_whole(trace);
    }
    demand_names(&tried, &["write", "POST /chat/completions", "review", "UPDATE try_outs"]);
    demand_names(&read, &["GET", "UPDATE feeds"]);
    demand_names(&told, &["review", "INSERT posts"]);
    for secret in ["canary", "tides.xml"] {
        assert!(!collector.text().contains(secret), "a collector is told {secret:?}");
    }
}

/// The port of a server that has one item to tell, whatever it is asked for; it ends with the test.
fn serve_feed() -> u16 {
    const RSS: &str = "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Tides</title>\
        <item><guid>1</guid><title>High water at noon</title></item></channel></rss>";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let length = RSS.len();
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            // Whoever asked may be gone already.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all((head + RSS).as_bytes());
        }
    });
    port
}

#[test]
fn a_model_is_told_the_trace_of_its_request() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let collector = Collector::start(dir.path());
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "0 9 1 1 *");
    let (port, heads) = listen_as_model();
    home.set("OPENAI_BASE_URL", &format!("http://127.0.0.1:{port}/v1"));
    told_to(&mut home, &collector);
    let node = home.serve();
    let head = heads.recv_timeout(Duration::from_mins(1)).expect("the model is asked");
    let refill = until("the trace of the refill", 60, || {
        let traces = collector.traces("refill", ("bot.id", "ada"));
        traces.into_iter().find(|trace| head.contains(&trace[0].trace))
    });
    node.stop();
    let context = head.lines().find_map(|line| line.strip_prefix("traceparent: "));
    let context = context.unwrap_or_else(|| panic!("no context in {head}"));
    let parts: Vec<&str> = context.trim().split('-').collect();
    let [version, trace, parent, flags] = parts[..] else { panic!("{context}") };
    assert_eq!((version, flags), ("00", "01"), "{context}");
    let request = refill.iter().find(|span| span.id == parent).expect("the span that asked");
    assert_eq!((request.name.as_str(), request.trace.as_str()), ("POST /chat/completions", trace));
}

/// The port of a model that has no time for anybody, and the heads of what it is asked; it ends with the
/// test.
fn listen_as_model() -> (u16, Receiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    let (told, heads) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = [0; 16_384];
            let length = stream.read(&mut bytes).unwrap_or(0);
            let asked = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if asked.starts_with("POST /v1/chat/completions") {
                // Nobody listens any more once the test has seen one.
                let _ = told.send(asked);
            }
            let _ = stream
                .write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    (port, heads)
}

/// The nodes that told of a trace.
fn tellers(trace: &[Span]) -> BTreeSet<&str> {
    trace.iter().map(|span| span.instance.as_str()).collect()
}

#[test]
fn a_collector_that_is_away_is_noticed_by_nobody() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let sandbox = Sandbox::start(dir.path(), &["--no-limits"]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    home.set("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://127.0.0.1:{}", free_port()));
    let node = home.serve();
    until("spans that are counted as lost", 60, || {
        let metrics = home.get("/metrics")?.body;
        let line =
            metrics.lines().find(|line| line.contains("trace_spans_total{fate=\"not_taken\"}"))?;
        (!line.ends_with(" 0")).then_some(())
    });
    let before = sandbox.accepted("ada");
    until("posts all the same", 20, || (sandbox.accepted("ada") >= before + 3).then_some(()));
    assert_eq!(home.get("/readyz").map(|reply| reply.status), Some(200));
    assert!(node.log().contains("The collector does not take traces"), "{}", node.log());
    pause(Duration::from_millis(100));
    // It ends in time, whatever waits for the collector.
    node.stop();
}
