//! The one state behind both doors. Here it is made, looked at and meddled with; what X decides
//! about a request is in `send` and `read`, what the model writes in `model`.
//!
//! Locks are held for microseconds and never across an await; their order is account, app, truth.

use std::collections::{HashMap, HashSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use domain::model::XPostId;
use domain::ports::Clock;
use jiff::{SignedDuration, Timestamp};

use crate::account::{Account, Accounts, Registration};
use crate::bill::{Bill, Till};
use crate::faults::{
    FaultDesks, FaultOrder, FaultRates, ModelFault, ReadFault, SendFault, Waiting,
};
use crate::late::LateQueue;
use crate::limits::{AppWindow, Limits};
use crate::model::Pens;
use crate::send::{Arrival, Draft};
use crate::snowflake::Snowflake;
use crate::timeline::{PageRange, StoredPost, TIMELINE_POSTS_MAX};
use crate::truth::{Accepted, TruthLog};
use crate::{DuplicateFilter, Lag, SandboxSettings, Vocabularies};

/// The fake X and the fake model.
pub struct World {
    pub(crate) seed: u64,
    pub(crate) limits: Limits,
    pub(crate) vocabularies: Vocabularies,
    pub(crate) duplicate_window: SignedDuration,
    pub(crate) flake: Snowflake,
    pub(crate) pens: Mutex<Pens>,
    pub(crate) moderation: Mutex<crate::moderation::Desk>,
    pub(crate) bulk: Mutex<crate::bulk::Yard>,
    clock: Arc<dyn Clock>,
    is_open: bool,
    forgives_missing_port: bool,
    latency: Duration,
    knobs: Mutex<Knobs>,
    accounts: RwLock<Accounts>,
    apps: Mutex<HashMap<String, AppWindow>>,
    faults: Mutex<FaultDesks>,
    late: Mutex<LateQueue>,
    truth: Mutex<TruthLog>,
    pub(crate) till: Till,
}

/// What can be changed while the world runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Knobs {
    pub(crate) lag: Lag,
    pub(crate) duplicate_filter: DuplicateFilter,
    pub(crate) date_skew: SignedDuration,
}

impl World {
    /// A world as the settings say. Fails only if the truth log's file cannot be opened.
    pub fn open(clock: Arc<dyn Clock>, settings: &SandboxSettings) -> io::Result<Arc<Self>> {
        let truth = match &settings.truth_path {
            Some(path) => TruthLog::in_file(path)?,
            None => TruthLog::default(),
        };
        Ok(Arc::new(Self::with_truth(clock, settings, truth)))
    }

    /// A world in which nothing goes wrong by itself, for tests.
    pub fn calm(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self::with_truth(clock, &SandboxSettings::default(), TruthLog::default()))
    }

    fn with_truth(clock: Arc<dyn Clock>, settings: &SandboxSettings, truth: TruthLog) -> Self {
        let mut faults = FaultDesks::default();
        faults.set_rates(settings.rates.clone());
        Self {
            seed: settings.seed,
            limits: settings.limits,
            vocabularies: settings.vocabularies,
            duplicate_window: settings.duplicate_window,
            flake: Snowflake::default(),
            pens: Mutex::default(),
            moderation: Mutex::default(),
            bulk: Mutex::default(),
            clock,
            is_open: settings.is_open,
            forgives_missing_port: settings.forgives_missing_port,
            latency: settings.latency,
            knobs: Mutex::new(Knobs {
                lag: settings.lag,
                duplicate_filter: settings.duplicate_filter,
                date_skew: settings.date_skew,
            }),
            accounts: RwLock::default(),
            apps: Mutex::default(),
            faults: Mutex::new(faults),
            late: Mutex::default(),
            truth: Mutex::new(truth),
            till: Till::default(),
        }
    }
}

/// Faults and switches.
impl World {
    /// Orders a fault.
    pub fn order(&self, order: FaultOrder) {
        self.faults().order(order);
    }

    /// The next send, of whichever account, meets this.
    pub fn next_send(&self, fault: SendFault) {
        self.order(FaultOrder::Send { fault, account: None, times: 1 });
    }

