//! (f) Once a day, what X shows of a bot against its receipts.
//!
//! The one check that sees what the promise's assumptions do not cover: a post that X took twice, or
//! that somebody else made with our words. Its own pages may lack things, so absence counts only where
//! the page is whole and shows another post of ours (invariant I8); a sight counts always.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::{Checked, Covered};
use crate::model::{
    BotId, ContentHash, Finding, FindingKind, PostId, PostState, SlotId, XPostId, XUserId,
};
use crate::ports::{TimelineItem, TimelinePage};
use crate::rules::{reconcile, review};

/// The kinds of this check.
pub const KINDS: &[FindingKind] = &[FindingKind::DuplicateOnX, FindingKind::UnclaimedOnX];

/// At least so much of the timeline is read, so that each post is looked at twice.
const RANGE: SignedDuration = SignedDuration::from_hours(48);
/// What was compared before is compared once more this far.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// And no more than this, however long nobody compared.
const RANGE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An older post of ours is the control of the page, unless it is older than this.
const CONTROL_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A post may show this late.
const LAG: SignedDuration = SignedDuration::from_mins(15);

/// A bot whose timeline is to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The bot.
    pub bot: BotId,
    /// Its account, once known.
    pub x_user: Option<XUserId>,
    /// When it was last compared.
    pub compared_at: Option<Timestamp>,
    /// Its newest receipts, newest first; [`RECEIPTS_MAX`] at most.
    pub receipts: Vec<Known>,
}

/// Receipts that one comparison goes through.
pub const RECEIPTS_MAX: u32 = 500;

/// A receipt, as far as this check goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// X's id of the post.
    pub x_post_id: XPostId,
    /// When X made it.
    pub posted_at: Timestamp,
    /// It was gone from X when it was last looked for.
    pub is_removed: bool,
}

/// A post of ours whose text X shows without a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OurText {
    /// The post.
    pub post: PostId,
    /// Its exact text.
    pub content: String,
    /// Where it is in its life.
    pub state: PostState,
    /// Its slot.
    pub slot: Option<SlotId>,
    /// Whether X has it is being found out, or asked of a person.
    pub is_open: bool,
    /// Its receipt.
    pub receipt: Option<Known>,
    /// When the last send for the receipt's slot had to be over; `None` where none is known.
    pub send_by: Option<Timestamp>,
}

/// What follows from a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Duplicates, and posts that nobody claims.
    pub checked: Checked,
    /// Receipts whose posts are gone from X; they stay posted and are never posted again.
    pub removed: Vec<XPostId>,
    /// Receipts whose posts are there after all.
    pub returned: Vec<XPostId>,
    /// Read the timeline before the next send: X shows from here on what our queue still holds.
    pub distrust_since: Option<Timestamp>,
}

impl Comparison {
    /// From when on receipts are judged.
    fn judged_from(&self, now: Timestamp) -> Timestamp {
        let overlap = self.compared_at.map_or(now - RANGE_MAX, |at| at - OVERLAP);
        overlap.min(now - RANGE).max(now - RANGE_MAX)
    }

    /// From when on X is read; `None` where nothing of ours is new enough to be compared. It reaches
    /// back to one post before those that are judged.
    pub fn since(&self, now: Timestamp) -> Option<Timestamp> {
        let judged_from = self.judged_from(now);
        let oldest = self.receipts.iter().rfind(|known| known.posted_at >= judged_from)?;
        let control = self
            .receipts
            .iter()
            .find(|known| known.posted_at < judged_from && known.posted_at > now - CONTROL_MAX);
        let from = control.map_or(oldest.posted_at, |known| known.posted_at);
        Some(from.min(judged_from))
    }
}

/// The posts of a page that no receipt is about, by the hash of their text. Replies and pictures are
/// not ours: Flockwork makes none.
pub fn unclaimed<'a>(
    comparison: &Comparison,
    page: &'a TimelinePage,
) -> Vec<(ContentHash, &'a TimelineItem)> {
    let claimed: HashSet<&XPostId> =
        comparison.receipts.iter().map(|known| &known.x_post_id).collect();
    page.items
        .iter()
        .filter(|item| item.in_reply_to.is_none() && item.media_count == 0)
        .filter(|item| !claimed.contains(&item.id))
        .map(|item| (review::content_hash(&reconcile::shown(item)), item))
        .collect()
}

