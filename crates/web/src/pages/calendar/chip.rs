//! A slot as the calendar shows it: its time, its bird, its first words and how it is. One that is only
//! expected has no row yet: its schedule yields it beyond what is planned.

use domain::model::{BotId, SlotPhase};
use domain::ports::store::{BotLine, PlannedSlot, SlotLine};
use jiff::Timestamp;

use super::zone::Reader;
use crate::component::{Mark, Mood, Pill, pill_of, story_of};

/// Characters of its text that a chip has.
const WORDS_MAX: usize = 60;

/// The chip.
pub(super) struct Chip {
    pub(super) slot: Option<i64>,
    pub(super) href: Option<String>,
    pub(super) due_at: Timestamp,
    /// In the reader's zone, as a form has it.
    pub(super) local: String,
    pub(super) time: String,
    pub(super) title: String,
    pub(super) mark: Mark,
    pub(super) bot: String,
    pub(super) words: Option<String>,
    pub(super) why: Option<String>,
    pub(super) pill: Pill,
    /// A person may move it.
    pub(super) is_movable: bool,
    pub(super) is_moved: bool,
}

impl Chip {
    /// Of a slot.
    pub(super) fn of(
        slot: &SlotLine,
        bot: Option<&BotLine>,
        (is_stopped, now): (bool, Timestamp),
        reader: &Reader,
    ) -> Self {
        let (pill, why) = pill_of(slot, bot, is_stopped, now);
        // What left is told from what will by its icon, too.
        let is_plain = pill == Pill::new(Mood::OnTime, "on time");
        let pill = if is_plain { Pill::new(Mood::Waiting, "to come") } else { pill };
        let is_waiting = matches!(slot.state.phase(), SlotPhase::Planned | SlotPhase::Assigned);
        let zone = bot.map(|bot| bot.timezone.as_str());
        let moved = slot.moved_from.map(|from| format!(" · moved from {}", reader.time(from)));
        let title = format!(
            "{} · {}{}",
            slot.bot,
            reader.both(slot.due_at, zone),
            moved.unwrap_or_default()
        );
        Self {
            slot: Some(slot.slot.0),
            href: Some(if is_waiting {
                format!("/calendar/{}", slot.slot.0)
            } else {
                story_of(slot)
            }),
            due_at: slot.due_at,
            local: local(slot.due_at, reader),
            time: reader.time(slot.due_at),
            title,
            mark: Mark::of(&slot.bot),
            bot: slot.bot.to_string(),
            words: slot.text.as_deref().map(first_words),
            why,
            pill,
            is_movable: is_waiting && slot.attempts == 0 && slot.due_at > now,
            is_moved: slot.moved_from.is_some(),
        }
    }

    /// Of what a schedule will yield.
    pub(super) fn expected(
        bot: &BotId,
        planned: &PlannedSlot,
        zone: &str,
        reader: &Reader,
    ) -> Self {
        Self {
            slot: None,
            href: None,
            due_at: planned.due_at,
            local: local(planned.due_at, reader),
            time: reader.time(planned.due_at),
            title: format!("{bot} · {}", reader.both(planned.due_at, Some(zone))),
            mark: Mark::of(bot),
            bot: bot.to_string(),
            words: None,
            why: None,
            pill: Pill::new(Mood::Waiting, "expected"),
            is_movable: false,
            is_moved: false,
        }
    }
}

fn local(at: Timestamp, reader: &Reader) -> String {
    at.to_zoned(reader.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

fn first_words(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(WORDS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chip_has_the_first_words_of_the_first_line() {
        assert_eq!(first_words("The fog\nhas a colour."), "The fog");
        assert_eq!(first_words(&"ä ".repeat(40)).chars().count(), 60);
        assert_eq!(first_words(""), "");
    }
}
