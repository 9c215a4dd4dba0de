//! May this text go out? Each rule is a file that names its source; [`review`] runs those that need
//! only the text. Whether a text exists already, over all bots, is asked of the store with
//! [`content_hash`], and [`duplicate_of`] says so.

mod cashtag;
mod characters;
mod degenerate;
mod duplicate;
mod emoji;
mod leak;
mod length;
mod links;
mod mention;
mod placeholder;
mod text;
mod verdict;
mod weighted_length;

pub use duplicate::{content_hash, duplicate_of, normal_form};
pub use links::links;
pub(in crate::rules) use text::start_of;
pub use verdict::{Finding, ReviewLimits, Verdict, review};
pub use weighted_length::{
    Counting, has_invalid_characters, weighted_length, weighted_length_with,
};
