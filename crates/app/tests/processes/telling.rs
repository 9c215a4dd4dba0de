//! The binary tells people and programs: a real mail server takes its mail, and a receiver that knows only
//! what docs/alerts.md says verifies what it gets. Nothing that it was trusted with shows anywhere.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::harness::{Home, Sandbox, until};

const SECRET: &str = "canary-secret-of-the-webhook";
const PASSWORD: &str = "canary-password-of-the-mailbox";
const PATH: &str = "canary-path-of-the-webhook";
/// Debian's Python, which has Debian's aiosmtpd.
const PYTHON: &str = "/usr/bin/python3";

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound port").port()
}

/// A request as it came: its headers in small letters, and its body.
#[derive(Clone)]
struct Got {
    headers: Vec<(String, String)>,
    body: String,
}

/// A program that hears of events, and is broken at first.
struct Receiver {
    port: u16,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Receiver {
    /// Answers with 500 so many times.
    fn start(mut broken: u32) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let got: Arc<Mutex<Vec<Got>>> = Arc::default();
        let kept = Arc::clone(&got);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(request) = read(&stream) else { continue };
                let status = if broken > 0 { "500 Broken" } else { "204 No Content" };
                if broken == 0 {
                    kept.lock().expect("nobody panicked").push(request);
                }
                broken = broken.saturating_sub(1);
                let answer =
                    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Self { port, got }
    }

    fn of_kind(&self, kind: &str) -> Vec<Got> {
        let is_kind = |got: &&Got| {
            let body: Value = serde_json::from_str(&got.body).expect("JSON");
            body["kind"] == kind
        };
        self.got.lock().expect("nobody panicked").iter().filter(is_kind).cloned().collect()
    }
}

fn read(stream: &TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut headers) = (String::new(), Vec::new());
    reader.read_line(&mut line).ok()?;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.and_then(|(_, value)| value.parse().ok())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Got { headers, body: String::from_utf8(body).ok()? })
}

/// A mail server; it writes what it takes on standard output.
struct MailServer {
    child: Child,
    mails: PathBuf,
}

