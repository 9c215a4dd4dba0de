//! What programs hold. A token is made by a person and never by another token: it would live on when that
//! one is taken back.

use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::model::access::Right;
use domain::model::access::{ApiToken, Rights, TokenId};
use domain::ports::people::NewToken;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ask::{Ask, Named, Sent};
use super::once::{Made, once};
use super::operation::Operation;
use super::page::Page;
use super::table::Api;
use super::word::RightWord;
use crate::access::{TOKEN_DAYS, TOKEN_NAME_CHARS_MAX, new_token};
use crate::problem::Problem;

/// Tokens that are listed at most, the newest.
const TOKENS_MAX: u32 = 1_000;

/// Which token.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfToken {
    /// The token's number.
    #[param(minimum = 1)]
    token: i64,
}

/// A token, without its secret.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = Token)]
struct TokenView {
    id: i64,
    name: String,
    /// What it may do.
    scopes: Vec<RightWord>,
    created_by: String,
    created_at: Timestamp,
    /// It is worth nothing from then on.
    expires_at: Timestamp,
    /// When it was last used, to the minute.
    #[schema(required)]
    used_at: Option<Timestamp>,
    #[schema(required)]
    revoked_at: Option<Timestamp>,
    /// It opens something now.
    is_good: bool,
}

/// A token that was just made.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = NewTokenAnswer)]
struct Shown {
    token: TokenView,
    /// What the program sends. It is told once: an answer that is given again is without it.
    #[schema(required)]
    secret: Option<String>,
}

/// What is to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewToken)]
struct Wanted {
    /// What people call it.
    #[schema(min_length = 1, max_length = 80, pattern = "\\S", example = "ci")]
    name: String,
    /// What it may do.
    #[schema(min_items = 1, max_items = 4)]
    scopes: Vec<RightWord>,
    /// How long it lives.
    #[schema(minimum = 1, maximum = 366)]
    days: i64,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Admin,
        Operation::get("/tokens", "list_tokens", "Tokens, newest first").lists::<TokenView>(),
        list,
    )
    .may(
        Right::Admin,
        Operation::make("/tokens", "create_token", "Make a token")
            .tells("Only somebody who is logged in makes one, and has shown the password lately.")
            .once()
            .takes::<Wanted>()
            .answers::<Shown>()
            .refuses(StatusCode::FORBIDDEN, "person_required")
            .refuses(StatusCode::FORBIDDEN, "proof_required"),
        make,
    )
    .may(
        Right::Admin,
        Operation::delete("/tokens/{token}", "revoke_token", "Take a token back")
            .tells("One that was taken back before stays so.")
            .of::<OfToken>()
            .refuses(StatusCode::NOT_FOUND, "no_such_token"),
        revoke,
    )
}

async fn list(ask: Ask) -> Result<Json<Page<TokenView>>, Problem> {
    let now = ask.shared.clock.now();
    let tokens = ask.shared.people.list_tokens(TOKENS_MAX).await?;
    Ok(Json(Page::whole(tokens.into_iter().map(|token| TokenView::of(token, now)).collect())))
}

async fn make(
    ask: Ask,
    headers: HeaderMap,
    Sent { value: wanted, hash }: Sent<Wanted>,
) -> Result<Response, Problem> {
    let now = ask.shared.clock.now();
    ask.caller.demand_person()?;
    ask.caller.demand_proof(now)?;
    let work = async {
        let (name, rights) = wanted.checked()?;
        let (secret, created_by) = (new_token(), ask.caller.actor.name.clone());
        let expires_at = now + SignedDuration::from_hours(24 * wanted.days);
        let object = format!("token {name}");
        let detail = Some(format!("{rights} for {} days", wanted.days));
        let new = NewToken { name, hash: secret.hash(), rights, created_by, expires_at };
        let (_, people) = ask.caller.acts(&ask.shared, "token.make", object, detail);
        let id = people.add_token(&new, now).await?;
        let (token, _) = people.find_token(id).await?.ok_or_else(Problem::internal)?;
        let again = Shown { token: TokenView::of(token, now), secret: None };
        let shown = Shown { secret: Some(secret.shown(id)), ..again.clone() };
        let location = format!("/api/v1/tokens/{}", id.0);
        Ok(Made::at(location, &shown).shown_again_as(&again))
    };
    once(&ask, &headers, &["create_token", &hash], work).await
}

async fn revoke(ask: Ask, Named(of): Named<OfToken>) -> Result<Response, Problem> {
    let id = TokenId(of.token);
    if ask.shared.people.find_token(id).await?.is_none() {
        let detail = "No token has this number. GET /api/v1/tokens lists them.";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_such_token", detail));
    }
    let object = format!("token {}", id.0);
    let (_, people) = ask.caller.acts(&ask.shared, "token.revoke", object, None);
    people.revoke_token(id, ask.shared.clock.now()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Wanted {
    /// Name and rights, where all of it is in its bounds.
    fn checked(&self) -> Result<(String, Rights), Problem> {
        let name = self.name.trim().to_owned();
        let rights: Vec<Right> = self.scopes.iter().map(|word| word.0).collect();
        if !(1..=TOKEN_NAME_CHARS_MAX).contains(&name.chars().count()) {
            let detail = format!("`name` has 1 to {TOKEN_NAME_CHARS_MAX} characters.");
            return Err(Problem::unprocessable(detail));
        }
        if !(1..=Right::ALL.len()).contains(&rights.len()) {
            return Err(Problem::unprocessable("`scopes` names what the token may do, each once."));
        }
        if !TOKEN_DAYS.contains(&self.days) {
            let detail = format!("`days` is {} to {}.", TOKEN_DAYS.start(), TOKEN_DAYS.end());
            return Err(Problem::unprocessable(detail));
        }
        Ok((name, Rights::of(&rights)))
    }
}

impl TokenView {
    fn of(token: ApiToken, now: Timestamp) -> Self {
        Self {
            id: token.id.0,
            is_good: token.is_good(now),
            scopes: token.rights.iter().map(RightWord).collect(),
            name: token.name,
            created_by: token.created_by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            used_at: token.used_at,
            revoked_at: token.revoked_at,
        }
    }
}
