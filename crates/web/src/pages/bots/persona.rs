//! Persona: who speaks. A form where the dashboard manages it, else as it is declared.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use domain::model::{LinkPolicy, Persona, Topic};
use serde::Deserialize;

use super::fields::{self, Group};
use super::head::{Head, Known, Tab};
use super::save::Shown;
use super::try_out;
use crate::access::Caller;
use crate::pages::done::Done;
use crate::pages::forms::with_status;
use crate::pages::frame::{Frame, Section};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "bots/persona.html")]
struct Page<'a> {
    frame: Frame<'a>,
    head: Head,
    done: Option<String>,
    lines: Vec<Line>,
    form: Option<Sheet>,
}

/// The form of a tab.
pub(super) struct Sheet {
    pub(super) groups: Vec<Group>,
    pub(super) stamp: String,
    pub(super) said: Option<String>,
}

/// A part of the persona, in one or more lines.
struct Line {
    name: &'static str,
    texts: Vec<String>,
}

/// With the form of which try-out.
#[derive(Deserialize)]
pub(crate) struct Again {
    #[serde(rename = "try")]
    id: Option<i64>,
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    Query(done): Query<Done>,
    Query(again): Query<Again>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let mut shown = Shown::of(&shared, &known.bot).await?;
    if let Some(id) = again.id
        && let Some(tried) = try_out::find(&shared, &known, id).await?
    {
        // What was typed is about the state that was seen then.
        shown.stamp = tried.asked.form.value("stamp").to_owned();
        shown.form = tried.asked.form;
    }
    Ok(render(&shared, &caller, (&known, shown), done.sentence()))
}

/// The tab with that form, or with its problems.
pub(super) fn render(
    shared: &Shared,
    caller: &Caller,
    (known, shown): (&Known, Shown),
    done: Option<String>,
) -> Response {
    let frame = Frame::of(shared, caller, Section::Nowhere);
    let status = shown.status;
    let form = known.is_editable(&frame).then(|| Sheet {
        groups: fields::persona(&shown.form, &shown.problems),
        stamp: shown.stamp,
        said: shown.said,
    });
    let lines = if form.is_none() { lines(&known.bot.persona) } else { Vec::new() };
    let head = known.head(Tab::Persona);
    with_status(status, &Page { frame, head, done, lines, form })
}

/// What is said of it; what nobody says is left out.
fn lines(persona: &Persona) -> Vec<Line> {
    let one = |name, text: &str| Line { name, texts: vec![text.to_owned()] };
    let many = |name, texts: &[String]| Line { name, texts: texts.to_vec() };
    let policy = &persona.policy;
    let number =
        |name, most: Option<u32>| Line { name, texts: most.iter().map(u32::to_string).collect() };
    let level = persona.reading_level.iter().map(|level| level.as_str().to_owned()).collect();
    let all = [
        one("Personality", &persona.personality_prompt),
        one("Style", &persona.posting_style),
        one("Tone", &persona.tone),
        Line { name: "Reads", texts: level },
        Line { name: "Topics", texts: persona.topics.iter().map(topic).collect() },
        many("Forms in turn", &persona.formats),
        many("Draws from", &persona.content_sources),
        many("Examples", &persona.examples),
        many("Never says", &persona.never_say),
        number("Longest post", Some(policy.max_length)),
        one("Languages", &policy.languages.join(", ")),
        one("Links", &links(&policy.links)),
        one("May mention", &policy.mentions_allowed.join(", ")),
        number("Hashtags at most", policy.hashtags_max),
        one("Only these hashtags", &policy.hashtags_allowed.join(", ")),
        number("Cashtags at most", Some(policy.cashtags_max)),
        number("Emoji at most", policy.emoji_max),
        one("Banned words", &policy.banned_words.join(", ")),
        one("Says of its origin", policy.disclosure.as_deref().unwrap_or_default()),
    ];
    let is_said = |line: &Line| line.texts.iter().any(|text| !text.is_empty());
    all.into_iter().filter(is_said).collect()
}

/// `fog, 3 times as often: the smell, the sound`.
fn topic(topic: &Topic) -> String {
    let weight = match topic.weight {
        1 => String::new(),
        weight => format!(", weight {weight}"),
    };
    let angles = if topic.angles.is_empty() {
        String::new()
    } else {
        format!(": {}", topic.angles.join(" · "))
    };
    format!("{}{weight}{angles}", topic.name)
}

fn links(links: &LinkPolicy) -> String {
    match links {
        LinkPolicy::Any => "any".to_owned(),
        LinkPolicy::None => "none".to_owned(),
        LinkPolicy::Hosts(hosts) => format!("only to {}", hosts.join(", ")),
        LinkPolicy::Own(link) => format!("only {link}"),
    }
}
