//! Caps are kept to the last micro-dollar, and every level says so in time.

use jiff::civil::date;

use super::*;
use crate::model::BotId;

fn budget(scope: Scope, caps: (Option<i64>, Option<i64>), gone: (i64, i64)) -> Budget {
    Budget {
        scope,
        purse: Purse::X,
        caps: Caps { day: caps.0.map(MicroUsd), month: caps.1.map(MicroUsd) },
        day: date(2026, 11, 27),
        gone_today: MicroUsd(gone.0),
        gone_this_month: MicroUsd(gone.1),
    }
}

fn plain(amount: i64) -> Wish {
    Wish { amount: MicroUsd(amount), is_dear: false, is_unpriced: false }
}

#[test]
fn a_cap_is_said_then_spared_then_reached() {
    for (gone, cap, expected) in [
        (0, 100, Level::Ok),
        (79, 100, Level::Ok),
        (799_999, 1_000_000, Level::Ok),
        (80, 100, Level::Warn),
        (94, 100, Level::Warn),
        (949_999, 1_000_000, Level::Warn),
        (95, 100, Level::BrownOut),
        (99, 100, Level::BrownOut),
        (100, 100, Level::Stop),
        (101, 100, Level::Stop),
        (0, 0, Level::Stop),
        (i64::MAX, i64::MAX, Level::Stop),
        (-1, 100, Level::Ok),
    ] {
        assert_eq!(level(MicroUsd(gone), MicroUsd(cap)), expected, "{gone} of {cap}");
    }
}

#[test]
fn the_last_micro_dollar_may_be_spent_and_not_one_more() {
    let all = budget(Scope::All, (Some(100), None), (40, 40));
    assert_eq!(admit([&all], plain(60)), Ok(()));
    assert!(admit([&all], plain(61)).is_err());
    let spent = budget(Scope::All, (Some(100), None), (100, 100));
    assert!(admit([&spent], plain(0)).is_err(), "what has no price waits for a spent cap, too");
    let uncapped = budget(Scope::All, (None, None), (i64::MAX, i64::MAX));
    assert_eq!(admit([&uncapped], plain(i64::MAX)), Ok(()));
}

#[test]
fn every_cap_has_a_say_and_the_one_that_opens_last_gives_the_reason() {
    let ada = Scope::Bot(BotId::try_from("ada").unwrap());
    let bot = budget(ada, (Some(10), Some(1_000)), (10, 10));
    let all = budget(Scope::All, (Some(1_000), Some(20)), (10, 15));
    let shut = admit([&bot, &all], plain(10)).unwrap_err();
    assert_eq!(shut.until.to_string(), "2026-12-01T00:00:00Z");
    assert_eq!(
        shut.because,
        "the budget of all bots for X is at $0.000015 of $0.00002 this month (UTC), and this takes \
         up to $0.00001"
    );
    let shut = admit([&bot], plain(10)).unwrap_err();
    assert_eq!(shut.until.to_string(), "2026-11-28T00:00:00Z");
    assert_eq!(shut.because, "the budget of @ada for X is at $0.00001 of $0.00001 today (UTC)");
}

#[test]
fn a_brown_out_leaves_out_what_is_dear() {
    let all = budget(Scope::All, (Some(1_000), None), (950, 950));
    let dear = Wish { amount: MicroUsd(10), is_dear: true, is_unpriced: false };
    assert_eq!(admit([&all], plain(10)), Ok(()));
    let shut = admit([&all], dear).unwrap_err();
    assert!(shut.because.ends_with("from 95 % on posts with links wait"), "{}", shut.because);
    let before = budget(Scope::All, (Some(1_000), None), (949, 949));
    assert_eq!(admit([&before], dear), Ok(()));
}

#[test]
fn under_a_cap_nothing_is_asked_whose_price_nobody_knows() {
    let unpriced = Wish { is_unpriced: true, ..plain(0) };
    let of_model = |caps| Budget { purse: Purse::Model, ..budget(Scope::All, caps, (1, 1)) };
    for caps in [(Some(i64::MAX), None), (None, Some(i64::MAX))] {
        let shut = admit([&of_model(caps)], unpriced).unwrap_err();
        assert!(shut.because.contains("price_unknown"), "{}", shut.because);
        assert_eq!(admit([&of_model(caps)], plain(0)), Ok(()), "a known price of nothing");
    }
    assert_eq!(admit([&of_model((None, None))], unpriced), Ok(()), "nobody set a cap");
    assert_eq!(admit([], unpriced), Ok(()));
}

#[test]
fn a_month_can_be_the_worse_of_the_two() {
    let of = |gone: (i64, i64)| budget(Scope::All, (Some(100), Some(1_000)), gone);
    assert_eq!(level_of(&of((10, 960))), Level::BrownOut);
    assert_eq!(level_of(&of((85, 100))), Level::Warn);
    assert_eq!(worst([&of((0, 0)), &of((100, 0))]), Level::Stop);
    assert_eq!(worst([]), Level::Ok);
}
