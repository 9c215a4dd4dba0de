//! What models cost.
//!
//! Not counted: the surcharge for very long requests and for writing to the server's cache. Ours are
//! short, and no usage figure tells them apart.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::in_force;
use crate::model::{GRAMMAR, GenerationUsage, MicroUsd};

/// The model asked for unless the configuration names another.
pub const DEFAULT_MODEL: &str = "gpt-6-luna";

/// A model that goes off within this many days is worth a word.
pub const SHUTDOWN_NOTICE_DAYS: i32 = 60;

static PRICES: LazyLock<ModelPrices> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../data/model-prices.json"))
        .expect("the file is part of the program, and a test reads it")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelPrices {
    #[cfg_attr(not(test), expect(dead_code, reason = "a test holds the constant to it"))]
    default: String,
    /// In the order of their families.
    models: Vec<Model>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Model {
    id: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
    source: String,
    /// The day on which its maker turns it off, where one is announced.
    #[serde(default)]
    shutdown: Option<Date>,
    /// In the order of `from`; empty where the model is gone and its price forgotten.
    prices: Vec<ModelPrice>,
}

/// Micro-dollars for a million tokens, from the first moment of `from` in UTC.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelPrice {
    /// Absent: since the model exists.
    #[serde(default)]
    from: Option<Date>,
    input: u64,
    cached: u64,
    output: u64,
}

/// What a batch took: the server's own figure where it gives one, nothing for the grammar, else by
/// the price list, rounded up. `None` if the list does not know the model.
pub fn model_cost(usage: &GenerationUsage, at: Timestamp) -> Option<MicroUsd> {
    if usage.cost.is_some() {
        return usage.cost;
    }
    if usage.model == GRAMMAR {
        return Some(MicroUsd::ZERO);
    }
    let price = price_at(&usage.model, at)?;
    let cached = usage.cached_tokens.min(usage.prompt_tokens);
    let fresh = usage.prompt_tokens - cached;
    let per_million = u128::from(fresh) * u128::from(price.input)
        + u128::from(cached) * u128::from(price.cached)
        + u128::from(usage.completion_tokens) * u128::from(price.output);
    Some(in_micro_usd(per_million))
}

/// The most that one request can cost: a prompt of so many bytes, of which none is cached and each is a
/// token by itself, and an answer as long as it may be. `None` if the list does not know the model.
pub fn model_ceiling(
    model: &str,
    prompt_bytes: usize,
    completion_tokens_max: u32,
    at: Timestamp,
) -> Option<MicroUsd> {
    let price = price_at(model, at)?;
    let prompt_tokens = u128::try_from(prompt_bytes).unwrap_or(u128::MAX);
    let per_million = prompt_tokens.saturating_mul(u128::from(price.input))
        + u128::from(completion_tokens_max) * u128::from(price.output);
    Some(in_micro_usd(per_million))
}

/// What one request of an order in bulk took: half of the list price, rounded up, unless the server gives
/// its own figure. Source: OpenAI's Batch API.
pub fn bulk_cost(usage: &GenerationUsage, at: Timestamp) -> Option<MicroUsd> {
    usage.cost.or_else(|| model_cost(usage, at).map(half))
}

pub(super) fn half(cost: MicroUsd) -> MicroUsd {
    MicroUsd(cost.0 / 2 + cost.0 % 2)
}

/// Whether the list has a price for `model`: what has none is not counted against any
/// budget, unless its server says what it cost.
pub fn is_priced(model: &str) -> bool {
    find_model(model).is_some_and(|model| !model.prices.is_empty())
}

fn price_at(model: &str, at: Timestamp) -> Option<&'static ModelPrice> {
    let day = at.to_zoned(TimeZone::UTC).date();
    in_force(&find_model(model)?.prices, |price| price.from.is_none_or(|from| from <= day))
}

pub(super) fn in_micro_usd(per_million: u128) -> MicroUsd {
    MicroUsd(i64::try_from(per_million.div_ceil(1_000_000)).unwrap_or(i64::MAX))
}

/// The day on which `model` goes off, or went; `None` if none is announced.
pub fn shutdown_of(model: &str) -> Option<Date> {
    find_model(model)?.shutdown
}

/// Servers name one model in many ways: `openai/gpt-6-luna`, `gpt-6-luna-2026-09-22`,
/// `gpt-6-luna-latest`.
fn find_model(name: &str) -> Option<&'static Model> {
    let name = name.trim().to_ascii_lowercase();
    let bare = name.rsplit('/').next().unwrap_or(&name);
    let listed = |id: &str| PRICES.models.iter().find(|model| model.id == id);
    listed(bare).or_else(|| listed(without_date(bare)))
}

/// `name` without a last `-2026-09-22`, `-20260922` or `-latest`.
fn without_date(name: &str) -> &str {
    if let Some(bare) = name.strip_suffix("-latest") {
        return bare;
    }
    let shape: String = name.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    ["-0000-00-00", "-00000000"]
        .into_iter()
        .find(|suffix| shape.ends_with(suffix))
        .and_then(|suffix| name.get(..name.len() - suffix.len()))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests;
