//! A house with a bit of everything in it, around a given moment.

use domain::model::{
    AttentionReason, BotId, BotState, BotStats, ManagedBy, MicroUsd, PostId, SkipReason, SlotId,
    SlotState, StateReason, XPostId,
};
use domain::ports::store::{BotLine, SlotLine};
use jiff::{SignedDuration, Timestamp};

use super::Rows;

/// An active bot with a queue.
pub(crate) fn bot(id: &str, remaining: u64, total: u64) -> BotLine {
    BotLine {
        stats: BotStats {
            bot: BotId::try_from(id).unwrap(),
            total_posts: total,
            remaining_posts: remaining,
            last_post_at: None,
            last_replenishment_at: None,
            spend: MicroUsd(i64::try_from(total).unwrap() * 15_400),
        },
        state: BotState::Active,
        state_reason: None,
        managed_by: ManagedBy::File,
        is_rehearsal: false,
        low_water: 5,
        next_slot_at: None,
        schedule_cron: "0 9,14 * * *".to_owned(),
        timezone: "Europe/Lisbon".to_owned(),
        last_error: None,
    }
}

/// A slot with a text.
pub(crate) fn slot(id: i64, bot: &str, due_at: Timestamp, state: SlotState) -> SlotLine {
    SlotLine {
        slot: SlotId(id),
        bot: BotId::try_from(bot).unwrap(),
        post: Some(PostId(id)),
        due_at,
        moved_from: None,
        state,
        wake_at: Some(due_at),
        updated_at: due_at,
        detail: None,
        text: None,
        topic: Some("weather".to_owned()),
        x_post_id: None,
        posted_at: None,
        attempts: 0,
    }
}

/// The same with this text.
pub(crate) fn saying(text: &str, line: SlotLine) -> SlotLine {
    SlotLine { text: Some(text.to_owned()), ..line }
}

/// That text, out on X so many milliseconds after it was due.
pub(crate) fn out(text: &str, late_ms: i64, line: SlotLine) -> SlotLine {
    let posted_at = line.due_at + SignedDuration::from_millis(late_ms);
    SlotLine {
        text: Some(text.to_owned()),
        state: SlotState::Posted,
        x_post_id: Some(XPostId::try_from(format!("18604{:013}", line.slot.0)).unwrap()),
        posted_at: Some(posted_at),
        updated_at: posted_at,
        wake_at: None,
        ..line
    }
}

/// Five bots, of which two have something the matter; boards with every kind of row.
pub(crate) fn busy(now: Timestamp) -> Rows {
    let mut slots = waiting(now);
    slots.extend(troubled(now));
    slots.extend(gone(now));
    Rows { bots: bots(now), slots, ..Rows::default() }
}

fn bots(now: Timestamp) -> Vec<BotLine> {
    let at = |secs: i64| now + SignedDuration::from_secs(secs);
    let mut haiku = bot("haiku", 0, 41);
    haiku.last_error = Some(("the model server asks us to wait".to_owned(), at(-95)));
    let transit = BotLine {
        state: BotState::Paused,
        state_reason: Some(StateReason::Operator),
        ..bot("transit", 9, 318)
    };
    vec![
        haiku,
        bot("lighthouse", 18, 1204),
        bot("releases", 6, 77),
        transit,
        bot("weather-lisbon", 3, 2950),
    ]
}

fn waiting(now: Timestamp) -> Vec<SlotLine> {
    let at = |secs: i64| now + SignedDuration::from_secs(secs);
    let retry = SlotLine {
        detail: Some("X asks us to wait until its window starts anew.".to_owned()),
        wake_at: Some(at(130)),
        ..slot(2, "weather-lisbon", at(-40), SlotState::RetryWait)
    };
    let fog = "The fog has a colour only the keepers know: it is the grey of a letter that was never sent.";
    vec![
        saying("Wind from the north-west, 14 knots, and the gulls walk instead of flying.", retry),
        saying(fog, slot(1, "lighthouse", at(42), SlotState::Assigned)),
        slot(3, "haiku", at(310), SlotState::Planned),
        saying(
            "Flockwork 3.2 is out: threads, polls, and a calendar that draws its daylight-saving gaps.",
            slot(4, "releases", at(1500), SlotState::Assigned),
        ),
        slot(5, "transit", at(5400), SlotState::Planned),
        slot(6, "lighthouse", at(64_800), SlotState::Planned),
    ]
}

fn troubled(now: Timestamp) -> Vec<SlotLine> {
    let at = |secs: i64| now + SignedDuration::from_secs(secs);
    let lost = SlotLine {
        wake_at: Some(at(21)),
        attempts: 1,
        ..slot(7, "releases", at(-64), SlotState::Unknown)
    };
    let refused = SlotLine {
        detail: Some(
            "X refused it with a reason nobody documented: \"Denied by policy 4711\"".to_owned(),
        ),
        ..slot(
            8,
            "lighthouse",
            at(-7200),
            SlotState::NeedsAttention(AttentionReason::UnknownRefusal),
        )
    };
    vec![
        saying("Version 3.1.9 mends the reader that stopped at a byte-order mark.", lost),
        saying("<script>alert('fog')</script> & other things the sea said", refused),
    ]
}

fn gone(now: Timestamp) -> Vec<SlotLine> {
    let at = |secs: i64| now + SignedDuration::from_secs(secs);
    let quiet = SlotLine {
        updated_at: at(-5400),
        ..slot(23, "transit", at(-5400), SlotState::Skipped(SkipReason::QuietHours))
    };
    vec![
        out(
            "Rain by four. Take the umbrella you keep forgetting.",
            340,
            slot(20, "weather-lisbon", at(-1800), SlotState::Posted),
        ),
        out(
            "A ship that passes twice is either lost or in love.",
            210,
            slot(21, "lighthouse", at(-3600), SlotState::Posted),
        ),
        out(
            "snow on the antenna / the forecast was only guessing / so is the sparrow",
            12_400,
            slot(22, "haiku", at(-4200), SlotState::Posted),
        ),
        quiet,
        out(
            "3.1.8: faster starts, smaller images, no new features on purpose.",
            480,
            slot(24, "releases", at(-9000), SlotState::Posted),
        ),
    ]
}
