//! Every page and form, by the right that it needs.

use super::{
    access, alerts, analytics, approvals, attention, bots, calendar, costs, find, first, overview,
    post as post_page, queue, sandbox,
};
use crate::ways::{Routes, get, post};

/// What everybody may see who may see anything, and do to the own account.
pub(crate) fn reading() -> Routes {
    approvals::reading()
        .merge(sandbox::reading())
        .merge(bots::reading())
        .route("/", get(overview::overview))
        .route("/find", get(find::show))
        .route("/first", get(first::show))
        .route("/queue", get(queue::show))
        .route("/posts/{id}", get(post_page::show))
        .merge(calendar::reading())
        .route("/attention", get(attention::show))
        .route("/analytics", get(analytics::show))
        .route("/analytics/{file}", get(analytics::file))
        .route("/costs", get(costs::show))
        .route("/costs/{file}", get(costs::file))
        .route("/settings", get(access::account::show))
        .route("/settings/password", post(access::account::set_password))
        .route("/settings/second", get(access::second::show).post(access::second::turn_on))
        .route("/settings/second/off", post(access::second::turn_off))
        .route("/settings/sessions/end", post(access::account::end_session))
        .route("/prove", get(access::prove::form).post(access::prove::enter))
}

/// What those may do who write.
pub(crate) fn writing() -> Routes {
    approvals::writing()
        .merge(bots::writing())
        .merge(calendar::writing())
        .route("/queue/{bot}", post(queue::add))
        .route("/queue/{bot}/remove", post(queue::remove))
        .route("/queue/{bot}/aside/remove", post(queue::let_go))
        .route("/queue/{bot}/order", post(queue::put))
}

/// What those may do who say yes and no.
pub(crate) fn deciding() -> Routes {
    approvals::deciding()
        .merge(sandbox::deciding())
        .merge(bots::deciding())
        .route("/attention/{slot}", post(attention::answer))
        .route("/stop", post(attention::stop_all))
}

/// What only those may do who run the house.
pub(crate) fn house() -> Routes {
    bots::house()
        .route("/start", post(attention::start_all))
        .route("/settings/people", get(access::people::show))
        .route("/settings/people/invite", post(access::people::invite))
        .route("/settings/people/change", post(access::people::change))
        .route("/settings/tokens", get(access::tokens::show).post(access::tokens::make))
        .route("/settings/tokens/revoke", post(access::tokens::revoke))
        .route("/settings/log", get(access::log::show))
        .route("/settings/alerts", get(alerts::show))
        .route("/settings/alerts/again", post(alerts::send_again))
}
