//! What X does to accounts that it takes to break its rules: it suspends them, locks them, or refuses what
//! looks automated. Each stops its bot until a person has looked; and where X does it to several accounts
//! of one app, it stops them all, because X ends associated accounts together.
//!
//! Sources: codes 64, 226 and 326 of X's API, which v2 still hands on; X's developer guidelines on
//! automated accounts; X's head of product on suspending "associated accounts" (February 2026).

use super::classify::says;
use crate::model::StateReason;
use crate::ports::Problem;

/// So many accounts of one app stopped for [`StateReason::Suspended`] or
/// [`StateReason::LooksAutomated`] stop its others.
pub const ACCOUNTS_MAX: u32 = 2;

/// What X has against the account, where it says so.
pub fn restriction(problem: &Problem) -> Option<StateReason> {
    let has_code = |code| problem.codes.contains(&code);
    let says_any = |words: &[&str]| words.iter().any(|words| says(problem, words));
    if has_code(64) || says_any(&["account is suspended", "has been suspended"]) {
        Some(StateReason::Suspended)
    } else if has_code(226) || says_any(&["might be automated"]) {
        Some(StateReason::LooksAutomated)
    } else if has_code(326) || says_any(&["temporarily locked", "account is locked"]) {
        Some(StateReason::Locked)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_known_by_its_number_or_its_words() {
        let by_code = |code| Problem { codes: vec![code], ..Problem::default() };
        let by_words =
            |words: &str| Problem { detail: Some(words.to_owned()), ..Problem::default() };
        for (problem, expected) in [
            (by_code(64), Some(StateReason::Suspended)),
            (by_code(226), Some(StateReason::LooksAutomated)),
            (by_code(326), Some(StateReason::Locked)),
            (by_code(187), None),
            (
                by_words("Your account is suspended and is not permitted to access this feature."),
                Some(StateReason::Suspended),
            ),
            (
                by_words("This request looks like it might be automated."),
                Some(StateReason::LooksAutomated),
            ),
            (
                by_words("To protect our users, this account is temporarily locked."),
                Some(StateReason::Locked),
            ),
            (by_words("You are not permitted to perform this action."), None),
            (Problem::default(), None),
        ] {
            assert_eq!(restriction(&problem), expected, "{problem:?}");
        }
    }
}
