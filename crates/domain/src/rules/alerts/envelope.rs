//! What is put into a delivery: JSON that programs read as it is, and from which the words for people are
//! made.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::message::Notice;
use crate::model::Happening;

/// The word of a message of alerts, where an event has its kind.
pub const ALERTS: &str = "alerts";

/// Alerts that are told together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertsEnvelope {
    /// The same at each try, so that who hears it twice can tell.
    pub id: String,
    /// `alerts`.
    pub kind: String,
    /// When it was put together.
    pub at: Timestamp,
    /// What is told.
    pub alerts: Vec<Notice>,
}

impl AlertsEnvelope {
    /// These notices, of which the first has that number.
    pub fn of(first: i64, alerts: Vec<Notice>, at: Timestamp) -> Self {
        let id = format!("alerts-{first}-{}", at.as_millisecond());
        Self { id, kind: ALERTS.to_owned(), at, alerts }
    }
}

/// An event with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldEvent {
    /// Its number.
    pub number: i64,
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub kind: &'static Happening,
    /// To which bot.
    pub bot: Option<String>,
    /// To which slot.
    pub slot: Option<i64>,
    /// In a sentence.
    pub detail: Option<String>,
    /// The post: its number and text.
    pub post: Option<(i64, String)>,
    /// X's id of it.
    pub x_post_id: Option<String>,
}

#[derive(Serialize)]
struct EventEnvelope<'a> {
    id: &'a str,
    kind: &'static str,
    at: Timestamp,
    bot: Option<&'a str>,
    slot: Option<i64>,
    detail: Option<&'a str>,
    post: Option<PostTold<'a>>,
}

#[derive(Serialize)]
struct PostTold<'a> {
    id: i64,
    text: &'a str,
    x_post_id: Option<&'a str>,
    url: Option<String>,
}

impl ToldEvent {
    /// The same at each try and for every webhook. A number alone may come again after a restore.
    pub fn id(&self) -> String {
        format!("event-{}-{}", self.number, self.at.as_millisecond())
    }

    /// As it is sent.
    pub fn body(&self) -> String {
        let x_post_id = self.x_post_id.as_deref();
        let envelope = EventEnvelope {
            id: &self.id(),
            kind: self.kind.word,
            at: self.at,
            bot: self.bot.as_deref(),
            slot: self.slot,
            detail: self.detail.as_deref(),
            post: self.post.as_ref().map(|(id, text)| PostTold {
                id: *id,
                text,
                x_post_id,
                url: x_post_id.map(|id| format!("https://x.com/i/web/status/{id}")),
            }),
        };
        serde_json::to_string(&envelope).expect("a struct of numbers and strings")
    }
}
