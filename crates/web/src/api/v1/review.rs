//! What review says: of a post, or of words that are only tried.

use axum::Json;
use axum::http::StatusCode;
use domain::model::BotId;
use domain::model::access::Right;
use domain::rules::review::{Alike, Finding, Severity};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ask::{Ask, Sent};
use super::operation::Operation;
use super::table::Api;
use crate::judge::try_out;
use crate::problem::Problem;

/// Characters of a text that is looked at; what X takes is far less.
const TEXT_CHARS_MAX: usize = 10_000;

/// What a rule has against a text.
#[derive(Serialize, ToSchema)]
#[schema(as = Finding)]
pub(super) struct FindingView {
    /// The rule's id.
    rule: &'static str,
    /// `holds` and `needs_person`: a person may let it through; `blocks`: nobody can.
    severity: SeverityView,
    /// What is wrong and what is allowed.
    message: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Severity)]
enum SeverityView {
    Holds,
    NeedsPerson,
    Blocks,
}

/// A post that a text is like.
#[derive(Serialize, ToSchema)]
#[schema(as = AlikePost)]
pub(super) struct AlikeView {
    post: i64,
    bot: String,
    /// When it was published or else written.
    at: Timestamp,
    /// How much of it is the same.
    percent: u32,
}

/// Words to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReviewRequest)]
struct Trial {
    /// By whose policy.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$", example = "lighthouse")]
    bot: String,
    #[schema(min_length = 1, max_length = 10_000)]
    text: String,
}

/// What review says of words.
#[derive(Serialize, ToSchema)]
#[schema(as = Review)]
struct ReviewView {
    /// Exactly what would be sent: trimmed, and in normal form.
    text: String,
    /// Its weight in X's characters.
    weighted_length: u32,
    /// The most that the bot's posts may weigh.
    max_length: u32,
    /// Nothing speaks against it.
    is_accepted: bool,
    findings: Vec<FindingView>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Draft,
        Operation::post("/review", "review_text", "Try words before they are stored")
            .tells("Nothing is stored, and the moderation endpoint is not asked.")
            .takes::<Trial>()
            .answers::<ReviewView>()
            .refuses(StatusCode::NOT_FOUND, "no_such_bot"),
        review,
    )
}

async fn review(
    ask: Ask,
    Sent { value: trial, .. }: Sent<Trial>,
) -> Result<Json<ReviewView>, Problem> {
    let bot = BotId::try_from(trial.bot).map_err(|_| Problem::no_such_bot())?;
    if !(1..=TEXT_CHARS_MAX).contains(&trial.text.chars().count()) {
        return Err(Problem::unprocessable(format!(
            "`text` has 1 to {TEXT_CHARS_MAX} characters."
        )));
    }
    let found = ask.shared.store.find_bot(&bot).await?;
    let (declared, ..) = found.ok_or_else(Problem::no_such_bot)?;
    let policy = &declared.persona.policy;
    let verdict = try_out(&ask.shared, None, &trial.text, policy).await?;
    Ok(Json(ReviewView {
        weighted_length: verdict.weighted_length,
        max_length: policy.max_length,
        is_accepted: verdict.is_accepted(),
        findings: verdict.findings.iter().map(FindingView::of).collect(),
        text: verdict.text,
    }))
}

impl FindingView {
    pub(super) fn of(finding: &Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: match finding.severity {
                Severity::Holds => SeverityView::Holds,
                Severity::NeedsPerson => SeverityView::NeedsPerson,
                Severity::Blocks => SeverityView::Blocks,
            },
            message: finding.message.clone(),
        }
    }
}

impl AlikeView {
    pub(super) fn of(alike: Alike) -> Self {
        Self { post: alike.post.0, bot: alike.bot, at: alike.at, percent: alike.percent }
    }
}
