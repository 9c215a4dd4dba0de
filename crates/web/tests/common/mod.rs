//! A small house to look at: a store with a state and nothing else, and a node.
//!
//! The pages that are tested here only read and ask for slots; everything else of the store's ports
//! answers that it is not there, so a page that wrote something would be found out.

mod fake_alerts;
mod fake_approvals;
mod fake_bots;
mod fake_budgets;
mod fake_bulk;
mod fake_calendar;
mod fake_evergreens;
mod fake_feeds;
mod fake_figures;
mod fake_lists;
mod fake_origins;
mod fake_people;
mod fake_store;
mod fake_story;
mod fake_try_outs;
pub(crate) mod house;
mod rows;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

use domain::model::{Bot, BotForm};
use domain::ports::{Declarer, ExampleBot, FieldProblem, KeyPlace, Node, Vitals};
use jiff::Timestamp;

pub(crate) use fake_store::{FakeStore, Rows};

/// A node whose vitals a test sets.
#[derive(Default)]
pub(crate) struct FakeNode {
    vitals: Mutex<Vitals>,
    wakes: AtomicU32,
}

impl FakeNode {
    /// What it says of itself.
    pub(crate) fn set(&self) -> MutexGuard<'_, Vitals> {
        self.vitals.lock().unwrap()
    }

    /// How often it was woken.
    pub(crate) fn wakes(&self) -> u32 {
        self.wakes.load(Ordering::SeqCst)
    }
}

impl Node for FakeNode {
    fn vitals(&self) -> Vitals {
        self.vitals.lock().unwrap().clone()
    }

    fn wake(&self) {
        self.wakes.fetch_add(1, Ordering::SeqCst);
    }
}

/// A house in which nothing is declared on pages.
pub(crate) struct NoDeclarer;

impl Declarer for NoDeclarer {
    fn read(&self, _: &BotForm, _: Option<&Bot>, _: Timestamp) -> Result<Bot, Vec<FieldProblem>> {
        Err(Vec::new())
    }

    fn examples(&self) -> Vec<ExampleBot> {
        Vec::new()
    }

    fn keys(&self, _: &Bot) -> Vec<KeyPlace> {
        Vec::new()
    }
}

/// A token that tests use.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
