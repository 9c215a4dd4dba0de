//! `flockwork audit list`.

use clap::Args;
use domain::model::access::ActLine;
use domain::ports::people::PeopleStore as _;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::cut;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork audit list`
#[derive(Args, Debug)]
pub struct List {
    /// Only lines after this number.
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// Most lines.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
}

impl List {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let lines = db.list_acts(self.after, self.max).await?;
        db.close().await;
        if context.out.format == Format::Json {
            for line in &lines {
                context.out.json(&json!({
                    "number": line.number,
                    "at": line.at,
                    "kind": line.kind,
                    "actor": line.actor,
                    "action": line.action,
                    "object": line.object,
                    "detail": line.detail,
                    "address": line.address,
                    "hash": line.hash,
                }))?;
            }
            return Ok(Exit::Success);
        }
        if lines.is_empty() {
            context.out.line("Nobody has changed anything.")?;
            return Ok(Exit::Success);
        }
        let rows = lines.iter().map(row).collect();
        context.out.table(&["#", "at", "who", "what", "to what"], rows, &[0])?;
        Ok(Exit::Success)
    }
}

fn row(line: &ActLine) -> Vec<String> {
    let object = match &line.detail {
        Some(detail) => format!("{} ({detail})", line.object),
        None => line.object.clone(),
    };
    vec![
        line.number.to_string(),
        line.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        format!("{} {}", line.kind, line.actor),
        line.action.clone(),
        cut(&object, 80),
    ]
}
