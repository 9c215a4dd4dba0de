//! `near_duplicate`: no text that is nearly another, over all bots and all time. Source: X's
//! developer guidelines: never substantially similar content across accounts.
//!
//! Two texts are alike by the share of their [`Shingles`] (short pieces of their normal form) that
//! both have, the Jaccard index. That needs no language. Comparing a candidate with every post
//! there ever was would, so the store narrows it down first:
//!
//! - With each post it keeps one row per value of [`Shingles::bands`]: `(band, post)`, indexed by
//!   band, under the [`VERSION`] of this file. The text itself is stored with the post, and a
//!   post's shingles are made from it anew in microseconds, so no set and no signature is stored.
//! - For a candidate it reads the texts of the posts that share a band with it, those that share the
//!   most bands first, and gives them to [`near_duplicate_of`], which counts exactly. Of those that
//!   share several it reads at most [`COMPARED_MAX`]; one that shares a single band is read only while
//!   it is among the first [`LOOSE_MAX`]. Of one band it looks at [`BAND_POSTS_MAX`] posts at most,
//!   the newest.
//!
//! A pair with the Jaccard index `s` shares a band with the probability `1 - (1 - s^5)^25`: above
//! 99.99 % at 0.8, 99 % at 0.7, 1 % at 0.2 and one in a hundred thousand at 0.05, which is what two
//! texts in one language usually have.
//!
//! Among a million posts that still makes fifty that share one band by chance, and to count what a text
//! has in common costs more than to find it. But hardly any of them shares a second: a pair with the
//! index 0.8 does with a probability of 99.94 %, with 0.75 of 99 % and with 0.7 of 94 %. So where the
//! table is small everything is compared, and where it is large what is passed over is the few pairs just
//! above [`NEAR_PERCENT`] that share one band alone.
//!
//! What the other bounds cost: a post is passed over where each band that it shares with the candidate
//! has so many newer posts, or where so many others share more bands. A pair with the index 0.8 shares
//! eight bands, so that takes dozens of posts which are themselves nearly the same, each of which is
//! found instead. The same text shares all.

use jiff::Timestamp;

use crate::model::PostId;
use crate::ports::store::AlikePost;

use super::duplicate::{same_as_post, same_form};
use super::rule::{Check, Example, Rule, Severity, Source};
use super::{Finding, Policy};

mod age;
mod bands;
mod batch;
mod shingles;

pub(super) use age::said_age;
pub use bands::{BANDS, ROWS, VERSION};
pub use batch::Batch;
pub use shingles::{Likeness, Shingles};

/// Texts that share so much are too much alike, in percent.
pub const NEAR_PERCENT: u32 = 70;
/// As many posts are compared with one candidate.
pub const COMPARED_MAX: usize = 64;
/// A post that shares no more than one band with a candidate is compared only where it is among the
/// first so many.
pub const LOOSE_MAX: usize = 8;
/// As many posts of one band are looked at, the newest. A phrase that every post of a bot ends in fills
/// bands.
pub const BAND_POSTS_MAX: usize = 64;

/// The rule's id.
pub const ID: &str = "near_duplicate";

pub(super) const RULE: Rule = Rule {
    id: ID,
    what: "no text that is nearly another, over all bots and all time",
    source: Source {
        says: "X on automated accounts: no substantially similar content, on one account or several",
        link: "https://docs.x.com/developer-terms/policy",
    },
    severity: Severity::NeedsPerson,
    example: Example {
        policy: Policy::default,
        beside: Some("The fog lifted at nine, and the ferry left at ten with twelve people."),
        accepted: "Twelve people waited for the ferry until the fog was gone at nine.",
        refused: "The fog lifted at nine, and the ferry left at ten with thirty people!",
    },
    check: Check::Beside(is_near),
};

/// A post that shares a band with a candidate.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Which one.
    pub post: PostId,
    /// Whose it is, as a person knows the bot: its handle or its id, without an at sign.
    pub bot: &'a str,
    /// When it was published or else written.
    pub at: Timestamp,
    /// Its text.
    pub text: &'a str,
}

impl<'a> From<&'a AlikePost> for Known<'a> {
    fn from(post: &'a AlikePost) -> Self {
        Self { post: post.id, bot: post.bot.as_str(), at: post.at, text: &post.text }
    }
}

/// What to say of `text` beside what is `known`: the most similar post, if one is too similar. Where
/// it has the same normal form, the rule `duplicate` says so.
pub fn near_duplicate_of(text: &str, known: &[Known<'_>], now: Timestamp) -> Option<Finding> {
    let shingles = Shingles::of(text);
    let compared = known.iter().take(COMPARED_MAX);
    let likest = compared
        .map(|known| (shingles.likeness(&Shingles::of(known.text)), known))
        .filter(|(likeness, _)| likeness.is_near())
        // The first of equals, so that the answer does not depend on how the store sorts the rest.
        .reduce(|likest, next| if next.0.is_more_than(likest.0) { next } else { likest });
    let (likeness, post) = likest?;
    if same_form(text, post.text) {
        return Some(same_as_post(post.post, post.bot));
    }
    let which = format!("post {} of @{}, {}", post.post.0, post.bot, said_age(post.at, now));
    Some(near_finding(likeness, &which))
}

fn near_finding(likeness: Likeness, which: &str) -> Finding {
    let message = format!("{} % like {which}; say it in other words", likeness.percent());
    Finding::of(&RULE, message)
}

fn is_near(text: &str, other: &str) -> bool {
    Shingles::of(text).likeness(&Shingles::of(other)).is_near()
}

#[cfg(test)]
mod tests;
