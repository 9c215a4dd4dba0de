//! What a read that X refused says of the bot itself. Of its posts it says nothing (invariant I8).

use crate::model::{BotState, StateReason};
use crate::ports::ReadError;
use crate::ports::store::BotChange;

/// The bot stops where only a person can help, so that it does not ask in vain before every slot.
pub fn bot_change(error: &ReadError) -> BotChange {
    let stop = |state, reason| BotChange { state: Some((state, reason)), ..BotChange::default() };
    match error {
        ReadError::Unauthorized(_) => stop(BotState::NeedsLogin, StateReason::Auth),
        ReadError::Forbidden(_) => stop(BotState::Paused, StateReason::NotPermitted),
        ReadError::OutOfCredit(_) => {
            BotChange { pause_app: Some(StateReason::Billing), ..BotChange::default() }
        }
        ReadError::RateLimited { .. } | ReadError::Unavailable(_) => BotChange::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bot_stops_exactly_where_waiting_cannot_help() {
        for error in [
            ReadError::Unauthorized(String::new()),
            ReadError::Forbidden(String::new()),
            ReadError::OutOfCredit(String::new()),
            ReadError::RateLimited { until: None },
            ReadError::Unavailable(String::new()),
        ] {
            let stops = bot_change(&error) != BotChange::default();
            assert_eq!(stops, error.needs_a_person(), "{error}");
        }
    }
}
