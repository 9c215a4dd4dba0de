//! `flockwork feeds`: what bots follow, and what became of it.

mod items;
mod list;
mod try_out;

use clap::Subcommand;

use self::items::Items;
use self::list::List;
use self::try_out::Try;
use super::context::Context;
use crate::exit::{Exit, Failure};

/// What to do about feeds.
#[derive(Subcommand, Debug)]
pub enum FeedsCommand {
    /// Lists the feeds that bots follow, with what is wrong with them.
    List(List),
    /// Lists the items that a feed brought, newest first, and what became of each.
    Items(Items),
    /// Fetches a feed now, as a node would, and shows its items; nothing is kept.
    Try(Try),
}

impl FeedsCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Items(items) => items.run(context).await,
            Self::Try(one) => one.run(context).await,
        }
    }
}
