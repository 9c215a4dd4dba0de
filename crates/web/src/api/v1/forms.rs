//! Bots that the dashboard manages, as forms: made from an example, changed field by field, closed and
//! opened again. A form is read as a bot's file is, so the fields have the names of its keys.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{Bot, BotForm, BotState, ManagedBy};
use domain::ports::FieldProblem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{Ask, Named, Sent};
use super::bots::OfBot;
use super::once::{Made, once};
use super::operation::Operation;
use super::table::Api;
use super::tag::{Tag, changed};
use super::word::BotStateWord;
use crate::desk::bots::{self, Refused};
use crate::problem::{FieldView, Problem};

/// Fields of a request at most: every field of a form, and some.
const FIELDS_MAX: usize = 200;

/// A bot as a form.
#[derive(Serialize, ToSchema)]
#[schema(as = BotForm)]
struct FormView {
    bot: String,
    /// A closed one is in no list of bots any more.
    state: BotStateWord,
    /// The dashboard manages it and it is open, so that it can be changed here.
    is_editable: bool,
    /// Every field with its text, by the keys of a bot's file: `tone`, `topics` with one on each line,
    /// `schedule.0.cron`, `x_month` in dollars.
    fields: BTreeMap<String, String>,
}

/// A bot that is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewBot)]
struct Wanted {
    /// The example that it begins as; without one it begins empty.
    #[serde(default)]
    #[schema(pattern = "^[a-z]{1,32}$", example = "lighthouse")]
    example: Option<String>,
    /// What it has instead; `name` at least.
    fields: BTreeMap<String, String>,
}

/// What is to be another way.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BotChange)]
struct Change {
    /// The fields that change; the others stay as they are. The name of a bot never changes.
    fields: BTreeMap<String, String>,
}

pub(super) fn operations(api: Api) -> Api {
    let (gone, bot_gone) = (StatusCode::NOT_FOUND, "no_such_bot");
    let wrong = (StatusCode::UNPROCESSABLE_ENTITY, "form_refused");
    api.may(
        Right::Admin,
        Operation::make("/bots", "create_bot", "Make a bot that the dashboard manages")
            .tells(
                "It begins as an example (`lighthouse`, `library`, `transit`) and has what `fields` says \
                 instead. It asks for a yes to each post and rehearses unless the fields say otherwise. \
                 `form_refused` lists under `problems` everything that is not right.",
            )
            .once()
            .takes::<Wanted>()
            .answers::<FormView>()
            .tagged()
            .refuses(gone, "no_such_example")
            .refuses(wrong.0, wrong.1),
        make,
    )
    .may(
        Right::Read,
        Operation::get("/bots/{bot}/form", "get_bot_form", "A bot as a form")
            .of::<OfBot>()
            .answers::<FormView>()
            .tagged()
            .refuses(gone, bot_gone),
        show,
    )
    .may(
        Right::Admin,
        Operation::patch("/bots/{bot}/form", "change_bot", "Change a bot")
            .tells(
                "Takes the `ETag` of its form. Nothing is saved unless all of it is right; \
                 `form_refused` lists under `problems` everything that is not.",
            )
            .of::<OfBot>()
            .takes::<Change>()
            .matches()
            .answers::<FormView>()
            .tagged()
            .refuses(gone, bot_gone)
            .refuses(wrong.0, wrong.1)
            .refuses(StatusCode::CONFLICT, "managed_elsewhere")
            .refuses(StatusCode::CONFLICT, "account_taken"),
        change,
    )
    .may(
        Right::Admin,
        Operation::post("/bots/{bot}/close", "close_bot", "Close a bot that the dashboard manages")
            .tells(
                "Nothing is planned, written or sent for it any more; its posts, its history and its name \
                 stay. One that is closed stays so, and answers the same.",
            )
            .of::<OfBot>()
            .answers::<FormView>()
            .refuses(gone, bot_gone)
            .refuses(StatusCode::CONFLICT, "managed_elsewhere"),
        close,
    )
    .may(
        Right::Admin,
        Operation::post("/bots/{bot}/reopen", "reopen_bot", "Open a bot again that was closed")
            .tells("It is paused, so that nothing goes out before somebody looked.")
            .of::<OfBot>()
            .answers::<FormView>()
            .refuses(gone, bot_gone)
            .refuses(StatusCode::CONFLICT, "not_closed")
            .refuses(StatusCode::CONFLICT, "account_taken")
            .refuses(StatusCode::CONFLICT, "managed_elsewhere"),
        reopen,
    )
}

async fn make(
    ask: Ask,
    headers: HeaderMap,
    Sent { value: wanted, hash }: Sent<Wanted>,
) -> Result<Response, Problem> {
    let work = async {
        let form = begin(&ask, wanted.example.as_deref())?.with(known(wanted.fields)?);
        let bot = match bots::create(&ask.shared, &ask.caller, &form).await? {
            Ok(bot) => bot,
            Err(refused) => return Err(problem(refused)),
        };
        let (declared, state, _) =
            ask.shared.store.find_bot(&bot).await?.ok_or_else(Problem::internal)?;
        Ok(Made::at(format!("/api/v1/bots/{bot}/form"), &FormView::of(&declared, state)))
    };
    once(&ask, &headers, &["create_bot", &hash], work).await
}

