//! The last look before a text is stored: a moderation endpoint, where one is configured. What it does not
//! answer holds the text for a person; it never lets one by, and it never loses one.

use std::sync::Arc;

use domain::model::{BotId, Fence, MicroUsd, ReservationId};
use domain::ports::store::{BudgetStore, ModelWish, Reserved, StoreError};
use domain::ports::{Clock, MODERATED_MAX, Moderated, Moderator, ModeratorError};
use domain::rules::budget::Wish;
use domain::rules::cost::model_cost;
use domain::rules::review::{Finding, judged, unasked};
use jiff::Timestamp;

/// Who is asked, and what its answers mean.
#[derive(Clone)]
pub struct Moderation {
    /// The endpoint.
    pub moderator: Arc<dyn Moderator>,
    /// Categories that no person may let through; a star at the end stands for all that begin so.
    pub refused: Vec<String>,
    /// Whether it sees the texts of a grammar, too, which a person wrote.
    pub sees_grammar: bool,
}

/// What became of a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// What speaks against each text.
    pub findings: Vec<Option<Finding>>,
    /// Why not all of them were seen; `None`: they were.
    pub error: Option<String>,
}

impl Moderation {
    /// Shows it some texts that are nobody's yet; no budget counts them.
    pub async fn look(&self, texts: &[&str]) -> Looked {
        let mut looked = Looked::default();
        for texts in texts.chunks(MODERATED_MAX) {
            let answer = self.moderator.moderate(texts).await;
            self.take(&mut looked, texts.len(), answer.map_err(|error| error.to_string()));
        }
        looked
    }

    /// Shows it the texts of a bot, at that bot's expense where it costs something.
    pub async fn look_for<S: BudgetStore + ?Sized>(
        &self,
        store: &S,
        (bot, fence): (&BotId, Option<Fence>),
        texts: &[&str],
        clock: &dyn Clock,
    ) -> Result<Looked, StoreError> {
        let mut looked = Looked::default();
        for texts in texts.chunks(MODERATED_MAX) {
            let now = clock.now();
            let ceiling = self.moderator.ceiling(texts, now).unwrap_or(MicroUsd::ZERO);
            let is_unpriced = self.moderator.is_unpriced();
            let wish = Wish { amount: ceiling, is_dear: false, is_unpriced };
            let reservation = match reserve(store, (bot, fence), wish, now).await? {
                Ok(reservation) => reservation,
                Err(shut) => {
                    self.take(&mut looked, texts.len(), Err(shut));
                    continue;
                }
            };
            let answer = self.moderator.moderate(texts).await;
            let (now, cost) = (clock.now(), bill(&answer, ceiling, clock));
            if reservation.is_some() || cost > MicroUsd::ZERO {
                store.settle_model(bot, reservation, cost, now).await?;
            }
            self.take(&mut looked, texts.len(), answer.map_err(|error| error.to_string()));
        }
        Ok(looked)
    }

    fn take(&self, looked: &mut Looked, count: usize, answer: Result<Moderated, String>) {
        match answer {
            Ok(moderated) if moderated.opinions.len() == count => {
                let opinions = moderated.opinions.iter();
                looked.findings.extend(opinions.map(|opinion| judged(opinion, &self.refused)));
            }
            Ok(_) => self.take(looked, count, Err("it left a text out".to_owned())),
            Err(why) => {
                looked.findings.extend((0..count).map(|_| Some(unasked(&why))));
                looked.error.get_or_insert(why);
            }
        }
    }
}

/// Money for a question that costs something.
async fn reserve<S: BudgetStore + ?Sized>(
    store: &S,
    (bot, fence): (&BotId, Option<Fence>),
    wish: Wish,
    now: Timestamp,
) -> Result<Result<Option<ReservationId>, String>, StoreError> {
    if wish.amount == MicroUsd::ZERO && !wish.is_unpriced {
        return Ok(Ok(None));
    }
    let wish = ModelWish { bot: bot.clone(), fence, wish };
    Ok(match store.reserve_model(&wish, now).await? {
        Reserved::Granted { id, .. } => Ok(Some(id)),
        Reserved::Refused(shut) => Err(shut.because),
    })
}

/// What counts as spent. A question without an answer may be billed at its most.
fn bill(
    answer: &Result<Moderated, ModeratorError>,
    ceiling: MicroUsd,
    clock: &dyn Clock,
) -> MicroUsd {
    match answer {
        Ok(moderated) => model_cost(&moderated.usage, clock.now()).unwrap_or(MicroUsd::ZERO),
        Err(error) if error.may_be_billed() => ceiling,
        Err(_) => MicroUsd::ZERO,
    }
}
