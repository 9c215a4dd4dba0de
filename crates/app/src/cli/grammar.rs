//! `flockwork grammar`: what a grammar of one's own can write, before a bot writes from it.

mod check;

use clap::Subcommand;

pub use self::check::Check;
use super::context::Context;
use crate::exit::{Exit, Failure};

/// What to do with grammars.
#[derive(Subcommand, Debug)]
pub enum GrammarCommand {
    /// Says whether a grammar is right, and how many different posts it can make.
    ///
    /// Reads Tracery's JSON: a post begins with the rule `origin`, and `#topic#` stands for its
    /// topic. Tells all mistakes at once, each with its rule, and then ends with 65; else it counts
    /// the posts, shows examples, and says how many of some hundred pass review.
    Check(Check),
}

impl GrammarCommand {
    /// Does it.
    pub fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::Check(check) => check.run(context),
        }
    }
}