    /// The next send of that account meets this.
    pub fn next_send_of(&self, account: &str, fault: SendFault) {
        self.order(FaultOrder::Send { fault, account: Some(account.to_owned()), times: 1 });
    }

    /// The next timeline page meets this.
    pub fn next_timeline(&self, fault: ReadFault) {
        self.order(FaultOrder::Timeline { fault, account: None, times: 1 });
    }

    /// The next `users/me` meets this.
    pub fn next_me(&self, fault: ReadFault) {
        self.order(FaultOrder::Me { fault, account: None, times: 1 });
    }

    /// The model's next answer is this.
    pub fn next_model(&self, fault: ModelFault) {
        self.order(FaultOrder::Model { fault, times: 1 });
    }

    /// Replaces the rates.
    pub fn set_rates(&self, rates: FaultRates) {
        self.faults().set_rates(rates);
    }

    /// The rates now.
    pub fn rates(&self) -> FaultRates {
        self.faults().rates()
    }

    /// Orders that did not happen yet. A scenario that ordered a fault ends with none.
    pub fn waiting_faults(&self) -> Waiting {
        self.faults().waiting()
    }

    /// Whether a fault that was ordered did not happen yet, or holds on.
    pub(crate) fn holds_order(&self, order: &FaultOrder) -> bool {
        self.faults().holds(order)
    }

    /// Forgets what was ordered of that fault.
    pub(crate) fn cancel(&self, order: &FaultOrder) {
        self.faults().cancel(order);
    }

    /// Forgets orders and rates.
    pub fn clear_faults(&self) {
        *self.faults() = FaultDesks::default();
    }

    /// How late posts show on timelines from now on.
    pub fn set_lag(&self, lag: Lag) {
        self.knobs_mut().lag = lag;
    }

    /// How the duplicate filter behaves from now on.
    pub fn set_duplicate_filter(&self, filter: DuplicateFilter) {
        self.knobs_mut().duplicate_filter = filter;
    }

    /// How far X's clock is off from now on.
    pub fn set_date_skew(&self, skew: SignedDuration) {
        self.knobs_mut().date_skew = skew;
    }

    /// X stops, or starts again, to take the account's token.
    pub fn set_revoked(&self, account: &Account, is_revoked: bool) {
        account.state().is_revoked = is_revoked;
    }
}

/// Accounts and what is on them.
impl World {
    /// Makes an account, or gives the one of that name. `None` when the world is full.
    pub fn register(&self, registration: Registration) -> Option<Arc<Account>> {
        self.accounts_mut().register(registration)
    }

    /// The account of that name. In an open world it is made on first sight.
    pub fn account(&self, username: &str) -> Option<Arc<Account>> {
        if let Some(known) = self.accounts().named(username) {
            return Some(Arc::clone(known));
        }
        self.is_open.then(|| self.register(unsigned(username))).flatten()
    }

    /// Every account, in the order in which they came.
    pub fn list_accounts(&self) -> Vec<Arc<Account>> {
        self.accounts().in_order().to_vec()
    }

    /// The newest `max` posts that X really has of an account, oldest first, seen or not yet seen.
    pub fn posts(&self, account: &str, max: usize) -> Vec<StoredPost> {
        self.settle_late();
        let Some(account) = self.accounts().named(account).cloned() else { return Vec::new() };
        let state = account.state();
        let mut newest: Vec<StoredPost> = state.timeline.posts().rev().take(max).cloned().collect();
        newest.reverse();
        newest
    }

    /// The texts of all posts that X really has of an account, as they were sent, oldest first.
    pub fn sent_texts(&self, account: &str) -> Vec<String> {
        let posts = self.posts(account, TIMELINE_POSTS_MAX);
        posts.into_iter().map(|post| post.sent_text).collect()
    }

    /// The newest `max` posts that the timeline shows now, newest first, as X gives them back.
    pub fn visible_posts(&self, account: &str, max: usize) -> Vec<StoredPost> {
        let now = self.settle_late();
        let Some(account) = self.accounts().named(account).cloned() else { return Vec::new() };
        let range = PageRange { max, ..PageRange::default() };
        account.state().timeline.page(&range, now, SignedDuration::ZERO).posts
    }

