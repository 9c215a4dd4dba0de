//! `flockwork costs`: what was spent of each budget, and what is to come.

mod ahead;

use clap::Args;
use domain::model::{Bot, BotId, Budget, MicroUsd, Purse, Scope};
use domain::ports::store::{BudgetStore as _, StoreError};
use domain::rules::budget::{Level, level_of};
use domain::rules::forecast::{DAYS, Forecast};
use jiff::Timestamp;
use serde_json::{Value, json};
use store::Db;

use self::ahead::Ahead;
use super::context::{Context, no_bot};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// Bots read at a time.
const PAGE: u32 = 500;
/// Digits of an app's fingerprint that are shown.
const APP_DIGITS: usize = 8;

/// `flockwork costs`
#[derive(Args, Debug)]
pub struct Costs {
    /// Only this bot; without it all of them, and what they share.
    #[arg(long)]
    bot: Option<BotId>,
}

impl Costs {
    /// Says all of it.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let config = context.config()?;
        let bots: Vec<Bot> = config
            .bots
            .iter()
            .map(|declared| declared.bot.clone())
            .filter(|bot| self.bot.as_ref().is_none_or(|id| *id == bot.id))
            .collect();
        if let (Some(id), true) = (&self.bot, bots.is_empty()) {
            return Err(no_bot(id));
        }
        let db = context.open_existing(&config).await?;
        let now = context.clock.now();
        let mut budgets = list(&db, now).await?;
        if let Some(id) = &self.bot {
            budgets.retain(|one| one.scope == Scope::Bot(id.clone()));
        }
        let reserved = db.list_reserved().await?;
        let ahead = ahead::look(&db, &bots, now).await?;
        db.close().await;
        match context.out.format {
            Format::Json => context.out.json(&all_json(&budgets, &reserved, &ahead))?,
            Format::Table => {
                say_budgets(&mut context, &budgets)?;
                say_reserved(&mut context, &reserved)?;
                say_ahead(&mut context, &budgets, &ahead)?;
            }
        }
        Ok(Exit::Success)
    }
}

/// What is shared first, then bot by bot.
async fn list(db: &Db, now: Timestamp) -> Result<Vec<Budget>, StoreError> {
    let mut all = db.list_shared_budgets(now).await?;
    let mut after = None;
    loop {
        let page = db.list_bot_budgets(after.as_ref(), PAGE, now).await?;
        let Some(Scope::Bot(last)) = page.last().map(|one| &one.scope) else { return Ok(all) };
        after = Some(last.clone());
        all.extend(page);
    }
}

fn say_budgets(context: &mut Context, budgets: &[Budget]) -> Result<(), Failure> {
    let rows: Vec<Vec<String>> = budgets
        .iter()
        .filter(|one| !one.caps.are_open() || one.gone_this_month != MicroUsd::ZERO)
        .map(|one| {
            let level = level_of(one);
            let word = if one.caps.are_open() { "–" } else { level.as_str() };
            vec![
                name(&one.scope),
                one.purse.as_str().to_owned(),
                one.gone_today.to_string(),
                cap(one.caps.day),
                one.gone_this_month.to_string(),
                cap(one.caps.month),
                context.out.paint(word, accent(level)),
            ]
        })
        .collect();
    if rows.is_empty() {
        context.out.line("Nothing was spent this month, and no budget has a cap.")?;
        context
            .out
            .hint("[budget] in flockwork.toml sets caps; `flockwork config example` shows it")?;
        return Ok(());
    }
    let heads = ["budget", "for", "today", "cap", "this month", "cap", "level"];
    Ok(context.out.table(&heads, rows, &[2, 3, 4, 5])?)
}

fn say_reserved(context: &mut Context, reserved: &[(Purse, MicroUsd)]) -> Result<(), Failure> {
    for (purse, amount) in reserved.iter().filter(|(_, amount)| *amount != MicroUsd::ZERO) {
        let purse = purse.explain();
        context.out.line(&format!("{amount} of it for {purse} is reserved and not yet spent"))?;
    }
    Ok(())
}

fn say_ahead(context: &mut Context, budgets: &[Budget], ahead: &Ahead) -> Result<(), Failure> {
    context.out.line(&format!("\nThe next {DAYS} days, reads left out:"))?;
    let row = |name: &str, one: &Forecast| {
        vec![
            name.to_owned(),
            one.posts.to_string(),
            one.with_link.to_string(),
            one.x.to_string(),
            one.model.to_string(),
            one.total().to_string(),
        ]
    };
    let mut rows: Vec<Vec<String>> =
        ahead.bots.iter().map(|(bot, _, one)| row(bot.as_str(), one)).collect();
    if ahead.bots.len() > 1 {
        rows.push(row("all bots", &ahead.all()));
    }
    let heads = ["bot", "posts", "with link", "X", "model", "total"];
    context.out.table(&heads, rows, &[1, 2, 3, 4, 5])?;
    for line in ahead.shortages(budgets) {
        let line = context.out.paint(&line, Accent::Warn);
        context.out.line(&line)?;
    }
    if ahead.is_cut_off {
        context.out.hint("a schedule fires more often than is counted here; it will cost more")?;
    }
    Ok(())
}

fn all_json(budgets: &[Budget], reserved: &[(Purse, MicroUsd)], ahead: &Ahead) -> Value {
    let budget = |one: &Budget| {
        json!({
            "scope": one.scope.as_str(),
            "name": one.scope.name(),
            "purse": one.purse.as_str(),
            "day": one.day.to_string(),
            "today_usd": one.gone_today.dollars(),
            "day_cap_usd": one.caps.day.map(MicroUsd::dollars),
            "this_month_usd": one.gone_this_month.dollars(),
            "month_cap_usd": one.caps.month.map(MicroUsd::dollars),
            "level": level_of(one).as_str(),
        })
    };
    let forecast = |one: &Forecast| {
        json!({
            "posts": one.posts,
            "with_link": one.with_link,
            "x_usd": one.x.dollars(),
            "model_usd": one.model.dollars(),
            "total_usd": one.total().dollars(),
            "measured_posts": one.measured,
        })
    };
    let bots: serde_json::Map<String, Value> =
        ahead.bots.iter().map(|(bot, _, one)| (bot.to_string(), forecast(one))).collect();
    let reserved: serde_json::Map<String, Value> = reserved
        .iter()
        .map(|(purse, amount)| (purse.as_str().to_owned(), json!(amount.dollars())))
        .collect();
    json!({
        "budgets": budgets.iter().map(budget).collect::<Vec<_>>(),
        "reserved_usd": reserved,
        "forecast": {
            "days": DAYS,
            "all": forecast(&ahead.all()),
            "bots": bots,
            "shortages": ahead.shortages(budgets),
        },
    })
}

fn name(scope: &Scope) -> String {
    match scope {
        Scope::Bot(bot) => bot.to_string(),
        Scope::App(app) => format!("app {}", app.chars().take(APP_DIGITS).collect::<String>()),
        Scope::All => "all bots".to_owned(),
    }
}

fn cap(cap: Option<MicroUsd>) -> String {
    cap.map_or_else(|| "–".to_owned(), |cap| cap.to_string())
}

fn accent(level: Level) -> Accent {
    match level {
        Level::Ok => Accent::Good,
        Level::Warn | Level::BrownOut => Accent::Warn,
        Level::Stop => Accent::Bad,
    }
}
