//! Money for a request to the model: reserved before it is sent, settled with what it brought.

use domain::model::{BudgetShut, MicroUsd, ReservationId};
use domain::ports::store::{ModelWish, Refill, RefillNote, Reserved, Spend, SpendKind, StoreError};
use domain::ports::{WriteRequest, WriterError};
use domain::rules::budget::{Level, Wish};
use jiff::SignedDuration;

use crate::Engine;

/// A queue without money asks again this soon; a raised cap wakes it sooner.
pub(crate) const SHUT_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// What a request may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Promise {
    /// Where it is reserved; `None`: nothing can be billed.
    pub(crate) id: Option<ReservationId>,
    /// The most that it costs.
    ceiling: MicroUsd,
    /// Little is left, so the cheaper model writes.
    pub(crate) is_thrifty: bool,
}

impl Promise {
    /// What counts as spent for a request that brought nothing.
    pub(crate) fn spend_after(self, error: &WriterError) -> Option<Spend> {
        let is_spent = error.may_be_billed() && self.ceiling > MicroUsd::ZERO;
        is_spent.then_some(Spend { kind: SpendKind::Model, amount: self.ceiling })
    }
}

impl Engine {
    /// Reserves what `request` may cost, of the usual model or where little is left of the cheaper one.
    pub(crate) async fn promise(
        &self,
        request: &WriteRequest,
    ) -> Result<Result<Promise, BudgetShut>, StoreError> {
        let now = self.now();
        let thrifty = WriteRequest { is_thrifty: true, ..request.clone() };
        let (usual, cheaper) =
            (self.writer.ceiling(request, now), self.writer.ceiling(&thrifty, now));
        let is_unpriced = self.writer.is_unpriced(request);
        if usual == Some(MicroUsd::ZERO) && !is_unpriced {
            return Ok(Ok(Promise::default()));
        }
        let has_cheaper = cheaper != usual;
        // What has no price and stands in the house is not counted; it waits all the same for a cap that
        // is spent.
        let usual = usual.unwrap_or(MicroUsd::ZERO);
        let wish = Wish { amount: usual, is_dear: has_cheaper, is_unpriced };
        match self.reserve(request, wish).await? {
            Reserved::Granted { id, level } => Ok(Ok(Promise {
                id: Some(id),
                ceiling: usual,
                is_thrifty: level >= Level::BrownOut,
            })),
            Reserved::Refused(shut) if has_cheaper => {
                let cheaper = cheaper.unwrap_or(MicroUsd::ZERO);
                let is_unpriced = self.writer.is_unpriced(&thrifty);
                let wish = Wish { amount: cheaper, is_dear: false, is_unpriced };
                Ok(match self.reserve(request, wish).await? {
                    Reserved::Granted { id, .. } => {
                        Ok(Promise { id: Some(id), ceiling: cheaper, is_thrifty: true })
                    }
                    Reserved::Refused(_) => Err(shut),
                })
            }
            Reserved::Refused(shut) => Ok(Err(shut)),
        }
    }

    async fn reserve(&self, request: &WriteRequest, wish: Wish) -> Result<Reserved, StoreError> {
        let wish = ModelWish { bot: request.bot.clone(), fence: self.fence(), wish };
        self.store.reserve_model(&wish, self.now()).await
    }

    /// No money: the queue waits, and its bot says why.
    pub(crate) async fn note_shut(
        &self,
        refill: &Refill,
        shut: BudgetShut,
    ) -> Result<(), StoreError> {
        let now = self.now();
        self.vitals.model(now, Err(shut.because.clone()));
        self.metrics.batch("no_money");
        tracing::warn!(
            event = "queue.no_money",bot.id = %refill.bot, "Nothing is written for @{}: {}", refill.bot, shut.because);
        let note = RefillNote {
            bot: refill.bot.clone(),
            not_before: shut.until.min(now + SHUT_WAIT),
            error: Some(shut.because),
            spend: None,
            reservation: None,
            drops: Vec::new(),
        };
        self.store.store_refill(&[], &note, now).await.map(|_| ())
    }
}
