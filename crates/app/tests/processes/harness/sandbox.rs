//! X and a model, in a process of their own.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{self, Reply};
use super::process::Process;
use super::until;

/// A running sandbox.
pub struct Sandbox {
    _process: Process,
    /// Where it listens.
    pub port: u16,
}

/// One post that X took, whatever it answered.
#[derive(Clone, Debug, Deserialize)]
pub struct Truth {
    /// When.
    pub at: jiff::Timestamp,
    /// Whose.
    pub account: String,
    /// X's id of it.
    pub id: String,
    /// The text as it was sent.
    pub text: String,
    /// The fault that hid the answer.
    pub hidden_by: Option<String>,
}

impl Sandbox {
    /// Starts one that keeps its log in `dir`.
    pub fn start(dir: &Path, args: &[&str]) -> Self {
        let args = [&["sandbox", "--port", "0"], args].concat();
        let process = Process::start(dir, "sandbox", &args, &BTreeMap::new());
        let port = until("the sandbox saying where it listens", 20, || {
            let said = process.said();
            let (_, rest) = said.split_once("http://127.0.0.1:")?;
            rest.lines().next()?.trim().parse().ok()
        });
        until("an answer of the sandbox", 20, || http::get(port, "/_sandbox").ok());
        Self { _process: process, port }
    }

    /// An account of this name that checks signatures, with the keys that [`keys`] tells.
    pub fn register(&self, username: &str) {
        self.register_with(username, &keys(username).each_ref().map(String::as_str));
    }

    /// An account of this name that signs with these.
    pub fn register_with(&self, username: &str, keys: &[&str; 4]) {
        let [consumer_key, consumer_secret, token, token_secret] = keys;
        let wish = json!({
            "username": username,
            "keys": {
                "consumer_key": consumer_key, "consumer_secret": consumer_secret,
                "token": token, "token_secret": token_secret,
            },
        });
        assert_eq!(self.tell("POST", "/_sandbox/accounts", &wish).status, 201);
    }

    /// Orders a fault.
    pub fn order(&self, order: &Value) {
        assert_eq!(self.tell("POST", "/_sandbox/faults", order).status, 204);
    }

    /// Sets how often faults happen by themselves.
    pub fn set_rates(&self, rates: &Value) {
        assert_eq!(self.tell("PUT", "/_sandbox/rates", rates).status, 204);
    }

    /// From now on nothing goes wrong.
    pub fn calm(&self) {
        assert_eq!(self.tell("DELETE", "/_sandbox/faults", &Value::Null).status, 204);
        self.set_rates(&json!({}));
    }

    /// What X really took, oldest first.
    pub fn truth(&self) -> Vec<Truth> {
        let reply = http::get(self.port, "/_sandbox/truth").expect("the sandbox answers");
        reply.body.lines().map(|line| serde_json::from_str(line).expect("a truth")).collect()
    }

    /// What X took of this account, oldest first.
    pub fn truth_of(&self, account: &str) -> Vec<Truth> {
        self.truth().into_iter().filter(|truth| truth.account == account).collect()
    }

    /// How many posts X took of this account.
    pub fn accepted(&self, account: &str) -> usize {
        self.truth_of(account).len()
    }

    fn tell(&self, method: &str, path: &str, body: &Value) -> Reply {
        let headers = [("Content-Type", "application/json")];
        http::ask(self.port, method, path, &headers, &body.to_string()).expect("it answers")
    }
}

/// The four values of an account, in the order of the seed's variables. All accounts share an app.
pub fn keys(username: &str) -> [String; 4] {
    [
        "app-key".to_owned(),
        "app-secret".to_owned(),
        format!("{username}-token"),
        format!("{username}-secret"),
    ]
}
