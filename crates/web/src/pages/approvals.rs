//! `/approvals`: one post at a time, as it will look, with everything that speaks for and against it.

mod act;
mod list;
mod one;

use crate::ways::{Routes, get, post};

/// Everybody who reads sees what waits.
pub(super) fn reading() -> Routes {
    Routes::new().route("/approvals", get(one::show)).route("/approvals/all", get(list::show))
}

/// Yes and no.
pub(super) fn deciding() -> Routes {
    Routes::new()
        .route("/approvals/{id}/approve", post(act::approve))
        .route("/approvals/{id}/reject", post(act::reject))
        .route("/approvals/all", post(act::approve_many))
}

/// Other words.
pub(super) fn writing() -> Routes {
    Routes::new()
        .route("/approvals/{id}/edit", post(act::edit))
        .route("/approvals/{id}/try", post(act::try_text))
}
