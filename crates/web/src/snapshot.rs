//! Everything that health and the overview show, read once.

use std::sync::Arc;
use std::time::Duration;

use domain::model::{BotId, BotState, Budget, OpenFinding, Scope, SlotState, StateReason, utc_day};
use domain::ports::Vitals;
use domain::ports::store::{
    BotLine, Counts, DaySpend, EndingCount, FindingCount, NodeLine, SlotLine, SlotView, Store,
    StoreError,
};
use domain::rules::well::{Facts, oldest_unknown};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use crate::state::Shared;

/// Bots that health and the overview name at most.
pub(crate) const BOTS_MAX: usize = 100;
/// Rows of a board at most.
pub(crate) const ROWS_MAX: u32 = 12;
/// Open outcomes, and slots that need attention, at most.
const OPEN_MAX: u32 = 20;
/// Findings of the audit at most.
const FINDINGS_MAX: u32 = 20;
/// Bots with posts that wait for a yes, at most.
const DRAFTING_MAX: u32 = 100;
/// Queues whose end is worked out: the shortest ones.
const RUNWAYS_MAX: usize = 12;
/// Slots looked at to find the end of a queue.
const RUNWAY_SLOTS_MAX: u32 = 64;
/// What is called this week.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Rows of hours that are read of it.
const ENDINGS_MAX: u32 = 5_000;
/// Days whose costs are shown, before today.
pub(crate) const MONEY_DAYS: i32 = 13;
/// Bots that are named with what they spent.
const SPENDERS_MAX: u32 = 6;
/// A database that takes longer than this counts as not answering.
const PATIENCE: Duration = Duration::from_secs(2);

/// The house, as the database tells it.
#[derive(Clone, Debug, Default)]
pub(crate) struct House {
    pub(crate) counts: Counts,
    pub(crate) bots: Vec<BotLine>,
    /// There are more bots than [`BOTS_MAX`].
    pub(crate) is_truncated: bool,
    pub(crate) open: Vec<SlotLine>,
    pub(crate) nodes: Vec<NodeLine>,
    pub(crate) findings: Vec<FindingCount>,
}

/// Why the database did not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// A sentence without its inner words.
    pub(crate) why: &'static str,
    /// It is not where it was.
    pub(crate) is_moved: bool,
}

/// What the boards show beyond the house.
#[derive(Clone, Debug, Default)]
pub(crate) struct Boards {
    pub(crate) next: Vec<SlotLine>,
    pub(crate) gone: Vec<SlotLine>,
    pub(crate) attention: Vec<SlotLine>,
    pub(crate) findings: Vec<OpenFinding>,
    /// How many posts wait for a yes, by bot.
    pub(crate) drafts: Vec<(BotId, u64)>,
    /// When queues run out.
    pub(crate) runways: Vec<(BotId, Lasts)>,
    /// How the slots of the last seven days ended, by the hour.
    pub(crate) week: Vec<EndingCount>,
    /// What may be spent, what was, day by day, and by whom.
    pub(crate) money: Money,
}

/// The bill of the month.
#[derive(Clone, Debug, Default)]
pub(crate) struct Money {
    /// Of all bots together.
    pub(crate) budgets: Vec<Budget>,
    /// The last days, today the last.
    pub(crate) days: Vec<DaySpend>,
    /// Of the bots that spent most.
    pub(crate) spenders: Vec<Budget>,
}

/// How long a queue lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lasts {
    /// Until this slot, which finds nothing in it.
    Until(Timestamp),
    /// Beyond the last slot that is planned.
    Beyond(Timestamp),
    /// Nothing is planned that would use it.
    Unplanned,
}

/// The node and the house at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Pulse {
    pub(crate) now: Timestamp,
    pub(crate) started_at: Timestamp,
    pub(crate) vitals: Vitals,
    /// Or why the database did not tell.
    pub(crate) house: Result<House, Silence>,
}

