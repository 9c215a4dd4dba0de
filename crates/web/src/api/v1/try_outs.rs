//! Try-outs: five texts that a persona writes, with what review says of each. None of them is queued.

use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::model::access::Right;
use domain::model::{BotForm, ManagedBy, TriedFinding, TriedText, TryOutId};
use domain::ports::store::TryOut;
use domain::rules::review::weighted_length;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Named, Sent};
use super::bots::OfBot;
use super::forms;
use super::once::{Made, once};
use super::operation::Operation;
use super::table::Api;
use crate::desk::bots;
use crate::problem::Problem;

/// Which one.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfTryOut {
    /// The bot's name.
    #[param(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "lighthouse")]
    bot: String,
    /// Its number.
    #[param(minimum = 1)]
    try_out: i64,
}

/// What is to be tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTryOut)]
struct Wanted {
    /// Fields of the bot's form that are tried instead of its own, where the dashboard manages it.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// A try-out.
#[derive(Serialize, ToSchema)]
#[schema(as = TryOut)]
struct View {
    id: i64,
    bot: String,
    /// `asked`, `writing`, `written` or `given_up`.
    state: &'static str,
    asked_at: Timestamp,
    texts: Vec<TextView>,
    #[schema(required)]
    model: Option<String>,
    /// What they cost, in millionths of a dollar.
    cost_micro_usd: i64,
    /// Why there are none.
    #[schema(required)]
    error: Option<String>,
}

/// A text that is not queued.
#[derive(Serialize, ToSchema)]
#[schema(as = TriedText)]
struct TextView {
    text: String,
    #[schema(required)]
    topic: Option<String>,
    weighted_length: u32,
    findings: Vec<FindingView>,
}

/// What review has against it.
#[derive(Serialize, ToSchema)]
#[schema(as = TriedFinding)]
struct FindingView {
    rule: String,
    /// It would not be queued; otherwise a person would be asked.
    blocks: bool,
    message: String,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Draft,
        Operation::make("/bots/{bot}/try-outs", "try_bot", "Have a persona write five texts")
            .tells(
                "None is queued. Whoever has one open already is answered that one, whichever bot it is \
                 of. Fields of a bot that a file declares are left aside.",
            )
            .of::<OfBot>()
            .once()
            .takes::<Wanted>()
            .with(StatusCode::ACCEPTED)
            .answers::<View>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot")
            .refuses(StatusCode::UNPROCESSABLE_ENTITY, "form_refused"),
        make,
    )
    .may(
        Right::Read,
        Operation::get("/bots/{bot}/try-outs/{try_out}", "get_try_out", "What became of it")
            .of::<OfTryOut>()
            .answers::<View>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot")
            .refuses(StatusCode::NOT_FOUND, "no_such_try_out"),
        one,
    )
}

async fn make(
    ask: Ask,
    Named(of): Named<OfBot>,
    headers: HeaderMap,
    Sent { value: wanted, hash }: Sent<Wanted>,
) -> Result<Response, Problem> {
    let id = of.id()?;
    let work = async {
        let found = ask.shared.store.find_bot(&id).await?;
        let (was, ..) = found.ok_or_else(Problem::no_such_bot)?;
        let mut fields = forms::known(wanted.fields)?;
        fields.remove("name");
        if was.managed_by != ManagedBy::Dashboard {
            fields.clear();
        }
        let form = BotForm::of(&was).with(fields);
        let asked = bots::try_out(&ask.shared, &ask.caller, &was, form).await?;
        let view =
            view(&ask, asked.map_err(forms::problem)?).await?.ok_or_else(Problem::internal)?;
        let location = format!("/api/v1/bots/{}/try-outs/{}", view.bot, view.id);
        Ok(Made::at(location, &view).accepted())
    };
    once(&ask, &headers, &["try_bot", id.as_str(), &hash], work).await
}

async fn one(ask: Ask, Named(of): Named<OfTryOut>) -> Result<Json<View>, Problem> {
    let id = OfBot { bot: of.bot }.id()?;
    let found = view(&ask, TryOutId(of.try_out)).await?;
    found.filter(|view| view.bot == id.as_str()).map(Json).ok_or_else(|| {
        let detail = "No try-out of this bot has this number.";
        Problem::new(StatusCode::NOT_FOUND, "no_such_try_out", detail)
    })
}

async fn view(ask: &Ask, id: TryOutId) -> Result<Option<View>, Problem> {
    Ok(ask.shared.store.find_try_out(id).await?.map(View::of))
}

impl View {
    fn of(found: TryOut) -> Self {
        Self {
            id: found.id.0,
            bot: found.asked.bot.to_string(),
            state: found.state.as_str(),
            asked_at: found.asked_at,
            texts: found.answer.texts.into_iter().map(TextView::of).collect(),
            model: found.answer.model,
            cost_micro_usd: found.answer.cost.0,
            error: found.answer.error,
        }
    }
}

impl TextView {
    fn of(tried: TriedText) -> Self {
        Self {
            weighted_length: weighted_length(&tried.text),
            text: tried.text,
            topic: tried.topic,
            findings: tried.findings.into_iter().map(FindingView::of).collect(),
        }
    }
}

impl FindingView {
    fn of(finding: TriedFinding) -> Self {
        Self { rule: finding.rule, blocks: finding.blocks, message: finding.message }
    }
}
