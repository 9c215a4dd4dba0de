//! What the plan does to the world, carried out.

use domain::model::{BotId, BotState, StateReason, XPostId};
use domain::ports::store::{BotStore as _, NodeStore as _, SlotStore as _};

use super::scribe::Scribe;
use super::stage::Stage;
use super::visit::NOT_POSTING;
use crate::bugs::Planted;
use crate::clock::stamp;
use crate::executor::Owner;
use crate::history::Event;
use crate::plan::Chaos;
use sandbox::SandboxX;
use std::sync::Arc;

/// What ends by itself.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The kill switch goes off.
    KillSwitch,
    /// A person resumes a bot.
    Pause(usize),
    /// The database is back.
    Away,
}

/// What a bot sends next, and in which state its slot is.
const NEXT_TEXT: &str =
    "SELECT p.id, p.content, s.attempts FROM slots s JOIN posts p ON p.id = s.post_id
     WHERE s.bot_id = 'bot-' || printf('%04d', ?1) AND p.state = 'assigned'
        AND s.state IN ('assigned', 'claimed') ORDER BY s.due_at LIMIT 1";

/// What a node has claimed and nobody ever sent: before it does so it looks at the timeline.
const CLAIMED_TEXT: &str = "SELECT p.id, p.content FROM slots s JOIN posts p ON p.id = s.post_id
     JOIN bots b ON b.bot_id = s.bot_id
     WHERE s.state = 'claimed' AND s.attempts = 0 AND p.state = 'assigned' AND p.was_lost = 0
        AND b.distrusted_since IS NULL ORDER BY s.id LIMIT 1";

const NEXT_QUEUED: &str = "SELECT p.id, p.content, 0 FROM posts p
     WHERE p.bot_id = 'bot-' || printf('%04d', ?1) AND p.state = 'queued' ORDER BY p.id LIMIT 1";

const IN_DOUBT: &str = "SELECT 1 FROM bots
     WHERE bot_id = 'bot-' || printf('%04d', ?1) AND distrusted_since IS NOT NULL";

impl Stage {
    /// Carries out what is due now.
    pub(crate) fn meddle(&mut self) {
        let now = self.clock.millis();
        while let Some(first) = self.ends.first_entry() {
            if first.key().0 > now {
                break;
            }
            let end = first.remove();
            self.end(&end);
        }
        while let Some(next) = self.chaos.pop_if(|next| next.at <= now) {
            self.carry_out(&next.chaos);
        }
    }

    fn carry_out(&mut self, chaos: &Chaos) {
        let now = self.clock.millis();
        let did = match *chaos {
            Chaos::Crash { node, awaits, down_ms } => self.crash(node, awaits, down_ms),
            Chaos::Freeze { node, ms } => self.freeze(node, ms),
            Chaos::SetClock { node, off } => self.set_clock(node, off),
            Chaos::Away { node, ms } => {
                self.troubles.take_away(node, now + ms);
                self.ends_in(ms, End::Away);
                true
            }
            Chaos::XAway { node, ms } => {
                self.roads.cut(node, now + ms);
                true
            }
            Chaos::Starve { ms } => {
                self.troubles.starve(now + ms);
                true
            }
            Chaos::Copy => self.copy(),
            Chaos::Restore { back, down_ms } => self.restore(back, down_ms),
            Chaos::Stop { ms } => {
                (0..self.nodes.len()).for_each(|node| self.kill(node, ms));
                true
            }
            Chaos::KillSwitch { ms } => {
                self.switch(true);
                self.ends_in(ms, End::KillSwitch);
                true
            }
            Chaos::Pause { bot, ms } => {
                self.ends_in(ms, End::Pause(bot));
                self.set_state(&name(bot), false)
            }
            Chaos::Visit => {
                self.answer_what_is_asked();
                self.resume_all()
            }
            Chaos::Edit { bot } => self.edit(bot),
            Chaos::ByHand { bot } => self.post_by_hand(bot),
            Chaos::Remove { bot } => self.remove_newest(bot),
            Chaos::Ask { bot } => self.ask(bot),
            Chaos::Say { bot, speech } => self.say(bot, speech),
        };
        if did {
            self.note(Event::Said(format!("{chaos:?}")));
            // A node dies when it comes to its await, and is counted then.
            if !matches!(chaos, Chaos::Crash { .. }) {
                self.chronicle.count(chaos.class());
            }
        }
    }

