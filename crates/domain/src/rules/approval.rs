//! What becomes of a text that review has judged: it goes to the queue, it waits for a person, or it is
//! let go of.

use jiff::{SignedDuration, Timestamp};

use super::review::{Severity, Verdict};
use crate::model::{ApprovalMode, Consent};

/// A draft that nobody looked at for so long expires, unless the configuration says otherwise.
pub const DRAFTS_EXPIRE_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is not stored.
    Refused,
    /// It waits for a person's yes.
    Draft,
    /// It may go out.
    Queued,
}

/// Decides by the bot's mode, by the gravest finding against the text, and by whether a person says yes
/// with the very act that brings it. No person can let through what X would refuse.
pub fn admit(mode: ApprovalMode, worst: Option<Severity>, is_approved: bool) -> Admission {
    match (worst, mode, is_approved) {
        (Some(Severity::Blocks), ..) | (Some(Severity::NeedsPerson), ApprovalMode::Auto, false) => {
            Admission::Refused
        }
        (Some(Severity::Holds), _, false)
        | (Some(Severity::NeedsPerson), ApprovalMode::Approval | ApprovalMode::Risk, false)
        | (None, ApprovalMode::Approval, false) => Admission::Draft,
        (Some(Severity::NeedsPerson | Severity::Holds), _, true)
        | (None, ApprovalMode::Auto | ApprovalMode::Risk, _)
        | (None, ApprovalMode::Approval, true) => Admission::Queued,
    }
}

/// What a person has to do with a post of this verdict that nobody has read yet.
pub fn unread(verdict: &Verdict) -> Consent {
    match because(verdict) {
        Some(because) => Consent::NeedsPerson { because },
        None => Consent::ByMode,
    }
}

/// Why a person has to look: every finding of a verdict, in one line.
pub fn because(verdict: &Verdict) -> Option<String> {
    let said = verdict.findings.iter().map(|one| format!("{}: {}", one.rule, one.message));
    let said: Vec<String> = said.collect();
    (!said.is_empty()).then(|| said.join("; "))
}

/// Drafts last touched before this expire.
pub fn expired_before(now: Timestamp, expire_after: SignedDuration) -> Timestamp {
    now.checked_sub(expire_after).unwrap_or(Timestamp::MIN)
}

/// Why a draft expired, for a person.
pub fn expiry_reason(expire_after: SignedDuration) -> String {
    let hours = expire_after.as_hours();
    let length = match (hours / 24, hours % 24) {
        (1, 0) => "a day".to_owned(),
        (days @ 2.., 0) => format!("{days} days"),
        _ if SignedDuration::from_hours(hours) == expire_after => format!("{hours} hours"),
        _ => format!("{expire_after:#}"),
    };
    format!("nobody approved it within {length}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_asks_a_person_for_what_it_says() {
        use Admission::{Draft, Queued, Refused};
        use ApprovalMode::{Approval, Auto, Risk};
        let (person, blocks) = (Some(Severity::NeedsPerson), Some(Severity::Blocks));
        let holds = Some(Severity::Holds);
        for (mode, worst, unread, approved) in [
            (Auto, holds, Draft, Queued),
            (Approval, holds, Draft, Queued),
            (Risk, holds, Draft, Queued),
            (Auto, None, Queued, Queued),
            (Auto, person, Refused, Queued),
            (Auto, blocks, Refused, Refused),
            (Approval, None, Draft, Queued),
            (Approval, person, Draft, Queued),
            (Approval, blocks, Refused, Refused),
            (Risk, None, Queued, Queued),
            (Risk, person, Draft, Queued),
            (Risk, blocks, Refused, Refused),
        ] {
            assert_eq!(admit(mode, worst, false), unread, "{mode:?} {worst:?}");
            assert_eq!(admit(mode, worst, true), approved, "{mode:?} {worst:?}, approved");
        }
    }

    #[test]
    fn an_expiry_says_how_long_it_waited() {
        for (hours, said) in [
            (24, "nobody approved it within a day"),
            (7 * 24, "nobody approved it within 7 days"),
            (36, "nobody approved it within 36 hours"),
        ] {
            assert_eq!(expiry_reason(SignedDuration::from_hours(hours)), said);
        }
        let odd = expiry_reason(SignedDuration::from_mins(90));
        assert_eq!(odd, "nobody approved it within 1h 30m");
    }
}
