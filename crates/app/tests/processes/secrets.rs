//! Credentials that are set while a node runs; and that no secret stands anywhere that others read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::collections::BTreeSet;

use domain::model::{Bot, Cron, ManagedBy, Schedule};
use domain::ports::store::BotStore as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use store::{Db, Role};
use testkit::postgres::cluster;

use crate::harness::canaries::{
    CHANNELS, Place, Secrets, base64, canary, files, forms, furnished, new_key, on_postgres,
    search, told_to,
};
use crate::harness::collector::Collector;
use crate::harness::http;
use crate::harness::sandbox::keys;
use crate::harness::{Home, Sandbox, millis_now, until};

/// One more bot, made as the dashboard makes one.
fn make(home: &Home, name: &str) {
    let every_second = Schedule::new("seconds", Cron::parse("* * * * * *").unwrap(), TimeZone::UTC);
    let bot = Bot {
        managed_by: ManagedBy::Dashboard,
        is_rehearsal: false,
        schedules: vec![every_second],
        ..testkit::bot(name)
    };
    let path = home.database().display().to_string();
    let now = Timestamp::from_millisecond(millis_now()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::open(&path, Role::Tool).await.unwrap();
        db.save_bot(&bot, None, now).await.unwrap();
        db.close().await;
    });
}

/// Seals those four values for the bot.
fn set(home: &Home, name: &str, [key, secret, token, token_secret]: &[String; 4]) {
    let file = home.path().join("values");
    std::fs::write(&file, format!("{key}\n{secret}\n{token}\n{token_secret}\n")).unwrap();
    let said = home.run(&["credentials", "set", name, "--file", &file.display().to_string()]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!(said.code, Some(0), "{said:?}");
    // What it was due to post before is a person's to look at; it goes on from here.
    home.run(&["bot", "resume", name]);
}

#[test]
fn what_is_set_while_a_node_runs_it_signs_with_at_the_next_send() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let key = new_key(&home);
    home.set("FLOCKWORK_MASTER_KEY", &key);
    sandbox.register("fog");
    let node = home.serve();
    make(&home, "fog");
    until("a post of the other bot", 30, || (sandbox.accepted("ada") >= 2).then_some(()));
    assert_eq!(sandbox.accepted("fog"), 0, "it has nothing to sign with");
    set(&home, "fog", &keys("fog"));
    until("a post of the new one", 30, || (sandbox.accepted("fog") >= 1).then_some(()));
    // Taken away, it sends nothing more.
    assert_eq!(home.run(&["credentials", "remove", "fog"]).code, Some(0));
    let before = sandbox.accepted("ada");
    until("posts of the other", 30, || (sandbox.accepted("ada") >= before + 2).then_some(()));
    let count = sandbox.accepted("fog");
    let before = sandbox.accepted("ada");
    until("more of them", 30, || (sandbox.accepted("ada") >= before + 2).then_some(()));
    assert_eq!(sandbox.accepted("fog"), count);
    node.stop();
}

