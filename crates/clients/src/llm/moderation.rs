//! `POST /moderations`: an opinion on each of some texts, in one request.
//!
//! Few servers have this endpoint, and one that is down must not be taken for one that has nothing to
//! say: an answer counts only where it says of every text, in so many words, whether it is flagged.

use std::time::Duration;

use async_trait::async_trait;
use domain::model::{MicroUsd, Opinion, Secret};
use domain::ports::{MODERATED_MAX, Moderated, Moderator, ModeratorError, WriterError};
use domain::rules::cost::{OwnPrices, Tariff};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::usage;
use super::server::Server;
use crate::BaseUrl;
use crate::http::Http;
use crate::redact::printable;

/// Categories that are kept of one opinion, and characters of each.
const CATEGORIES_MAX: usize = 50;
const CATEGORY_CHARS_MAX: usize = 60;

/// One moderation model on one server.
pub struct ModerationClient {
    server: Server,
    model: String,
    tariff: Tariff,
}

impl ModerationClient {
    /// A client for `model` at `base`; one question takes no longer than `timeout`, and what got no
    /// answer is asked once more.
    pub fn new(
        http: Http,
        base: BaseUrl,
        key: Option<Secret>,
        model: impl Into<String>,
        timeout: Duration,
    ) -> Self {
        let tariff = Tariff { own: OwnPrices::default(), is_near: base.is_near() };
        Self { server: Server::new(http, base, key, timeout), model: model.into(), tariff }
    }

    /// At these prices, where the list does not know better.
    #[must_use]
    pub fn at(mut self, prices: OwnPrices) -> Self {
        self.tariff.own = prices;
        self
    }

    fn body(&self, texts: &[&str]) -> Vec<u8> {
        json!({"model": self.model, "input": texts}).to_string().into_bytes()
    }

    /// Asking changes nothing, so what was lost on the way is asked once more.
    async fn ask(&self, texts: &[&str]) -> Result<Value, WriterError> {
        let first = self.server.post("/moderations", self.body(texts)).await;
        match first {
            Err(WriterError::Unavailable(_) | WriterError::NotSent(_)) => {
                self.server.post("/moderations", self.body(texts)).await
            }
            answered => answered,
        }
    }
}

#[async_trait]
impl Moderator for ModerationClient {
    async fn moderate(&self, texts: &[&str]) -> Result<Moderated, ModeratorError> {
        let texts = &texts[..texts.len().min(MODERATED_MAX)];
        let json = self.ask(texts).await.map_err(error)?;
        let opinions = read(&json, texts.len()).map_err(ModeratorError::Unusable)?;
        let mut usage = usage(&json, &self.model);
        usage.cost = self.tariff.cost(&self.model, &usage);
        Ok(Moderated { opinions, usage })
    }

    /// Both questions, where the first gets no answer.
    fn ceiling(&self, texts: &[&str], at: Timestamp) -> Option<MicroUsd> {
        let once = self.tariff.ceiling(&self.model, self.body(texts).len(), 0, at)?;
        Some(once + once)
    }

    fn is_unpriced(&self) -> bool {
        self.tariff.is_unpriced(&self.model)
    }
}

/// Every result, each with its flag; or what is wrong with the answer.
fn read(json: &Value, count: usize) -> Result<Vec<Opinion>, String> {
    let results = json.get("results").and_then(Value::as_array);
    let results = results.ok_or_else(|| "it holds no list of results".to_owned())?;
    if results.len() != count {
        return Err(format!("it holds {} results about {count} texts", results.len()));
    }
    let opinions: Option<Vec<Opinion>> = results.iter().map(opinion).collect();
    opinions.ok_or_else(|| "a result does not say whether its text is flagged".to_owned())
}

fn opinion(result: &Value) -> Option<Opinion> {
    let is_flagged = result.get("flagged")?.as_bool()?;
    let named = result.get("categories").and_then(Value::as_object);
    let hit = named.into_iter().flatten().filter(|(_, value)| value.as_bool() == Some(true));
    let mut categories: Vec<String> = hit.map(|(name, _)| category(name)).collect();
    categories.truncate(CATEGORIES_MAX);
    Some(Opinion { is_flagged: is_flagged || !categories.is_empty(), categories })
}

fn category(name: &str) -> String {
    printable(name, &[]).chars().take(CATEGORY_CHARS_MAX).collect()
}

/// What the server's failure means here; its words hold no key any more.
fn error(error: WriterError) -> ModeratorError {
    match error {
        WriterError::Unauthorized(words) | WriterError::OutOfCredit(words) => {
            ModeratorError::Unauthorized(words)
        }
        WriterError::BadRequest(words) | WriterError::Refused(words) => {
            ModeratorError::Refused(words)
        }
        WriterError::Unusable(words) => ModeratorError::Unusable(words),
        WriterError::RateLimited { .. } => {
            ModeratorError::Unavailable("it asks us to wait".to_owned())
        }
        WriterError::Unavailable(words) | WriterError::NotSent(words) => {
            ModeratorError::Unavailable(words)
        }
    }
}

#[cfg(test)]
mod tests;
