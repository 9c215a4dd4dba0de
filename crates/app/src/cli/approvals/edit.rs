//! `flockwork approvals edit`: other words.

use std::io::Read as _;
use std::path::Path;

use anyhow::Context as _;
use clap::Args;
use domain::model::PostId;
use domain::ports::store::{ApprovalAct, ApprovalStore as _, Edit, Edited, Said};
use domain::rules::approval::because;
use domain::rules::review::{Severity, Verdict, duplicate_of, review};
use engine::beside_others;

use super::reject::reason;
use super::target::Target;
use crate::cli::ask::{open_input, reading};
use crate::cli::context::Context;
use crate::cli::lint::{Reason, reasons, spoken};
use crate::cli::review::explain::no_post;
use crate::cli::second_reader::SecondReader;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};

/// No post is longer, whatever a file holds.
const BYTES_MAX: u64 = 64 * 1024;

/// `flockwork approvals edit ID TEXT`
#[derive(Args, Debug)]
pub struct EditPost {
    /// The number of the post, perhaps with the bytes seen: `12` or `12@3fa9c1d2`.
    post: Target,
    /// Its new text, or `-` to read it from standard input.
    text: String,
    /// Say yes to the new text with the same act.
    #[arg(long)]
    approve: bool,
    /// Why.
    #[arg(long, value_name = "REASON", value_parser = reason)]
    because: Option<String>,
}

impl EditPost {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let text = if self.text == "-" { read()? } else { self.text.clone() };
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let now = context.clock.now();
        let id = self.post.id;
        let reviewed = db.find_reviewed(id).await?.ok_or_else(|| no_post(id))?;
        if !self.post.is(&reviewed.post.content) {
            return Err(Failure::new(Exit::Failure, Said::Changed.tell(id)));
        }
        let mut verdict = review(&text, &reviewed.policy);
        verdict.findings.extend(beside_others(&db, id, &verdict.text, now).await?);
        if verdict.severity() != Some(Severity::Blocks) {
            let (second, bot) = (SecondReader::of(&config)?, &reviewed.post.bot);
            let seen = second.look(&db, bot, &[&verdict.text], &context).await?;
            verdict.findings.extend(seen.into_iter().flatten());
        }
        if verdict.severity() == Some(Severity::Blocks) {
            return Err(blocked(&reasons(&verdict)));
        }
        for reason in reasons(&verdict) {
            context.out.note(&format!("{}: {}", reason.rule, reason.message))?;
        }
        let seen = reviewed.post.content;
        let act = ApprovalAct { post: id, seen, who: who(&context.environment) };
        let signed = context.signed(&db, "post.edit", format!("post {}", id.0));
        let edited = signed.edit_post(&self.edit(act, verdict), now).await?;
        db.close().await;
        let line = outcome(id, edited)?;
        context.out.line(&line)?;
        Ok(Exit::Success)
    }

    fn edit(&self, act: ApprovalAct, verdict: Verdict) -> Edit {
        Edit {
            act,
            because: because(&verdict),
            content: verdict.text,
            content_hash: verdict.content_hash,
            is_approved: self.approve,
            reason: self.because.clone(),
        }
    }
}

fn outcome(id: PostId, edited: Edited) -> Result<String, Failure> {
    match edited {
        Edited::Said(said @ Said::Done(_)) => Ok(said.tell(id)),
        Edited::Said(said) => Err(Failure::new(Exit::Failure, said.tell(id))),
        Edited::Duplicate { of, bot } => Err(blocked(&[Reason::of(duplicate_of(of, &bot))])),
    }
}

fn blocked(reasons: &[Reason]) -> Failure {
    Failure::new(Exit::BadData, format!("this text may not go out: {}", spoken(reasons)))
        .hint("`flockwork lint -` tries a text")
}

fn read() -> Result<String, Failure> {
    let (place, mut text) = (Path::new("-"), String::new());
    let mut input = open_input(place)?.take(BYTES_MAX);
    input.read_to_string(&mut text).with_context(|| reading(place))?;
    Ok(text)
}
