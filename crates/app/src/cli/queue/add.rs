//! `flockwork queue add`: one text, typed.

use clap::Args;
use domain::model::{BotId, Consent};
use domain::ports::store::{NewPost, PostOrigin, PostStore as _, StoredPost};
use domain::rules::approval::{Admission, admit, unread};
use domain::rules::review::{Batch, Severity, Verdict, duplicate_of, review};
use engine::beside;

use super::super::context::Context;
use super::super::lint::{Reason, reasons, spoken};
use super::super::second_reader::SecondReader;
use super::super::words::who;
use super::evergreen;
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
    /// Say yes to it with the same act: else it waits for `flockwork approvals approve` where its bot's
    /// mode demands that.
    #[arg(long)]
    approve: bool,
    /// Keep it aside instead: it goes out once, when its bot's queue is empty and a post is due.
    #[arg(long)]
    evergreen: bool,
}

impl Add {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open(&config).await?;
        let bot = context.bot(&config, &db, self.bot.as_ref()).await?;
        let mut verdict = review(&self.text, &bot.persona.policy);
        let candidate = [(verdict.text.as_str(), String::new())];
        let now = context.clock.now();
        let findings = beside(&db, &mut Batch::default(), &candidate, now).await?;
        if let Some(Some(finding)) = findings.first().filter(|_| self.evergreen) {
            // When it is needed it would be let go of, whoever had said yes to it.
            return Err(may_not_go_out(&[Reason::of(finding.clone())]));
        }
        verdict.findings.extend(findings.into_iter().flatten());
        if admit(bot.mode, verdict.severity(), self.approve) != Admission::Refused {
            let second = SecondReader::of(&config)?;
            let seen = second.look(&db, &bot.id, &[&verdict.text], &context).await?;
            verdict.findings.extend(seen.into_iter().flatten());
        }
        let admission = admit(bot.mode, verdict.severity(), self.approve);
        if admission == Admission::Refused {
            return Err(refused(&verdict));
        }
        if let Some(reason) = evergreen::unasked(admission).filter(|_| self.evergreen) {
            return Err(may_not_go_out(&[reason]));
        }
        for reason in reasons(&verdict) {
            context.out.note(&format!("{}: {}", reason.rule, reason.message))?;
        }
        let who = self.approve.then(|| who(&context.environment));
        let post = NewPost {
            bot: bot.id.clone(),
            consent: consent(&verdict, who),
            content: verdict.text,
            topic: self.topic,
            content_hash: verdict.content_hash,
            origin: PostOrigin::Imported,
        };
        if self.evergreen {
            let kept = evergreen::keep(&mut context, &db, post).await;
            db.close().await;
            return kept;
        }
        let signed = context.signed(&db, "post.add", format!("bot {}", bot.id));
        let stored = signed.store_posts(&[post], now).await?;
        db.close().await;
        match stored.first() {
            Some(StoredPost::Queued(id)) => {
                let line = format!("post {} is queued for {}", id.0, bot.id);
                context.out.line(&line)?;
                Ok(Exit::Success)
            }
            Some(StoredPost::Draft(id)) => {
                let line = format!("post {} of {} waits for approval", id.0, bot.id);
                context.out.line(&line)?;
                context.out.hint(&format!("`flockwork approvals approve {}` queues it", id.0))?;
                Ok(Exit::Success)
            }
            Some(StoredPost::Duplicate { of, bot }) => {
                Err(may_not_go_out(&[Reason::of(duplicate_of(*of, bot))]))
            }
            None => Err(Failure::new(Exit::Internal, "the database gave no answer for the post")),
        }
    }
}

/// What a person has to do with a text that was typed or read from a file.
pub(super) fn consent(verdict: &Verdict, approved_by: Option<String>) -> Consent {
    match approved_by {
        Some(who) => Consent::Given { who, needs_person: !verdict.is_accepted() },
        None => unread(verdict),
    }
}

fn refused(verdict: &Verdict) -> Failure {
    let failure = may_not_go_out(&reasons(verdict));
    if verdict.severity() == Some(Severity::NeedsPerson) {
        return failure.hint("if you have looked and want it all the same, add --approve");
    }
    failure
}

pub(super) fn may_not_go_out(reasons: &[Reason]) -> Failure {
    let message = format!("this text may not go out: {}", spoken(reasons));
    Failure::new(Exit::BadData, message).hint("`flockwork lint -` tries a text without queueing it")
}