    /// A person posts by hand, past every fault and window. The truth log has it.
    pub fn post_by_hand(&self, account: &str, text: &str) -> Option<XPostId> {
        let now = self.settle_late();
        let account = self.account(account)?;
        let mut state = account.state();
        let arrival = Arrival { draft: &Draft::of(text), at: now, fault: None };
        Some(self.accept(&account, &mut state, &arrival).id)
    }

    /// A person, or X, takes a post away. False if it was not there.
    pub fn remove_post(&self, account: &str, id: &XPostId) -> bool {
        self.settle_late();
        let known = self.accounts().named(account).cloned();
        known.is_some_and(|account| account.state().timeline.remove(id))
    }

    /// What X would charge so far.
    pub fn bill(&self) -> Bill {
        self.settle_late();
        self.till.bill()
    }

    /// What X really took, oldest first; the newest 200 000 of it.
    pub fn truth(&self) -> Vec<Accepted> {
        self.settle_late();
        self.truth_log().entries().cloned().collect()
    }

    /// The ids of the newest `max` posts whose answer a fault hid or delayed.
    pub(crate) fn hidden_ids(&self, max: usize) -> HashSet<String> {
        let truth = self.truth_log();
        let hidden = truth.newest().filter(|one| one.hidden_by.is_some());
        hidden.take(max).map(|one| one.id.clone()).collect()
    }

    /// What X really took after the first `seen` posts, oldest first, as far as it is still kept.
    pub fn truth_since(&self, seen: u64) -> Vec<Accepted> {
        self.settle_late();
        self.truth_log().after(seen).cloned().collect()
    }

    /// How many posts X really took, ever.
    pub fn truth_total(&self) -> u64 {
        self.settle_late();
        self.truth_log().total()
    }

    /// Entries of the truth log that its file lacks; anything above 0 makes the file worthless as
    /// an oracle.
    pub fn truth_write_failures(&self) -> u64 {
        self.truth_log().write_failures()
    }

    /// Requests that X will still take although their connection is gone.
    pub fn late_waiting(&self) -> usize {
        self.settle_late();
        self.late().len()
    }
}

fn unsigned(username: &str) -> Registration {
    Registration { username: username.to_owned(), keys: None, user_bearer: None }
}

/// What the doors and the rules need.
impl World {
    /// What time it is. Requests that became due are taken first, so that nothing is seen in an
    /// order that a real X could not have.
    pub(crate) fn settle_late(&self) -> Timestamp {
        let now = self.clock.now();
        loop {
            // The queue's lock must be free before an account's is taken.
            let next = self.late().pop_due(now);
            let Some((due, late)) = next else { return now };
            self.take_late(due, &late);
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// X's own idea of the time.
    pub(crate) fn server_date(&self) -> Timestamp {
        self.clock.now() + self.knobs().date_skew
    }

    pub(crate) fn latency(&self) -> Duration {
        self.latency
    }

    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    pub(crate) fn forgives_missing_port(&self) -> bool {
        self.forgives_missing_port
    }

    pub(crate) fn knobs(&self) -> Knobs {
        *self.knobs_mut()
    }

    fn knobs_mut(&self) -> MutexGuard<'_, Knobs> {
        hold(&self.knobs)
    }

    pub(crate) fn accounts(&self) -> RwLockReadGuard<'_, Accounts> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn accounts_mut(&self) -> RwLockWriteGuard<'_, Accounts> {
        self.accounts.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn apps(&self) -> MutexGuard<'_, HashMap<String, AppWindow>> {
        hold(&self.apps)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultDesks> {
        hold(&self.faults)
    }

    pub(crate) fn late(&self) -> MutexGuard<'_, LateQueue> {
        hold(&self.late)
    }

    pub(crate) fn truth_log(&self) -> MutexGuard<'_, TruthLog> {
        hold(&self.truth)
    }
}

/// A panic elsewhere must not turn every later request into another one.
pub(crate) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