/// Judges a page. `ours` are the bot's posts with the hashes of [`unclaimed`].
pub fn compare(
    comparison: &Comparison,
    page: &TimelinePage,
    ours: &[OurText],
    now: Timestamp,
) -> Compared {
    let shown: HashSet<&XPostId> = page.items.iter().map(|item| &item.id).collect();
    let strangers: Vec<&TimelineItem> =
        unclaimed(comparison, page).into_iter().map(|(_, item)| item).collect();
    let removed = removed(comparison, page, &shown, now);
    let mut found = Vec::new();
    let mut distrust_since = None;
    for text in ours {
        let copies: Vec<&TimelineItem> = strangers
            .iter()
            .copied()
            .filter(|item| reconcile::is_same_text(&text.content, item))
            .filter(|item| text.receipt.as_ref().is_none_or(|known| known.x_post_id != item.id))
            .collect();
        found.extend(judge(text, &copies, &removed, &comparison.bot));
        if matches!(text.state, PostState::Draft | PostState::Queued | PostState::Assigned)
            && !text.is_open
        {
            let first = copies.iter().filter_map(|item| item.made_at()).min();
            distrust_since = distrust_since.into_iter().chain(first).min();
        }
    }
    let returned = |known: &&Known| known.is_removed && shown.contains(&known.x_post_id);
    Compared {
        checked: Checked { kinds: KINDS, covered: Covered::Bot(comparison.bot.clone()), found },
        returned: ids(comparison.receipts.iter().filter(returned)),
        removed: ids(removed.values().copied()),
        distrust_since,
    }
}

/// What the copies of one text, none of which has a receipt, say.
fn judge(
    text: &OurText,
    copies: &[&TimelineItem],
    removed: &HashMap<&XPostId, &Known>,
    bot: &BotId,
) -> Vec<Finding> {
    let first = text.receipt.as_ref();
    let stands =
        first.is_some_and(|known| !known.is_removed && !removed.contains_key(&known.x_post_id));
    let oldest = copies.iter().map(|item| &item.id).min();
    // Imported posts went out before Flockwork, and nothing proves under which id.
    let is_from_before = first.is_none() && text.state == PostState::Published;
    let is_expected = text.is_open || is_from_before;
    copies
        .iter()
        .filter_map(|item| {
            let is_first = !stands && Some(&item.id) == oldest;
            let kind = match is_first {
                false => FindingKind::DuplicateOnX,
                true if is_expected => return None,
                true => FindingKind::UnclaimedOnX,
            };
            Some(finding(kind, text, item, bot))
        })
        .filter(|finding| !(is_from_before && finding.kind == FindingKind::DuplicateOnX))
        .collect()
}

fn finding(kind: FindingKind, text: &OurText, item: &TimelineItem, bot: &BotId) -> Finding {
    let (post, id) = (text.post.0, &item.id);
    let detail = match (&text.receipt, kind) {
        (Some(known), FindingKind::DuplicateOnX) => {
            format!("{bot} shows post {post} as {} and once more as {id}", known.x_post_id)
        }
        (None, FindingKind::DuplicateOnX) => format!("{bot} shows post {post} again as {id}"),
        _ => format!("{bot} shows {id} with the text of post {post}, and no receipt says so"),
    };
    Finding {
        kind,
        subject: format!("x {id}"),
        bot: Some(bot.clone()),
        slot: text.slot,
        place: 0,
        at: Timestamp::UNIX_EPOCH,
        detail,
    }
}

/// Receipts whose post a whole page does not show although it shows another of ours.
fn removed<'a>(
    comparison: &'a Comparison,
    page: &TimelinePage,
    shown: &HashSet<&XPostId>,
    now: Timestamp,
) -> HashMap<&'a XPostId, &'a Known> {
    let is_whole = page.next.is_none() && !page.has_errors;
    let has_control = comparison.receipts.iter().any(|known| shown.contains(&known.x_post_id));
    if !is_whole || !has_control {
        return HashMap::new();
    }
    let judged = comparison.judged_from(now)..now - LAG;
    comparison
        .receipts
        .iter()
        .filter(|known| !known.is_removed && judged.contains(&known.posted_at))
        .filter(|known| !shown.contains(&known.x_post_id))
        .map(|known| (&known.x_post_id, known))
        .collect()
}

fn ids<'a>(known: impl Iterator<Item = &'a Known>) -> Vec<XPostId> {
    let mut ids: Vec<XPostId> = known.map(|known| known.x_post_id.clone()).collect();
    ids.sort();
    ids
}

#[cfg(test)]
mod tests;
