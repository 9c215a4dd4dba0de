//! `flockwork approvals list`.

use clap::Args;
use domain::model::BotId;
use domain::ports::store::{ApprovalStore as _, Draft};
use serde_json::json;

use super::target::named;
use crate::cli::context::Context;
use crate::cli::words::{cut, near};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork approvals list`
#[derive(Args, Debug)]
pub struct List {
    /// Only this bot's.
    #[arg(long)]
    bot: Option<BotId>,
    /// Most posts.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
}

impl List {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let drafts = db.list_drafts(self.bot.as_ref(), self.max).await?;
        db.close().await;
        say(&mut context, &drafts)?;
        Ok(Exit::Success)
    }
}

/// The first rule that wants a person to look.
fn why(draft: &Draft) -> String {
    let because = draft.because.as_deref().and_then(|because| because.split_once(':'));
    match because {
        Some((rule, _)) => rule.to_owned(),
        None if draft.needs_person => "look".to_owned(),
        None => String::new(),
    }
}

fn say(context: &mut Context, drafts: &[Draft]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for draft in drafts {
            context.out.json(&json!({
                "id": draft.post.id.0,
                "named": named(draft.post.id, &draft.post.content),
                "bot_id": draft.post.bot.as_str(),
                "category": draft.post.topic,
                "content": draft.post.content,
                "since": draft.since,
                "needs_person": draft.needs_person,
                "held_because": draft.because,
            }))?;
        }
        return Ok(());
    }
    if drafts.is_empty() {
        context.out.line("Nothing waits for approval.")?;
        return Ok(());
    }
    let now = context.clock.now();
    let rows = drafts
        .iter()
        .map(|draft| {
            vec![
                named(draft.post.id, &draft.post.content),
                draft.post.bot.to_string(),
                near(draft.since, now),
                why(draft),
                cut(&draft.post.content, 80),
            ]
        })
        .collect();
    context.out.table(&["post", "bot", "since", "", "text"], rows, &[])?;
    context.out.hint("`flockwork approvals approve POST..` queues them, `show POST` says all")?;
    Ok(())
}
