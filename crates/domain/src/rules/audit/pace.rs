//! When a bot's timeline is compared: once a day, each bot at its own time of the day, so that ten
//! thousand of them are seven a minute.

use jiff::{SignedDuration, Timestamp};

use crate::model::BotId;
use crate::ports::ReadError;
use crate::rules::{chance, retry};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Two comparisons of a bot are further apart than this.
const APART_MIN: SignedDuration = SignedDuration::from_hours(12);
/// After an answer that said nothing X is asked again so much later.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The bot's own time of the day, the first that is more than half a day away.
pub fn next_comparison(bot: &BotId, now: Timestamp) -> Timestamp {
    let own = chance::below(DAY, chance::hash_of(&["compare", bot.as_str()]));
    let since_midnight = now.as_millisecond().rem_euclid(DAY.as_secs() * 1000);
    let midnight = now - SignedDuration::from_millis(since_midnight);
    let earliest = now + APART_MIN;
    let mut next = midnight + own;
    while next < earliest {
        next += DAY;
    }
    next
}

/// When X is asked again after it told nothing.
pub fn again(bot: &BotId, error: &ReadError, now: Timestamp) -> Timestamp {
    let seed = chance::hash(bot.as_str().as_bytes());
    match error {
        ReadError::RateLimited { until } => retry::after_window(*until, now, seed).max(now + AGAIN),
        ReadError::Unavailable(_) => now + AGAIN + chance::below(AGAIN, seed),
        ReadError::Unauthorized(_) | ReadError::Forbidden(_) | ReadError::OutOfCredit(_) => {
            next_comparison(bot, now)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bot_is_compared_once_a_day_at_its_own_time() {
        let mut now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let bot = BotId::try_from("ada").unwrap();
        let first = next_comparison(&bot, now);
        assert!(first >= now + APART_MIN && first < now + APART_MIN + DAY);
        for day in 1..5 {
            now = next_comparison(&bot, now) + SignedDuration::from_mins(3);
            let next = next_comparison(&bot, now);
            assert_eq!(next, first + DAY * day, "late by minutes, not by a day");
        }
    }

    #[test]
    fn ten_thousand_bots_are_spread_over_the_day() {
        let now: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut by_hour = [0_u32; 24];
        for n in 0..10_000 {
            let bot = BotId::try_from(format!("bot-{n}")).unwrap();
            let hour = next_comparison(&bot, now).as_second().rem_euclid(86_400) / 3600;
            by_hour[usize::try_from(hour).unwrap()] += 1;
        }
        assert!(by_hour.iter().all(|bots| (300..550).contains(bots)), "{by_hour:?}");
    }

    #[test]
    fn x_is_not_asked_again_before_it_allows() {
        let now: Timestamp = "2026-11-23T09:00:00Z".parse().unwrap();
        let bot = BotId::try_from("ada").unwrap();
        let reset = now + SignedDuration::from_hours(5);
        let error = ReadError::RateLimited { until: Some(reset) };
        assert!(again(&bot, &error, now) >= reset);
        let soon = again(&bot, &ReadError::Unavailable(String::new()), now);
        assert!(soon >= now + AGAIN && soon <= now + AGAIN * 2);
    }
}
