//! `flockwork feeds try URL`.

use clap::Args;
use domain::model::{FeedItem, FeedUrl, Policy, Validators};
use domain::ports::{FeedDocument, Fetched};
use domain::rules::feed::plain::plain;
use domain::rules::feed::tell;
use domain::rules::feed::template::Template;
use serde_json::json;

use crate::adapters;
use crate::cli::context::Context;
use crate::cli::words::cut;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork feeds try URL`
#[derive(Args, Debug)]
pub struct Try {
    /// The address of an RSS or Atom feed.
    url: String,
    /// Shows each item as this template makes it, for example `{title} {link}`.
    #[arg(long, value_parser = read_template)]
    template: Option<Template>,
    /// Most items.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    max: u32,
}

fn read_template(text: &str) -> Result<Template, String> {
    Template::parse(text).map_err(|error| error.to_string())
}

impl Try {
    pub(super) async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let url = FeedUrl::parse(&self.url, config.feeds_reach).map_err(|error| {
            // Not the address itself: a password may stand in it.
            Failure::new(Exit::Usage, format!("that is no address of a feed: {error}"))
        })?;
        let feeds = adapters::feeds(config.feeds_reach, context.clock.clone())?;
        let fetched = feeds.fetch(&url, &Validators::default()).await;
        match fetched.map_err(|error| Failure::new(Exit::Failure, error.to_string()))? {
            Fetched::Whole(document) => self.say(&mut context, &document)?,
            // Nobody asked for that, and some server says so all the same.
            Fetched::NotModified(_) => {
                let message = format!("feed {}: the server says it is what it was", url.as_str());
                return Err(Failure::new(Exit::Failure, message));
            }
        }
        Ok(Exit::Success)
    }

    fn say(&self, context: &mut Context, document: &FeedDocument) -> Result<(), Failure> {
        let max = usize::try_from(self.max).unwrap_or(usize::MAX);
        let shown = document.items.iter().take(max);
        if context.out.format == Format::Json {
            for item in shown {
                context.out.json(&json!({
                    "item": item.id.as_str(),
                    "title": plain(&item.title),
                    "link": item.link,
                    "published": item.published,
                    "post": self.post(item).ok(),
                    "problem": self.post(item).err(),
                }))?;
            }
            return Ok(());
        }
        let (title, count) = (plain(&document.title), document.items.len());
        context.out.line(&format!("{}: {count} items", cut(&title, 100)))?;
        let rows = shown.map(|item| vec![cut(&plain(&item.title), 60), self.told(item)]).collect();
        let second = if self.template.is_some() { "as a post" } else { "link" };
        context.out.table(&["title", second], rows, &[])?;
        Ok(())
    }

    fn told(&self, item: &FeedItem) -> String {
        match self.post(item) {
            Ok(Some(post)) => cut(&post, 120),
            Ok(None) => cut(item.link.as_deref().unwrap_or_default(), 120),
            Err(why) => format!("none: {why}"),
        }
    }

    fn post(&self, item: &FeedItem) -> Result<Option<String>, String> {
        let policy = Policy::default();
        let made = |template| tell::by_template(template, item, &policy);
        self.template.as_ref().map(made).transpose().map_err(|error| error.to_string())
    }
}
