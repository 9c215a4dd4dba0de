//! Where the defects take hold. Each method stands at one place of a door; without its defect it
//! changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use domain::model::{BotId, SlotState};
use domain::ports::store::{
    Begun, BotChange, Claimed, DueSlot, Extension, History, Intend, Intent, OpenAttempt,
    PlannedSlot, SeenPost, Settlement, StoreError,
};
use domain::ports::{Answer, Me, NotSentBecause, ReadError, SendReport, TimelinePage, XApi as _};
use jiff::{SignedDuration, Timestamp};
use sandbox::SandboxX;

use super::{Bug, sql};
use crate::executor::Timers;
use crate::history::{Chronicle, Event};
use crate::place::Desk;

/// Longer than any `send_by` allows.
const LATE_BY_MS: i64 = 40_000;
/// Every so many claims the commit does not last.
const LOST_COMMIT_EVERY: u64 = 2;

/// A node with a defect, or a sound one.
pub(crate) struct Planted {
    bug: Option<Bug>,
    desk: Arc<Desk>,
    x: SandboxX,
    chronicle: Chronicle,
    memory: Mutex<Memory>,
}

/// What a defect remembers.
#[derive(Default)]
struct Memory {
    /// Bot and bytes that went out before.
    sent: BTreeSet<(String, String)>,
    last_text: BTreeMap<String, String>,
    last_page: BTreeMap<String, TimelinePage>,
    answers: BTreeMap<(String, String), SendReport>,
    claims: u64,
}

impl Planted {
    /// A node that is sound without `bug`.
    pub(crate) fn new(
        bug: Option<Bug>,
        desk: Arc<Desk>,
        x: SandboxX,
        chronicle: Chronicle,
    ) -> Self {
        Self { bug, desk, x, chronicle, memory: Mutex::default() }
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// At X's door.
impl Planted {
    /// What an earlier send of the same bytes brought.
    pub(crate) fn answer_of_earlier_send(&self, bot: &BotId, text: &str) -> Option<SendReport> {
        if !self.is(Bug::SendsBeforeIntent) {
            return None;
        }
        self.memory().answers.remove(&(bot.to_string(), text.to_owned()))
    }

    /// What a client does before it writes.
    pub(crate) async fn delay_of_send(&self, timers: &Timers) {
        if self.is(Bug::SendsLate) {
            timers.wait(LATE_BY_MS).await;
        }
    }

    /// The bytes that go out for `text`.
    pub(crate) fn bytes(&self, bot: &BotId, text: &str) -> String {
        if self.is(Bug::AltersRetry)
            && !self.memory().sent.insert((bot.to_string(), text.to_owned()))
        {
            return format!("{text} (again)");
        }
        if self.is(Bug::AdoptsAnything) {
            self.memory().last_text.insert(bot.to_string(), text.to_owned());
        }
        text.to_owned()
    }

    /// Whether the client sends once more.
    pub(crate) fn sends_again(&self, report: &SendReport) -> bool {
        self.is(Bug::ResendsLost) && matches!(report.answer, Answer::Lost(..))
    }

    /// What the engine is told of an answer.
    pub(crate) fn told(&self, mut report: SendReport) -> SendReport {
        match &mut report.answer {
            Answer::Lost(_, why) if self.is(Bug::LostIsNotSent) => {
                report.answer = Answer::NotSent(NotSentBecause::Connect, why.clone());
            }
            Answer::Http(http) if self.is(Bug::ServerErrorIsRefusal) && http.status >= 500 => {
                http.status = 429;
            }
            Answer::Lost(..) | Answer::Http(_) | Answer::NotSent(..) => {}
        }
        report
    }

    /// What the engine is told of an account.
    pub(crate) fn me(&self, me: Result<Me, ReadError>) -> Result<Me, ReadError> {
        if !self.is(Bug::EmptyIsAbsence) {
            return me;
        }
        me.map(|me| Me { post_count: Some(0), ..me })
    }

    /// What the engine is told of a page.
    pub(crate) fn page(
        &self,
        bot: &BotId,
        page: Result<TimelinePage, ReadError>,
    ) -> Result<TimelinePage, ReadError> {
        match (&page, self.bug) {
            (Err(_), Some(Bug::ErrorsAreAbsence)) => {
                self.memory().last_page.get(bot.as_str()).cloned().map_or(page, Ok)
            }
            (Ok(shown), Some(Bug::ErrorsAreAbsence)) => {
                self.memory().last_page.insert(bot.to_string(), shown.clone());
                page
            }
            (Ok(shown), Some(Bug::AdoptsAnything)) => {
                let mut shown = shown.clone();
                if let Some(text) = self.memory().last_text.get(bot.as_str()) {
                    for item in &mut shown.items {
                        (item.text, item.created_at) = (text.clone(), None);
                        item.links.clear();
                    }
                }
                Ok(shown)
            }
            _ => page,
        }
    }
}

/// At the store's door, on the way in.
impl Planted {
    /// What is settled.
    pub(crate) fn settlements(&self, settlements: &[Settlement]) -> Vec<Settlement> {
        let mut settlements = settlements.to_vec();
        for one in &mut settlements {
            match self.bug {
                Some(Bug::BlindWrites) => sql::follow(&self.desk, &mut one.change),
                Some(Bug::DropsReceipts) => one.receipt = None,
                Some(Bug::IgnoresRateLimit) if one.change.to == SlotState::RetryWait => {
                    one.change.wake_at = Some(Timestamp::UNIX_EPOCH);
                    one.bot = BotChange { blocked_until: None, ..one.bot.clone() };
                }
                Some(_) | None => {}
            }
        }
        settlements
    }

    /// What is planned.
    pub(crate) fn extensions(&self, extensions: &[Extension]) -> Vec<Extension> {
        let mut extensions = extensions.to_vec();
        for extension in &mut extensions {
            match self.bug {
                Some(Bug::PlansTwice) => {
                    let minute = SignedDuration::from_mins(1);
                    let again: Vec<PlannedSlot> = extension
                        .slots
                        .iter()
                        .map(|slot| PlannedSlot {
                            local_time: slot.local_time + minute,
                            ..slot.clone()
                        })
                        .collect();
                    extension.slots.extend(again);
                }
                Some(Bug::ForgetsSlots) => {
                    let mut place = 0;
                    extension.slots.retain(|_| {
                        place += 1;
                        place % 3 != 0
                    });
                }
                Some(_) | None => {}
            }
        }
        extensions
    }

    /// How many lost answers are looked for.
    pub(crate) fn looks_max(&self, max: u32) -> u32 {
        if self.is(Bug::NeverLooks) { 0 } else { max }
    }

    /// What of a timeline is adopted.
    pub(crate) fn seen<'a>(&self, seen: &'a [SeenPost]) -> &'a [SeenPost] {
        if self.is(Bug::QuarantineAdoptsNothing) { &[] } else { seen }
    }

