//! Did a post go out whose answer was lost? Only the timeline tells, and an error is never evidence
//! of absence (invariant I8).
//!
//! Positive evidence counts at any time. Absence counts only after quiet time, by three admissible
//! looks, each of which must show the anchor.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use unicode_normalization::UnicodeNormalization as _;

use super::lifecycle::Event;
use super::retry;
use crate::model::{Attempt, AttentionReason, FailReason, Receipt, SkipReason, SlotPhase, XPostId};
use crate::ports::store::{CRASHES_MAX, OpenAttempt};
use crate::ports::{ReadError, TimelineItem, TimelinePage};

/// Two clocks may disagree by this much where nothing depends on it.
const SKEW: SignedDuration = SignedDuration::from_secs(5);
/// And by this much where a post would be overlooked. The protocol has 5 s; but where the clocks are further
/// apart a post of ours is dated before its intent, counts as absent and goes out again. What has its text and
/// is newer than the anchor is ours then, or makes ours a duplicate.
pub const CLOCKS_APART: SignedDuration = SignedDuration::from_hours(24);
/// X may date an accepted post this long after the last moment we could have sent it: as long as the
/// promise assumes that it may accept one after our socket closed.
const LATE_ACCEPT: SignedDuration = SignedDuration::from_mins(15);
/// Without an anchor, older posts are looked for this far back, as the control of the page.
const CONTROL_RANGE: SignedDuration = SignedDuration::from_hours(24 * 30);
/// Reading goes on this long after a person was called.
const READING_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);
/// A duplicate that X reports must show within this.
const DUPLICATE_SEARCH_MAX: SignedDuration = SignedDuration::from_hours(24);
/// A person is called this long after the catch-up window (invariant I2).
const SETTLED_BY: SignedDuration = SignedDuration::from_mins(20);
/// Sends of one slot whose answers may be lost.
const AMBIGUOUS_ROUNDS_MAX: u32 = 2;
/// Slowest pace of reading while a person is awaited.
const SLOW_LOOK: SignedDuration = SignedDuration::from_hours(1);

/// When looks happen and which of them count, measured from the moment the socket was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Its name in the configuration and in `/health`.
    pub name: &'static str,
    /// Early looks: only a sight counts.
    pub looks: [SignedDuration; 2],
    /// Looks that vote for absence.
    pub votes: [SignedDuration; 3],
    /// While X does not answer an app, it is asked once in so long.
    pub probe_every: SignedDuration,
}

impl Profile {
    /// The protocol's own times.
    pub const STANDARD: Self = Self {
        name: "standard",
        looks: [SignedDuration::from_secs(3), SignedDuration::from_secs(10)],
        votes: [
            SignedDuration::from_secs(30),
            SignedDuration::from_mins(2),
            SignedDuration::from_mins(10),
        ],
        probe_every: SignedDuration::from_mins(1),
    };

    /// For tests against a sandbox that shows a post at once. Never for X: its timeline lags.
    pub const FAST: Self = Self {
        name: "fast",
        looks: [SignedDuration::from_millis(100), SignedDuration::from_millis(200)],
        votes: [
            SignedDuration::from_millis(400),
            SignedDuration::from_millis(700),
            SignedDuration::from_millis(1_000),
        ],
        probe_every: SignedDuration::from_secs(1),
    };

    /// The same, where nodes are killed on purpose: a node may then also shorten its leases and its
    /// time-outs, so that another has its work within seconds.
    pub const DRILL: Self = Self { name: "drill", ..Self::FAST };

    /// How long after a lost answer the first look is.
    pub fn first_look(&self) -> SignedDuration {
        self.looks[0]
    }

    /// The first look or vote after `now`, for an attempt with so many votes. Two looks are never
    /// closer than the first is to the lost answer, so that late votes are separate looks too.
    fn next(&self, closed_at: Timestamp, votes: u32, now: Timestamp) -> Timestamp {
        let vote = self.votes.get(votes as usize).copied().unwrap_or(self.votes[2]);
        let due = (closed_at + vote).max(now + self.looks[0]);
        self.looks
            .iter()
            .map(|look| closed_at + *look)
            .find(|look| *look > now && *look < due)
            .unwrap_or(due)
    }
}

/// What a look showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// X has it; more than one is a duplicate that somebody made.
    Found(Vec<Receipt>),
    /// A whole page that shows the anchor does not show it.
    NotThere,
    /// The page proves nothing, and why.
    Inadmissible(String),
    /// There was no page.
    Unreadable(ReadError),
    /// It was not looked: another look is due then.
    PutOff {
        /// Why, for a person.
        because: String,
        /// When.
        until: Timestamp,
    },
}

