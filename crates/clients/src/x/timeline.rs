//! `GET /2/users/:id/tweets`: what stands on the bot's own timeline.
//!
//! Reconciliation counts an empty page as a vote that a post is absent, so this file is strict where
//! it matters: a page is only given out without `has_errors` if nothing in it had to be guessed.

use std::sync::Mutex;

use domain::model::{BotId, XPostId, XUserId};
use domain::ports::{ReadError, TimelineItem, TimelinePage, TimelineQuery};
use jiff::Timestamp;
use serde_json::Value;

use super::client::XClient;
use super::limits;
use super::read::{self, ReadFault};
use super::wire::{self, list};

/// X takes 5 to 100 posts a page.
const PAGE: std::ops::RangeInclusive<u32> = 5..=100;

/// The name of the parameter that asks for fields. X renamed it in 2026; servers differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSpelling {
    /// `post.fields`, since August 2026.
    Post,
    /// `tweet.fields`, before.
    Tweet,
}

impl FieldSpelling {
    fn other(self) -> Self {
        match self {
            Self::Post => Self::Tweet,
            Self::Tweet => Self::Post,
        }
    }

    /// What a post replies to can be asked for only under the old name; under the new one it comes
    /// with an expansion, which is billed per post.
    fn parameter(self) -> (&'static str, String) {
        match self {
            Self::Post => ("post.fields", "created_at,entities,attachments".to_owned()),
            Self::Tweet => {
                ("tweet.fields", "created_at,entities,attachments,referenced_tweets".to_owned())
            }
        }
    }
}

/// The spelling this server takes, as far as known.
pub(super) struct SpellingInUse(Mutex<(FieldSpelling, bool)>);

impl SpellingInUse {
    pub(super) fn starting_with(spelling: FieldSpelling) -> Self {
        Self(Mutex::new((spelling, false)))
    }

    /// The spelling to use, and whether the other one was tried already.
    fn current(&self) -> (FieldSpelling, bool) {
        *self.0.lock().expect("no code panics while it holds this")
    }

    fn settle_on(&self, spelling: FieldSpelling) {
        *self.0.lock().expect("no code panics while it holds this") = (spelling, true);
    }
}

/// Reads one page, newest first.
pub(super) async fn timeline(
    client: &XClient,
    bot: &BotId,
    user: &XUserId,
    query: &TimelineQuery,
) -> Result<TimelinePage, ReadError> {
    let account = read::account(client, bot)?;
    let ask = async |spelling| {
        let path = format!("/2/users/{user}/tweets");
        let (head, json) = read::get(client, &account, path, parameters(query, spelling)).await?;
        Ok::<_, ReadFault>((limits::date(&head.headers), json))
    };
    let (spelling, is_settled) = client.spelling.current();
    let (server_date, json) = match ask(spelling).await {
        Err(fault) if fault.status == Some(400) && !is_settled => {
            let again = ask(spelling.other()).await;
            let is_refused = matches!(&again, Err(fault) if fault.status == Some(400));
            client.spelling.settle_on(if is_refused { spelling } else { spelling.other() });
            again
        }
        answer => answer,
    }
    .map_err(|fault| fault.error)?;
    Ok(TimelinePage { server_date, ..page(&json)? })
}

fn parameters(query: &TimelineQuery, spelling: FieldSpelling) -> Vec<(&'static str, String)> {
    let max = query.max.clamp(*PAGE.start(), *PAGE.end());
    // X takes whole seconds; rounding down keeps the first moment in.
    let since = Timestamp::from_second(query.since.as_second()).unwrap_or(query.since);
    let mut parameters = vec![
        ("max_results", max.to_string()),
        ("start_time", since.to_string()),
        spelling.parameter(),
    ];
    parameters.extend(query.page.clone().map(|page| ("pagination_token", page)));
    parameters
}

fn page(json: &Value) -> Result<TimelinePage, ReadError> {
    let data = match json.get("data") {
        None | Some(Value::Null) => None,
        Some(Value::Array(data)) => Some(data),
        Some(_) => return Err(ReadError::Unavailable("`data` is not a list".to_owned())),
    };
    let says_errors = json.get("errors").is_some_and(|errors| !is_empty(errors));
    let count = json.pointer("/meta/result_count").and_then(wire::integer);
    if data.is_none() && count != Some(0) && !says_errors {
        // An empty page says so; anything else is an answer to some other question.
        return Err(ReadError::Unavailable("neither posts nor a count of none".to_owned()));
    }
    let data = data.map_or(&[][..], Vec::as_slice);
    let items: Vec<TimelineItem> = data.iter().filter_map(item).collect();
    let lacks_some = items.len() < data.len()
        || items.iter().any(|item| item.text.is_empty())
        || count.is_some_and(|count| usize::try_from(count) != Ok(items.len()));
    let next = json.pointer("/meta/next_token").and_then(wire::text);
    Ok(TimelinePage { items, has_errors: says_errors || lacks_some, next, server_date: None })
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn item(value: &Value) -> Option<TimelineItem> {
    let id = value.get("id").and_then(wire::id)?;
    let said = value.get("created_at").and_then(Value::as_str).and_then(|at| at.parse().ok());
    Some(TimelineItem {
        created_at: said.or_else(|| id.created_at()),
        text: value.get("text").and_then(wire::text).unwrap_or_default(),
        links: links(value),
        in_reply_to: replied_to(value),
        media_count: media_count(value),
        id,
    })
}

/// Shortened → meant. A picture's own link has no other meaning than the picture.
fn links(value: &Value) -> Vec<(String, String)> {
    let urls = value.get("entities").map_or(&[][..], |entities| list(entities, "urls"));
    let link = |url: &Value| {
        let meant = url.get("expanded_url").or_else(|| url.get("unwound_url"));
        Some((url.get("url").and_then(wire::text)?, meant.and_then(wire::text)?))
    };
    urls.iter().filter_map(link).collect()
}

fn replied_to(value: &Value) -> Option<XPostId> {
    let is_reply = |post: &&Value| post.get("type").and_then(Value::as_str) == Some("replied_to");
    list(value, "referenced_posts").iter().find(is_reply)?.get("id").and_then(wire::id)
}

fn media_count(value: &Value) -> u32 {
    let keys = value.get("attachments").map_or(0, |media| list(media, "media_keys").len());
    u32::try_from(keys).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
