//! Try it: five texts now, as the form stands, with what review says of each and what they cost. None of
//! them is queued.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::model::{BotForm, MicroUsd, TriedText, TryOutId, TryOutState};
use domain::ports::store::TryOut;
use domain::rules::review::weighted_length;

use super::head::{Head, Known, Tab};
use super::persona;
use super::save::{Shown, Typed};
use crate::access::Caller;
use crate::component::{Mood, Pill, money};
use crate::desk::bots::{self, Refused};
use crate::pages::forms::{fields, page, see_other};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/try_out.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    id: i64,
    is_open: bool,
    is_begun: bool,
    texts: Vec<Line>,
    model: Option<String>,
    /// What they cost, where anything.
    cost: Option<String>,
    passed: usize,
    error: Option<String>,
    /// There is a form to go back to.
    has_form: bool,
}

/// A text on the page.
struct Line {
    text: String,
    topic: Option<String>,
    length: u32,
    findings: Vec<(Pill, String, String)>,
}

/// Asks for them.
pub(crate) async fn ask(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    typed: Typed,
) -> Result<Response, Problem> {
    let mut typed = fields(typed)?;
    typed.remove("csrf");
    typed.remove("name");
    let known = Known::find(&shared, bot).await?;
    let is_own = known.is_editable(&Frame::of(&shared, &caller, Section::Nowhere));
    let typed = if is_own { typed } else { BTreeMap::new() };
    let stamp = typed.get("stamp").cloned().unwrap_or_default();
    let form = BotForm::of(&known.bot).with(typed);
    let id = match bots::try_out(&shared, &caller, &known.bot, form.clone()).await? {
        Ok(id) => id,
        Err(Refused::Fields(problems)) => {
            let shown = Shown::refusing(form, problems, stamp);
            return Ok(persona::render(&shared, &caller, (&known, shown), None));
        }
        Err(Refused::No(no)) => return Err(no.problem()),
    };
    let of = shared.store.find_try_out(id).await?.ok_or_else(Problem::not_found)?.asked.bot;
    Ok(see_other(&format!("/bots/{of}/try/{}", id.0)))
}

/// What became of it.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path((bot, id)): Path<(String, i64)>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let found = find(&shared, &known, id).await?.ok_or_else(Problem::not_found)?;
    let frame = Frame::of(&shared, &caller, Section::Nowhere);
    let is_open = matches!(found.state, TryOutState::Asked | TryOutState::Writing);
    let texts: Vec<Line> = found.answer.texts.iter().map(Line::of).collect();
    Ok(page(&Page {
        has_form: known.is_editable(&frame),
        frame,
        head: known.head(Tab::Persona),
        done: None,
        id,
        is_open,
        is_begun: found.state == TryOutState::Writing,
        passed: texts.iter().filter(|line| line.findings.is_empty()).count(),
        texts,
        model: found.answer.model,
        cost: (found.answer.cost > MicroUsd::ZERO).then(|| money(found.answer.cost)),
        error: found.answer.error,
    }))
}

/// That one, where it is of this bot.
pub(super) async fn find(
    shared: &Shared,
    known: &Known,
    id: i64,
) -> Result<Option<TryOut>, Problem> {
    let found = shared.store.find_try_out(TryOutId(id)).await?;
    Ok(found.filter(|one| one.asked.bot == known.bot.id))
}

impl Line {
    fn of(tried: &TriedText) -> Self {
        let pill = |blocks: bool| {
            let (mood, word) =
                if blocks { (Mood::NeedsYou, "stops it") } else { (Mood::Late, "your call") };
            Pill::new(mood, word)
        };
        let findings = tried.findings.iter();
        Self {
            text: tried.text.clone(),
            topic: tried.topic.clone(),
            length: weighted_length(&tried.text),
            findings: findings
                .map(|one| (pill(one.blocks), one.rule.clone(), one.message.clone()))
                .collect(),
        }
    }
}
