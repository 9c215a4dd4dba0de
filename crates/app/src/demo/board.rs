//! The departures board in the terminal: a line for everything that happens to a slot.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::model::{Bot, SlotId, SlotPhase, SlotState};
use domain::ports::store::{ReadStore, SlotLine, SlotView, Store};
use jiff::tz::TimeZone;
use sandbox::World;
use store::Db;
use tokio_util::sync::CancellationToken;

use crate::exit::Failure;
use crate::output::{Accent, Output};

/// How often the board is read.
const PACE: Duration = Duration::from_millis(200);
/// Slots read at once.
const LINES_MAX: u32 = 100;
/// Width of a text on the board, in characters.
const TEXT_MAX: usize = 72;

/// Says what is about to be seen.
pub fn welcome(out: &mut Output, address: SocketAddr, cast: &[Bot]) -> anyhow::Result<()> {
    out.line(&format!(
        "\nFlockwork demo: {} bots post to a sandbox of X that loses answers on purpose. \
         Nothing leaves this machine.",
        cast.len()
    ))?;
    let url = out.paint(&format!("http://{address}"), Accent::Good);
    out.line(&format!("Watch it at {url}   Ctrl-C ends it.\n"))?;
    Ok(())
}

/// Prints each change of each slot, once, until `stop`.
pub async fn show(
    mut out: Output,
    store: Arc<dyn Store>,
    stop: CancellationToken,
) -> anyhow::Result<Output> {
    let mut shown: HashMap<SlotId, SlotPhase> = HashMap::new();
    let mut pace = tokio::time::interval(PACE);
    loop {
        tokio::select! {
            _ = pace.tick() => {}
            () = stop.cancelled() => return Ok(out),
        }
        let mut lines = Vec::new();
        for view in [SlotView::Gone, SlotView::Open, SlotView::Attention] {
            lines.extend(store.list_slots(view, None, LINES_MAX).await?);
        }
        lines.sort_by_key(|line| (line.updated_at, line.slot));
        for line in lines {
            let phase = line.state.phase();
            let before = shown.insert(line.slot, phase);
            if before != Some(phase) && is_news(phase) {
                let text = departure(&out, &line, before);
                out.line(&text)?;
            }
        }
    }
}

/// `sending` lasts milliseconds and `reconciling` is a detail of `unknown`.
fn is_news(phase: SlotPhase) -> bool {
    !matches!(phase, SlotPhase::Sending | SlotPhase::Reconciling)
}

fn departure(out: &Output, line: &SlotLine, before: Option<SlotPhase>) -> String {
    let time = line.updated_at.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
    let text: String = line.text.as_deref().unwrap_or_default().replace('\n', " / ");
    let short: String = if text.chars().count() > TEXT_MAX {
        text.chars().take(TEXT_MAX - 1).chain(['…']).collect()
    } else {
        text
    };
    let was_lost = matches!(before, Some(SlotPhase::Unknown | SlotPhase::Reconciling));
    let detail = line.detail.clone().filter(|detail| !detail.is_empty());
    let (word, accent, rest) = match line.state {
        SlotState::Posted if was_lost => {
            let rest = format!("{short}  (its answer was lost; nothing was sent again)");
            ("found", Accent::Good, rest)
        }
        SlotState::Posted => ("posted", Accent::Good, short),
        SlotState::Unknown | SlotState::Reconciling | SlotState::Sending => {
            ("unknown", Accent::Warn, detail.unwrap_or_default())
        }
        SlotState::NeedsAttention(reason) => {
            ("needs you", Accent::Bad, reason.explain().to_owned())
        }
        SlotState::Skipped(reason) => {
            ("skipped", Accent::Quiet, detail.unwrap_or_else(|| reason.explain().to_owned()))
        }
        SlotState::Failed(reason) => {
            ("failed", Accent::Bad, detail.unwrap_or_else(|| reason.explain().to_owned()))
        }
        SlotState::Planned | SlotState::Assigned | SlotState::Claimed | SlotState::RetryWait => {
            ("waiting", Accent::Quiet, detail.unwrap_or_default())
        }
    };
    let time = out.paint(&time.to_string(), Accent::Quiet);
    let word = out.paint(&format!("{word:<9}"), accent);
    format!("{time}  {word}  {:<11} {rest}", line.bot.as_str())
}

/// Compares what X accepted with what the database knows, and says so.
pub async fn farewell(out: &mut Output, db: &Db, world: &World) -> Result<(), Failure> {
    let counts = db.counts().await?;
    let accepted = world.truth();
    let mut texts: HashMap<(&str, &str), u32> = HashMap::new();
    for post in &accepted {
        *texts.entry((post.account.as_str(), post.text.as_str())).or_default() += 1;
    }
    let doubles = texts.values().filter(|count| **count > 1).count();
    out.line(&format!(
        "\nThe sandbox accepted {} posts; Flockwork has receipts for {}, {} twice, {} still open.",
        accepted.len(),
        counts.published,
        doubles,
        counts.unknown
    ))?;
    out.line("Next: `flockwork config example` shows how to run bots of your own.")?;
    Ok(())
}
