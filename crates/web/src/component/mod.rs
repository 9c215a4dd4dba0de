//! Parts of a page. Each has a model that can be compared and a template of its own, so that a page
//! and the live stream show the same thing.

mod foot;
mod gone;
mod lead;
mod mark;
mod needs;
mod next;
mod pill;
mod post_card;
mod runway;
mod spend;
mod story;
mod summary;
mod text;
mod time;
mod verdicts;

pub(crate) use foot::Foot;
pub(crate) use gone::Gone;
pub(crate) use lead::{Lead, pill_of};
pub(crate) use mark::Mark;
pub(crate) use needs::{Need, Needs};
pub(crate) use next::Next;
pub(crate) use pill::{Mood, Pill};
pub(crate) use post_card::PostCard;
pub(crate) use runway::Runway;
pub(crate) use spend::SpendPart;
pub(crate) use story::{Step, Story};
pub(crate) use summary::Summary;
pub(crate) use text::{Prose, lateness, money, sentence, shown_at, story_of, x_address};
pub(crate) use time::Moment;
pub(crate) use verdicts::Verdicts;
