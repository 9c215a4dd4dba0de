//! Credentials that are set while a node runs; and that no secret stands anywhere that others read.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails there")]

use std::path::Path;

use domain::model::{Bot, Cron, ManagedBy, Schedule};
use domain::ports::store::BotStore as _;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use store::{Db, Role};

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

fn new_key(home: &Home) -> String {
    let said = home.run(&["key", "new"]);
    said.out.trim().to_owned()
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

/// Every form in which a secret could stand somewhere.
fn forms(secret: &str) -> Vec<String> {
    use std::fmt::Write as _;
    let (mut hex, mut percent) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").unwrap();
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                percent.push(char::from(byte));
            }
            _ => write!(percent, "%{byte:02X}").unwrap(),
        }
    }
    let mut forms = vec![secret.to_owned(), hex.to_uppercase(), hex, percent];
    // Wherever it begins in what was encoded: without the digits that its neighbours decide, too.
    for before in ["", "x", "xx"] {
        let encoded = base64(format!("{before}{secret}").as_bytes());
        let from = if before.is_empty() { 0 } else { 4 };
        let inner = &encoded[from..encoded.len() - encoded.len() % 4 - 4];
        forms.extend([inner.to_owned(), inner.replace('+', "-").replace('/', "_")]);
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let [a, b, c] = [0, 1, 2].map(|n| u32::from(chunk.get(n).copied().unwrap_or_default()));
        let bits = (a << 16) | (b << 8) | c;
        for digit in 0..=chunk.len() {
            text.push(char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]));
        }
    }
    text
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

/// All that was found of one kind of place.
struct Place<'a> {
    name: String,
    bytes: &'a [u8],
}

fn search(secrets: &[(&'static str, String)], place: &Place<'_>) {
    for (what, secret) in secrets {
        for form in forms(secret) {
            let is_there = place.bytes.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!is_there, "{what} stands in {} as {form}", place.name);
        }
    }
}

/// Files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A canary with every kind of character that another form would change.
fn canary(name: &str) -> String {
    format!("{name}-canary/+{name}~0123456789abcdef")
}

#[test]
fn no_secret_stands_in_logs_metrics_pages_answers_errors_or_backups() {
    for format in ["json", "pretty"] {
        canaries(format);
    }
}

/// Secrets by what they are.
type Secrets = Vec<(&'static str, String)>;

/// A node under way with a canary for each secret, at the most talkative of all levels; X fails now and then.
fn canaries(format: &str) {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let fog = ["fog-app", "fog-app-secret", "fog-token", "fog-token-secret"].map(canary);
    sandbox.register_with("fog", &fog.each_ref().map(String::as_str));
    let (mut home, mut secrets) = furnished(&sandbox);
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
        (sandbox.accepted("ada") >= 3 && sandbox.accepted("fog") >= 1).then_some(())
    });
    ask_pages(&home, &mut secrets);
    run_commands(&home, &secrets);
    let log = node.log() + &node.said();
    assert!(log.contains("ada"), "the log tells something: {log}");
    node.stop();
    search_files(&home, &secrets);
}

/// A house in which each secret is a canary.
fn furnished(sandbox: &Sandbox) -> (Home, Secrets) {
    let mut home = Home::new();
    home.set_sandbox(sandbox);
    home.set("BOT_NAME", "ada").set("POSTING_SCHEDULE", "* * * * * *");
    let [app, app_secret, token, token_secret] =
        ["app", "app-secret", "token", "token-secret"].map(canary);
    sandbox.register_with("ada", &[&app, &app_secret, &token, &token_secret]);
    let (model, api) = (canary("model"), canary("api-token"));
    let (master, backup) = (new_key(&home), new_key(&home));
    let secrets: Secrets = vec![
        ("TWITTER_API_KEY", app),
        ("TWITTER_API_SECRET", app_secret),
        ("TWITTER_ACCESS_TOKEN", token),
        ("TWITTER_ACCESS_SECRET", token_secret),
        ("OPENAI_API_KEY", model),
        ("FLOCKWORK_API_TOKEN", api),
        ("FLOCKWORK_MASTER_KEY", master),
        ("FLOCKWORK_BACKUP_KEY", backup),
    ];
    for (name, value) in &secrets {
        home.set(name, value);
    }
    (home, secrets)
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
    for args in [
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
    ] {
        let said = home.run(args);
        let told = format!("{}{}", said.out, said.err);
        search(secrets, &Place { name: format!("{args:?}"), bytes: told.as_bytes() });
    }
}

/// The database, its backups, logs, and whatever else the node left.
fn search_files(home: &Home, secrets: &Secrets) {
    let (mut backups, mut logs) = (0, 0);
    for path in files(home.path()) {
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).unwrap();
        // What its own commands were told to print is theirs: `key new` prints a key.
        if name.contains("/run-") && bytes.starts_with(b"fwk1_") {
            continue;
        }
        search(secrets, &Place { name: name.clone(), bytes: &bytes });
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