    fn end(&mut self, end: &End) {
        match end {
            End::KillSwitch => self.switch(false),
            End::Pause(bot) => {
                self.set_state(&name(*bot), true);
            }
            End::Away => self.look_at_gaps(),
        }
    }

    fn ends_in(&mut self, ms: i64, end: End) {
        self.started += 1;
        self.ends.insert((self.clock.millis() + ms, self.started), end);
    }

    fn crash(&mut self, node: Owner, awaits: i64, down_ms: i64) -> bool {
        let Some(process) = &self.nodes[node].process else { return false };
        process.life.light(awaits);
        self.nodes[node].down_ms = down_ms;
        true
    }

    fn freeze(&mut self, node: Owner, ms: i64) -> bool {
        if self.nodes[node].process.is_none() {
            return false;
        }
        self.executor.freeze(node);
        self.nodes[node].frozen_until = Some(self.clock.millis() + ms);
        true
    }

    fn set_clock(&mut self, node: Owner, off: i64) -> bool {
        let off = self.plan.all_off + off;
        self.nodes[node].clock.set_off(off);
        self.note(Event::Clock { node, off });
        true
    }

    /// After a time without the database, nodes that still run have a gap in their signs of life.
    pub(crate) fn look_at_gaps(&mut self) {
        for node in 0..self.nodes.len() {
            if self.nodes[node].working().is_some() && self.must_distrust(node) {
                self.note(Event::Starts { node, must_distrust: true });
                return;
            }
        }
    }

    fn copy(&mut self) -> bool {
        match self.place.copy() {
            Ok(copy) => self.copies.push(copy),
            Err(error) => panic!("shared memory cannot be read: {error}"),
        }
        true
    }

    fn restore(&mut self, back: usize, down_ms: i64) -> bool {
        let place = self.copies.len().checked_sub(back);
        let Some(copy) = place.map(|place| self.copies[place].clone()) else { return false };
        // Later copies are of a history that is no more: none of its commits is earlier than this one.
        self.copies.truncate(self.copies.len() - back + 1);
        (0..self.nodes.len()).for_each(|node| self.kill(node, down_ms));
        // Who made them is gone with the database: nothing of them may stay open.
        self.place.restore(&copy).unwrap_or_else(|error| panic!("shared memory is there: {error}"));
        self.note(Event::Restored);
        self.is_restored = true;
        self.x.set_rates(self.plan.weather.rates_after_loss());
        let desk = self.place.desk();
        self.scribe = Arc::new(Scribe::new(Arc::clone(desk), self.chronicle.clone()));
        let x = SandboxX::new(Arc::clone(&self.x));
        let planted = Planted::new(self.bug, Arc::clone(desk), x, self.chronicle.clone());
        self.planted = Arc::new(planted);
        self.recall_approvals();
        // What people switched since is as it was.
        let stopped: Vec<(String,)> = desk.rows(NOT_POSTING, &[]);
        for bot in &self.plan.bots {
            let id = bot.id.as_str();
            let is_paused = stopped.iter().any(|(stopped,)| stopped == id);
            self.note(Event::Paused { bot: id.to_owned(), is_paused });
        }
        let on: Vec<(i64,)> =
            desk.rows("SELECT 1 FROM meta WHERE key = 'kill_switch' AND value = 'on'", &[]);
        self.note(Event::KillSwitch { is_on: !on.is_empty() });
        true
    }

    pub(super) fn switch(&mut self, is_on: bool) {
        let now = stamp(self.clock.millis());
        let done = self.driver.drive(self.place.db().set_kill_switch(is_on, now));
        done.unwrap_or_else(|error| panic!("nobody else writes: {error}"));
        self.note(Event::KillSwitch { is_on });
    }

