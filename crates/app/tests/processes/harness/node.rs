//! Where a node lives: a folder, an environment, a port.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::http::{self, Reply};
use super::ports::free_port;
use super::process::{self, Ended, Process};
use super::record::Record;
use super::sandbox::{Sandbox, keys};
use super::{moment, pause, until};

/// A node's folder and its environment.
pub struct Home {
    dir: Arc<TempDir>,
    environment: BTreeMap<String, String>,
    /// The program that starts its nodes and becomes them; mostly none.
    pub through: Vec<String>,
    /// Where its pages are.
    pub port: u16,
}

impl Home {
    /// A new folder with a free port, and nothing else.
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut home =
            Self { dir: Arc::new(dir), environment: BTreeMap::new(), through: Vec::new(), port: 0 };
        home.move_to_free_port();
        home
    }

    /// For a second node in the same folder with the same environment, on a port of its own.
    pub fn twin(&self) -> Self {
        let mut twin = Self {
            dir: Arc::clone(&self.dir),
            environment: self.environment.clone(),
            through: self.through.clone(),
            port: 0,
        };
        twin.move_to_free_port();
        twin
    }

    fn move_to_free_port(&mut self) {
        self.port = free_port();
        self.set("HEALTH_CHECK_PORT", &self.port.to_string());
    }

    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The bot of the environment, with an account at the sandbox and its model.
    pub fn with_bot(sandbox: &Sandbox, name: &str, cron: &str) -> Self {
        let mut home = Self::new();
        home.set_sandbox(sandbox);
        sandbox.register(name);
        home.set("BOT_NAME", name).set("POSTING_SCHEDULE", cron);
        let names = ["API_KEY", "API_SECRET", "ACCESS_TOKEN", "ACCESS_SECRET"];
        for (variable, value) in names.into_iter().zip(keys(name)) {
            home.set(&format!("TWITTER_{variable}"), &value);
        }
        home
    }

    /// X and the model are the sandbox.
    pub fn set_sandbox(&mut self, sandbox: &Sandbox) {
        let port = sandbox.port;
        self.set("TWITTER_API_BASE_URL", &format!("http://127.0.0.1:{port}"));
        self.set("OPENAI_BASE_URL", &format!("http://127.0.0.1:{port}/v1"));
        self.set("OPENAI_API_KEY", "any-key");
    }

    /// One more bot, declared by a file.
    pub fn add_bot(&mut self, sandbox: &Sandbox, name: &str, cron: &str) {
        sandbox.register(name);
        let [app_key, app_secret, token, secret] = keys(name);
        let suffix = name.to_ascii_uppercase().replace('-', "_");
        self.set("TWITTER_API_KEY", &app_key).set("TWITTER_API_SECRET", &app_secret);
        self.set(&format!("TWITTER_ACCESS_TOKEN__{suffix}"), &token);
        self.set(&format!("TWITTER_ACCESS_SECRET__{suffix}"), &secret);
        let mut text = String::new();
        writeln!(text, "personality_prompt = \"You are {name}.\"\nschedule_cron = \"{cron}\"")
            .expect("a String takes text");
        let bots = self.dir.path().join("bots");
        std::fs::create_dir_all(&bots).expect("a folder for bots");
        std::fs::write(bots.join(format!("{name}.toml")), text).expect("a file for a bot");
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("a file of the test");
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The SQLite file, where the default puts it.
    pub fn database(&self) -> PathBuf {
        self.path().join("data/flockwork.db")
    }

    /// What its database holds.
    pub fn record(&self) -> Record {
        match self.environment.get("DATABASE_URL") {
            Some(url) => Record::of_postgres(url),
            None => Record::of_sqlite(&self.database()),
        }
    }

    /// Starts a node without waiting for it.
    pub fn launch(&self) -> Process {
        let name = format!("serve-{}", self.port);
        let place = (self.path(), name.as_str());
        Process::start_through(&self.through, place, &["serve"], &self.environment)
    }

    /// Starts a node and waits until it answers.
    pub fn serve(&self) -> Process {
        let mut node = self.launch();
        until("an answer of /readyz", 20, || {
            assert!(node.is_running(), "the node ended:\n{}", node.log());
            self.get("/readyz").filter(|reply| reply.status == 200)
        });
        node
    }

    /// Runs a command here.
    pub fn run(&self, args: &[&str]) -> Ended {
        process::run(self.path(), args, &self.environment)
    }

    /// Waits until every slot that was due by `millis` has an outcome.
    pub fn settle(&self, millis: i64, secs: u64) {
        let started = moment();
        loop {
            let record = self.record();
            let unsettled = record.unsettled_by(millis);
            if unsettled.is_empty() {
                return;
            }
            let is_late = started.elapsed().as_secs() >= secs;
            assert!(!is_late, "after {secs} s there is no outcome of {unsettled:#?}");
            pause(Duration::from_millis(100));
        }
    }

    /// What the node answers; nothing while it does not.
    pub fn get(&self, path: &str) -> Option<Reply> {
        http::get(self.port, path).ok()
    }

    /// `/health`, which must answer.
    pub fn health(&self) -> Value {
        self.get("/health").expect("/health answers").json()
    }
}

/// `POST /post` of the node on `port`.
pub fn ask_to_post(port: u16, token: Option<&str>) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<_> = bearer.iter().map(|value| ("Authorization", value.as_str())).collect();
    http::ask(port, "POST", "/post", &headers, "").expect("the node answers")
}