/// The form that a new bot begins with: careful until its fields say otherwise.
fn begin(ask: &Ask, example: Option<&str>) -> Result<BotForm, Problem> {
    let mut form = match example {
        None => BotForm::default(),
        Some(wanted) => {
            let examples = ask.shared.declarer.examples();
            let names: Vec<&str> = examples.iter().map(|one| one.name).collect();
            let names = names.join(", ");
            let found = examples.into_iter().find(|one| one.name == wanted).ok_or_else(|| {
                let detail = format!("No example has this name. There are: {names}.");
                Problem::new(StatusCode::NOT_FOUND, "no_such_example", detail)
            })?;
            found.form
        }
    };
    for (key, value) in [("name", ""), ("mode", "approval"), ("dry_run", "yes")] {
        form.put(key, value);
    }
    Ok(form)
}

async fn show(ask: Ask, Named(of): Named<OfBot>) -> Result<Response, Problem> {
    shown(&ask, &of).await
}

async fn change(
    ask: Ask,
    Named(of): Named<OfBot>,
    headers: HeaderMap,
    Sent { value: wanted, .. }: Sent<Change>,
) -> Result<Response, Problem> {
    let (id, store) = (of.id()?, &ask.shared.store);
    let (was, ..) = store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    let stamp = store.bot_stamp(&id).await?.ok_or_else(Problem::no_such_bot)?;
    tag(&was, &stamp).demand(&headers)?;
    let mut fields = known(wanted.fields)?;
    fields.remove("name");
    let form = BotForm::of(&was).with(fields);
    match bots::save(&ask.shared, &ask.caller, (&was, &stamp), &form).await? {
        Ok(()) => shown(&ask, &of).await,
        Err(refused) => Err(problem(refused)),
    }
}

async fn close(ask: Ask, Named(of): Named<OfBot>) -> Result<Response, Problem> {
    let found = ask.shared.store.find_bot(&of.id()?).await?;
    let (bot, state, _) = found.ok_or_else(Problem::no_such_bot)?;
    match bots::close(&ask.shared, &ask.caller, (&bot, state)).await? {
        Ok(()) => shown(&ask, &of).await,
        Err(no) => Err(no.problem()),
    }
}

async fn reopen(ask: Ask, Named(of): Named<OfBot>) -> Result<Response, Problem> {
    let id = of.id()?;
    ask.shared.store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    match bots::reopen(&ask.shared, &ask.caller, &id).await? {
        Ok(()) => shown(&ask, &of).await,
        Err(no) => Err(no.problem()),
    }
}

async fn shown(ask: &Ask, of: &OfBot) -> Result<Response, Problem> {
    let (id, store) = (of.id()?, &ask.shared.store);
    let (bot, state, _) = store.find_bot(&id).await?.ok_or_else(Problem::no_such_bot)?;
    let stamp = store.bot_stamp(&id).await?.ok_or_else(Problem::no_such_bot)?;
    Ok(tag(&bot, &stamp).on(FormView::of(&bot, state)))
}

fn tag(bot: &Bot, stamp: &str) -> Tag {
    Tag::of(&["bot", bot.id.as_str(), stamp])
}

/// The fields that a form has; another is a slip of the pen, and would be lost.
pub(super) fn known(fields: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Problem> {
    if fields.len() > FIELDS_MAX {
        let detail = format!("`fields` has {FIELDS_MAX} fields at most.");
        return Err(Problem::unprocessable(detail));
    }
    let unknown: Vec<FieldProblem> = fields
        .keys()
        .filter(|key| !BotForm::knows(key))
        .map(|key| FieldProblem {
            field: key.chars().take(80).collect(),
            found: "a field that no form has".to_owned(),
            allowed: "the fields that GET /api/v1/bots/{bot}/form shows".to_owned(),
            mend: "leave it out, or spell it as the form does".to_owned(),
        })
        .collect();
    if unknown.is_empty() { Ok(fields) } else { Err(problem(Refused::Fields(unknown))) }
}

/// As the API tells it: all that is not right at once.
pub(super) fn problem(refused: Refused) -> Problem {
    match refused {
        Refused::No(no) if no.code == "changed" => changed(),
        Refused::No(no) => no.problem(),
        Refused::Fields(problems) => {
            let detail = "Nothing was saved: not all of it is right yet. `problems` says what, and what to \
                          do about it.";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Problem::new(status, "form_refused", detail)
                .with_fields(problems.into_iter().map(FieldView::of).collect())
        }
    }
}

impl FormView {
    fn of(bot: &Bot, state: BotState) -> Self {
        Self {
            bot: bot.id.to_string(),
            state: BotStateWord(state),
            is_editable: bot.managed_by == ManagedBy::Dashboard && state != BotState::Closed,
            fields: BotForm::of(bot).fields().clone(),
        }
    }
}