impl Pulse {
    /// Reads what health shows.
    pub(crate) async fn take(shared: &Arc<Shared>) -> Self {
        let now = shared.clock.now();
        let house = patiently(read_house(&*shared.store, now)).await;
        let mut vitals = shared.node.vitals();
        // The engine keeps the database's own words, paths and SQL among them; those stay inside.
        if let Some(error) = &mut vitals.database.error {
            "the engine could not use it; the log has the details".clone_into(error);
        }
        if let Some(error) = vitals.backup.as_mut().and_then(|seen| seen.error.as_mut()) {
            "no new one could be made; the log has the details".clone_into(error);
        }
        if let Some(error) = vitals.off_site.as_mut().and_then(|seen| seen.error.as_mut()) {
            "no copy could be carried there; the log has the details".clone_into(error);
        }
        if let Some(problem) = vitals.drill.as_mut().and_then(|drill| drill.problem.as_mut()) {
            "it could not be restored; `flockwork backup drill` says why".clone_into(problem);
        }
        Self { now, started_at: shared.settings.started_at, vitals, house }
    }

    /// What the verdict needs.
    pub(crate) fn facts(&self) -> Facts {
        let nothing = House::default();
        let house = self.house.as_ref().unwrap_or(&nothing);
        let idle = |bot: &&BotLine| bot.state != BotState::Active;
        let by_hand = |bot: &BotLine| {
            bot.state == BotState::Paused && bot.state_reason == Some(StateReason::Operator)
        };
        let node = Facts::of_node(&self.vitals, self.started_at, self.now);
        Facts {
            is_database_moved: self.house.as_ref().is_err_and(|silence| silence.is_moved),
            database_answers: self.house.is_ok() && node.database_answers,
            unknown_age: oldest_unknown(&house.open, self.now),
            bots: house.counts.bots,
            bots_active: house.counts.bots_active,
            are_paused_by_hand: house.bots.iter().filter(idle).all(by_hand),
            needs_attention: house.counts.attention,
            has_serious_findings: house.findings.iter().any(|found| found.kind.is_serious()),
            has_findings: house.findings.iter().any(|found| !found.kind.is_serious()),
            is_stopped: house.counts.is_stopped,
            nodes_differ: do_differ(&house.nodes),
            ..node
        }
    }
}

/// Whether two nodes declare different bots; one of an older version does not say.
fn do_differ(nodes: &[NodeLine]) -> bool {
    let mut declared = nodes.iter().filter_map(|node| node.declared.as_ref());
    let first = declared.next();
    declared.any(|other| Some(other) != first)
}

/// Reads what the boards show beyond `house`.
pub(crate) async fn read_boards(
    store: &dyn Store,
    house: &House,
    now: Timestamp,
) -> Option<Boards> {
    patiently(async {
        Ok(Boards {
            next: store.list_slots(SlotView::Next, None, ROWS_MAX).await?,
            gone: store.list_slots(SlotView::Gone, None, ROWS_MAX).await?,
            attention: store.list_slots(SlotView::Attention, None, OPEN_MAX).await?,
            findings: store.list_findings(FINDINGS_MAX).await?,
            drafts: store.count_drafts(DRAFTING_MAX).await?,
            runways: read_runways(store, house).await?,
            week: store.list_endings(None, now - WEEK, ENDINGS_MAX).await?,
            money: read_money(store, now).await?,
        })
    })
    .await
    .ok()
}

async fn read_money(store: &dyn Store, now: Timestamp) -> Result<Money, StoreError> {
    let mut budgets = store.list_shared_budgets(now).await?;
    budgets.retain(|one| one.scope == Scope::All);
    let since = utc_day(now).saturating_sub(MONEY_DAYS.days());
    Ok(Money {
        budgets,
        days: store.list_spend(since).await?,
        spenders: store.list_spenders(SPENDERS_MAX, now).await?,
    })
}

