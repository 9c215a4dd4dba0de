//! `GET /2/users/me`: whose token this is.

use domain::model::BotId;
use domain::ports::{Me, ReadError};

use super::client::XClient;
use super::{limits, read, wire};
use crate::redact::printable;

/// Asks X whose token the bot's is.
pub(super) async fn me(client: &XClient, bot: &BotId) -> Result<Me, ReadError> {
    let account = read::account(client, bot)?;
    let path = || "/2/users/me".to_owned();
    let fields = vec![("user.fields", "public_metrics".to_owned())];
    let answer = match read::get(client, &account, path(), fields).await {
        // The metrics are welcome, the account's id is needed.
        Err(fault) if fault.status == Some(400) => {
            read::get(client, &account, path(), Vec::new()).await
        }
        answer => answer,
    };
    let (head, json) = answer.map_err(|fault| fault.error)?;
    let data = json.get("data");
    let user = data.and_then(|data| data.get("id")).and_then(wire::id);
    let username = data.and_then(|data| data.get("username")).and_then(wire::text);
    let (Some(user), Some(username)) = (user, username) else {
        return Err(read::refusal_with_ok(&json, &account));
    };
    let count = json.pointer("/data/public_metrics/post_count").and_then(wire::integer);
    Ok(Me {
        user,
        username: printable(&username, &[]),
        post_count: count.and_then(|count| u64::try_from(count).ok()),
        access_level: limits::text(&head.headers, "x-access-level")
            .map(|level| printable(level, &[])),
        server_date: limits::date(&head.headers),
    })
}

#[cfg(test)]
mod tests;
