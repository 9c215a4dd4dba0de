//! Parts of a page. Each has a model that can be compared and a template of its own, so that a page
//! and the live stream show the same thing.

mod field;
mod foot;
mod gone;
mod mark;
mod needs;
mod next;
mod pill;
mod post_card;
mod runway;
mod spend;
mod summary;
mod text;
mod time;
mod verdicts;

pub(crate) use field::{Field, Shape};
pub(crate) use foot::Foot;
pub(crate) use gone::Gone;
pub(crate) use mark::Mark;
pub(crate) use needs::{Need, Needs};
pub(crate) use next::Next;
pub(crate) use pill::{Mood, Pill};
pub(crate) use post_card::PostCard;
pub(crate) use runway::{Runway, state_pill};
pub(crate) use spend::SpendPart;
pub(crate) use summary::Summary;
pub(crate) use text::{Prose, count, money, x_address};
pub(crate) use time::Moment;
pub(crate) use verdicts::Verdicts;
