//! I8: an error is never evidence of absence. Whoever says that X never took a post must have looked
//! three times after quiet time, and each page must have shown the anchor.

use super::Judge;
use super::judge::{Glance, Intention};
use crate::executor::Owner;
use crate::history::{Look, Told};

impl Judge {
    pub(super) fn looked(&mut self, at: i64, bot: &str, look: Option<&Look>) {
        if look.is_some_and(|look| !look.has_errors) {
            self.swept_at.insert(bot.to_owned(), at);
        }
        let glance = Glance { at, look: look.cloned() };
        self.looks.entry(bot.to_owned()).or_default().push(glance);
    }

    pub(super) fn proven_absent(&mut self, at: i64, attempt: i64, judge: Owner) {
        let Some(one) = self.attempts.get(&attempt) else { return };
        // Of an answer that died with its node nobody knows; then the looks decide.
        if one.told == Some(Told::Duplicate) && one.is_recorded {
            return self.called_foreign(at, attempt);
        }
        // Where two nodes' clocks are further apart than sends allow, one ends the quiet time that another
        // began. Then only the filter stands against a double, and the plan sees to it that it does.
        if one.is_recalled || self.skew > self.protocol.clock_off_max {
            return;
        }
        let (quiet_from, is_foreign) = self.quiet_from(one);
        let is_clock_set = self.nodes.get(&judge).is_some_and(|node| node.clock_set_at >= one.at);
        let looks = self.looks.get(&one.stored.bot).map_or(&[][..], Vec::as_slice);
        let votes: Vec<i64> = looks
            .iter()
            .filter(|glance| glance.at >= quiet_from - self.skew && self.is_vote(one, glance))
            .map(|glance| glance.at - quiet_from)
            .collect();
        // One node's clock said when the socket was closed, another's may say when quiet time is over.
        let skew = self.skew.min(self.protocol.clock_off_max);
        let since = |wait: i64| votes.iter().filter(|vote| **vote >= wait - skew).count();
        let [first, second, third] = self.protocol.votes;
        let is_timely = since(first) >= 3 && since(second) >= 2 && since(third) >= 1;
        // Quiet time is measured by the node's own clock: where somebody set it, only the looks count.
        let is_proven = votes.len() >= 3 && (is_timely || is_clock_set);
        if !is_proven {
            let whose = if is_foreign { "a taken over " } else { "" };
            let what = format!(
                "{whose}attempt {attempt} counts as absent after looks at {votes:?} ms of quiet time"
            );
            let bot = one.stored.bot.clone();
            self.object("I8 (three admissible looks)", at, &bot, what);
        }
    }

    /// X called it a duplicate, so this attempt brought nothing; but what an earlier one lost is ours.
    fn called_foreign(&mut self, at: i64, attempt: i64) {
        let Some(one) = self.attempts.get(&attempt) else { return };
        let bot = one.stored.bot.clone();
        let slot = (bot.clone(), one.stored.due_at);
        let earlier = self.of_slot.get(&slot).into_iter().flatten().filter(|id| **id < attempt);
        let is_lost =
            |id: &i64| self.attempts.get(id).is_some_and(|one| one.told == Some(Told::Lost));
        if earlier.copied().any(|id| is_lost(&id)) {
            let what =
                format!("attempt {attempt} is a duplicate of one that was lost, and given up");
            self.object("classify 403 (the earlier one landed)", at, &bot, what);
        }
    }

    /// Since when nothing of the attempt can arrive any more, and whether it was taken over from a node
    /// that may only be cut off: its end was never stored, whoever looks for it now, and be it the same
    /// node that was frozen meanwhile.
    fn quiet_from(&self, one: &Intention) -> (i64, bool) {
        let is_foreign = !one.is_recorded && one.node.is_some();
        match self.protocol.takeover_quiet {
            Some(quiet) if is_foreign => (one.send_by + quiet, true),
            Some(_) | None => {
                let down_at = one.node.and_then(|node| self.nodes.get(&node)?.down_at);
                let died = down_at.filter(|down| *down >= one.at && one.began_at.is_some());
                (one.closed_at.or(died).unwrap_or(one.at), false)
            }
        }
    }

    /// Whether a page can say what is not there.
    fn is_vote(&self, one: &Intention, glance: &Glance) -> bool {
        let Some(look) = glance.look.as_ref().filter(|look| !look.has_errors) else { return false };
        let shows = |id: &String| {
            // An older one of the same text is somebody else's.
            self.texts.get(id).is_some_and(|(_, text)| *text == one.stored.payload)
                && self.taken_at.get(id).is_some_and(|at| *at >= one.at)
        };
        let has_control = one.stored.anchor.as_ref().is_none_or(|anchor| look.ids.contains(anchor));
        has_control && !look.ids.iter().any(shows)
    }
}
