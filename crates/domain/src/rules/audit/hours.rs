//! (c) What is counted of endings by the hour says what the rows say.

use jiff::Timestamp;

use super::{Checked, Covered, Stretch};
use crate::model::{Finding, FindingKind};
use crate::ports::store::EndingHour;

const KINDS: &[FindingKind] = &[FindingKind::CounterDrift];
/// Hours that are compared at once.
const AT_ONCE: i64 = 24;
/// As far back as pages look, and a little.
const BACK: i64 = 92 * 24;

/// Some hours since 1970, the last one left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first.
    pub from: i64,
    /// The one after the last.
    pub until: i64,
}

/// What is compared after everything from hour `after` on: the day before it. Behind the oldest it begins
/// anew with the newest.
pub fn span(after: i64, now: Timestamp) -> Span {
    let newest = now.as_second().div_euclid(3_600) + 1;
    let oldest = newest - BACK;
    let until = if (oldest + 1..=newest).contains(&after) { after } else { newest };
    Span { from: (until - AT_ONCE).max(oldest), until }
}

/// Judges the hours of a span, of which these have drifted.
pub fn check(span: Span, drifted: &[EndingHour]) -> Checked {
    let covered = Covered::Rows(vec![Stretch::rows(span.from - 1, span.until - 1)]);
    Checked { kinds: KINDS, covered, found: drifted.iter().map(finding).collect() }
}

fn finding(one: &EndingHour) -> Finding {
    let EndingHour { hour, state, detail, counted, real } = one;
    let at = Timestamp::from_second(hour.saturating_mul(3_600)).unwrap_or_default();
    Finding {
        kind: FindingKind::CounterDrift,
        subject: format!("hour {hour} {state} {detail}"),
        bot: None,
        slot: None,
        place: *hour,
        at,
        detail: format!(
            "of {at} {counted} slots were counted as {state} {detail}, there are {real}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_compared_from_the_newest_to_the_oldest_and_again() {
        let now: Timestamp = "2026-11-23T14:02:31Z".parse().unwrap();
        let newest = now.as_second() / 3_600 + 1;
        let first = span(0, now);
        assert_eq!(first, Span { from: newest - 24, until: newest });
        let mut last = first;
        for _ in 1..92 {
            last = span(last.from, now);
        }
        assert_eq!(last.from, newest - BACK);
        assert_eq!(span(last.from, now), first, "and again");
    }

    #[test]
    fn what_has_drifted_is_found_and_what_was_compared_has_ended() {
        let span = Span { from: 100, until: 124 };
        let drifted = EndingHour {
            hour: 101,
            state: "posted".to_owned(),
            detail: "1s".to_owned(),
            counted: 2,
            real: 3,
        };
        let checked = check(span, &[drifted]);
        assert_eq!(checked.covered, Covered::Rows(vec![Stretch::rows(99, 123)]));
        assert_eq!(
            checked.found[0].detail,
            "of 1970-01-05T05:00:00Z 2 slots were counted as posted 1s, there are 3"
        );
        assert_eq!(checked.found[0].place, 101);
    }
}
