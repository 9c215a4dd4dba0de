//! `flockwork queue orders`: what a model server writes in bulk, and how far it is.

use clap::Args;
use domain::model::BulkStage;
use domain::ports::store::{BulkOrder, BulkStore as _};
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::{cut, near};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork queue orders`
#[derive(Args, Debug)]
pub struct Orders {
    /// Most orders.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
}

impl Orders {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let orders = db.list_bulk(self.max).await?;
        db.close().await;
        say(&mut context, &orders)?;
        Ok(Exit::Success)
    }
}

fn say(context: &mut Context, orders: &[BulkOrder]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for order in orders {
            context.out.json(&json!({
                "id": order.id.0,
                "bot_id": order.bot.as_str(),
                "model": order.model,
                "posts": posts(order),
                "stage": order.stage.as_str(),
                "batch": batch(order),
                "reserved_micro_usd": order.amount.0,
                "made_at": order.made_at,
                "look_at": order.look_at,
                "detail": order.detail,
            }))?;
        }
        return Ok(());
    }
    if orders.is_empty() {
        context.out.line("Nothing is ordered in bulk.")?;
        return Ok(());
    }
    let now = context.clock.now();
    let rows = orders.iter().map(|order| {
        vec![
            order.id.0.to_string(),
            order.bot.to_string(),
            posts(order).to_string(),
            near(order.made_at, now),
            near(order.look_at, now),
            order.amount.to_string(),
            cut(order.detail.as_deref().unwrap_or(order.stage.explain()), 60),
        ]
    });
    let heads = ["order", "bot", "posts", "made", "next look", "at most", ""];
    context.out.table(&heads, rows.collect(), &[0, 2])?;
    Ok(())
}

fn posts(order: &BulkOrder) -> u32 {
    order.requests.iter().flat_map(|request| &request.wishes).map(|wish| wish.count).sum()
}

/// Its name at the server, by which the operator finds it there.
fn batch(order: &BulkOrder) -> Option<&str> {
    match &order.stage {
        BulkStage::Running { batch } => Some(batch),
        BulkStage::Made | BulkStage::Uploaded { .. } | BulkStage::Creating { .. } => None,
    }
}
