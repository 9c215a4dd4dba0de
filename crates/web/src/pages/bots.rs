//! `/bots`: every bot, and each of them tab by tab. A bot that the dashboard manages is changed here;
//! the others are shown, with the place where they are.

mod create;
mod fields;
mod go_live;
mod head;
mod history;
mod keys;
mod limits;
mod list;
mod persona;
mod save;
mod schedule;
mod set_keys;
mod state;
mod try_out;

use crate::ways::{Routes, get, post};

/// Everybody who reads sees them.
pub(super) fn reading() -> Routes {
    Routes::new()
        .route("/bots", get(list::show))
        .route("/bots/{bot}", get(persona::show))
        .route("/bots/{bot}/schedule", get(schedule::show))
        .route("/bots/{bot}/limits", get(limits::show))
        .route("/bots/{bot}/keys", get(keys::show))
        .route("/bots/{bot}/go-live", get(go_live::show))
        .route("/bots/{bot}/history", get(history::show))
        .route("/bots/{bot}/try/{id}", get(try_out::show))
}

/// Who fills queues sees what a persona writes.
pub(super) fn writing() -> Routes {
    Routes::new().route("/bots/{bot}/try", post(try_out::ask))
}

/// One bot is stopped as all of them are: by whoever decides, at once.
pub(super) fn deciding() -> Routes {
    Routes::new().route("/bots/{bot}/pause", post(state::pause))
}

/// What a bot is, its owner says.
pub(super) fn house() -> Routes {
    Routes::new()
        .route("/new-bot", get(create::show).post(create::create))
        .route("/bots/{bot}", post(save::persona))
        .route("/bots/{bot}/schedule", post(save::schedules))
        .route("/bots/{bot}/limits", post(save::limits))
        .route("/bots/{bot}/keys", post(set_keys::set))
        .route("/bots/{bot}/keys/remove", post(set_keys::remove))
        .route("/bots/{bot}/resume", post(state::resume))
        .route("/bots/{bot}/close", post(state::close))
        .route("/bots/{bot}/reopen", post(state::reopen))
        .route("/bots/{bot}/go-live", post(go_live::confirm))
}
