//! `flockwork users`: who may log in on the pages.

mod link;
mod list;

use clap::Subcommand;

use self::link::MakeLink;
use self::list::List;
use super::context::Context;
use crate::exit::{Exit, Failure};

/// What to do about people.
#[derive(Subcommand, Debug)]
pub enum UsersCommand {
    /// Lists everybody who has an account.
    List(List),
    /// Makes a link by which somebody comes in, once, within 24 hours.
    ///
    /// With a NAME it is for that person: a new password, and the second factor is set up anew, whatever
    /// was forgotten. Without one it is for a new person of --role. While nobody owns the house it makes
    /// its first owner.
    Link(MakeLink),
}

impl UsersCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Link(link) => link.run(context).await,
        }
    }
}
