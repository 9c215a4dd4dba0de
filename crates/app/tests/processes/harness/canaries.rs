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
    // Every form is ASCII, so what is no text may be replaced; a text is searched many times as fast.
    let text = String::from_utf8_lossy(place.bytes);
    for (what, secret) in secrets {
        for form in forms(secret) {
            assert!(!text.contains(&form), "{what} stands in {} as {form}", place.name);
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

/// Every channel of people and every webhook of programs, for whom nobody listens.
const TARGETS: &str = "\
    [alerts]\nreach = \"private\"\n\
    [[alerts.channel]]\nname = \"ops\"\nkind = \"slack\"\n\
    [[alerts.channel]]\nname = \"phone\"\nkind = \"ntfy\"\nurl = \"http://127.0.0.1:9/flock\"\n\
    [[alerts.channel]]\nname = \"mail\"\nkind = \"smtp\"\nhost = \"127.0.0.1\"\nport = 9\ntls = \"none\"\n\
    user = \"flock\"\nfrom = \"flock@example.org\"\nto = [\"you@example.org\"]\n\
    [[alerts.channel]]\nname = \"program\"\nkind = \"webhook\"\nurl = \"http://127.0.0.1:9/alerts\"\n\
    [[webhook]]\nname = \"site\"\n";

/// Those channels by name.
pub const CHANNELS: [&str; 4] = ["ops", "phone", "mail", "program"];

/// What each of them is trusted with; the addresses among it are canaries in their paths.
const OF_TARGETS: [&str; 8] = [
    "FLOCKWORK_CHANNEL_URL__OPS",
    "FLOCKWORK_CHANNEL_TOKEN__PHONE",
    "FLOCKWORK_CHANNEL_PASSWORD__MAIL",
    "FLOCKWORK_CHANNEL_SECRET__PROGRAM",
    "FLOCKWORK_CHANNEL_SECRET_BEFORE__PROGRAM",
    "FLOCKWORK_WEBHOOK_URL__SITE",
    "FLOCKWORK_WEBHOOK_SECRET__SITE",
    "FLOCKWORK_WEBHOOK_SECRET_BEFORE__SITE",
];

/// A house in which each secret is a canary, but for those of [`told_to`] and [`on_postgres`].
pub fn furnished(sandbox: &Sandbox) -> (Home, Secrets) {
    let mut home = Home::new();
    home.set_sandbox(sandbox);
    home.set("BOT_NAME", "ada").set("POSTING_SCHEDULE", "* * * * * *");
    let [app, app_secret, token, token_secret] =
        ["app", "app-secret", "token", "token-secret"].map(canary);
    sandbox.register_with("ada", &[&app, &app_secret, &token, &token_secret]);
    let [own_token, own_secret] = ["eve-token", "eve-secret"].map(canary);
    std::fs::create_dir(home.path().join("bots")).expect("a folder for bots");
    home.write("bots/eve.toml", "personality_prompt = \"Eve\"\nschedule_cron = \"* * * * * *\"\n");
    sandbox.register_with("eve", &[&app, &app_secret, &own_token, &own_secret]);
    let (model, api) = (canary("model"), canary("api-token"));
    home.set("FLOCKWORK_MODERATION_MODEL", "omni-moderation-2024-09-26");
    let at_model = format!("http://127.0.0.1:{}/v1", sandbox.port);
    home.set("FLOCKWORK_MODERATION_BASE_URL", &at_model);
    let (master, backup) = (new_key(&home), new_key(&home));
    let secrets: Secrets = vec![
        ("TWITTER_API_KEY", app),
        ("TWITTER_API_SECRET", app_secret),
        ("TWITTER_ACCESS_TOKEN", token),
        ("TWITTER_ACCESS_SECRET", token_secret),
        ("TWITTER_ACCESS_TOKEN__EVE", own_token),
        ("TWITTER_ACCESS_SECRET__EVE", own_secret),
        ("OPENAI_API_KEY", model),
        ("FLOCKWORK_MODERATION_API_KEY", canary("moderation")),
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
    home.write("flockwork.toml", TARGETS);
    let names = std::iter::once("FLOCKWORK_HEARTBEAT_URL").chain(OF_TARGETS);
    names
        .map(|name| {
            let secret = canary(&name.to_ascii_lowercase().replace('_', "-"));
            let is_address = name.contains("_URL");
            let value =
                if is_address { format!("http://127.0.0.1:9/{secret}") } else { secret.clone() };
            home.set(name, &value);
            (name, secret)
        })
        .collect()
}

/// It keeps everything in that database, to which it logs in by a password that is a canary.
pub fn on_postgres(home: &mut Home, url: &str, secrets: &mut Secrets) {
    let password = canary("database");
    home.set("DATABASE_URL", &with_password(url, &password));
    secrets.push(("DATABASE_URL", password));
}

/// The address with this password, written as addresses write it.
fn with_password(url: &str, password: &str) -> String {
    let written = password.replace('/', "%2F").replace('+', "%2B");
    let (before, host) = url.split_once('@').expect("an address that names its user");
    let (scheme, user) = before.split_once("://").expect("an address");
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}:{written}@{host}")
}

/// Its traces go to that collector, which wants a header that is a secret, too.
pub fn told_to(home: &mut Home, collector: &Collector, secrets: &mut Secrets) {
    let header = "collector-canary-0123456789abcdef".to_owned();
    home.set("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint());
    home.set("OTEL_EXPORTER_OTLP_HEADERS", &format!("api-key={header}"));
    secrets.push(("OTEL_EXPORTER_OTLP_HEADERS", header));
}
