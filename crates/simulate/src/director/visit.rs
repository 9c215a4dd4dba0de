//! A person who comes by now and then: resumes the bots that do not post, and says what became of the
//! posts about which Flockwork asks.

use domain::model::{SlotId, XPostId};
use domain::ports::store::AttentionStore as _;
use domain::rules::attention::{Answer, resolve};

use super::stage::Stage;
use crate::clock::stamp;
use crate::history::Event;

/// Who asks is answered no sooner than this after the send: X may take it late until then.
const LOOKED_FOR_MS: i64 = 3_600_000;

/// Bots that post nothing until a person resumes them.
pub(super) const NOT_POSTING: &str =
    "SELECT bot_id FROM bots WHERE state IN ('paused', 'needs_login') ORDER BY bot_id";

const ASKED: &str = "SELECT s.id, s.bot_id, p.content FROM slots s
     JOIN posts p ON p.id = s.post_id AND p.state = 'assigned'
     JOIN attempts a ON a.slot_id = s.id AND a.number = s.attempts
     WHERE s.state = 'needs_attention' AND s.reason = 'outcome_unknown' AND a.intent_at < ?1
     ORDER BY s.id";

impl Stage {
    /// Everybody may post again.
    pub(crate) fn resume_all(&mut self) -> bool {
        let bots: Vec<(String,)> = self.place.desk().rows(NOT_POSTING, &[]);
        for (bot,) in &bots {
            self.set_state(bot, true);
        }
        !bots.is_empty()
    }

    /// Looks at X for every post whose outcome is unknown, and says what stands there.
    pub(super) fn answer_what_is_asked(&mut self) {
        self.tell_the_judge();
        let before = self.clock.millis() - LOOKED_FOR_MS;
        let asked: Vec<(i64, String, String)> = self.place.desk().rows(ASKED, &[before]);
        for (slot, bot, text) in asked {
            let answer = match self.judge.standing(&bot, &text) {
                Some(id) => Answer::Posted(XPostId::try_from(id).expect("X gave it")),
                None => Answer::Skip,
            };
            if self.answer(SlotId(slot), &answer) {
                self.note(Event::Said(format!("{answer:?} for slot {slot} of {bot}")));
                self.chronicle.count("outcome told by a person");
            }
        }
    }

    fn answer(&self, slot: SlotId, answer: &Answer) -> bool {
        let (db, now) = (self.place.db(), stamp(self.clock.millis()));
        let ours = "nobody else writes";
        let asked = self.driver.drive(db.find_asked(slot)).expect(ours).expect("it was listed");
        let resolution = resolve(&asked, answer, "somebody", now);
        resolution.is_ok_and(|done| self.driver.drive(db.resolve_asked(&done, now)).expect(ours))
    }
}
