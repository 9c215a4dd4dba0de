//! `flockwork feeds items FEED`.

use clap::Args;
use domain::model::FeedId;
use domain::ports::store::{FeedStore as _, ItemLine};
use domain::rules::feed::plain::plain;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::words::{cut, near};
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork feeds items FEED`
#[derive(Args, Debug)]
pub struct Items {
    /// The number of the feed, from `flockwork feeds list`.
    feed: i64,
    /// Most items.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    max: u32,
}

impl Items {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let db = context.open_existing(&config).await?;
        let items = db.list_items(FeedId(self.feed), self.max).await?;
        db.close().await;
        say(&mut context, &items)?;
        Ok(Exit::Success)
    }
}

fn say(context: &mut Context, items: &[ItemLine]) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for item in items {
            context.out.json(&json!({
                "feed": item.of.0,
                "item": item.item.as_str(),
                "title": plain(&item.title),
                "link": item.link,
                "seen_at": item.seen_at,
                "state": item.state,
                "post_id": item.post.map(|post| post.0),
                "reason": item.reason,
            }))?;
        }
        return Ok(());
    }
    if items.is_empty() {
        context.out.line("That feed brought nothing yet.")?;
        context.out.hint(
            "what stood there at the first look is old news, unless first_items says otherwise",
        )?;
        return Ok(());
    }
    let now = context.clock.now();
    let rows = items
        .iter()
        .map(|item| {
            let what = match (item.post, &item.reason) {
                (Some(post), _) => format!("post {}", post.0),
                (None, Some(reason)) => cut(reason, 80),
                (None, None) => String::new(),
            };
            vec![near(item.seen_at, now), cut(&plain(&item.title), 50), item.state.clone(), what]
        })
        .collect();
    context.out.table(&["seen", "title", "state", "what became of it"], rows, &[])?;
    Ok(())
}
