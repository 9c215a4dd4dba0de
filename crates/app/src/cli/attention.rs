//! `flockwork attention`: everything that needs a person, each with its way out.

mod resolve;

use clap::{Args, Subcommand};
use domain::model::{BotId, OpenFinding, SlotState};
use domain::ports::store::{
    ApprovalStore as _, AttentionStore as _, AuditStore as _, ReadStore as _, SlotLine, SlotView,
    StoppedBot,
};
use domain::rules::attention::ways_out;
use jiff::Timestamp;
use serde_json::{Value, json};

use self::resolve::Resolve;
use super::context::Context;
use super::words::{count, cut, near};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Slots, bots and findings that are listed, of each.
const LISTED_MAX: u32 = 500;
/// Characters of a post that are shown.
const TEXT_MAX: usize = 100;

/// `flockwork attention`
#[derive(Args, Debug)]
pub struct Attention {
    #[command(subcommand)]
    command: Option<AttentionCommand>,
}

/// What to do about it.
#[derive(Subcommand, Debug)]
enum AttentionCommand {
    /// Says what became of a post that Flockwork cannot find out about, or what to do with it.
    ///
    /// Exactly one of the three answers. Works while a node runs, which acts on it within seconds. Two
    /// people who answer at once: the first answer counts, the second is told so.
    Resolve(Resolve),
}

/// One thing that needs a person.
struct Need {
    /// What it is, in a line.
    what: String,
    /// What happened, in further lines.
    details: Vec<String>,
    ways_out: Vec<String>,
    json: Value,
}

impl Attention {
    /// Lists, or takes an answer.
    pub async fn run(self, context: Context) -> Result<Exit, Failure> {
        match self.command {
            None => list(context).await,
            Some(AttentionCommand::Resolve(resolve)) => resolve.run(context).await,
        }
    }
}

async fn list(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let now = context.clock.now();
    let slots = db.list_slots(SlotView::Attention, None, LISTED_MAX).await?;
    let bots = db.list_stopped_bots(None, LISTED_MAX).await?;
    let findings = db.list_findings(LISTED_MAX).await?;
    let drafts = db.count_drafts(LISTED_MAX).await?;
    db.close().await;
    let is_cut =
        [slots.len(), bots.len(), findings.len(), drafts.len()].contains(&(LISTED_MAX as usize));
    let needs: Vec<Need> = slots
        .iter()
        .map(|slot| Need::of_slot(slot, now))
        .chain(bots.iter().map(|bot| Need::of_bot(bot, now)))
        .chain(findings.iter().map(|found| Need::of_finding(found, now)))
        .chain(drafts.iter().map(|(bot, drafts)| Need::of_drafts(bot, *drafts)))
        .collect();
    for need in &needs {
        need.say(&mut context)?;
    }
    if needs.is_empty() && context.out.format == Format::Table {
        context.out.line("Nothing needs you.")?;
    }
    if is_cut {
        context
            .out
            .note(&format!("At most {LISTED_MAX} of a kind are listed; there may be more."))?;
    }
    Ok(Exit::Success)
}

impl Need {
    fn of_slot(slot: &SlotLine, now: Timestamp) -> Self {
        let ways_out = match slot.state {
            SlotState::NeedsAttention(reason) => ways_out(slot.slot, &slot.bot, reason),
            _ => Vec::new(),
        };
        let detail = slot.detail.as_deref().filter(|detail| !detail.is_empty());
        let text = slot.text.as_deref().map(|text| format!("“{}”", cut(text, TEXT_MAX)));
        let (id, due, why) = (slot.slot.0, near(slot.due_at, now), slot.state.explain());
        Self {
            what: format!("slot {id} of {}, due {due}: {why}", slot.bot),
            details: detail.map(|detail| cut(detail, 500)).into_iter().chain(text).collect(),
            json: json!({
                "what": "slot",
                "slot": id,
                "bot_id": slot.bot.as_str(),
                "reason": slot.state.reason(),
                "due_at": slot.due_at,
                "detail": slot.detail,
                "text": slot.text,
                "ways_out": ways_out,
            }),
            ways_out,
        }
    }

    fn of_bot(bot: &StoppedBot, now: Timestamp) -> Self {
        let why = bot.reason.map_or("it posts nothing", domain::model::StateReason::explain);
        let ways_out = vec![format!("`flockwork bot resume {}`", bot.bot)];
        let (state, since) = (bot.state.as_str(), near(bot.since, now));
        Self {
            what: format!("bot {} is {}, since {since}: {why}", bot.bot, state.replace('_', " ")),
            details: Vec::new(),
            json: json!({
                "what": "bot",
                "bot_id": bot.bot.as_str(),
                "state": state,
                "reason": bot.reason.map(domain::model::StateReason::as_str),
                "since": bot.since,
                "ways_out": ways_out,
            }),
            ways_out,
        }
    }

    fn of_finding(found: &OpenFinding, now: Timestamp) -> Self {
        let way_out = found.kind.way_out();
        let way_out = match &found.bot {
            Some(bot) => way_out.replace("NAME", bot.as_str()),
            None => way_out.to_owned(),
        };
        let since = near(found.first_seen, now);
        Self {
            what: format!("found {since}: {}", found.kind.explain()),
            details: vec![cut(&found.detail, 500)],
            json: json!({
                "what": "finding",
                "finding": found.id.0,
                "kind": found.kind.as_str(),
                "bot_id": found.bot.as_ref().map(BotId::as_str),
                "slot": found.slot.map(|slot| slot.0),
                "detail": found.detail,
                "first_seen": found.first_seen,
                "last_seen": found.last_seen,
                "ways_out": [way_out],
            }),
            ways_out: vec![way_out],
        }
    }

    fn of_drafts(bot: &BotId, drafts: u64) -> Self {
        let ways_out = vec![format!("`flockwork approvals list --bot {bot}`")];
        let verb = if drafts == 1 { "waits" } else { "wait" };
        Self {
            what: format!("bot {bot}: {} {verb} for approval", count(drafts, "post")),
            details: Vec::new(),
            json: json!({
                "what": "drafts",
                "bot_id": bot.as_str(),
                "drafts": drafts,
                "ways_out": ways_out,
            }),
            ways_out,
        }
    }

    fn say(&self, context: &mut Context) -> Result<(), Failure> {
        if context.out.format == Format::Json {
            return Ok(context.out.json(&self.json)?);
        }
        let what = context.out.paint(&self.what, Accent::Warn);
        context.out.line(&what)?;
        for detail in &self.details {
            context.out.line(&format!("    {detail}"))?;
        }
        for way in &self.ways_out {
            context.out.line(&format!("  - {way}"))?;
        }
        Ok(())
    }
}