/// What follows from a sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What happens to the slot.
    pub event: Event,
    /// When to look again, or to send again.
    pub wake_at: Option<Timestamp>,
    /// Votes for absence so far.
    pub absence_votes: u32,
    /// X's proof.
    pub receipt: Option<Receipt>,
    /// The post stands there more than once: pause the bot and say so.
    pub is_double: bool,
    /// One sentence for a person.
    pub detail: String,
}

/// From when on the timeline can answer: since the anchor, so that the anchor itself is in it.
pub fn since(attempt: &Attempt) -> Timestamp {
    let anchored_at = attempt.anchor.as_ref().and_then(XPostId::created_at);
    anchored_at.unwrap_or(attempt.first_intent_at - CONTROL_RANGE)
}

/// Reads a page. `post_count` is what `users/me` says, asked where the page is empty.
pub fn see(attempt: &Attempt, page: &TimelinePage, post_count: Option<u64>) -> Sight {
    let ours = |is_then: fn(&Attempt, &TimelineItem) -> bool| -> Vec<Receipt> {
        let items = page.items.iter().filter(|item| is_ours(attempt, item, is_then));
        items.map(|item| receipt(attempt, item)).collect()
    };
    // By the clock first: a person may have posted the same text the day before.
    let by_clock = ours(is_in_window);
    let found = if by_clock.is_empty() { ours(is_after_anchor) } else { by_clock };
    if !found.is_empty() {
        return Sight::Found(found);
    }
    if page.has_errors {
        return Sight::Inadmissible("X put errors beside the page".to_owned());
    }
    if page.items.iter().any(|item| may_be_ours(attempt, item)) {
        return Sight::Inadmissible("X shows a short link without what it stands for".to_owned());
    }
    match &attempt.anchor {
        Some(anchor) if page.items.iter().any(|item| item.id == *anchor) => Sight::NotThere,
        Some(anchor) => {
            Sight::Inadmissible(format!("the page does not show the earlier post {anchor}"))
        }
        None if page.items.iter().any(|item| is_older(attempt, item)) => Sight::NotThere,
        None if page.items.is_empty() && post_count.unwrap_or(0) == 0 => Sight::NotThere,
        None => Sight::Inadmissible("the page shows no post older than this one".to_owned()),
    }
}

/// Decides what a sight means for the slot.
pub fn decide(open: &OpenAttempt, sight: Sight, profile: &Profile, now: Timestamp) -> Finding {
    match sight {
        Sight::Found(receipts) => found(open, receipts),
        Sight::NotThere if open.attempt.is_duplicate_answer => duplicate_not_there(open, now),
        Sight::NotThere => not_there(open, profile, now),
        Sight::Inadmissible(why) => look_again(open, why, None, now),
        Sight::Unreadable(error) => unreadable(open, &error, now),
        // As if it could not be read: past its time a person is called all the same (I2).
        Sight::PutOff { because, until } => look_again(open, because, Some(until), now),
    }
}

fn found(open: &OpenAttempt, receipts: Vec<Receipt>) -> Finding {
    let is_double = receipts.len() > 1;
    let detail = if is_double {
        format!("X shows it {} times", receipts.len())
    } else {
        "found on the timeline".to_owned()
    };
    // The oldest is the one to keep; the others are what a person may delete.
    let receipt = receipts.into_iter().min_by(|a, b| a.x_post_id.cmp(&b.x_post_id));
    Finding {
        event: Event::Posted,
        wake_at: None,
        absence_votes: open.attempt.absence_votes,
        receipt,
        is_double,
        detail,
    }
}

/// X called it a duplicate, and it does not show. After an ambiguous attempt the earlier one landed,
/// so it is searched for a day and never sent again; after none, the text is somebody else's.
fn duplicate_not_there(open: &OpenAttempt, now: Timestamp) -> Finding {
    if open.phase == SlotPhase::NeedsAttention {
        return look_again(
            open,
            "X calls it a duplicate but does not show it".to_owned(),
            None,
            now,
        );
    }
    // Unlike, not earlier: somebody may have set the clock back between the two.
    let had_lost_an_answer = open.attempt.first_intent_at != open.attempt.intent_at;
    if !had_lost_an_answer {
        return Finding {
            detail: "X says this text is already out, and it is not ours".to_owned(),
            ..plain(open, Event::Skip(SkipReason::Duplicate), None)
        };
    }
    if now > open.attempt.intent_at + DUPLICATE_SEARCH_MAX {
        return call_person(open, "X calls it a duplicate but shows it nowhere".to_owned(), now);
    }
    let why = "X calls it a duplicate; looking for the one that landed".to_owned();
    look_again(open, why, None, now)
}

