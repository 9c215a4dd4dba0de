//! `flockwork queue add`: one text, typed.

use clap::Args;
use domain::model::BotId;
use domain::ports::store::{NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::rules::review::{Batch, duplicate_of, review};
use engine::beside;

use super::super::context::Context;
use super::super::lint::{Reason, reasons, spoken};
use crate::exit::{Exit, Failure};

/// `flockwork queue add TEXT`
#[derive(Args, Debug)]
pub struct Add {
    /// The text.
    text: String,
    /// Whose post it is; not needed where there is only one bot.
    #[arg(long)]
    bot: Option<BotId>,
    /// Its topic, for the rotation.
    #[arg(long)]
    topic: Option<String>,
}

impl Add {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open(&config).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let verdict = review(&self.text, &bot.persona.policy);
        if !verdict.is_accepted() {
            return Err(refused(&reasons(&verdict)));
        }
        let candidate = [(verdict.text.as_str(), String::new())];
        let now = context.clock.now();
        let findings = beside(&db, &mut Batch::default(), &candidate, now).await?;
        if let Some(finding) = findings.into_iter().flatten().next() {
            return Err(refused(&[Reason::of(finding)]));
        }
        let post = NewPost {
            bot: bot.id.clone(),
            content: verdict.text,
            topic: self.topic,
            content_hash: verdict.content_hash,
            origin: PostOrigin::Imported,
        };
        let stored = db.store_posts(&[post], now).await?;
        db.close().await;
        match stored.first() {
            Some(StoredPost::Queued(id)) => {
                let line = format!("post {} is queued for {}", id.0, bot.id);
                context.out.line(&line)?;
                Ok(Exit::Success)
            }
            Some(StoredPost::Duplicate { of, bot }) => {
                Err(refused(&[Reason::of(duplicate_of(*of, bot))]))
            }
            None => Err(Failure::new(Exit::Internal, "the database gave no answer for the post")),
        }
    }
}

fn refused(reasons: &[Reason]) -> Failure {
    let message = format!("this text may not go out: {}", spoken(reasons));
    Failure::new(Exit::BadData, message).hint("`flockwork lint -` tries a text without queueing it")
}
