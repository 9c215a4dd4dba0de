//! `/first`: what a new house wants, in three steps. How far it is, is read from the house itself, so
//! that nothing is lost by leaving, and what was done elsewhere is done here too.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use domain::model::Bot;
use domain::ports::KeyPlace;

use super::forms::page;
use super::frame::{Frame, Section};
use crate::access::Caller;
use crate::problem::Problem;
use crate::state::Shared;

#[derive(Template)]
#[template(path = "first.html")]
struct Page<'a> {
    frame: Frame<'a>,
    has_second: bool,
    /// Nobody is logged in: the house is open, and there is nothing to protect.
    is_open: bool,
    bot: Option<String>,
    keys: Keys,
    done: usize,
}

/// How the third step is.
enum Keys {
    /// There is no bot yet that would need any.
    NoBot,
    /// The sandbox takes everybody.
    Sandbox,
    /// All four are there.
    There { is_rehearsal: bool },
    /// Some are not.
    Missing { places: Vec<KeyPlace>, is_rehearsal: bool },
}

impl Keys {
    fn are_done(&self) -> bool {
        match self {
            Self::Sandbox | Self::There { .. } => true,
            Self::NoBot | Self::Missing { .. } => false,
        }
    }
}

/// The page.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
) -> Result<Response, Problem> {
    let first = shared.store.list_bot_ids(None, 1).await?.pop();
    let bot = match &first {
        Some(id) => shared.store.find_bot(id).await?.map(|(bot, ..)| bot),
        None => None,
    };
    let has_second = caller.session().is_some_and(|session| session.user.has_totp);
    let keys = keys(&shared, bot.as_ref());
    let done = [has_second, bot.is_some(), keys.are_done()].iter().filter(|done| **done).count();
    Ok(page(&Page {
        frame: Frame::of(&shared, &caller, Section::Nowhere),
        has_second,
        is_open: caller.session().is_none(),
        bot: bot.map(|bot| bot.id.to_string()),
        keys,
        done,
    }))
}

fn keys(shared: &Shared, bot: Option<&Bot>) -> Keys {
    let Some(bot) = bot else {
        return if shared.sandbox.is_some() { Keys::Sandbox } else { Keys::NoBot };
    };
    let places = shared.declarer.keys(bot);
    let is_rehearsal = bot.is_rehearsal;
    match places.iter().all(|place| place.is_there) {
        true if places.is_empty() => Keys::Sandbox,
        true => Keys::There { is_rehearsal },
        false => Keys::Missing { places, is_rehearsal },
    }
}
