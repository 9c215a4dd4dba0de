//! `/api/docs`: the document for people. A page of our own from the same value that programs are served:
//! it needs no script, no foreign asset and no hole in the content policy.

mod schema;

use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde_json::Value;

use self::schema::{Field, Shape, name_of, shapes};
use super::v1::document;
use crate::access::Caller;
use crate::component::Prose;
use crate::pages::{Frame, Section, page};
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "api/docs.html")]
struct Page<'a> {
    frame: Frame<'a>,
    version: &'a str,
    about: Prose<&'a str>,
    chapters: &'a [Chapter],
    shapes: &'a [Shape],
}

/// What belongs together.
struct Chapter {
    name: String,
    says: String,
    operations: Vec<Operation>,
}

/// Something that can be asked.
struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: Prose<String>,
    scope: String,
    parameters: Vec<Field>,
    /// What is sent, by the name of its shape.
    body: Option<String>,
    status: String,
    /// What is answered: a shape, and whether a page of them.
    answer: Option<(String, bool)>,
    refusals: Vec<Refusal>,
}

struct Refusal {
    status: String,
    codes: Prose<String>,
}

static CHAPTERS: LazyLock<Vec<Chapter>> = LazyLock::new(|| chapters(document()));
static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| shapes(document()));

/// The page.
pub(crate) async fn docs(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        version: text(&document()["info"]["version"]),
        about: Prose(text(&document()["info"]["description"])),
        chapters: &CHAPTERS,
        shapes: &SHAPES,
    }))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn chapters(document: &Value) -> Vec<Chapter> {
    let operations: Vec<(&Value, Operation)> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            methods.map(move |(method, one)| (&one["tags"][0], Operation::of(path, method, one)))
        })
        .collect();
    let mut rest = operations;
    list(&document["tags"])
        .iter()
        .map(|tag| {
            let (mine, others) = rest.drain(..).partition(|(of, _)| **of == tag["name"]);
            rest = others;
            let mine: Vec<(&Value, Operation)> = mine;
            Chapter {
                name: text(&tag["name"]).to_owned(),
                says: text(&tag["description"]).to_owned(),
                operations: mine.into_iter().map(|(_, operation)| operation).collect(),
            }
        })
        .collect()
}

impl Operation {
    fn of(path: &str, method: &str, one: &Value) -> Self {
        let answers = one["responses"].as_object();
        let answers = || answers.into_iter().flatten();
        let good = answers().find(|(status, _)| status.starts_with('2'));
        let refused = answers().filter(|(status, _)| !status.starts_with('2'));
        let content = good.and_then(|(_, answer)| answer["content"].as_object());
        Self {
            id: text(&one["operationId"]).to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&one["summary"]).to_owned(),
            description: Prose(text(&one["description"]).to_owned()),
            scope: text(&one["security"][0]["token"][0]).to_owned(),
            parameters: list(&one["parameters"]).iter().map(Field::of_parameter).collect(),
            body: name_of(&one["requestBody"]["content"]["application/json"]["schema"]),
            status: good.map(|(status, _)| status.clone()).unwrap_or_default(),
            answer: content.into_iter().flatten().next().map(|(kind, content)| {
                let of = &content["schema"];
                let item = name_of(&of["properties"]["items"]["items"]);
                let is_page = item.is_some();
                (item.or_else(|| name_of(of)).unwrap_or_else(|| kind.clone()), is_page)
            }),
            refusals: refused.map(Refusal::of).collect(),
        }
    }
}

impl Refusal {
    fn of((status, answer): (&String, &Value)) -> Self {
        let said = text(&answer["description"]);
        let codes = said.split_once(": ").map_or(said, |(_, codes)| codes);
        Self { status: status.clone(), codes: Prose(codes.to_owned()) }
    }
}
