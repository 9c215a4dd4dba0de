//! Orders in bulk: posts that a model server writes within a day, for half the price.

use axum::Json;
use domain::model::access::Right;
use domain::ports::store::BulkOrder;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::ask::Ask;
use super::operation::Operation;
use super::page::Page;
use super::table::Api;
use crate::problem::Problem;

/// Orders that are listed at most; a bot has one.
const ORDERS_MAX: u32 = 1_000;

/// An order that is not settled.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
struct OrderView {
    id: i64,
    bot: String,
    persona_version: u32,
    model: String,
    /// How far it is, as a word.
    stage: &'static str,
    /// The same as a sentence.
    explanation: &'static str,
    /// Requests that it is made of.
    requests: usize,
    /// What is reserved for it, in millionths of a dollar.
    reserved_micro_usd: i64,
    made_at: Timestamp,
    /// When it is looked at next.
    look_at: Timestamp,
    /// What went wrong last.
    #[schema(required)]
    detail: Option<String>,
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/orders", "list_orders", "Posts that are being written in bulk")
            .lists::<OrderView>(),
        list,
    )
}

async fn list(ask: Ask) -> Result<Json<Page<OrderView>>, Problem> {
    let orders = ask.shared.store.list_bulk(ORDERS_MAX).await?;
    Ok(Json(Page::whole(orders.into_iter().map(OrderView::of).collect())))
}

impl OrderView {
    fn of(order: BulkOrder) -> Self {
        Self {
            id: order.id.0,
            bot: order.bot.into(),
            persona_version: order.persona_version,
            model: order.model,
            stage: order.stage.as_str(),
            explanation: order.stage.explain(),
            requests: order.requests.len(),
            reserved_micro_usd: order.amount.0,
            made_at: order.made_at,
            look_at: order.look_at,
            detail: order.detail,
        }
    }
}