    /// Before a node takes over what another left.
    pub(crate) fn before_recovery(&self) {
        match self.bug {
            Some(Bug::SendingGoesBack) => sql::put_sending_back(&self.desk),
            Some(Bug::CrashMeansNotSent) => sql::give_sending_up(&self.desk),
            Some(_) | None => {}
        }
    }

    /// Intents after a look.
    pub(crate) fn around_intents(
        &self,
        intents: &[Intent],
        step: impl FnOnce() -> Result<Vec<Begun>, StoreError>,
    ) -> Result<Vec<Begun>, StoreError> {
        match self.bug {
            Some(Bug::IgnoresKillSwitch) => sql::without_kill_switch(&self.desk, step),
            Some(Bug::SendsEditedPost) => sql::as_claimed(&self.desk, intents, step),
            Some(Bug::TwoInFlight) => sql::blind_to_flights(&self.desk, step),
            Some(Bug::SkipsApproval) => sql::without_asking(&self.desk, step),
            Some(Bug::IgnoresCaps) => sql::without_caps(&self.desk, step),
            Some(Bug::ForgetsSpend) => {
                let done = step();
                sql::forget_spend(&self.desk);
                done
            }
            Some(_) | None => step(),
        }
    }

    /// A claim, with the intents of those that send at once.
    pub(crate) fn around_claim(
        &self,
        intend: Intend<'_>,
        step: impl FnOnce(Intend<'_>) -> Result<Vec<Claimed>, StoreError>,
    ) -> Result<Vec<Claimed>, StoreError> {
        let with = |change: fn(&mut DueSlot), step: &mut dyn FnMut(Intend<'_>)| {
            step(&move |due: &DueSlot| {
                let mut due = due.clone();
                change(&mut due);
                intend(&due)
            });
        };
        let mut step = Some(step);
        let mut claimed = Ok(Vec::new());
        let mut run = |intend: Intend<'_>| {
            if let Some(step) = step.take() {
                claimed = step(intend);
            }
        };
        match self.bug {
            Some(Bug::IgnoresKillSwitch) => sql::without_kill_switch(&self.desk, || {
                with(|due| due.is_stopped = false, &mut run);
            }),
            Some(Bug::TwoInFlight) => sql::blind_to_flights(&self.desk, || {
                with(|due| due.facts.is_in_flight = false, &mut run);
            }),
            Some(Bug::SkipsApproval) => sql::without_asking(&self.desk, || {
                with(|due| due.is_unapproved = false, &mut run);
            }),
            Some(Bug::IgnoresCaps) => sql::without_caps(&self.desk, || {
                with(|due| due.facts.budget_shut = None, &mut run);
            }),
            Some(Bug::ForgetsSpend) => {
                run(intend);
                sql::forget_spend(&self.desk);
            }
            Some(Bug::SendsAfterWindow) => {
                let days = |due: &mut DueSlot| {
                    due.policy.catch_up_window = SignedDuration::from_hours(240);
                };
                with(days, &mut run);
            }
            Some(Bug::IgnoresRateLimit) => with(|due| due.facts.blocked_until = None, &mut run),
            Some(Bug::SendsBeforeIntent) => {
                run(&|due: &DueSlot| intend(due).inspect(|intent| self.send_before(intent)));
            }
            Some(_) | None => run(intend),
        }
        self.lose_every_second(&claimed);
        claimed
    }

