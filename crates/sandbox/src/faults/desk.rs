//! Where faults are ordered and handed out.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::{BulkFault, ModelFault, ModerationFault, ReadFault, SendFault};

/// Orders that may wait at one door.
const ORDERS_MAX: usize = 10_000;

/// Rates that one door may have.
const RATES_MAX: usize = 64;

/// A fault for the next requests of one door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "door", rename_all = "snake_case")]
pub enum FaultOrder {
    /// For `POST /2/tweets`.
    Send {
        /// What happens.
        fault: SendFault,
        /// Only to this account; to anyone when absent.
        #[serde(default)]
        account: Option<String>,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
    /// For the timeline.
    Timeline {
        /// What happens.
        fault: ReadFault,
        /// Only to this account; to anyone when absent.
        #[serde(default)]
        account: Option<String>,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
    /// For `users/me`.
    Me {
        /// What happens.
        fault: ReadFault,
        /// Only to this account; to anyone when absent.
        #[serde(default)]
        account: Option<String>,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
    /// For the model.
    Model {
        /// What happens.
        fault: ModelFault,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
    /// For the moderation endpoint.
    Moderation {
        /// What happens.
        fault: ModerationFault,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
    /// For files and batches.
    Bulk {
        /// What happens.
        fault: BulkFault,
        /// Only to this request (`upload`, `create`, `list`, `look`, `fetch`); to any when absent.
        #[serde(default)]
        step: Option<String>,
        /// How often; `u32::MAX` until cleared.
        #[serde(default = "once")]
        times: u32,
    },
}

fn once() -> u32 {
    1
}

/// How often each fault happens by itself, in so many of a thousand requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultRates {
    /// Of sends.
    pub send: Vec<(u32, SendFault)>,
    /// Of timeline pages.
    pub timeline: Vec<(u32, ReadFault)>,
    /// Of `users/me`.
    pub me: Vec<(u32, ReadFault)>,
    /// Of the model's answers.
    pub model: Vec<(u32, ModelFault)>,
    /// Of the moderation endpoint's.
    pub moderation: Vec<(u32, ModerationFault)>,
    /// Of requests about files and batches.
    pub bulk: Vec<(u32, BulkFault)>,
}

/// Orders that have not happened yet, per door; a standing order counts as one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// At the send door.
    pub send: usize,
    /// At the timeline.
    pub timeline: usize,
    /// At `users/me`.
    pub me: usize,
    /// At the model.
    pub model: usize,
    /// At the moderation endpoint.
    pub moderation: usize,
    /// At files and batches.
    pub bulk: usize,
}

/// All doors.
#[derive(Debug, Default)]
pub(crate) struct FaultDesks {
    pub(crate) send: Desk<SendFault>,
    pub(crate) timeline: Desk<ReadFault>,
    pub(crate) me: Desk<ReadFault>,
    pub(crate) model: Desk<ModelFault>,
    pub(crate) moderation: Desk<ModerationFault>,
    pub(crate) bulk: Desk<BulkFault>,
}

impl FaultDesks {
    pub(crate) fn order(&mut self, order: FaultOrder) {
        match order {
            FaultOrder::Send { fault, account, times } => self.send.order(fault, account, times),
            FaultOrder::Timeline { fault, account, times } => {
                self.timeline.order(fault, account, times);
            }
            FaultOrder::Me { fault, account, times } => self.me.order(fault, account, times),
            FaultOrder::Model { fault, times } => self.model.order(fault, None, times),
            FaultOrder::Moderation { fault, times } => self.moderation.order(fault, None, times),
            FaultOrder::Bulk { fault, step, times } => self.bulk.order(fault, step, times),
        }
    }

    /// Whether that fault still waits at its door, for whomever.
    pub(crate) fn holds(&self, order: &FaultOrder) -> bool {
        match order {
            FaultOrder::Send { fault, .. } => self.send.holds(fault),
            FaultOrder::Timeline { fault, .. } => self.timeline.holds(fault),
            FaultOrder::Me { fault, .. } => self.me.holds(fault),
            FaultOrder::Model { fault, .. } => self.model.holds(fault),
            FaultOrder::Moderation { fault, .. } => self.moderation.holds(fault),
            FaultOrder::Bulk { fault, .. } => self.bulk.holds(fault),
        }
    }

    /// Forgets every order of that fault.
    pub(crate) fn cancel(&mut self, order: &FaultOrder) {
        match order {
            FaultOrder::Send { fault, .. } => self.send.cancel(fault),
            FaultOrder::Timeline { fault, .. } => self.timeline.cancel(fault),
            FaultOrder::Me { fault, .. } => self.me.cancel(fault),
            FaultOrder::Model { fault, .. } => self.model.cancel(fault),
            FaultOrder::Moderation { fault, .. } => self.moderation.cancel(fault),
            FaultOrder::Bulk { fault, .. } => self.bulk.cancel(fault),
        }
    }

    pub(crate) fn set_rates(&mut self, rates: FaultRates) {
        self.send.set_rates(rates.send);
        self.timeline.set_rates(rates.timeline);
        self.me.set_rates(rates.me);
        self.model.set_rates(rates.model);
        self.moderation.set_rates(rates.moderation);
        self.bulk.set_rates(rates.bulk);
    }

    pub(crate) fn rates(&self) -> FaultRates {
        FaultRates {
            send: self.send.rates.clone(),
            timeline: self.timeline.rates.clone(),
            me: self.me.rates.clone(),
            model: self.model.rates.clone(),
            moderation: self.moderation.rates.clone(),
            bulk: self.bulk.rates.clone(),
        }
    }

    pub(crate) fn waiting(&self) -> Waiting {
        Waiting {
            send: self.send.orders.len(),
            timeline: self.timeline.orders.len(),
            me: self.me.orders.len(),
            model: self.model.orders.len(),
            moderation: self.moderation.orders.len(),
            bulk: self.bulk.orders.len(),
        }
    }
}

/// One door: orders first, oldest first; then the rates.
#[derive(Debug)]
pub(crate) struct Desk<F> {
    orders: VecDeque<Order<F>>,
    rates: Vec<(u32, F)>,
}

#[derive(Debug)]
struct Order<F> {
    fault: F,
    account: Option<String>,
    times: u32,
}

impl<F> Default for Desk<F> {
    fn default() -> Self {
        Self { orders: VecDeque::new(), rates: Vec::new() }
    }
}

impl<F: Copy + PartialEq> Desk<F> {
    fn holds(&self, fault: &F) -> bool {
        self.orders.iter().any(|order| order.fault == *fault)
    }

    fn cancel(&mut self, fault: &F) {
        self.orders.retain(|order| order.fault != *fault);
    }

    /// Beyond [`ORDERS_MAX`] the oldest order is dropped.
    fn order(&mut self, fault: F, account: Option<String>, times: u32) {
        if times == 0 {
            return;
        }
        if self.orders.len() == ORDERS_MAX {
            self.orders.pop_front();
        }
        self.orders.push_back(Order { fault, account, times });
    }

    fn set_rates(&mut self, mut rates: Vec<(u32, F)>) {
        rates.truncate(RATES_MAX);
        self.rates = rates;
    }

    /// The fault of this request, if it has one. `draw` decides the rates.
    pub(crate) fn take(&mut self, account: &str, draw: u64) -> Option<F> {
        let mine = self
            .orders
            .iter()
            .position(|order| order.account.as_deref().is_none_or(|a| a == account));
        if let Some(at) = mine {
            let order = self.orders.get_mut(at)?;
            let fault = order.fault;
            if order.times != u32::MAX {
                order.times -= 1;
            }
            if order.times == 0 {
                self.orders.remove(at);
            }
            return Some(fault);
        }
        let mut left = draw % 1000;
        for (per_mille, fault) in &self.rates {
            match left.checked_sub(u64::from(*per_mille)) {
                Some(rest) => left = rest,
                None => return Some(*fault),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_come_once_in_turn_and_only_to_their_account() {
        let mut desk = Desk::default();
        desk.order('a', Some("ada".to_owned()), 1);
        desk.order('b', None, 2);
        assert_eq!(desk.take("bob", 0), Some('b'));
        assert_eq!(desk.take("ada", 0), Some('a'));
        assert_eq!(desk.take("ada", 0), Some('b'));
        assert_eq!(desk.take("ada", 0), None);
    }

    #[test]
    fn a_standing_order_holds_until_cleared() {
        let mut desk = Desk::default();
        desk.order('a', None, u32::MAX);
        assert!((0..100).all(|draw| desk.take("ada", draw) == Some('a')));
        desk.order('b', None, 1);
        desk.cancel(&'a');
        assert!(!desk.holds(&'a') && desk.holds(&'b'));
        assert_eq!(desk.take("ada", 0), Some('b'));
    }

    #[test]
    fn rates_share_a_thousand() {
        let mut desk = Desk::default();
        desk.set_rates(vec![(100, 'a'), (50, 'b')]);
        let seen = |desk: &mut Desk<char>, fault| {
            (0..1000).filter(|draw| desk.take("ada", *draw) == fault).count()
        };
        assert_eq!(seen(&mut desk, Some('a')), 100);
        assert_eq!(seen(&mut desk, Some('b')), 50);
        assert_eq!(seen(&mut desk, None), 850);
    }
}
