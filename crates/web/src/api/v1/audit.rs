//! The audit log: who did what, in the order in which it was done.

use axum::Json;
use domain::model::access::{ActLine, Right};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::{Ask, Asked};
use super::operation::Operation;
use super::page::{Page, Span};
use super::table::Api;
use crate::problem::Problem;

/// Something that somebody did.
#[derive(Serialize, ToSchema)]
#[schema(as = Act)]
struct ActView {
    /// 1, 2, 3 ..: without a gap.
    number: i64,
    at: Timestamp,
    /// Who: `user`, `token`, `environment`, `command` or `link`.
    actor_kind: String,
    actor: String,
    /// What, as noun and verb: `post.approve`.
    action: String,
    /// To what.
    object: String,
    #[schema(required)]
    detail: Option<String>,
    /// From where.
    #[schema(required)]
    address: Option<String>,
    /// Of this line and the hash before it; `flockwork audit verify` follows the chain.
    hash: String,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Admin,
        Operation::get("/audit", "list_acts", "The audit log, oldest first")
            .of::<Span>()
            .lists::<ActView>(),
        list,
    )
}

async fn list(ask: Ask, Asked(span): Asked<Span>) -> Result<Json<Page<ActView>>, Problem> {
    let limit = span.limit()?;
    let after: i64 = span.start()?.unwrap_or(0);
    let lines = ask.shared.people.list_acts(after, limit + 1).await?;
    Ok(Json(Page::of(lines, limit, |line| line.number, ActView::of)))
}

impl ActView {
    fn of(line: ActLine) -> Self {
        Self {
            number: line.number,
            at: line.at,
            actor_kind: line.kind,
            actor: line.actor,
            action: line.action,
            object: line.object,
            detail: line.detail,
            address: line.address,
            hash: line.hash,
        }
    }
}