impl MailServer {
    fn start(folder: &Path, port: u16) -> Self {
        let mails = folder.join("mails");
        let out = std::fs::File::create(&mails).expect("a file");
        let child = Command::new(PYTHON)
            .args(["-u", "-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .stdin(Stdio::null())
            .stdout(out.try_clone().expect("the same file"))
            .stderr(out)
            .spawn()
            .expect("Python runs");
        let server = Self { child, mails };
        until("the mail server (Debian: python3-aiosmtpd)", 20, || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()
        });
        server
    }

    fn mails(&self) -> String {
        std::fs::read_to_string(&self.mails).unwrap_or_default()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of Python that docs/alerts.md gives to whoever receives webhooks.
fn documented_check() -> String {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/alerts.md");
    let text = std::fs::read_to_string(document).expect("the document");
    let (_, rest) = text.split_once("```python\n").expect("a block of Python");
    rest.split_once("```").expect("its end").0.to_owned()
}

/// Whether those lines take a request for ours.
fn is_ours(got: &Got, secret: &str, body: &str) -> bool {
    let headers: serde_json::Map<String, Value> =
        got.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let given = json!({ "headers": headers, "secret": secret, "body": body }).to_string();
    let program = format!(
        "import json, sys\n{}\ngiven = json.load(sys.stdin)\n\
         sys.exit(0 if is_ours(given['secret'], given['headers'], given['body'].encode()) else 3)",
        documented_check()
    );
    let mut child = Command::new(PYTHON)
        .args(["-c", &program])
        .stdin(Stdio::piped())
        .spawn()
        .expect("Python runs");
    child.stdin.take().expect("it is piped").write_all(given.as_bytes()).expect("Python reads");
    match child.wait().expect("Python ends").code() {
        Some(0) => true,
        Some(3) => false,
        other => panic!("the documented lines failed: {other:?}"),
    }
}

fn configuration(mail: u16, hook: u16) -> String {
    format!(
        "[alerts]\nreach = \"private\"\ndigest = \"0s\"\n\
         [[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = {mail}\n\
         tls = \"none\"\nfrom = \"flock@example.org\"\nto = [\"you@example.org\"]\n\
         [[webhook]]\nname = \"site\"\nurl = \"http://127.0.0.1:{hook}/{PATH}\"\n\
         events = [\"post.*\"]\n\
         [[alerts.channel]]\nname = \"lost\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\n\
         tls = \"none\"\nuser = \"flock\"\nfrom = \"flock@example.org\"\nto = [\"you@example.org\"]\n"
    )
}

#[test]
fn a_mail_server_gets_the_alert_and_a_program_verifies_the_event() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    let (port, receiver) = (free_port(), Receiver::start(1));
    let server = MailServer::start(dir.path(), port);
    std::fs::write(home.path().join("flockwork.toml"), configuration(port, receiver.port)).unwrap();
    home.set("FLOCKWORK_WEBHOOK_SECRET__SITE", SECRET);
    home.set("FLOCKWORK_CHANNEL_PASSWORD__LOST", PASSWORD);
    // One post is all that there is money for: the budget is told at once.
    home.set("FLOCKWORK_BUDGET_X_DAY", "0.015");

    let tried = home.run(&["alerts", "test", "mail"]);
    assert_eq!(tried.code, Some(0), "{}{}", tried.out, tried.err);
    assert!(server.mails().contains("a message to try this channel out"), "{}", server.mails());
    let lost = home.run(&["alerts", "test", "lost"]);
    assert_eq!(lost.code, Some(1), "{}", lost.out);

    let node = home.serve();
    let got =
        until("the event of a post", 60, || receiver.of_kind("post.published").into_iter().next());
    assert!(is_ours(&got, SECRET, &got.body), "{}", got.body);
    assert!(!is_ours(&got, SECRET, &got.body.replace("post", "best")), "other words");
    assert!(!is_ours(&got, "another-secret-of-nobody", &got.body), "another secret");
    let event: Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!((&event["bot"], event["post"]["text"].is_string()), (&json!("ada"), true));
    until("the mail about the budget", 90, || {
        let mails = server.mails();
        (mails.contains("Auto-Submitted: auto-generated") && mails.contains("the budget of"))
            .then_some(())
    });
    let health = home.health();
    let channels = health["channels"].as_array().expect("a list").clone();
    let error_of = |name: &str| {
        let of_name = channels.iter().find(|one| one["name"] == name);
        of_name.is_some_and(|one| one["error"].is_string())
    };
    assert!(error_of("lost") && !error_of("mail"), "{channels:?}");
    let metrics = home.get("/metrics").expect("the node answers").body;
    let series = "flockwork_deliveries_total{channel=\"webhook\",outcome=\"delivered\"} ";
    assert!(metrics.contains(series) && !metrics.contains(&format!("{series}0\n")), "{metrics}");

    let spoken: Vec<String> = [
        &["alerts"][..],
        &["alerts", "dead"],
        &["alerts", "dead", "--format", "json"],
        &["config", "show"],
        &["doctor"],
        &["check"],
    ]
    .iter()
    .map(|args| {
        let ended = home.run(args);
        format!("{}{}", ended.out, ended.err)
    })
    .collect();
    let log = node.log();
    node.stop();
    let database = std::fs::read(home.database()).expect("the database");
    let database = String::from_utf8_lossy(&database);
    for secret in [SECRET, PASSWORD, PATH] {
        for said in spoken.iter().chain([&log, &metrics, &health.to_string()]) {
            assert!(!said.contains(secret), "{secret}: {said}");
        }
        assert!(!database.contains(secret), "{secret} is in the database");
    }
}

/// One that takes connections and never answers keeps a try for 15 seconds; the others hear of what happens
/// meanwhile.
#[test]
fn a_webhook_that_never_answers_keeps_nobody_else_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let sandbox = Sandbox::start(dir.path(), &[]);
    let mut home = Home::with_bot(&sandbox, "ada", "* * * * * *");
    for name in ["SILENT", "SITE"] {
        home.set(&format!("FLOCKWORK_WEBHOOK_SECRET__{name}"), SECRET);
    }
    let receiver = Receiver::start(0);
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = silent.local_addr().expect("a bound port").port();
    let hook = |name: &str, port: u16| {
        format!(
            "[[webhook]]\nname = \"{name}\"\nurl = \"http://127.0.0.1:{port}/\"\nevents = [\"post.*\"]\n"
        )
    };
    let text = format!(
        "[alerts]\nreach = \"private\"\n{}{}",
        hook("silent", port),
        hook("site", receiver.port)
    );
    std::fs::write(home.path().join("flockwork.toml"), text).unwrap();
    let node = home.serve();
    let _held = silent.accept().expect("the node comes");
    let began = receiver.of_kind("post.published").len();
    until("two more rounds", 8, || {
        (receiver.of_kind("post.published").len() >= began + 3).then_some(())
    });
    node.stop();
}
