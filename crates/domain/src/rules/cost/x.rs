//! What X charges.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::in_force;
use crate::model::MicroUsd;

static PRICES: LazyLock<XPrices> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../data/x-prices.json"))
        .expect("the file is part of the program, and a test reads it")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct XPrices {
    /// In the order of `from`; never empty.
    prices: Vec<XPrice>,
}

/// Micro-dollars for one of each, from the first moment of `from` in UTC.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct XPrice {
    from: Date,
    #[expect(dead_code, reason = "for who reads the file")]
    source: String,
    post: MicroUsd,
    post_with_link: MicroUsd,
    owned_post_read: MicroUsd,
    user_read: MicroUsd,
}

/// One post. A link makes it a different product, thirteen times as dear.
pub fn post_cost(has_link: bool, at: Timestamp) -> MicroUsd {
    let price = price_at(at);
    if has_link { price.post_with_link } else { price.post }
}

/// Reading so many posts of a bot's own timeline; X charges for each post that it returns.
pub fn read_cost(posts_read: u32, at: Timestamp) -> MicroUsd {
    MicroUsd(price_at(at).owned_post_read.0.saturating_mul(i64::from(posts_read)))
}

/// Asking who an account is (`users/me`). X's list does not name it among the cheaper reads of
/// one's own, so it counts as any other user.
pub fn account_cost(at: Timestamp) -> MicroUsd {
    price_at(at).user_read
}

fn price_at(at: Timestamp) -> &'static XPrice {
    let day = at.to_zoned(TimeZone::UTC).date();
    in_force(&PRICES.prices, |price| price.from <= day)
        .expect("the file has prices, and a test says so")
}
