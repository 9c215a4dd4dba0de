//! `flockwork attention resolve`: one of the three answers about a slot.

use clap::Args;
use domain::model::{SlotId, SlotState, XPostId};
use domain::ports::store::{AttentionStore as _, PostMove, Resolution};
use domain::rules::attention::{Answer, AskedSlot, Refusal, resolve};
use store::Db;

use crate::cli::context::Context;
use crate::cli::words::who;
use crate::exit::{Exit, Failure};

/// The reading of a timeline may come between the question and the answer, but not so often.
const TRIES_MAX: u32 = 5;

/// `flockwork attention resolve`
#[derive(Args, Debug)]
pub struct Resolve {
    /// The slot, as `flockwork attention` names it.
    slot: i64,
    #[command(flatten)]
    answers: Answers,
}

/// Exactly one of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Answers {
    /// It was posted: the address of the post on X, or its id.
    #[arg(long, value_name = "URL_OR_ID", value_parser = post_id)]
    posted: Option<XPostId>,
    /// It was not posted: send the same text now.
    #[arg(long)]
    send_now: bool,
    /// Leave it; if it may be on X, the post is never sent again.
    #[arg(long)]
    skip: bool,
}

impl Answers {
    fn answer(self) -> Answer {
        match (self.posted, self.send_now) {
            (Some(id), _) => Answer::Posted(id),
            (None, true) => Answer::SendNow,
            (None, false) => Answer::Skip,
        }
    }
}

impl Resolve {
    /// Writes the answer.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let outcome = answer(&db, SlotId(self.slot), &self.answers.answer(), &context).await;
        db.close().await;
        context.out.line(&outcome?)?;
        Ok(Exit::Success)
    }
}

async fn answer(
    db: &Db,
    slot: SlotId,
    answer: &Answer,
    context: &Context,
) -> Result<String, Failure> {
    let who = who(&context.environment);
    for _ in 0..TRIES_MAX {
        let asked = db.find_asked(slot).await?.ok_or_else(|| no_slot(slot))?;
        if let (Answer::Posted(id), SlotState::NeedsAttention(_)) = (answer, asked.state)
            && let Some(holder) = db.find_receipt(id).await?
        {
            let message = format!("slot {}: X's post {id} is what {holder} became", slot.0);
            return Err(Failure::new(Exit::Failure, message));
        }
        let now = context.clock.now();
        match resolve(&asked, answer, &who, now) {
            Err(Refusal::AlreadySo) => {
                return Ok(format!("slot {} of {}: that is so already", slot.0, asked.bot));
            }
            Err(refusal) => return Err(refused(&asked, &refusal)),
            Ok(resolution) => {
                let object = format!("slot {} of bot {}", slot.0, asked.bot);
                let db = context.signed(db, "slot.resolve", object);
                if db.resolve_asked(&resolution, now).await? {
                    return Ok(done(&asked, answer, &resolution));
                }
            }
        }
    }
    let message = format!("slot {} changes all the time; try again in a minute", slot.0);
    Err(Failure::new(Exit::Busy, message))
}

fn done(asked: &AskedSlot, answer: &Answer, resolution: &Resolution) -> String {
    let (slot, bot) = (asked.slot.0, &asked.bot);
    match answer {
        Answer::Posted(id) => format!("slot {slot} of {bot} is posted, as {id}"),
        Answer::SendNow => format!("slot {slot} of {bot} is sent again, by the node that runs"),
        Answer::Skip if resolution.settlement.change.post == PostMove::Rejected => {
            format!("slot {slot} of {bot} is skipped; its post is never sent again")
        }
        Answer::Skip => format!("slot {slot} of {bot} is skipped; its post is back in the queue"),
    }
}

fn refused(asked: &AskedSlot, refusal: &Refusal) -> Failure {
    let message = format!("slot {} of {}: {refusal}", asked.slot.0, asked.bot);
    let failure = Failure::new(Exit::Failure, message);
    match refusal {
        Refusal::BotStopped(_) => {
            failure.hint(format!("`flockwork bot resume {}` lets it post again", asked.bot))
        }
        Refusal::NotAsked(_) => failure.hint("`flockwork attention` lists what needs you"),
        Refusal::AlreadySo
        | Refusal::NoPost
        | Refusal::MadeBefore(_)
        | Refusal::MadeLater(_)
        | Refusal::TextChanged
        | Refusal::InTheWay(_) => failure,
    }
}

fn no_slot(slot: SlotId) -> Failure {
    Failure::new(Exit::Failure, format!("there is no slot {}", slot.0))
        .hint("`flockwork attention` lists what needs you")
}

fn post_id(text: &str) -> Result<XPostId, String> {
    let wrong = "it is neither a post's id (digits) nor its address (https://x.com/NAME/status/ID)";
    XPostId::from_address(text).ok_or_else(|| wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_named_by_its_id_or_its_address() {
        for text in [
            "1860412345678901234",
            "https://x.com/lighthouse/status/1860412345678901234",
            "https://x.com/i/web/status/1860412345678901234?s=20",
            "https://mobile.twitter.com/lighthouse/status/1860412345678901234/photo/1",
            "x.com/lighthouse/status/1860412345678901234",
        ] {
            assert_eq!(post_id(text).as_ref().map(XPostId::as_str), Ok("1860412345678901234"));
        }
        for text in [
            "",
            "lighthouse",
            "18604a",
            "12345678901234567890",
            "https://x.com/lighthouse",
            "https://x.com/lighthouse/status/",
            "https://example.com/lighthouse/status/1860412345678901234",
            "https://evil-x.com/lighthouse/status/1860412345678901234",
        ] {
            assert!(post_id(text).is_err(), "{text}");
        }
    }
}
