//! What X charges.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::in_force;
use crate::model::MicroUsd;
use crate::rules::review;

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
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
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

/// What X charges for a text, and whether a link makes it so dear. A bare domain counts as a link: X does
/// not say that it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostPrice {
    /// For the whole post.
    pub amount: MicroUsd,
    /// Whether there is a link in it.
    pub has_link: bool,
}

/// The price of this text, sent at that time.
pub fn price_of(text: &str, at: Timestamp) -> PostPrice {
    let has_link = !review::links(text).is_empty();
    PostPrice { amount: post_cost(has_link, at), has_link }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn on(day: &str) -> Timestamp {
        format!("{day}T12:00:00Z").parse().expect("a time")
    }

    #[test]
    fn the_price_file_is_in_order() {
        assert!(PRICES.prices.is_sorted_by(|one, next| one.from < next.from));
        assert!(!PRICES.prices.is_empty());
        for price in &PRICES.prices {
            assert!(!price.source.is_empty());
            let amounts =
                [price.post, price.post_with_link, price.owned_post_read, price.user_read];
            assert!(amounts.iter().all(|amount| amount.0 > 0), "{}", price.from);
            assert!(price.post <= price.post_with_link);
        }
    }

    #[test]
    fn posts_and_reads_cost_what_x_lists() {
        let today = on("2026-11-23");
        assert_eq!(post_cost(false, today).to_string(), "$0.015");
        assert_eq!(post_cost(true, today).to_string(), "$0.20");
        assert_eq!(read_cost(1, today).to_string(), "$0.001");
        assert_eq!(read_cost(100, today).to_string(), "$0.10");
        assert_eq!(read_cost(0, today), MicroUsd::ZERO);
        assert_eq!(account_cost(today).to_string(), "$0.01");
    }

    #[test]
    fn a_bare_domain_is_priced_as_a_link() {
        let today = on("2026-11-27");
        for (text, micro) in [
            ("the harbour wakes", 15_000),
            ("the harbour wakes, see example.com", 200_000),
            ("https://example.com/tide", 200_000),
            ("v1.2 is out", 15_000),
        ] {
            assert_eq!(price_of(text, today).amount.0, micro, "{text}");
        }
        assert!(price_of("example.com", today).has_link);
    }

    #[test]
    fn a_price_begins_on_its_day_and_the_first_holds_before() {
        let moment = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(post_cost(true, moment("2026-04-19T23:59:59.999Z")).0, 10_000);
        assert_eq!(post_cost(true, moment("2026-04-20T00:00:00Z")).0, 200_000);
        assert_eq!(post_cost(false, on("2020-01-01")).0, 10_000);
        assert_eq!(read_cost(2, on("2026-03-01")).0, 10_000);
    }
}
