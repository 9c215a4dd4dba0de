//! May this text go out? Each rule is a file that names its source and shows both its sides;
//! [`RULES`] lists them, and [`review`] runs those that need only the text and the persona's
//! [`Policy`]. Whether a text exists already, over all bots, is asked of the store with
//! [`content_hash`], and [`duplicate_of`] says so; whether one is nearly the same is found by
//! [`Shingles::bands`] and said by [`near_duplicate_of`], and by [`Batch`] of texts that come together.
//! What a moderation endpoint says of a text becomes a finding by [`judged`], its silence by
//! [`unasked`]; those two rules stand in [`ASKED_RULES`].
//! The [`corpus`] holds every rule to labelled texts.

mod banned;
mod cashtag;
mod characters;
pub mod corpus;
mod degenerate;
mod disclosure;
mod duplicate;
mod emoji;
mod emoji_count;
mod empty;
mod explain;
mod fold;
mod hashtag;
mod human;
mod language;
mod leak;
mod length;
mod link;
mod links;
mod mention;
mod moderation;
mod near;
mod placeholder;
mod rule;
mod table;
mod text;
mod trend;
mod verdict;
mod weighted_length;

pub use crate::model::{LinkPolicy, Policy};
pub use cashtag::CASHTAGS_MAX;
pub(in crate::rules) use characters::without_invisible;
pub use disclosure::disclosed;
pub use duplicate::{content_hash, duplicate_of, normal_form};
pub use explain::{Alike, Explained, Judged, explain};
pub use language::is_language;
pub use links::links;
pub use moderation::{judged, unasked};
pub use near::{
    BAND_POSTS_MAX, BANDS, Batch, COMPARED_MAX, ID as NEAR_DUPLICATE, Known, LOOSE_MAX, Likeness,
    NEAR_PERCENT, ROWS, Shingles, VERSION as BANDS_VERSION, near_duplicate_of,
};
pub use rule::{Example, Rule, Severity, Source};
pub use table::{ASKED_RULES, RULES, find_rule};
pub(in crate::rules) use text::start_of;
pub use verdict::{Finding, Verdict, review};
pub use weighted_length::{
    Counting, has_invalid_characters, weighted_length, weighted_length_with,
};
