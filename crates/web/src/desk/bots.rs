//! Bots of the dashboard: made, changed, closed, opened again, tried out. A file's bots are changed in
//! their files.

use domain::model::{Bot, BotForm, BotId, BotState, ManagedBy, TryOutId};
use domain::ports::FieldProblem;
use domain::ports::store::{NewTryOut, Saved};
use domain::rules::changes::changes_of;

use super::no::No;
use crate::access::Caller;
use crate::problem::Problem;
use crate::state::Shared;

/// Names of fields in the audit log at most.
const NAMED_MAX: usize = 12;

/// Why a form was not taken. Nothing was saved.
pub(crate) enum Refused {
    /// Something in it is not right.
    Fields(Vec<FieldProblem>),
    /// Something else is in the way.
    No(No),
}

/// Makes a bot.
pub(crate) async fn create(
    shared: &Shared,
    caller: &Caller,
    form: &BotForm,
) -> Result<Result<BotId, Refused>, Problem> {
    let now = shared.clock.now();
    let mut problems = no_name(form);
    let bot = match shared.declarer.read(form, None, now) {
        Ok(bot) if problems.is_empty() => bot,
        Ok(_) => return Ok(Err(Refused::Fields(problems))),
        Err(more) => {
            problems.extend(more);
            return Ok(Err(Refused::Fields(problems)));
        }
    };
    let (store, _) = caller.acts(shared, "bot.create", object(&bot.id), None);
    let (field, found) = match store.save_bot(&bot, None, now).await? {
        Saved::Done => {
            shared.node.wake();
            return Ok(Ok(bot.id));
        }
        Saved::AccountTaken(other) => ("dry_run", account_taken(&other)),
        Saved::NameTaken | Saved::Elsewhere(_) | Saved::Stale => {
            ("name", format!("`{}`, which is the name of a bot already", bot.id))
        }
    };
    Ok(Err(Refused::Fields(vec![FieldProblem {
        field: field.to_owned(),
        found,
        allowed: "each name and each account once".to_owned(),
        mend: "choose another; a bot that was closed keeps its name".to_owned(),
    }])))
}

/// Writes the whole form of a bot in place of the state that its writer saw.
pub(crate) async fn save(
    shared: &Shared,
    caller: &Caller,
    (was, stamp): (&Bot, &str),
    form: &BotForm,
) -> Result<Result<(), Refused>, Problem> {
    let now = shared.clock.now();
    let bot = match shared.declarer.read(form, Some(was), now) {
        Ok(bot) => bot,
        Err(problems) => return Ok(Err(Refused::Fields(problems))),
    };
    let (store, _) = caller.acts(shared, "bot.save", object(&bot.id), Some(changed(was, &bot)));
    let no = match store.save_bot(&bot, Some(stamp), now).await? {
        Saved::Done => {
            shared.node.wake();
            return Ok(Ok(()));
        }
        Saved::Stale => No::new(
            "changed",
            "Somebody saved this bot since you opened the form; History shows what. What you typed stands \
             below, and nothing was saved: save again, and it takes the place of theirs.",
        ),
        Saved::AccountTaken(other) => No::new("account_taken", account_taken(&other)),
        Saved::Elsewhere(_) | Saved::NameTaken => elsewhere(),
    };
    Ok(Err(Refused::No(no)))
}

/// Closes one for good, or until somebody opens it again.
pub(crate) async fn close(
    shared: &Shared,
    caller: &Caller,
    (bot, state): (&Bot, BotState),
) -> Result<Result<(), No>, Problem> {
    if bot.managed_by != ManagedBy::Dashboard {
        return Ok(Err(elsewhere()));
    }
    if state != BotState::Closed {
        let (store, _) = caller.acts(shared, "bot.close", object(&bot.id), None);
        store.set_bot_state(&bot.id, BotState::Closed, None, shared.clock.now()).await?;
        shared.node.wake();
    }
    Ok(Ok(()))
}

/// Opens one again that was closed: paused, so that nothing goes out before somebody looked.
pub(crate) async fn reopen(
    shared: &Shared,
    caller: &Caller,
    bot: &BotId,
) -> Result<Result<(), No>, Problem> {
    let (store, _) = caller.acts(shared, "bot.reopen", object(bot), None);
    Ok(match store.reopen_bot(bot, shared.clock.now()).await? {
        Saved::Done => {
            shared.node.wake();
            Ok(())
        }
        Saved::AccountTaken(other) => Err(No::new("account_taken", account_taken(&other))),
        Saved::Stale => {
            Err(No::new("not_closed", format!("{bot} is not closed; nothing was changed.")))
        }
        Saved::Elsewhere(_) | Saved::NameTaken => Err(elsewhere()),
    })
}

/// Asks for five texts of a persona as the form has it, none of which is queued. Whoever has one open
/// already gets that one, whichever bot it is of.
pub(crate) async fn try_out(
    shared: &Shared,
    caller: &Caller,
    was: &Bot,
    form: BotForm,
) -> Result<Result<TryOutId, Refused>, Problem> {
    let now = shared.clock.now();
    let persona = match shared.declarer.read(&form, Some(was), now) {
        Ok(bot) => bot.persona,
        // What is declared elsewhere was read there.
        Err(_) if was.managed_by != ManagedBy::Dashboard => was.persona.clone(),
        Err(problems) => return Ok(Err(Refused::Fields(problems))),
    };
    let asked_by = format!("{} {}", caller.actor.kind.as_str(), caller.actor.name);
    let new = NewTryOut { bot: was.id.clone(), persona, form, asked_by };
    let (store, _) = caller.acts(shared, "bot.try", object(&was.id), None);
    Ok(Ok(match store.ask_try_out(&new, now).await? {
        Ok(id) => {
            shared.node.wake();
            id
        }
        Err(open) => open,
    }))
}

fn object(bot: &BotId) -> String {
    format!("bot {bot}")
}

fn elsewhere() -> No {
    No::new(
        "managed_elsewhere",
        "The dashboard does not manage this bot: a file or the environment declares it, or it is closed. \
         Nothing was saved.",
    )
}

/// Two bots of one account would each post what the other did already.
pub(crate) fn account_taken(other: &BotId) -> String {
    format!(
        "The token of this bot is of the X account that {other} posts to. An account has one bot: give \
         this one the token of another account, or let it rehearse."
    )
}

/// A file would have a name; a form may have none.
fn no_name(form: &BotForm) -> Vec<FieldProblem> {
    if !form.value("name").trim().is_empty() {
        return Vec::new();
    }
    vec![FieldProblem {
        field: "name".to_owned(),
        found: "no name".to_owned(),
        allowed: "1 to 64 letters, digits, `-` or `_`".to_owned(),
        mend: "choose a name such as `lighthouse`; it stays for good".to_owned(),
    }]
}

/// Which fields changed, for the audit log.
fn changed(was: &Bot, bot: &Bot) -> String {
    let mut names: Vec<String> = changes_of(was, bot).into_iter().map(|one| one.field).collect();
    names.dedup();
    let more = names.len().saturating_sub(NAMED_MAX);
    names.truncate(NAMED_MAX);
    match (names.is_empty(), more) {
        (true, _) => "nothing".to_owned(),
        (false, 0) => names.join(", "),
        (false, more) => format!("{} and {more} more", names.join(", ")),
    }
}
