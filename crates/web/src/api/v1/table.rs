//! Every operation of the API, each with the right that it needs: the routes and the document are made
//! from this one table.

use std::sync::LazyLock;

use axum::handler::Handler;
use domain::model::access::Right;
use std::sync::Arc;

use super::document::Document;
use super::operation::Operation;
use super::{
    attention, audit, bots, costs, events, evergreens, feeds, forms, house, ledger, moving, orders,
    personas, posts, queue, review, schedules, slots, story, tokens, try_outs,
};
use crate::state::Shared;
use crate::ways::{Place, Routes};

/// Where it all is.
pub(super) const ROOT: &str = "/api/v1";

/// Operations, gathered.
pub(crate) struct Api {
    routes: Routes,
    document: Document,
}

/// All of them.
fn api() -> Api {
    [
        bots::operations,
        forms::operations,
        try_outs::operations,
        personas::operations,
        schedules::operations,
        queue::operations,
        evergreens::operations,
        slots::operations,
        moving::operations,
        posts::operations,
        story::operations,
        review::operations,
        costs::operations,
        ledger::operations,
        feeds::operations,
        orders::operations,
        attention::operations,
        house::operations,
        audit::operations,
        tokens::operations,
        events::operations,
        super::document::operations,
    ]
    .into_iter()
    .fold(Api { routes: Routes::new(), document: Document::new() }, |api, more| more(api))
}

impl Api {
    /// With an operation, for who has that right.
    pub(super) fn may<H, T>(self, right: Right, operation: Operation, handler: H) -> Self
    where
        H: Handler<T, Arc<Shared>>,
        T: 'static,
    {
        let path = format!("{ROOT}{}", operation.path);
        let place = Place::of(&operation.method, handler);
        let route = Routes::new().route(&path, place).only(right);
        Self {
            routes: self.routes.merge(route),
            document: self.document.with(&path, operation, right),
        }
    }
}

/// The routes of the API.
pub(crate) fn routes() -> Routes {
    api().routes
}

/// The document, as it is served.
pub(crate) fn document() -> &'static serde_json::Value {
    &DOCUMENT
}

static DOCUMENT: LazyLock<serde_json::Value> = LazyLock::new(|| api().document.value());