fn not_there(open: &OpenAttempt, profile: &Profile, now: Timestamp) -> Finding {
    let attempt = &open.attempt;
    let votes_for = |votes: u32| attempt.closed_at + profile.votes[(votes as usize).min(2)];
    let is_vote = now >= votes_for(attempt.absence_votes);
    let votes = attempt.absence_votes + u32::from(is_vote);
    if votes as usize >= profile.votes.len() {
        return Finding { absence_votes: votes, ..absent(open, now) };
    }
    if open.phase == SlotPhase::NeedsAttention {
        // A person was called already; only proof or that person ends it now.
        return look_again(open, "not on the timeline".to_owned(), None, now);
    }
    Finding {
        absence_votes: votes,
        detail: format!("not on the timeline, vote {votes} of {}", profile.votes.len()),
        ..plain(open, Event::NotYet, Some(profile.next(attempt.closed_at, votes, now)))
    }
}

/// Three admissible looks did not find it: X never took it.
fn absent(open: &OpenAttempt, now: Timestamp) -> Finding {
    if open.phase == SlotPhase::NeedsAttention {
        return look_again(open, "not on the timeline".to_owned(), None, now);
    }
    if now > open.due_at + open.catch_up_window {
        return Finding {
            detail: "X never took it, and by now it is too late for this slot".to_owned(),
            ..plain(open, Event::Skip(SkipReason::Late), None)
        };
    }
    if open.ambiguous_rounds >= AMBIGUOUS_ROUNDS_MAX {
        return Finding {
            detail: format!("{} answers were lost, and X took none of them", open.ambiguous_rounds),
            ..plain(open, Event::Refused(FailReason::AnswerLostTwice), None)
        };
    }
    if open.crashes >= CRASHES_MAX {
        return Finding {
            detail: format!("X never took it, and {} nodes crashed while at it", open.crashes),
            ..plain(open, Event::CallPerson(AttentionReason::Poison), None)
        };
    }
    Finding {
        detail: "X never took it; sending the same bytes once more".to_owned(),
        ..plain(open, Event::ProvenAbsent, Some(now))
    }
}

fn unreadable(open: &OpenAttempt, error: &ReadError, now: Timestamp) -> Finding {
    let until = match error {
        ReadError::RateLimited { until } => {
            Some(retry::after_window(*until, now, open.attempt.id.0.unsigned_abs()))
        }
        ReadError::Unauthorized(_)
        | ReadError::Forbidden(_)
        | ReadError::OutOfCredit(_)
        | ReadError::Unavailable(_) => None,
    };
    if error.needs_a_person() {
        return call_person(open, error.to_string(), now);
    }
    look_again(open, error.to_string(), until, now)
}

