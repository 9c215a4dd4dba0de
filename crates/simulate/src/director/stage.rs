//! Everything that an episode has while it runs.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use domain::model::ManagedBy;
use domain::ports::store::{BotStore as _, BudgetStore as _, NewPost, PostStore as _};
use engine::{Engine, GrammarWriter, Settings};
use jiff::SignedDuration;
use sandbox::{SandboxX, World};
use store::Role;

use super::node::{Done, Node, Process, start};
use super::scribe::{Heads, Scribe};
use crate::bugs::{Bug, Planted};
use crate::clock::{NodeClock, TrueClock, stamp};
use crate::dice::Dice;
use crate::door::{Life, Pace, Roads, StoreDoor, StoreDoorParts, Troubles, XDoor, XDoorParts};
use crate::executor::{Executor, Owner, Timers};
use crate::history::{Chronicle, Entry, Event};
use crate::oracle::{Judge, Protocol, Violation};
use crate::place::{Driver, Place};
use crate::plan::{Barrier, BotPlan, ChaosAt, Episode, START_MS};

/// Nodes notice that something is due one after the other, so that mostly one of them does it.
const LATENESS_MS: i64 = 1_500;
/// Posts stored in one transaction.
const STOCK_MAX: usize = 2_000;
/// As the application sets it where several nodes share a database.
const TAKEOVER_QUIET: SignedDuration = SignedDuration::from_mins(15);

/// What an episode came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Objections, in order.
    pub(crate) violations: Vec<Violation>,
    /// All that happened.
    pub(crate) entries: Vec<Entry>,
    /// The same for the same run.
    pub(crate) hash: u64,
    /// How often each fault happened.
    pub(crate) counts: BTreeMap<&'static str, u64>,
    /// Posts that X took from us.
    pub(crate) posts: u64,
    /// Sends whose outcome was unknown.
    pub(crate) ambiguous: u64,
    /// Posts that stand on X beside another of the same text.
    pub(crate) doubles: u64,
}

/// The stage.
pub(crate) struct Stage {
    pub(crate) plan: Episode,
    pub(crate) bug: Option<Bug>,
    pub(crate) clock: TrueClock,
    pub(crate) timers: Timers,
    pub(crate) executor: Executor<Done>,
    pub(crate) x: Arc<World>,
    pub(crate) place: Place,
    pub(crate) driver: Arc<Driver>,
    pub(crate) scribe: Arc<Scribe>,
    pub(crate) planted: Arc<Planted>,
    pub(crate) troubles: Arc<Troubles>,
    pub(crate) roads: Arc<Roads>,
    pub(crate) chronicle: Chronicle,
    pub(crate) judge: Judge,
    pub(crate) nodes: Vec<Node>,
    pub(crate) dice: Dice,
    /// Policies that people gave their bots so far.
    pub(crate) policies: u32,
    /// The next post that a node claims is edited before it is sent.
    pub(crate) edits_next_claim: bool,
    /// What is still to happen, soonest last.
    pub(crate) chaos: Vec<ChaosAt>,
    /// What was begun and ends by itself, by its moment.
    pub(crate) ends: BTreeMap<(i64, u64), super::chaos::End>,
    pub(crate) copies: Vec<Vec<u8>>,
    /// No node that starts has seen this database yet.
    pub(crate) is_restored: bool,
    /// Entries that the judge has heard.
    pub(crate) heard: usize,
    /// Posts that X took so far.
    pub(crate) taken: u64,
    /// Since when a node works and the database is there.
    pub(crate) healthy_since: i64,
    /// The latest time that a node with a fast clock took for the present: what it put off waits so long.
    pub(crate) ahead_until: i64,
    pub(crate) started: u64,
    /// What wants attention next.
    pub(crate) heads: Heads,
    /// Beats are made one by one, because somebody works or the database is not as it should be.
    pub(crate) beats_for_real: bool,
}

impl Stage {
    /// A new world with its bots declared and their posts queued; no node runs yet.
    pub(crate) fn set(plan: Episode, bug: Option<Bug>) -> io::Result<Self> {
        let clock = TrueClock::at(START_MS - 1);
        let driver = Arc::new(Driver::new()?);
        let role = if plan.is_shared() { Role::Peer } else { Role::Node };
        let place = Place::open(Arc::clone(&driver), role)?;
        let x = World::open(Arc::new(clock.clone()), &plan.weather.sandbox)?;
        let chronicle = Chronicle::new(clock.clone());
        let scribe = Arc::new(Scribe::new(Arc::clone(place.desk()), chronicle.clone()));
        let door = SandboxX::new(Arc::clone(&x));
        let planted = Planted::new(bug, Arc::clone(place.desk()), door, chronicle.clone());
        let mut dice = plan.dice.clone();
        let troubles = Troubles::new(dice.fork(), plan.trouble_per_mille, plan.clocks_off.len());
        let nodes = plan
            .clocks_off
            .iter()
            .map(|off| Node {
                clock: NodeClock::new(clock.clone(), *off),
                process: None,
                starts_at: Some(START_MS),
                frozen_until: None,
                lateness: LATENESS_MS,
                down_ms: 0,
            })
            .collect();
        let mut chaos = plan.chaos.clone();
        chaos.reverse();
        let shows_in_time = plan.weather.barrier != Barrier::Filter;
        let protocol = Protocol { shows_in_time, ..Protocol::standard(plan.is_shared()) };
        let stage = Self {
            judge: Judge::new(protocol),
            timers: Timers::new(clock.clone()),
            executor: Executor::default(),
            planted: Arc::new(planted),
            troubles: Arc::new(troubles),
            roads: Arc::new(Roads::new(plan.clocks_off.len())),
            ends: BTreeMap::new(),
            copies: Vec::new(),
            is_restored: false,
            heard: 0,
            taken: 0,
            healthy_since: START_MS,
            ahead_until: START_MS,
            started: 0,
            edits_next_claim: false,
            policies: 0,
            heads: Heads::at(0),
            beats_for_real: false,
            plan,
            bug,
            clock,
            x,
            place,
            driver,
            scribe,
            chronicle,
            nodes,
            dice,
            chaos,
        };
        for (node, off) in stage.plan.clocks_off.iter().copied().enumerate() {
            stage.note(Event::Clock { node, off });
        }
        for bot in stage.plan.bots.iter().filter(|bot| bot.asks) {
            stage.note(Event::Asks { bot: bot.id.as_str().to_owned() });
        }
        stage.declare()?;
        Ok(stage)
    }

