//! Secrets that would be known again wherever they stood, and the search for them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::collector::Collector;
use super::{Home, Sandbox};

/// Secrets by what they are.
pub type Secrets = Vec<(&'static str, String)>;

/// Every form in which a secret could stand somewhere.
pub fn forms(secret: &str) -> Vec<String> {
    let (mut hex, mut percent) = (String::new(), String::new());
    for byte in secret.bytes() {
        write!(hex, "{byte:02x}").expect("a String takes text");
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                percent.push(char::from(byte));
            }
            _ => write!(percent, "%{byte:02X}").expect("a String takes text"),
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

/// As everybody writes it, without the padding.
pub fn base64(bytes: &[u8]) -> String {
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

/// All that was found of one kind of place.
pub struct Place<'a> {
    /// What it is called.
    pub name: String,
    /// What stands there.
    pub bytes: &'a [u8],
}

/// Demands that none of them stands there.
pub fn search(secrets: &[(&'static str, String)], place: &Place<'_>) {
    for (what, secret) in secrets {
        for form in forms(secret) {
            let is_there = place.bytes.windows(form.len()).any(|window| window == form.as_bytes());
            assert!(!is_there, "{what} stands in {} as {form}", place.name);
        }
    }
}

/// Files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = std::fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.expect("it can be read").path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// A canary with every kind of character that another form would change.
pub fn canary(name: &str) -> String {
    format!("{name}-canary/+{name}~0123456789abcdef")
}

/// A key as `flockwork key new` makes one.
pub fn new_key(home: &Home) -> String {
    let said = home.run(&["key", "new"]);
    said.out.trim().to_owned()
}

/// A house in which each secret is a canary.
pub fn furnished(sandbox: &Sandbox) -> (Home, Secrets) {
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
    let told = of_targets(&mut home);
    (home, secrets.into_iter().chain(told).collect())
}

/// Addresses and keys of those who are told, none of whom answers, so that there is something to say of it.
fn of_targets(home: &mut Home) -> Secrets {
    let [channel, heartbeat, hook] = ["channel", "heartbeat", "webhook"].map(canary);
    home.write(
        "flockwork.toml",
        "[alerts]\nreach = \"private\"\n\
         [[alerts.channel]]\nname = \"ops\"\nkind = \"slack\"\n\
         [[webhook]]\nname = \"site\"\nurl = \"http://127.0.0.1:9/hook\"\n",
    );
    let at_nobodys = |path: &str| format!("http://127.0.0.1:9/{path}");
    home.set("FLOCKWORK_CHANNEL_URL__OPS", &at_nobodys(&channel));
    home.set("FLOCKWORK_HEARTBEAT_URL", &at_nobodys(&heartbeat));
    home.set("FLOCKWORK_WEBHOOK_SECRET__SITE", &hook);
    vec![
        ("FLOCKWORK_CHANNEL_URL__OPS", channel),
        ("FLOCKWORK_HEARTBEAT_URL", heartbeat),
        ("FLOCKWORK_WEBHOOK_SECRET__SITE", hook),
    ]
}

/// Its traces go to that collector, which wants a header that is a secret, too.
pub fn told_to(home: &mut Home, collector: &Collector, secrets: &mut Secrets) {
    let header = "collector-canary-0123456789abcdef".to_owned();
    home.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint());
    home.set("OTEL_EXPORTER_OTLP_HEADERS", &format!("api-key={header}"));
    secrets.push(("OTEL_EXPORTER_OTLP_HEADERS", header));
}
