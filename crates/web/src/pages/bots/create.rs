//! `/new-bot`: a bot begins as one of three examples, and is the dashboard's from then on.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::model::{BotForm, BotId};
use domain::ports::{ExampleBot, FieldProblem};
use serde::Deserialize;

use super::fields::{self, Group};
use super::head::Tab;
use super::save::{Shown, Typed};
use crate::access::Caller;
use crate::component::Mark;
use crate::desk::bots::{self, Refused};
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{self, page, see_other, with_status};
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

/// Letters of an example's personality that are shown.
const ABOUT_CHARS: usize = 180;

#[derive(Template)]
#[template(path = "bots/examples.html")]
struct Choice<'a> {
    frame: Frame<'a>,
    cards: Vec<Card>,
}

/// An example to begin with.
struct Card {
    mark: Mark,
    name: &'static str,
    about: String,
    post: String,
}

#[derive(Template)]
#[template(path = "bots/create.html")]
struct Page<'a> {
    frame: Frame<'a>,
    example: String,
    groups: Vec<Group>,
    said: Option<String>,
    is_demo: bool,
}

/// With which example.
#[derive(Deserialize)]
pub(crate) struct From {
    example: Option<String>,
}

/// The three, or the form of one of them.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Query(query): Query<From>,
) -> Result<Response, Problem> {
    let examples = shared.declarer.examples();
    let Some(wanted) = query.example else {
        let frame = Frame::of(&shared, &caller, Section::Bots);
        let cards = examples.iter().map(Card::of).collect();
        return Ok(page(&Choice { frame, cards }));
    };
    let mut form = match examples.into_iter().find(|example| example.name == wanted) {
        Some(example) => example.form,
        None => return Err(Problem::not_found()),
    };
    let sends = if shared.sandbox.is_some() { "no" } else { "yes" };
    // It asks for each post until its owner trusts it.
    for (key, value) in [("name", ""), ("mode", "approval"), ("dry_run", sends)] {
        form.put(key, value);
    }
    let problems = Vec::new();
    let shown = Shown { form, problems, stamp: String::new(), said: None, status: StatusCode::OK };
    Ok(render(&shared, &caller, wanted, shown))
}

fn render(shared: &Shared, caller: &Caller, example: String, shown: Shown) -> Response {
    let (form, problems) = (&shown.form, &shown.problems[..]);
    let mut groups = fields::beginning(form, problems);
    groups.extend(fields::persona(form, problems));
    groups.extend(fields::schedules(form, problems));
    groups.extend(fields::later(form, problems));
    let frame = Frame::of(shared, caller, Section::Bots);
    let (said, is_demo) = (shown.said, shared.sandbox.is_some());
    with_status(shown.status, &Page { frame, example, groups, said, is_demo })
}

/// Makes it.
pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    typed: Typed,
) -> Result<Response, Problem> {
    let mut typed = forms::fields(typed)?;
    typed.remove("csrf");
    let example = typed.remove("example").unwrap_or_default();
    let form = BotForm::default().with(typed);
    Ok(match bots::create(&shared, &caller, &form).await? {
        Ok(bot) => see_other(&Done::of(Deed::BotCreated, 0).on(&Tab::Persona.of(&bot), &[])),
        Err(Refused::Fields(problems)) => refuse(&shared, &caller, example, form, problems),
        Err(Refused::No(no)) => return Err(no.problem()),
    })
}

fn refuse(
    shared: &Shared,
    caller: &Caller,
    example: String,
    form: BotForm,
    problems: Vec<FieldProblem>,
) -> Response {
    render(shared, caller, example, Shown::refusing(form, problems, String::new()))
}

impl Card {
    fn of(example: &ExampleBot) -> Self {
        let about = example.form.value("personality_prompt").split_whitespace();
        let about = about.collect::<Vec<_>>().join(" ");
        let cut: String = about.chars().take(ABOUT_CHARS).collect();
        let first = example.form.value("examples").lines().next().unwrap_or_default();
        Self {
            mark: BotId::try_from(example.name).map(|id| Mark::of(&id)).expect("an example's name"),
            name: example.name,
            about: if cut.len() < about.len() { format!("{cut}…") } else { about },
            post: first.to_owned(),
        }
    }
}