    fn declare(&self) -> io::Result<()> {
        let now = stamp(self.clock.millis());
        let bots: Vec<_> = self.plan.bots.iter().map(BotPlan::bot).collect();
        let days = self.plan.days + 1;
        let posts: Vec<NewPost> = self
            .plan
            .bots
            .iter()
            .flat_map(|bot| (0..bot.stock(days)).map(|number| bot.post(number)))
            .collect();
        let db = self.place.db();
        let failed = |error: domain::ports::store::StoreError| io::Error::other(error.to_string());
        self.driver.drive(db.sync_bots(&bots, &[ManagedBy::File], now)).map_err(failed)?;
        self.driver.drive(db.sync_budgets(self.plan.money.budgets(), now)).map_err(failed)?;
        for some in posts.chunks(STOCK_MAX) {
            self.driver.drive(db.store_posts(some, now)).map_err(failed)?;
        }
        Ok(())
    }

    /// The process of a node starts.
    pub(crate) fn start(&mut self, node: Owner) {
        self.started += 1;
        let must_distrust = self.must_distrust(node);
        self.note(Event::Starts { node, must_distrust });
        let slow_per_mille = self.plan.slow_per_mille;
        let (timers, chronicle) = (self.timers.clone(), self.chronicle.clone());
        let pace = Pace::new(timers, chronicle, self.dice.fork(), slow_per_mille);
        let life = Arc::new(Life::new(pace));
        let store = Arc::new(StoreDoor::new(StoreDoorParts {
            node,
            db: self.place.db().clone(),
            driver: Arc::clone(&self.driver),
            clock: self.clock.clone(),
            life: Arc::clone(&life),
            troubles: Arc::clone(&self.troubles),
            chronicle: self.chronicle.clone(),
            has_clock: self.plan.is_shared(),
            planted: Arc::clone(&self.planted),
            scribe: Arc::clone(&self.scribe),
        }));
        let x = XDoor::new(XDoorParts {
            node,
            x: SandboxX::new(Arc::clone(&self.x)),
            life: Arc::clone(&life),
            timers: self.timers.clone(),
            chronicle: self.chronicle.clone(),
            roads: Arc::clone(&self.roads),
            dice: self.dice.fork(),
            planted: Arc::clone(&self.planted),
        });
        let clock = Arc::new(self.nodes[node].clock.clone());
        let engine = Engine::new(
            Arc::clone(&store) as Arc<dyn domain::ports::store::Store>,
            Arc::new(x),
            Arc::new(GrammarWriter),
            clock,
            self.settings(node),
        );
        let engine = Arc::new(engine);
        self.nodes[node].process = Some(Process::new(Arc::clone(&engine), store, life));
        self.nodes[node].starts_at = None;
        self.executor.spawn(node, start(engine));
    }

    fn settings(&self, node: Owner) -> Settings {
        let defaults = Settings::new(format!("node-{node}"));
        // A small first claim lets sends start early; here that only makes more commits.
        let defaults = Settings { claim_first: defaults.claim_max, ..defaults };
        let settings = if self.plan.is_shared() {
            Settings { takeover_quiet: Some(TAKEOVER_QUIET), ..defaults }
        } else {
            defaults
        };
        match self.bug {
            Some(bug) => bug.spoil(settings),
            None => settings,
        }
    }

    /// The protocol's rule, worked out from the rows: another database than the last sign of life was
    /// written to, or none for more than ten minutes.
    pub(crate) fn must_distrust(&self, node: Owner) -> bool {
        const GAP_MAX_MS: i64 = 10 * 60_000;
        let sql = "SELECT heartbeat_at FROM nodes ORDER BY heartbeat_at DESC, fence DESC LIMIT 1";
        let last: Vec<(i64,)> = self.place.desk().rows(sql, &[]);
        // Nodes that share a database go by its clock, which is right.
        let is_shared = self.plan.is_shared();
        let now = if is_shared { self.clock.millis() } else { self.nodes[node].clock.millis() };
        last.first().is_some_and(|(heartbeat,)| self.is_restored || now - heartbeat > GAP_MAX_MS)
    }

    pub(crate) fn note(&self, event: Event) {
        self.chronicle.note(event);
    }

    /// A node dies where it stands, and starts again so much later.
    pub(crate) fn kill(&mut self, node: Owner, down_ms: i64) {
        if let Some(process) = self.nodes[node].process.take() {
            process.life.end();
            self.executor.kill(node);
            self.note(Event::Down { node });
        }
        self.nodes[node].frozen_until = None;
        self.nodes[node].starts_at = Some(self.clock.millis() + down_ms);
    }
}
