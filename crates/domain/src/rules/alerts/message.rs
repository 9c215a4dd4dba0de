//! Several notices as one message, for people and for programs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{AlertRule, News, Raised, Severity};

use super::ways::way;

/// Notices that a message spells out.
const SPELT_MAX: usize = 20;
/// Characters of a sentence that are told.
const DETAIL_MAX: usize = 300;

/// What is told of one alert, as it stands in a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Row id of the alert.
    pub alert: i64,
    /// `opened`, `worse`, `repeated` or `resolved`.
    pub what: String,
    /// The rule's word.
    pub rule: String,
    /// How grave.
    pub severity: Severity,
    /// Of what.
    pub subject: String,
    /// What the rule means.
    pub title: String,
    /// What happened.
    pub detail: String,
    /// What to do.
    pub to_do: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// When this was noticed.
    pub at: Timestamp,
}

impl Notice {
    /// What is told of an alert.
    pub fn of(
        alert: i64,
        raised: &Raised,
        news: News,
        (opened_at, at): (Timestamp, Timestamp),
    ) -> Self {
        let way = way(raised.rule);
        let name = raised.subject.rsplit('/').next().unwrap_or_default();
        Self {
            alert,
            what: news.as_str().to_owned(),
            rule: raised.rule.as_str().to_owned(),
            severity: raised.severity,
            subject: raised.subject.clone(),
            title: raised.rule.explain().to_owned(),
            detail: cut(&raised.detail),
            to_do: way.to_do.replace("NAME", name),
            opened_at,
            at,
        }
    }
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// A line.
    pub title: String,
    /// The text, in lines.
    pub text: String,
    /// The gravest of what is not over.
    pub severity: Severity,
}

/// Several notices as one message; the gravest first, what is over last.
pub fn message(notices: &[Notice]) -> Message {
    let is_over = |one: &Notice| one.what == News::Resolved.as_str();
    let mut sorted: Vec<&Notice> = notices.iter().collect();
    sorted.sort_by_key(|one| (is_over(one), std::cmp::Reverse(one.severity), one.alert));
    let over = notices.iter().filter(|one| is_over(one)).count();
    let open = notices.len() - over;
    let title = match (sorted.first(), open, over) {
        (None, _, _) => "Flockwork".to_owned(),
        (Some(one), _, _) if notices.len() == 1 => format!("Flockwork: {}", headline(one)),
        (_, 0, over) => format!("Flockwork: {over} alerts are over"),
        (_, 1, 0) => "Flockwork: 1 alert".to_owned(),
        (_, open, 0) => format!("Flockwork: {open} alerts"),
        (_, open, over) => format!("Flockwork: {open} alerts, {over} over"),
    };
    let mut lines: Vec<String> = sorted.iter().take(SPELT_MAX).map(|one| spelt(one)).collect();
    if sorted.len() > SPELT_MAX {
        let more = sorted.len() - SPELT_MAX;
        lines.push(format!("… and {more} more: `flockwork alerts` lists all that are open."));
    }
    let worst = notices.iter().filter(|one| !is_over(one)).map(|one| one.severity).max();
    Message { title, text: lines.join("\n\n"), severity: worst.unwrap_or(Severity::Info) }
}

fn headline(one: &Notice) -> String {
    let word = News::from_word(&one.what).map_or("", News::explain);
    match News::from_word(&one.what) {
        Some(News::Opened) | None => one.title.clone(),
        Some(_) => format!("{word}: {}", one.title),
    }
}

fn spelt(one: &Notice) -> String {
    let mut text = format!("{}: {}\n{}", label(one), headline(one), one.detail);
    if one.what != News::Resolved.as_str() {
        text.push_str("\n→ ");
        text.push_str(&one.to_do);
    }
    text
}

fn label(one: &Notice) -> &'static str {
    match (one.what == News::Resolved.as_str(), one.severity) {
        (true, _) => "Over",
        (false, Severity::Critical) => "Critical",
        (false, Severity::Warning) => "Warning",
        (false, Severity::Info) => "Note",
    }
}

fn cut(text: &str) -> String {
    let is_plain = |c: char| if c.is_control() { ' ' } else { c };
    let text: String = text.chars().map(is_plain).collect();
    match text.char_indices().nth(DETAIL_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A notice for trying a channel out.
pub fn trial(now: Timestamp) -> Notice {
    let raised = Raised {
        rule: AlertRule::NeedsAttention,
        subject: "test".to_owned(),
        severity: Severity::Info,
        detail: "somebody asked for this message with `flockwork alerts test`".to_owned(),
    };
    Notice {
        rule: "test".to_owned(),
        title: "a message to try this channel out".to_owned(),
        to_do: "nothing: it arrived".to_owned(),
        ..Notice::of(0, &raised, News::Opened, (now, now))
    }
}