/// Looks again with back-off; past the time by which every slot must be settled, a person is called
/// and the reading goes on.
fn look_again(
    open: &OpenAttempt,
    detail: String,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Finding {
    let settled_by = open.due_at + open.catch_up_window + SETTLED_BY;
    if now > settled_by {
        return call_person(open, detail, now);
    }
    let seed = open.attempt.id.0.unsigned_abs();
    let wake_at = until.unwrap_or_else(|| now + retry::backoff(open.attempt.looks, seed));
    Finding { detail, ..plain(open, Event::NotYet, Some(wake_at.min(settled_by + SKEW))) }
}

fn call_person(open: &OpenAttempt, detail: String, now: Timestamp) -> Finding {
    let seed = open.attempt.id.0.unsigned_abs();
    let next = now + retry::backoff(open.attempt.looks, seed).max(SLOW_LOOK / 12).min(SLOW_LOOK);
    let wake_at = (now < open.attempt.intent_at + READING_MAX).then_some(next);
    Finding { detail, ..plain(open, Event::CallPerson(AttentionReason::OutcomeUnknown), wake_at) }
}

fn plain(open: &OpenAttempt, event: Event, wake_at: Option<Timestamp>) -> Finding {
    Finding {
        event,
        wake_at,
        absence_votes: open.attempt.absence_votes,
        receipt: None,
        is_double: false,
        detail: String::new(),
    }
}

fn is_ours(
    attempt: &Attempt,
    item: &TimelineItem,
    is_then: fn(&Attempt, &TimelineItem) -> bool,
) -> bool {
    // The text last: to compare it costs more than all else.
    item.in_reply_to.is_none()
        && item.media_count == 0
        && is_then(attempt, item)
        && is_same_text(&attempt.payload, item)
}

/// It hides a link, and but for that it is what was sent.
fn may_be_ours(attempt: &Attempt, item: &TimelineItem) -> bool {
    let is_then = is_in_window(attempt, item) || is_after_anchor(attempt, item);
    hides_a_link(item) && is_then && is_echo(&attempt.payload, &item.text)
}

/// A short link that nothing explains: the text may be ours, and nobody can tell.
fn hides_a_link(item: &TimelineItem) -> bool {
    let shorts = item.text.split_whitespace().filter(|word| word.contains("t.co/"));
    shorts.into_iter().any(|word| !item.links.iter().any(|(short, _)| word.contains(short)))
}

/// The post was made when one of our attempts could have made it, by both clocks. What X itself calls a
/// duplicate of a first attempt is older than the attempt, so there only the text counts.
fn is_in_window(attempt: &Attempt, item: &TimelineItem) -> bool {
    let Some(made_at) = item.made_at() else { return true };
    let is_first_duplicate =
        attempt.is_duplicate_answer && attempt.first_intent_at == attempt.intent_at;
    let is_late_enough = is_first_duplicate || made_at >= attempt.first_intent_at - SKEW;
    is_late_enough && made_at <= attempt.send_by + LATE_ACCEPT
}

/// The same by the order in which X has them, wherever the two clocks are.
fn is_after_anchor(attempt: &Attempt, item: &TimelineItem) -> bool {
    let Some(made_at) = item.made_at() else { return true };
    let is_after = match &attempt.anchor {
        Some(anchor) => item.id > *anchor,
        None => made_at >= attempt.first_intent_at - CLOCKS_APART,
    };
    is_after && made_at <= attempt.send_by + LATE_ACCEPT + CLOCKS_APART
}

fn is_older(attempt: &Attempt, item: &TimelineItem) -> bool {
    item.made_at().is_some_and(|made_at| made_at < attempt.first_intent_at - SKEW)
}

fn receipt(attempt: &Attempt, item: &TimelineItem) -> Receipt {
    Receipt {
        x_post_id: item.id.clone(),
        posted_at: item.made_at().unwrap_or(attempt.intent_at),
        is_adopted: true,
    }
}

/// Whether X shows exactly this text: entities unescaped, short links followed, NFC, trimmed. In this
/// order: the full link of a short one may hold an `&` that is not an entity.
pub fn is_same_text(sent: &str, item: &TimelineItem) -> bool {
    canonical(&shown(item)) == canonical(sent)
}

/// The texts of a page, to look many of ours up in it.
pub struct ShownTexts<'a>(HashMap<String, &'a TimelineItem>);

impl<'a> ShownTexts<'a> {
    /// Of these; the first of several with one text stands for it.
    pub fn of(items: &'a [TimelineItem]) -> Self {
        let mut texts = HashMap::with_capacity(items.len());
        for item in items {
            texts.entry(canonical(&shown(item))).or_insert(item);
        }
        Self(texts)
    }

    /// The post that shows exactly this text, as [`is_same_text`] has it.
    pub fn find(&self, sent: &str) -> Option<&'a TimelineItem> {
        self.0.get(&canonical(sent)).copied()
    }
}

/// The text of a post with its entities unescaped and its short links followed.
pub fn shown(item: &TimelineItem) -> String {
    let links = item.links.iter();
    links.fold(unescape(&item.text), |text, (short, full)| text.replace(short.as_str(), full))
}

/// Whether `echo`, which has no list of links, may be X's form of `sent`: short links match any link.
pub fn is_echo(sent: &str, echo: &str) -> bool {
    // Nearly every text comes back as it was sent.
    if echo == sent {
        return true;
    }
    let echo = canonical(&unescape(echo));
    if echo == canonical(sent) {
        return true;
    }
    let shape = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .map(|word| if word.contains('.') { "·".to_owned() } else { word.to_owned() })
            .collect()
    };
    echo.contains("t.co/") && shape(&echo) == shape(&canonical(sent))
}

/// X escapes these three, and only these.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// NFC, white space folded, and links without scheme and closing slash, because X writes a bare
/// `example.com` back as `http://example.com`.
fn canonical(text: &str) -> String {
    let composed: Cow<'_, str> =
        if text.is_ascii() { text.into() } else { text.nfc().collect::<String>().into() };
    let mut canon = String::with_capacity(composed.len());
    for (place, word) in composed.split_whitespace().enumerate() {
        if place > 0 {
            canon.push(' ');
        }
        if word.contains("://") {
            let bare = word.replace("https://", "").replace("http://", "");
            canon.push_str(bare.trim_end_matches('/'));
        } else {
            canon.push_str(word.trim_end_matches('/'));
        }
    }
    canon
}

#[cfg(test)]
mod tests;