    pub(super) fn set_state(&mut self, bot: &str, is_active: bool) -> bool {
        let now = stamp(self.clock.millis());
        let id = BotId::try_from(bot).expect("a name of ours");
        let (state, reason) = if is_active {
            (BotState::Active, None)
        } else {
            (BotState::Paused, Some(StateReason::Operator))
        };
        let done = self.driver.drive(self.place.db().set_bot_state(&id, state, reason, now));
        let did = done.unwrap_or_else(|error| panic!("nobody else writes: {error}"));
        self.note(Event::Paused { bot: bot.to_owned(), is_paused: !is_active });
        did
    }

    fn next_text(&self, bot: usize, sql: &'static str) -> Option<(i64, String, i64)> {
        let bot = i64::try_from(bot).unwrap_or_default();
        self.place.desk().rows(sql, &[bot]).into_iter().next()
    }

    /// Somebody who is about to edit does it at the worst moment: when the post is claimed.
    pub(super) fn edit_what_is_claimed(&mut self) {
        // The question reads every slot, so it is asked only where one is claimed.
        let is_asked = self.edits_next_claim && self.heads.is_at_work;
        if !is_asked || self.is_restored {
            return;
        }
        let claimed: Vec<(i64, String)> = self.place.desk().rows(CLAIMED_TEXT, &[]);
        if let Some((post, text)) = claimed.first() {
            self.rewrite(*post, text);
            self.chronicle.count("post edited before its send");
            self.edits_next_claim = false;
        }
    }

    /// Only what was never sent may be edited; and in lost history nobody knows what was.
    fn edit(&mut self, bot: usize) -> bool {
        self.edits_next_claim = true;
        let Some((post, text, 0)) = self.next_text(bot, NEXT_TEXT) else { return false };
        let number = i64::try_from(bot).unwrap_or_default();
        let is_in_doubt = !self.place.desk().rows::<(i64,)>(IN_DOUBT, &[number]).is_empty();
        if is_in_doubt || self.is_restored {
            return false;
        }
        self.rewrite(post, &text);
        true
    }

    fn rewrite(&mut self, post: i64, text: &str) {
        let edited = format!("{text} Edited.");
        let sql = "UPDATE posts SET content = ?1, content_hash = content_hash || '-edited'
             WHERE id = CAST(?2 AS INTEGER)";
        self.place.desk().run(sql, &[&edited, &post.to_string()]);
        // A copy from before does not know the words that may be on X: nothing could adopt them. The
        // protocol does not promise that, so no such copy is restored.
        self.copies.clear();
    }

    fn post_by_hand(&mut self, bot: usize) -> bool {
        let next = self.next_text(bot, NEXT_TEXT).or_else(|| self.next_text(bot, NEXT_QUEUED));
        let Some((_, text, _)) = next else { return false };
        let Some(id) = self.x.post_by_hand(&name(bot), &text) else { return false };
        self.note(Event::ByHand { bot: name(bot), id: id.to_string() });
        true
    }

    fn remove_newest(&mut self, bot: usize) -> bool {
        let Some(newest) = self.x.posts(&name(bot), 1).pop() else { return false };
        self.remove(bot, &newest.id)
    }

    fn remove(&mut self, bot: usize, id: &XPostId) -> bool {
        let did = self.x.remove_post(&name(bot), id);
        // What X took before this is told first.
        self.tell_the_judge();
        self.note(Event::Removed { id: id.to_string() });
        did
    }

    fn ask(&mut self, bot: usize) -> bool {
        let id = BotId::try_from(name(bot)).expect("a name of ours");
        let now = stamp(self.clock.millis());
        let asked = self.driver.drive(self.place.db().ask_for_slot(&id, now));
        asked.unwrap_or_else(|error| panic!("nobody else writes: {error}")).is_some()
    }
}

fn name(bot: usize) -> String {
    format!("bot-{bot:04}")
}
