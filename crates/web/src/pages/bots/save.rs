//! A bot of the dashboard is changed: one tab at a time, in the name of who does it, and only while it is
//! still what that person saw.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::{Bot, BotForm};
use domain::ports::FieldProblem;

use super::head::{Known, Tab};
use super::{limits, persona, schedule};
use crate::access::Caller;
use crate::desk::bots::{self, Refused};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// What was typed.
pub(super) type Typed = Result<Form<BTreeMap<String, String>>, FormRejection>;

/// A form as a tab shows it: again, where it was not taken.
pub(super) struct Shown {
    pub(super) form: BotForm,
    pub(super) problems: Vec<FieldProblem>,
    /// The state of the bot that the form is about.
    pub(super) stamp: String,
    pub(super) said: Option<String>,
    pub(super) status: StatusCode,
}

impl Shown {
    /// The bot as it stands.
    pub(super) async fn of(shared: &Shared, bot: &Bot) -> Result<Self, Problem> {
        let stamp = shared.store.bot_stamp(&bot.id).await?.ok_or_else(Problem::no_such_bot)?;
        Ok(Self {
            form: BotForm::of(bot),
            problems: Vec::new(),
            stamp,
            said: None,
            status: StatusCode::OK,
        })
    }

    /// What is said above the fields.
    pub(super) fn refusing(form: BotForm, problems: Vec<FieldProblem>, stamp: String) -> Self {
        let said = match problems.len() {
            1 => "Nothing was saved: one thing is not right yet, and says so beside its field."
                .into(),
            n => format!(
                "Nothing was saved: {n} things are not right yet; each says so beside its field."
            ),
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        Self { form, problems, stamp, said: Some(said), status }
    }
}

/// Takes the persona's form.
pub(crate) async fn persona(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    typed: Typed,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    match take(&shared, &caller, (&known, typed), Tab::Persona).await? {
        Ok(response) => Ok(response),
        Err(shown) => Ok(persona::render(&shared, &caller, (&known, shown), None)),
    }
}

/// Takes the schedules' form.
pub(crate) async fn schedules(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    typed: Typed,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    match take(&shared, &caller, (&known, typed), Tab::Schedule).await? {
        Ok(response) => Ok(response),
        Err(shown) => Ok(schedule::render(&shared, &caller, (&known, shown), None)),
    }
}

/// Takes the limits' form.
pub(crate) async fn limits(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    typed: Typed,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    match take(&shared, &caller, (&known, typed), Tab::Limits).await? {
        Ok(response) => Ok(response),
        Err(shown) => limits::render(&shared, &caller, (&known, shown), None).await,
    }
}

/// Saves what was typed over what the form does not say, or shows it again.
async fn take(
    shared: &Shared,
    caller: &Caller,
    (known, typed): (&Known, Typed),
    tab: Tab,
) -> Result<Result<Response, Shown>, Problem> {
    let mut typed = fields(typed)?;
    let stamp = typed.remove("stamp").unwrap_or_default();
    typed.remove("csrf");
    // Its name is its identity, and no field of it.
    typed.remove("name");
    let was = &known.bot;
    let form = BotForm::of(was).with(typed);
    Ok(match bots::save(shared, caller, (was, &stamp), &form).await? {
        Ok(()) => Ok(see_other(&Done::of(Deed::BotSaved, 0).on(&tab.of(&was.id), &[]))),
        Err(Refused::Fields(problems)) => Err(Shown::refusing(form, problems, stamp)),
        Err(Refused::No(no)) => {
            let fresh = Shown::of(shared, was).await?;
            Err(Shown { form, said: Some(no.said), status: StatusCode::CONFLICT, ..fresh })
        }
    })
}
