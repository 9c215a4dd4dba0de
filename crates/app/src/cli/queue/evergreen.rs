//! The evergreen stock on the command line: texts kept aside for the day when a queue is empty and nobody
//! can write.

use domain::model::{BotId, EvergreenId, Post};
use domain::ports::store::{
    Evergreen, EvergreenStore as _, KeptEvergreen, NewPost, ReadStore as _,
};
use domain::rules::approval::Admission;
use domain::rules::review::duplicate_of;
use serde_json::json;
use store::Db;

use super::super::context::{Context, no_bot};
use super::super::lint::Reason;
use super::super::rows::Saved;
use super::super::words::{count, cut};
use super::add::may_not_go_out;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// Why a person took one away.
const REMOVED: &str = "a person took it away";
/// Bots in one question.
const BOTS_PAGE: u32 = 200;

/// What speaks against keeping a text aside beyond what speaks against any post: when it is needed, nobody
/// is there to say yes.
pub(super) fn unasked(admission: Admission) -> Option<Reason> {
    let message = "has to be read by a person, and when it is needed nobody is asked; \
        look at it and add --approve";
    (admission == Admission::Draft)
        .then(|| Reason { rule: "evergreen", message: message.to_owned() })
}

/// Why it was not kept.
pub(super) fn double(kept: &KeptEvergreen) -> Option<Reason> {
    match kept {
        KeptEvergreen::Kept(_) => None,
        KeptEvergreen::SameAsPost { of, bot } => Some(Reason::of(duplicate_of(*of, bot))),
        KeptEvergreen::SameAsEvergreen { of, bot } => {
            let message = format!("is the same text as evergreen {} of {bot}", of.0);
            Some(Reason { rule: "duplicate", message })
        }
    }
}

/// Keeps one text aside, and says so.
pub(super) async fn keep(context: &mut Context, db: &Db, post: NewPost) -> Result<Exit, Failure> {
    let signed = context.signed(db, "evergreen.add", format!("bot {}", post.bot));
    let kept = signed.keep_evergreens(std::slice::from_ref(&post), context.clock.now()).await?;
    let kept = kept
        .first()
        .ok_or_else(|| Failure::new(Exit::Internal, "the database gave no answer for the text"))?;
    if let Some(reason) = double(kept) {
        return Err(may_not_go_out(&[reason]));
    }
    if let KeptEvergreen::Kept(id) = kept {
        context.out.line(&format!("evergreen {} is kept aside for {}", id.0, post.bot))?;
    }
    Ok(Exit::Success)
}

/// `flockwork queue list --evergreen`
pub(super) async fn list(
    context: &mut Context,
    db: &Db,
    bot: Option<&BotId>,
    max: u32,
) -> Result<(), Failure> {
    let mut stock = Vec::new();
    if let Some(bot) = bot {
        if db.find_bot_line(bot).await?.is_none() {
            return Err(no_bot(bot));
        }
        stock = db.list_evergreens(bot, None, max).await?;
    } else {
        let mut after = None;
        loop {
            let page = db.list_bots(after.as_ref(), BOTS_PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.stats.bot.clone());
            for line in &page {
                stock.extend(db.list_evergreens(&line.stats.bot, None, max).await?);
            }
        }
    }
    say(context, &stock)
}

fn say(context: &mut Context, stock: &[Evergreen]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for one in stock {
            context.out.json(&json!({
                "evergreen_id": one.id.0,
                "bot_id": one.bot.as_str(),
                "is_ready": one.is_ready,
                "category": one.topic,
                "content": one.content,
                "created_at": one.created_at.to_string(),
            }))?;
        }
        return Ok(());
    }
    if stock.is_empty() {
        context.out.line("Nothing is kept aside.")?;
        context.out.hint("`flockwork queue add --evergreen TEXT` keeps a text aside")?;
        return Ok(());
    }
    let rows = stock
        .iter()
        .map(|one| {
            vec![
                one.id.0.to_string(),
                one.bot.to_string(),
                if one.is_ready { "ready" } else { "needs a yes" }.to_owned(),
                one.topic.clone().unwrap_or_default(),
                cut(&one.content, 80),
            ]
        })
        .collect();
    context.out.table(&["evergreen", "bot", "state", "topic", "text"], rows, &[0])?;
    if stock.iter().any(|one| !one.is_ready) {
        context.out.hint(
            "a yes holds for the policy under which it was given: remove what needs one, and add it again \
             with --approve",
        )?;
    }
    Ok(())
}

/// `flockwork queue remove --evergreen`
pub(super) async fn remove(context: &mut Context, db: &Db, ids: &[i64]) -> Result<Exit, Failure> {
    let mut kept = 0;
    for id in ids {
        let signed = context.signed(db, "evergreen.remove", format!("evergreen {id}"));
        if signed.drop_evergreen(EvergreenId(*id), REMOVED, context.clock.now()).await? {
            context.out.line(&format!("evergreen {id} is taken away"))?;
        } else {
            kept += 1;
            let line = format!("evergreen {id} is used or gone already, or there is none");
            context.out.line(&line)?;
        }
    }
    if kept == 0 {
        return Ok(Exit::Success);
    }
    let kept = format!("{} could not be removed", count(kept, "text"));
    Err(Failure::new(Exit::Failure, kept)
        .hint("`flockwork queue list --evergreen` shows what is kept aside"))
}

/// A text of the stock, as a row of a file.
pub(super) fn saved(one: &Evergreen) -> Saved<'_> {
    Saved { text: &one.content, topic: one.topic.as_deref(), is_evergreen: true }
}

/// A post of the queue, as a row of a file.
pub(super) fn saved_post(post: &Post) -> Saved<'_> {
    Saved { text: &post.content, topic: post.topic.as_deref(), is_evergreen: false }
}
