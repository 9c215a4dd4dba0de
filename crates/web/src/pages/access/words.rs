//! What these pages say in more than one place.

use jiff::Timestamp;

use crate::access::Refused;
use crate::component::Moment;

/// Why somebody was not let in, as a sentence.
pub(super) fn sentence(refused: Refused, now: Timestamp) -> String {
    match refused {
        Refused::Wrong => {
            "That is not right. Name, password and code have to belong together, and a \
                           code counts once."
                .to_owned()
        }
        Refused::CodeNeeded => "Now the code of your second factor.".to_owned(),
        Refused::TooOften(again_at) => {
            let wait = again_at.duration_since(now).as_secs().max(0) + 1;
            format!("Too many tries. The next one counts in {wait} s; nothing is locked.")
        }
    }
}

/// A moment that a list shows.
pub(super) fn ago(at: Timestamp, now: Timestamp) -> Moment {
    Moment::relative(at, now)
}
