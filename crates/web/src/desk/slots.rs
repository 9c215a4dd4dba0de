//! Slots that need a person: what became of a post whose outcome nobody knows.

use domain::model::SlotId;
use domain::rules::attention::{Answer, Refusal, resolve};

use super::no::No;
use crate::access::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// A look of the engine may come between question and answer, but not so often.
const TRIES_MAX: u32 = 5;

/// Takes an answer about a slot, or says why not.
pub(crate) async fn settle(
    shared: &Shared,
    caller: &Caller,
    slot: SlotId,
    answer: &Answer,
) -> Result<Result<(), No>, Problem> {
    for _ in 0..TRIES_MAX {
        let Some(asked) = shared.store.find_asked(slot).await? else {
            return Ok(Err(No::new("no_such_slot", "No slot has this number.")));
        };
        if let Answer::Posted(id) = answer
            && let Some(holder) = shared.store.find_receipt(id).await?
        {
            let said = format!("X's post {id} is what {holder} became.");
            return Ok(Err(No::new("receipt_taken", said)));
        }
        let now = shared.clock.now();
        let resolution = match resolve(&asked, answer, &caller.actor.name, now) {
            Ok(resolution) => resolution,
            Err(refusal) => {
                let said = format!("Slot {} of {}: {refusal}.", slot.0, asked.bot);
                return Ok(Err(No::new(code(&refusal), said)));
            }
        };
        let object = format!("slot {} of bot {}", slot.0, asked.bot);
        let detail = Some(match answer {
            Answer::Posted(id) => format!("posted, as {id}"),
            Answer::SendNow | Answer::Skip => answer.as_str().to_owned(),
        });
        let (store, _) = caller.acts(shared, "slot.resolve", object, detail);
        if store.resolve_asked(&resolution, now).await? {
            shared.node.wake();
            return Ok(Ok(()));
        }
    }
    let said = format!("Slot {} changes all the time; try again in a minute.", slot.0);
    Ok(Err(No::new("restless", said)))
}

fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NotAsked(_) => "not_asked",
        Refusal::AlreadySo => "already_so",
        Refusal::NoPost => "no_post",
        Refusal::MadeBefore(_) => "made_before",
        Refusal::MadeLater(_) => "made_later",
        Refusal::TextChanged => "text_changed",
        Refusal::BotStopped(_) => "bot_not_active",
        Refusal::InTheWay(_) => "in_the_way",
    }
}
