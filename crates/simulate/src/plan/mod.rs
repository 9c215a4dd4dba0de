//! What an episode is made of, all of it decided by its seed before it begins.

mod bots;
mod chaos;
mod episode;
mod money;
mod weather;

pub(crate) use bots::{BotPlan, START_MS};
pub(crate) use chaos::{Chaos, ChaosAt, Speech};
pub(crate) use episode::Episode;
pub use episode::Size;
pub(crate) use money::Money;
pub(crate) use weather::{Barrier, Weather};
