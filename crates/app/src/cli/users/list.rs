//! `flockwork users list`.

use clap::Args;
use domain::model::access::User;
use domain::ports::people::PeopleStore as _;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::near;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// People that are listed at most.
const LISTED_MAX: u32 = 10_000;

/// `flockwork users list`
#[derive(Args, Debug)]
pub struct List {}

impl List {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let users = db.list_users(LISTED_MAX).await?;
        db.close().await;
        if context.out.format == Format::Json {
            for user in &users {
                context.out.json(&json!({
                    "name": user.name.as_str(),
                    "role": user.role.as_str(),
                    "second_factor": user.has_totp,
                    "closed": user.is_closed,
                    "created_at": user.created_at,
                    "logged_in_at": user.logged_in_at,
                }))?;
            }
            return Ok(Exit::Success);
        }
        if users.is_empty() {
            context.out.line("Nobody has an account.")?;
            context.out.hint("`flockwork users link` makes a link for the first owner")?;
            return Ok(Exit::Success);
        }
        let now = context.clock.now();
        let row = |user: &User| {
            let came = user.logged_in_at.map_or_else(|| "never".to_owned(), |at| near(at, now));
            let second = if user.has_totp { "on" } else { "off" };
            let state = if user.is_closed { "closed" } else { "open" };
            vec![
                user.name.to_string(),
                user.role.as_str().to_owned(),
                second.to_owned(),
                came,
                state.to_owned(),
            ]
        };
        let rows = users.iter().map(row).collect();
        context.out.table(&["name", "role", "second factor", "came in", "account"], rows, &[])?;
        Ok(Exit::Success)
    }
}