/// No dump of its memory holds a secret, and no other process of the same user reads one out of it.
#[test]
fn a_node_leaves_no_core_and_its_memory_is_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let home = Home::with_bot(&sandbox, "ada", "0 0 1 1 *");
    let node = home.serve();
    let proc = |file: &str| format!("/proc/{}/{file}", node.id());
    let limits = std::fs::read_to_string(proc("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let numbers: Vec<&str> =
        core.split_whitespace().filter(|word| word.parse::<u64>().is_ok()).collect();
    assert_eq!(numbers, ["0", "0"], "neither the soft nor the hard one: {core}");
    // What may not be dumped is root's in /proc; root itself reads everything.
    if !rustix::process::getuid().is_root() {
        assert!(std::fs::read(proc("environ")).is_err(), "its secrets may stand there");
    }
    node.stop();
}

#[test]
fn the_forms_of_a_secret_are_found_where_it_is_hidden() {
    assert_eq!(base64(b"canary!"), "Y2FuYXJ5IQ");
    let forms = forms("canary/+one two");
    for hidden in [
        "api: canary/+one two.",
        "63616e6172792f2b6f6e652074776f",
        "canary%2F%2Bone%20two",
        &base64(b"user:canary/+one two"),
        &base64(b"a:canary/+one two!"),
        &base64(b"ab:canary/+one two, more"),
    ] {
        assert!(forms.iter().any(|form| hidden.contains(form.as_str())), "{hidden}");
    }
    assert!(!forms.iter().any(|form| form.len() < 8), "{forms:?}");
}

#[test]
fn no_secret_stands_in_logs_metrics_traces_pages_answers_errors_or_backups() {
    for format in ["json", "pretty"] {
        canaries(format);
    }
}

/// A node under way with a canary for each secret, at the most talkative of all levels; X fails now and then.
fn canaries(format: &str) {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let fog = ["fog-app", "fog-app-secret", "fog-token", "fog-token-secret"].map(canary);
    sandbox.register_with("fog", &fog.each_ref().map(String::as_str));
    let collector = Collector::start(dir.path());
    let (mut home, mut secrets) = furnished(&sandbox);
    told_to(&mut home, &collector, &mut secrets);
    home.set("LOG_LEVEL", "trace").set("LOG_FORMAT", format).set("LOG_DIR", "logs");
    sandbox.set_rates(&json!({ "send": [
        [100, { "kind": "accept_then_close" }],
        [100, { "kind": "accept_then_status", "status": 503 }],
    ]}));
    secrets.extend(fog.iter().map(|value| ("what the database keeps", value.clone())));
    let node = home.serve();
    make(&home, "fog");
    set(&home, "fog", &fog);
    until("posts", 90, || {
        let counts = ["ada", "fog", "eve"].map(|name| sandbox.accepted(name));
        (counts[0] >= 3 && counts[1] >= 1 && counts[2] >= 1).then_some(())
    });
    ask_pages(&home, &mut secrets);
    run_commands(&home, &secrets);
    let log = node.log() + &node.said();
    assert!(log.contains("ada"), "the log tells something: {log}");
    until("traces of posts and of refills", 30, || {
        let has = |first, wanted| !collector.traces(first, wanted).is_empty();
        let posted = has("slot", ("slot.state", "posted"));
        (posted && has("refill", ("bot.id", "ada"))).then_some(())
    });
    node.stop();
    let told = collector.text();
    search(&secrets, &Place { name: "traces".to_owned(), bytes: told.as_bytes() });
    search_files(&home, &secrets);
}

/// The same with PostgreSQL, to which a node logs in by a password.
#[test]
fn no_password_of_a_database_stands_in_logs_metrics_pages_answers_or_errors() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let (mut home, mut secrets) = furnished(&sandbox);
    on_postgres(&mut home, &cluster().create_database(), &mut secrets);
    home.set("LOG_LEVEL", "trace").set("LOG_DIR", "logs");
    let node = home.serve();
    until("posts", 60, || (sandbox.accepted("ada") >= 2).then_some(()));
    ask_pages(&home, &mut secrets);
    run_commands(&home, &secrets);
    node.stop();
    search_files_but_keys(&home, &secrets);
    // A server that is not there is told by its name.
    on_postgres(&mut home, "postgres://flock@127.0.0.1:9/flock", &mut secrets);
    for args in [&["stats"][..], &["doctor"], &["config", "show"], &["serve"]] {
        let said = home.run(args);
        let told = format!("{}{}", said.out, said.err);
        assert!(told.contains("127.0.0.1"), "{args:?}: {told}");
        search(&secrets, &Place { name: format!("{args:?}"), bytes: told.as_bytes() });
    }
}

/// A secret that is added to the program is added to the search.
#[test]
fn each_secret_of_the_program_is_hidden_as_a_canary() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let collector = Collector::start(dir.path());
    let (mut home, mut secrets) = furnished(&sandbox);
    told_to(&mut home, &collector, &mut secrets);
    on_postgres(&mut home, "postgres://flock@127.0.0.1:9/flock", &mut secrets);
    let bare = |name: &str| name.split("__").next().unwrap_or_default().to_owned();
    let hidden: BTreeSet<String> = secrets.iter().map(|(name, _)| bare(name)).collect();
    let reference = home.run(&["config", "reference"]).out;
    let words = reference.split('`');
    let mut wanted: BTreeSet<String> = words
        .filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || "0123456789_".contains(c)))
        .filter_map(|word| word.strip_suffix("_FILE").map(str::to_owned))
        .filter(|name| !name.is_empty())
        .collect();
    assert!(wanted.len() >= 12, "{wanted:?}");
    for (prefix, source) in [
        ("CHANNEL", include_str!("../../src/config/alerts/channel.rs")),
        ("WEBHOOK", include_str!("../../src/config/alerts/webhook.rs")),
    ] {
        for asks in [".find(\"", ".demand(\""] {
            let keys = source.split(asks).skip(1).filter_map(|rest| rest.split('"').next());
            wanted
                .extend(keys.map(|key| format!("FLOCKWORK_{prefix}_{}", key.to_ascii_uppercase())));
        }
        if source.contains(".url(sources)") {
            wanted.insert(format!("FLOCKWORK_{prefix}_URL"));
        }
    }
    assert_eq!(hidden, wanted);
    // Those of a bot of a file are other values than those of the environment's.
    for name in ["TWITTER_ACCESS_TOKEN__EVE", "TWITTER_ACCESS_SECRET__EVE"] {
        assert!(secrets.iter().any(|(hidden, _)| *hidden == name), "{name}");
    }
    let values: BTreeSet<&String> = secrets.iter().map(|(_, value)| value).collect();
    assert_eq!(values.len(), secrets.len(), "each of them is known from the others");
}