async fn read_house(store: &dyn Store, now: Timestamp) -> Result<House, StoreError> {
    store.ping().await?;
    let max = u32::try_from(BOTS_MAX + 1).expect("a small constant");
    let mut bots = store.list_bots(None, max).await?;
    let is_truncated = bots.len() > BOTS_MAX;
    bots.truncate(BOTS_MAX);
    Ok(House {
        counts: store.counts().await?,
        bots,
        is_truncated,
        open: store.list_slots(SlotView::Open, None, OPEN_MAX).await?,
        nodes: store.list_nodes(now).await?,
        findings: store.count_findings().await?,
    })
}

/// A queue lasts until the first planned slot for which nothing is left in it. Slots that hold a
/// post already have taken theirs out of the queue.
async fn read_runways(store: &dyn Store, house: &House) -> Result<Vec<(BotId, Lasts)>, StoreError> {
    let mut shortest: Vec<&BotLine> = house.bots.iter().collect();
    shortest.sort_by_key(|bot| bot.stats.remaining_posts);
    let mut runways = Vec::new();
    for bot in shortest.into_iter().take(RUNWAYS_MAX) {
        runways.push((bot.stats.bot.clone(), lasts(store, bot).await?));
    }
    Ok(runways)
}

/// Seconds until the first queue of a bot that posts runs dry, infinity where none is seen to; `None` while
/// the database does not answer.
pub(crate) async fn shortest_runway(
    store: &dyn Store,
    house: &House,
    now: Timestamp,
) -> Option<f64> {
    let mut posting = House { bots: house.bots.clone(), ..House::default() };
    posting.bots.retain(|bot| bot.state == BotState::Active);
    let runways = patiently(read_runways(store, &posting)).await.ok()?;
    let ends = runways.into_iter().filter_map(|(_, lasts)| match lasts {
        Lasts::Until(at) => Some(at.duration_since(now).as_secs_f64()),
        Lasts::Beyond(_) | Lasts::Unplanned => None,
    });
    Some(ends.fold(f64::INFINITY, f64::min).max(0.0))
}

/// How long the queue of one bot lasts.
pub(crate) async fn lasts(store: &dyn Store, bot: &BotLine) -> Result<Lasts, StoreError> {
    let stock = usize::try_from(bot.stats.remaining_posts).unwrap_or(usize::MAX);
    let id = &bot.stats.bot;
    let slots = store.list_slots(SlotView::Next, Some(id), RUNWAY_SLOTS_MAX).await?;
    let mut unfilled = slots.iter().filter(|slot| slot.state == SlotState::Planned);
    Ok(match (unfilled.nth(stock), slots.last()) {
        (Some(dry), _) => Lasts::Until(dry.due_at),
        (None, Some(last)) => Lasts::Beyond(last.due_at),
        (None, None) => Lasts::Unplanned,
    })
}

/// What the database tells within [`PATIENCE`], or why it does not.
async fn patiently<T>(reading: impl Future<Output = Result<T, StoreError>>) -> Result<T, Silence> {
    let silence = |why| Silence { why, is_moved: false };
    match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => {
            tracing::warn!(%error, "The database did not answer a page");
            Err(match error {
                StoreError::Unavailable(_) => silence("the database cannot be reached now"),
                StoreError::Full(_) => silence("the database has no room left"),
                StoreError::Moved(_) => {
                    let why = "the database was moved, deleted or replaced while in use";
                    Silence { why, is_moved: true }
                }
                StoreError::Corrupt { .. } => {
                    silence("the database holds a row that nobody can read")
                }
                StoreError::NotDurable(_) => {
                    silence("the database may not have kept what was written")
                }
                StoreError::DiskFailed(_) => silence("the disk under the database failed"),
                StoreError::Failed(_) => silence("the database failed; the log has the details"),
            })
        }
        Err(_) => Err(silence("the database took too long to answer")),
    }
}
