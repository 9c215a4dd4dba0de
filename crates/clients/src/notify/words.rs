//! A message in the words of each chat. Texts of strangers may be in it (what X said, a bot's post), so
//! nothing of it is read as a mention, a link or markup where a chat lets us say so.

use domain::model::Severity;
use domain::rules::alerts::envelope::AlertsEnvelope;
use domain::rules::alerts::message::{Message, message};
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

/// Discord takes so many characters.
const DISCORD_CHARS_MAX: usize = 1_900;
/// Slack takes more, and nobody reads them.
const SLACK_CHARS_MAX: usize = 3_500;
/// ntfy takes 4,096 bytes; what is longer would become a file.
const NTFY_CHARS_MAX: usize = 1_000;

/// What is told, as a person reads it. What is no message of alerts is told as it is.
pub(super) fn read(kind: &str, body: &str) -> Message {
    match serde_json::from_str::<AlertsEnvelope>(body) {
        Ok(envelope) => message(&envelope.alerts),
        Err(_) => Message {
            title: format!("Flockwork: {kind}"),
            text: body.to_owned(),
            severity: Severity::Info,
        },
    }
}

/// For Slack: plain text, whose three signs are escaped, so that no mention comes of it.
pub(super) fn slack(message: &Message) -> Value {
    let text = format!("{}\n\n{}", message.title, message.text);
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    json!({
        "text": cut(&text, SLACK_CHARS_MAX),
        "mrkdwn": false,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// For Discord: nobody is mentioned, whatever stands there.
pub(super) fn discord(message: &Message) -> Value {
    let text = format!("**{}**\n{}", message.title, message.text);
    json!({
        "content": cut(&text, DISCORD_CHARS_MAX),
        "allowed_mentions": { "parse": [] },
        "flags": 4,
    })
}

/// For ntfy: the text is the body, the rest are headers.
pub(super) fn ntfy(message: &Message) -> (String, HeaderMap) {
    let mut headers = HeaderMap::new();
    // A header is ASCII here: what is not is told in the text anyway.
    let title: String = message
        .title
        .chars()
        .map(|c| if c.is_ascii() && !c.is_control() { c } else { '?' })
        .collect();
    if let Ok(title) = HeaderValue::try_from(title) {
        headers.insert("title", title);
    }
    let (priority, tag) = match message.severity {
        Severity::Critical => ("5", "rotating_light"),
        Severity::Warning => ("4", "warning"),
        Severity::Info => ("3", "bird"),
    };
    headers.insert("priority", HeaderValue::from_static(priority));
    headers.insert("tags", HeaderValue::from_static(tag));
    (cut(&message.text, NTFY_CHARS_MAX), headers)
}

fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
