//! One story over all nodes and restarts: the number under which everything that happens to a slot is
//! told to a collector of traces and in the log.
//!
//! It is derived and not rolled, so that a node which takes over a slot tells on in the same trace. The
//! attempt keeps it as it was when the send was intended.

use std::fmt;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{BotId, BulkId, FeedId, SlotId, TryOutId};

/// The number of a trace, never zero: W3C takes zero for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId(u128);

impl TraceId {
    /// That of a slot: from its claim to its receipt, whoever works on it.
    pub fn of_slot(bot: &BotId, slot: SlotId, due_at: Timestamp) -> Self {
        Self::of(&["slot", bot.as_str(), &slot.0.to_string(), &due_at.as_millisecond().to_string()])
    }

    /// That of one refill of a bot's queue.
    pub fn of_refill(bot: &BotId, number: u64, at: Timestamp) -> Self {
        Self::of(&["refill", bot.as_str(), &number.to_string(), &at.as_millisecond().to_string()])
    }

    /// That of texts that a person wanted to see.
    pub fn of_try_out(bot: &BotId, id: TryOutId, asked_at: Timestamp) -> Self {
        Self::of_row("try-out", bot, id.0, asked_at)
    }

    /// That of an order in bulk: from its first request to its bill, whoever follows it.
    pub fn of_order(bot: &BotId, id: BulkId, made_at: Timestamp) -> Self {
        Self::of_row("order", bot, id.0, made_at)
    }

    /// That of one look at a feed.
    pub fn of_feed(bot: &BotId, id: FeedId, at: Timestamp) -> Self {
        Self::of_row("feed", bot, id.0, at)
    }

    /// That of one try to tell of an item of a feed.
    pub fn of_item(bot: &BotId, (feed, item): (FeedId, &str), at: Timestamp) -> Self {
        let (feed, at) = (feed.0.to_string(), at.as_millisecond().to_string());
        Self::of(&["item", bot.as_str(), &feed, item, &at])
    }

    /// One of which nothing is known but that no other has these bytes.
    pub fn of_bytes(bytes: [u8; 16]) -> Self {
        // Neither half is zero: the second names the trace's first span.
        Self(u128::from_be_bytes(bytes) | (1 << 64) | 1)
    }

    fn of_row(kind: &str, bot: &BotId, row: i64, at: Timestamp) -> Self {
        Self::of(&[kind, bot.as_str(), &row.to_string(), &at.as_millisecond().to_string()])
    }

    fn of(parts: &[&str]) -> Self {
        let hash = Sha256::digest(parts.join("\u{1f}").as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        Self::of_bytes(bytes)
    }

    /// The trace of 32 hexadecimal digits.
    pub fn parse(digits: &str) -> Option<Self> {
        let is_one = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let number = is_one.then(|| u128::from_str_radix(digits, 16).ok())??;
        // Its first span would have none.
        (number != 0 && number & u128::from(u64::MAX) != 0).then_some(Self(number))
    }

    /// The number as it travels.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// The span that all others of the trace hang below. It is told when the trace ends, by whichever
    /// node that is, so it is derived as well.
    pub fn first_span(self) -> u64 {
        u64::try_from(self.0 & u128::from(u64::MAX)).expect("half of it is as long as that")
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use testkit::at;

    use super::*;

    #[test]
    fn a_slot_has_the_same_trace_on_every_node_and_no_other_has_it() {
        let (ada, bob) = (BotId::try_from("ada").unwrap(), BotId::try_from("bob").unwrap());
        let nine = at("2026-11-23T09:00:00Z");
        let of = |bot, slot, at| TraceId::of_slot(bot, SlotId(slot), at);
        // Fixed: another version of the program takes over, too.
        assert_eq!(of(&ada, 7, nine).to_string(), "70f7801d8a574b69895badfbbdd77a2b");
        let others =
            [of(&bob, 7, nine), of(&ada, 8, nine), of(&ada, 7, at("2026-11-23T10:00:00Z"))];
        assert!(others.iter().all(|other| *other != of(&ada, 7, nine)));
        assert_ne!(TraceId::of_refill(&ada, 7, nine), of(&ada, 7, nine));
        assert_ne!(of(&ada, 7, nine).first_span(), 0);
        assert_ne!(TraceId::of_bytes([0; 16]).first_span(), 0);
    }

    #[test]
    fn rows_of_the_same_number_and_time_have_traces_of_their_own() {
        let (ada, nine) = (BotId::try_from("ada").unwrap(), at("2026-11-23T09:00:00Z"));
        let all = [
            TraceId::of_slot(&ada, SlotId(7), nine),
            TraceId::of_refill(&ada, 7, nine),
            TraceId::of_try_out(&ada, TryOutId(7), nine),
            TraceId::of_order(&ada, BulkId(7), nine),
            TraceId::of_feed(&ada, FeedId(7), nine),
            TraceId::of_item(&ada, (FeedId(7), "one"), nine),
            TraceId::of_item(&ada, (FeedId(7), "two"), nine),
        ];
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let (ada, nine) = (BotId::try_from("ada").unwrap(), at("2026-11-23T09:00:00Z"));
        let trace = TraceId::of_slot(&ada, SlotId(7), nine);
        let text = trace.to_string();
        assert_eq!(text.len(), 32);
        assert_eq!(TraceId::parse(&text), Some(trace));
        let zeros = "0".repeat(32);
        let half = format!("{}{}", "1".repeat(16), "0".repeat(16));
        for wrong in
            ["", "1", &text[1..], zeros.as_str(), &half, "+0000000000000000000000000000001"]
        {
            assert_eq!(TraceId::parse(wrong), None, "{wrong}");
        }
    }
}