fn ask_pages(home: &Home, secrets: &mut Secrets) {
    let api = secrets.iter().find(|(name, _)| *name == "FLOCKWORK_API_TOKEN").unwrap().1.clone();
    let bearer = format!("Bearer {api}");
    let headers = [("Authorization", bearer.as_str()), ("Accept", "text/html")];
    for path in [
        "/",
        "/health",
        "/metrics",
        "/stats",
        "/bots",
        "/bots/ada",
        "/bots/ada/keys",
        "/bots/fog/keys",
        "/settings/log",
        "/settings/alerts",
        "/attention",
        "/api/v1/bots",
        "/api/v1/audit",
        "/api/v1/nowhere",
        "/nowhere",
        "/bots/%00",
        "/api/docs",
    ] {
        let reply = http::ask(home.port, "GET", path, &headers, "").expect("the node answers");
        search(secrets, &Place { name: format!("GET {path}"), bytes: reply.body.as_bytes() });
    }
    for (path, body) in
        [("/post", "{"), ("/api/v1/posts", "{\"bot_id\":\"\"}"), ("/login", "name=x")]
    {
        let reply = http::ask(home.port, "POST", path, &headers, body).expect("the node answers");
        search(secrets, &Place { name: format!("POST {path}"), bytes: reply.body.as_bytes() });
    }
    // A token that is wrong is told as wrong, and not shown.
    let wrong = canary("wrong-token");
    let bearer = format!("Bearer {wrong}");
    let reply =
        http::ask(home.port, "GET", "/api/v1/bots", &[("Authorization", &bearer)], "").unwrap();
    secrets.push(("a token that is wrong", wrong));
    search(secrets, &Place { name: "a refusal".to_owned(), bytes: reply.body.as_bytes() });
}

fn run_commands(home: &Home, secrets: &Secrets) {
    let try_outs = CHANNELS.map(|name| ["alerts", "test", name]);
    let of_all = [
        &["backup", "now"][..],
        &["backup", "drill"],
        &["backup", "list"],
        &["config", "show"],
        &["check"],
        &["doctor", "--all"],
        &["key", "status"],
        &["credentials", "list"],
        &["audit", "list"],
        &["stats"],
        &["export", "exported"],
        &["alerts"],
        &["alerts", "dead"],
    ];
    for args in of_all.into_iter().chain(try_outs.iter().map(|args| &args[..])) {
        let said = home.run(args);
        let told = format!("{}{}", said.out, said.err);
        search(secrets, &Place { name: format!("{args:?}"), bytes: told.as_bytes() });
    }
}

/// The database, its backups, logs, and whatever else the node left.
fn search_files(home: &Home, secrets: &Secrets) {
    let (mut backups, mut logs) = (0, 0);
    for (name, bytes) in search_files_but_keys(home, secrets) {
        logs += usize::from(name.contains("/logs/"));
        if name.contains("/backups/") {
            backups += 1;
            for word in ["lighthouse", "SQLite format", "personality"] {
                let is_told = bytes.windows(word.len()).any(|window| window == word.as_bytes());
                assert!(!is_told, "{word} in {name}");
            }
        }
    }
    assert!(backups >= 2 && logs >= 1, "there are backups ({backups}) and logs ({logs})");
}

/// Every file but those of `key new`, which printed a key because it was asked to; what was searched.
fn search_files_but_keys(home: &Home, secrets: &Secrets) -> Vec<(String, Vec<u8>)> {
    let read = files(home.path()).into_iter().map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        (path.display().to_string(), bytes)
    });
    let searched: Vec<_> = read
        .filter(|(name, bytes)| !(name.contains("/run-") && bytes.starts_with(b"fwk1_")))
        .collect();
    for (name, bytes) in &searched {
        search(secrets, &Place { name: name.clone(), bytes });
    }
    searched
}
