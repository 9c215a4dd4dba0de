//! Programs that try what their token is not made for. Each is written down once an hour: somebody should
//! know, and a program in a loop must not fill the audit log.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::caller::Caller;
use crate::state::Shared;

/// One is not written down again for so long.
const AGAIN_AFTER: Duration = Duration::from_hours(1);
/// Programs that are remembered; a house has a few.
const KEPT_MAX: usize = 1_000;
/// Characters of an address that are kept.
const PATH_CHARS_MAX: usize = 100;

/// Who was written down, and when (monotonic).
#[derive(Default)]
pub(crate) struct Denials(Mutex<BTreeMap<String, Duration>>);

impl Denials {
    /// Whether this one is to be written down now.
    fn is_news(&self, who: &str, now: Duration) -> bool {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|_, at| now.saturating_sub(*at) < AGAIN_AFTER);
        if kept.contains_key(who) || kept.len() >= KEPT_MAX {
            return false;
        }
        kept.insert(who.to_owned(), now);
        true
    }
}

/// Writes down that a program was refused. A database that takes no rows now is no reason to say anything
/// else to the program.
pub(super) async fn note(shared: &Shared, program: &Caller, method: &str, path: &str) {
    if !shared.denials.is_news(&program.identity(), shared.clock.monotonic()) {
        return;
    }
    let path: String = path.chars().take(PATH_CHARS_MAX).collect();
    let (object, what) = (format!("token {}", program.actor.name), format!("{method} {path}"));
    let act = program.act("token.refuse", object, Some(what), shared.clock.now());
    if let Err(error) = shared.people.note_act(&act).await {
        tracing::warn!(%error, "That a program was refused could not be written down");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_is_written_down_once_an_hour() {
        let denials = Denials::default();
        let at = Duration::from_secs;
        assert!(denials.is_news("token 1", at(0)));
        assert!(!denials.is_news("token 1", at(3_599)));
        assert!(denials.is_news("token 2", at(3_599)));
        assert!(denials.is_news("token 1", at(3_600)));
    }
}
