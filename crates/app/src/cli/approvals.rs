//! `flockwork approvals`: what waits for a person, and what that person says.

mod approve;
mod edit;
mod list;
mod reject;
mod target;

use clap::{Args, Subcommand};

use self::approve::Approve;
use self::edit::EditPost;
use self::list::List;
use self::reject::Reject;
use self::target::Target;
use super::context::Context;
use super::review::explain::Dossier;
use super::second_reader::SecondReader;
use crate::exit::{Exit, Failure};

/// What to do about posts that wait.
#[derive(Subcommand, Debug)]
pub enum ApprovalsCommand {
    /// Lists the posts that wait, oldest first.
    List(List),
    /// Says everything about one post, as `flockwork review explain` does.
    Show(Show),
    /// Says yes to posts as they are now: they are queued.
    ///
    /// ID@BYTES (as `approvals list` shows it) says yes only if nobody edited the post since.
    Approve(Approve),
    /// Gives a post another text, which review judges anew; an earlier yes is undone.
    Edit(EditPost),
    /// Says no to posts, for a reason that the bot's next prompt is told.
    ///
    /// A post that was refused so is no near-duplicate any more: a mended text may follow. The very
    /// same text never comes back.
    Reject(Reject),
}

/// `flockwork approvals show ID`
#[derive(Args, Debug)]
pub struct Show {
    /// The number of the post.
    post: Target,
}

impl ApprovalsCommand {
    /// Does it.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Show(show) => show.run(context).await,
            Self::Approve(approve) => approve.run(context).await,
            Self::Edit(edit) => edit.run(context).await,
            Self::Reject(reject) => reject.run(context).await,
        }
    }
}

impl Show {
    async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let now = context.clock.now();
        let second = SecondReader::of(&config)?;
        let dossier = Dossier::find(&db, self.post.id, (&second, &context)).await?;
        db.close().await;
        dossier.say(&mut context.out, now)?;
        Ok(Exit::Success)
    }
}
