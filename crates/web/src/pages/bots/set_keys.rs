//! Credentials are set or taken away, after the password: sealed in the database, in the name of who does
//! it, and never shown again.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Path, State};
use axum::response::Response;
use domain::model::{BotId, Credentials, Secret};
use domain::ports::{CredentialsGone, CredentialsSet};
use serde::Deserialize;

use super::head::{Known, Tab};
use super::keys::render;
use crate::access::Caller;
use crate::desk::bots::account_taken;
use crate::pages::done::{Deed, Done};
use crate::pages::forms::{fields, next_to, see_other};
use crate::problem::Problem;
use crate::state::Shared;

/// No value of X is nearly as long.
const VALUE_CHARS_MAX: usize = 512;

const STALE: &str =
    "Somebody changed this bot in this moment. Nothing was kept: type them once more.";
const NO_KEY: &str = "This node has no master key, and credentials are kept under one or not at all. Nothing \
                      was kept. Who runs the house makes one: docs/secrets.md says how.";
const ELSEWHERE: &str = "The dashboard does not manage this bot any more: a file or the environment declares \
                         it, or it is closed. Nothing was kept.";

/// What was typed. It has no `Debug`.
#[derive(Deserialize)]
pub(crate) struct Typed {
    #[serde(default)]
    api_key: String,
    #[serde(default)]
    api_secret: String,
    #[serde(default)]
    access_token: String,
    #[serde(default)]
    access_secret: String,
}

impl Typed {
    /// The four, or what is wrong with them; no value is told.
    fn read(self) -> Result<Credentials, String> {
        let typed = [self.api_key, self.api_secret, self.access_token, self.access_secret];
        let values = typed.map(|value| Secret::new(value.trim()));
        let problems: Vec<String> = Credentials::WHAT
            .iter()
            .zip(&values)
            .filter_map(|(what, value)| Some(format!("{what} {}", wrong(value)?)))
            .collect();
        if problems.is_empty() {
            return Ok(Credentials::of(values));
        }
        Err(format!("Nothing was kept. {}. Type all four once more.", problems.join("; ")))
    }
}

fn wrong(value: &Secret) -> Option<&'static str> {
    let text = value.open();
    if text.is_empty() {
        return Some("is missing");
    }
    if text.chars().count() > VALUE_CHARS_MAX {
        return Some("is longer than any of X's");
    }
    let is_broken = text.contains(|c: char| c.is_control() || c.is_whitespace());
    is_broken.then_some("has white space in it")
}

/// Keeps what was typed.
pub(crate) async fn set(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Result<Response, Problem> {
    let typed = fields(typed)?;
    // The stamp first: what is saved after it is not written over.
    let id = BotId::try_from(bot.clone()).map_err(|_| Problem::no_such_bot())?;
    let stamp = shared.store.bot_stamp(&id).await?.ok_or_else(Problem::no_such_bot)?;
    let known = Known::find(&shared, bot).await?;
    let (bot, now) = (&known.bot, shared.clock.now());
    let back = Tab::Keys.of(&bot.id);
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to(&back))));
    }
    let credentials = match typed.read() {
        Ok(credentials) => credentials,
        Err(said) => return render(&shared, &caller, &known, Err(said)).await,
    };
    let object = format!("bot {}", bot.id);
    let (_, people) = caller.acts(&shared, "bot.credentials_set", object, None);
    let who = caller.actor.name.as_str();
    let said = match people.set_credentials((bot, &stamp), &credentials, who, now).await? {
        CredentialsSet::Done => {
            shared.node.wake();
            return Ok(see_other(&Done::of(Deed::KeysSet, 0).on(&back, &[])));
        }
        CredentialsSet::NoKey => NO_KEY.to_owned(),
        CredentialsSet::Stale => STALE.to_owned(),
        CredentialsSet::Elsewhere(_) => ELSEWHERE.to_owned(),
        CredentialsSet::AccountTaken(other) => account_taken(&other),
    };
    render(&shared, &caller, &known, Err(said)).await
}

/// Takes them away.
pub(crate) async fn remove(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    Path(bot): Path<String>,
) -> Result<Response, Problem> {
    let known = Known::find(&shared, bot).await?;
    let (bot, now) = (&known.bot, shared.clock.now());
    let back = Tab::Keys.of(&bot.id);
    if caller.demand_proof(now).is_err() {
        return Ok(see_other(&format!("/prove?{}", next_to(&back))));
    }
    let stamp = shared.store.bot_stamp(&bot.id).await?.ok_or_else(Problem::no_such_bot)?;
    let object = format!("bot {}", bot.id);
    let (_, people) = caller.acts(&shared, "bot.credentials_removed", object, None);
    let who = caller.actor.name.as_str();
    match people.remove_credentials((bot, &stamp), who, now).await? {
        CredentialsGone::Done | CredentialsGone::Nothing => {}
        CredentialsGone::Stale => {
            return render(&shared, &caller, &known, Err(STALE.to_owned())).await;
        }
    }
    shared.node.wake();
    let others = shared.declarer.keys(bot);
    let takes_over = !others.is_empty() && others.iter().all(|one| one.is_there);
    let deed = if takes_over { Deed::KeysTakenOver } else { Deed::KeysGone };
    Ok(see_other(&Done::of(deed, 0).on(&back, &[])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_typed_values_is_told_and_no_value() {
        let typed = |token: &str| Typed {
            api_key: " key ".to_owned(),
            api_secret: "canary".to_owned(),
            access_token: token.to_owned(),
            access_secret: "canary".to_owned(),
        };
        let read = typed("1-token").read().expect("it is right");
        assert_eq!(read.values().map(Secret::open), ["key", "canary", "1-token", "canary"]);
        for (token, told) in [
            ("", "The account's token is missing"),
            ("can ary", "The account's token has white space"),
            (&"x".repeat(513), "longer than any"),
        ] {
            let said = typed(token).read().err().expect("it is wrong");
            assert!(said.contains(told) && !said.contains("canary"), "{said}");
        }
    }
}