    fn send_before(&self, intent: &Intent) {
        let (bot, text) = (intent.bot.to_string(), intent.payload.clone());
        let key = (bot.clone(), text.clone());
        if self.memory().answers.contains_key(&key) {
            return;
        }
        self.chronicle.note(Event::Began { node: 0, bot, text });
        let report = at_once(self.x.create_post(&intent.bot, &intent.payload));
        self.memory().answers.insert(key, report);
    }

    fn lose_every_second(&self, claimed: &Result<Vec<Claimed>, StoreError>) {
        let Ok(claimed) = claimed else { return };
        if !self.is(Bug::TrustsLostCommit) {
            return;
        }
        self.memory().claims += 1;
        if self.memory().claims.is_multiple_of(LOST_COMMIT_EVERY) {
            let begun = claimed.iter().filter_map(|one| one.begun.as_ref());
            sql::lose_intents(&self.desk, begun.map(|begun| begun.slot.0));
        }
    }
}

/// At the store's door, on the way out.
impl Planted {
    /// The attempts to look for.
    pub(crate) fn open(&self, mut open: Vec<OpenAttempt>) -> Vec<OpenAttempt> {
        for one in &mut open {
            match self.bug {
                Some(Bug::OneVote) => one.attempt.absence_votes = 2,
                Some(Bug::NoAnchorControl | Bug::EmptyIsAbsence) => one.attempt.anchor = None,
                Some(Bug::DuplicateIsForeign) => {
                    one.attempt.first_intent_at = one.attempt.intent_at;
                }
                Some(Bug::RetriesForEver) => one.ambiguous_rounds = 1,
                Some(_) | None => {}
            }
        }
        open
    }

    /// What is known of the time before.
    pub(crate) fn history(&self, history: History) -> History {
        if self.is(Bug::NoQuarantineAfterRestore) {
            return History { last_heartbeat: None, is_same_database: true, ..history };
        }
        history
    }

    /// The database's own clock.
    pub(crate) fn database_time(&self, time: Option<Timestamp>) -> Option<Timestamp> {
        if self.is(Bug::IgnoresSkew) { None } else { time }
    }
}

/// The sandbox answers in one poll.
fn at_once(send: impl Future<Output = SendReport>) -> SendReport {
    let mut send = pin!(send);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match send.as_mut().poll(&mut context) {
        Poll::Ready(report) => report,
        Poll::Pending => unreachable!("the sandbox's port never waits"),
    }
}
