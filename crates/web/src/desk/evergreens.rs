//! Texts that are kept aside for the day when a queue is empty and nobody can write.

use domain::model::access::Right;
use domain::model::{BotId, Consent, EvergreenId};
use domain::ports::store::{Evergreen, KeptEvergreen, NewPost, PostOrigin};
use domain::rules::approval::{Admission, admit, because, unread};
use domain::rules::review::{NEAR_DUPLICATE, duplicate_of};

use super::no::No;
use super::posts::blocked;
use crate::access::Caller;
use crate::judge::judge;
use crate::problem::Problem;
use crate::state::Shared;

const BEFORE: &str = "This cannot be kept aside";
/// Why a person took one away.
const REMOVED: &str = "a person took it away";

/// A text to keep.
pub(crate) struct Aside<'a> {
    pub(crate) text: &'a str,
    pub(crate) topic: Option<String>,
    pub(crate) yes: Yes,
}

/// What the act says of a text besides keeping it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Yes {
    /// Nothing.
    No,
    /// A yes, where no rule of review wants a person to look: nobody was shown what one found.
    WhereNothingWasFound,
    /// A yes, whatever was found.
    Whole,
}

/// Keeps a text of one's own aside, after review.
pub(crate) async fn keep(
    shared: &Shared,
    caller: &Caller,
    bot: &BotId,
    aside: Aside<'_>,
) -> Result<Result<Evergreen, No>, Problem> {
    if aside.yes == Yes::Whole {
        caller.demand(Right::Approve)?;
    }
    let Some((declared, ..)) = shared.store.find_bot(bot).await? else {
        return Err(Problem::no_such_bot());
    };
    let text = aside.text.replace("\r\n", "\n");
    let verdict = judge(shared, (bot, None), &text, &declared.persona.policy).await?;
    if let Some(no) = blocked(BEFORE, &verdict) {
        return Ok(Err(no));
    }
    // When it is needed it would be let go of, whoever had said yes to it.
    if let Some(alike) = verdict.findings.iter().find(|one| one.rule == NEAR_DUPLICATE) {
        return Ok(Err(No::blocked(BEFORE, alike)));
    }
    let is_approved = match aside.yes {
        Yes::No => false,
        Yes::WhereNothingWasFound => {
            verdict.findings.is_empty() && caller.rights.has(Right::Approve)
        }
        Yes::Whole => true,
    };
    if admit(declared.mode, verdict.severity(), is_approved) != Admission::Queued {
        let found = because(&verdict).map_or(String::new(), |found| format!(" Review: {found}."));
        let said = format!(
            "{BEFORE} unread: when it is needed nobody is asked.{found} Keep it with a yes: \
             `flockwork queue add --evergreen --approve`, or `approve` over the API."
        );
        return Ok(Err(No::new("yes_needed", said)));
    }
    let who = is_approved.then(|| caller.actor.name.clone());
    let new = NewPost {
        bot: bot.clone(),
        consent: match who {
            Some(who) => Consent::Given { who, needs_person: !verdict.is_accepted() },
            None => unread(&verdict),
        },
        content: verdict.text,
        content_hash: verdict.content_hash,
        topic: aside.topic,
        origin: PostOrigin::Imported,
    };
    let now = shared.clock.now();
    let detail = is_approved.then(|| "and approved".to_owned());
    let (store, _) = caller.acts(shared, "evergreen.add", format!("bot {bot}"), detail);
    let kept = store.keep_evergreens(std::slice::from_ref(&new), now).await?.pop();
    shared.node.wake();
    Ok(match kept.ok_or_else(Problem::internal)? {
        KeptEvergreen::Kept(id) => Ok(Evergreen {
            id,
            bot: new.bot,
            content: new.content,
            topic: new.topic,
            content_hash: new.content_hash,
            is_ready: true,
            created_at: now,
        }),
        KeptEvergreen::SameAsPost { of, bot } => {
            let message = duplicate_of(of, &bot).message;
            Err(No::new("duplicate", format!("{BEFORE}: the text {message}.")))
        }
        KeptEvergreen::SameAsEvergreen { of, bot } => {
            let said = format!("{BEFORE}: the text is the same as evergreen {} of {bot}.", of.0);
            Err(No::new("duplicate", said))
        }
    })
}

/// Takes one away for good: of that bot, where one is named.
pub(crate) async fn let_go(
    shared: &Shared,
    caller: &Caller,
    (bot, id): (Option<&BotId>, EvergreenId),
) -> Result<Result<(), No>, Problem> {
    if let Some(bot) = bot {
        let before = EvergreenId(id.0.saturating_sub(1));
        let stock = shared.store.list_evergreens(bot, Some(before), 1).await?;
        if stock.iter().all(|one| one.id != id) {
            return Ok(Err(no_such(id)));
        }
    }
    let (store, _) = caller.acts(shared, "evergreen.remove", format!("evergreen {}", id.0), None);
    if store.drop_evergreen(id, REMOVED, shared.clock.now()).await? {
        return Ok(Ok(()));
    }
    Ok(Err(no_such(id)))
}

fn no_such(id: EvergreenId) -> No {
    let said = format!("Evergreen {} is used or gone already, or there was none.", id.0);
    No::new("no_such_evergreen", said)
}
