//! `flockwork credentials list`.

use domain::model::{Credentials, KeptCredentials};
use domain::ports::CredentialStore as _;
use jiff::Timestamp;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::near;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// Read at once.
const PAGE: u32 = 500;

pub(super) async fn run(mut context: Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let db = context.open_existing(&config).await?;
    let mut kept: Vec<KeptCredentials> = Vec::new();
    loop {
        let after = kept.last().map(|last| last.bot.clone());
        let page = db.list_credentials(after.as_ref(), PAGE).await?;
        if page.is_empty() {
            break;
        }
        kept.extend(page);
    }
    db.close().await;
    if context.out.format == Format::Json {
        for one in &kept {
            context.out.json(&as_json(one))?;
        }
        return Ok(Exit::Success);
    }
    if kept.is_empty() {
        context.out.line("No credentials are kept in the database.")?;
        context
            .out
            .hint("`flockwork credentials set BOT` keeps those of a bot of the dashboard")?;
        return Ok(Exit::Success);
    }
    let now = context.clock.now();
    let rows = kept.iter().map(|one| row(one, now)).collect();
    let heads = ["bot", "set by", "", "key", "api_key", "api_secret", "token", "token secret"];
    context.out.table(&heads, rows, &[])?;
    Ok(Exit::Success)
}

fn row(one: &KeptCredentials, now: Timestamp) -> Vec<String> {
    let mut row =
        vec![one.bot.to_string(), one.set_by.clone(), near(one.set_at, now), one.key.clone()];
    match &one.ends {
        Ok(ends) => row.extend(ends.iter().map(|end| shown(end.as_deref()))),
        Err(_) => row.extend(["cannot be opened here", "", "", ""].map(str::to_owned)),
    }
    row
}

fn shown(end: Option<&str>) -> String {
    end.map_or_else(|| "there".to_owned(), |end| format!("…{end}"))
}

fn as_json(one: &KeptCredentials) -> serde_json::Value {
    let ends = one.ends.as_ref().ok();
    let ends = ends.map(|ends| {
        let pairs = Credentials::NAMES.iter().zip(ends);
        pairs.map(|(name, end)| ((*name).to_owned(), json!(end))).collect::<serde_json::Map<_, _>>()
    });
    json!({
        "bot_id": one.bot.as_str(),
        "set_by": one.set_by,
        "set_at": one.set_at,
        "key": one.key,
        "ends": ends,
        "problem": one.ends.as_ref().err(),
    })
}
