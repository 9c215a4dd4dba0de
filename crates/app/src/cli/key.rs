//! `flockwork key`: the keys under which secrets are sealed.

mod forget;
mod new;
mod rotate;
mod status;

use clap::Subcommand;

use super::context::Context;
use crate::exit::{Exit, Failure};

/// What to do with keys.
#[derive(Subcommand, Debug)]
pub enum KeyCommand {
    /// Makes a key and prints it, or puts it into a file.
    New(new::New),
    /// Lists the keys that this node has or needs, and what is sealed under each.
    ///
    /// Ends with 78 if one is missing that something is sealed under.
    Status,
    /// Seals everything anew under the first key of the master key's file.
    ///
    /// Row by row, beside nodes that work; run it again if it was ended. `flockwork key new --into FILE` puts
    /// a new key before the old one; every node must have both before this runs.
    Rotate,
    /// Takes away what is sealed under a key that is lost.
    ///
    /// The bots whose credentials are gone need new ones, and people whose second factor is gone set it up
    /// again.
    Forget(forget::Forget),
}

impl KeyCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::New(new) => new.run(context),
            Self::Status => status::run(context).await,
            Self::Rotate => rotate::run(context).await,
            Self::Forget(forget) => forget.run(context).await,
        }
    }
}
