//! `flockwork doctor`: everything a node needs, tried; each failure with its mend.

mod alerts;
mod budget;
mod database;
mod finding;
mod live;
mod machine;
mod model;
mod moderation;
mod x;

use clap::Args;
use domain::model::BotId;
use domain::ports::CredentialStore as _;
use serde_json::json;
use store::Db;

use self::finding::{Finding, Outcome};
use super::context::Context;
use super::words::count;
use crate::adapters;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::output::Format;

/// `flockwork doctor`
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// Ask X about every bot, not only about the first few; each question may cost.
    #[arg(long)]
    all: bool,
}

/// Bots that X is asked about unless all are wanted.
const BOTS_ASKED: usize = 3;
/// Bots of the dashboard among them at most.
const KEPT_MAX: u32 = 500;

impl DoctorArgs {
    /// Tries it all, and says each thing as soon as it is known.
    pub async fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let loaded = context.load();
        let mut tally = Tally::default();
        for problem in loaded.problems().as_slice() {
            let detail = format!("{}: {}", problem.place, problem.found);
            tally.say(&mut context, &Finding::bad("configuration", detail, &problem.mend))?;
        }
        if loaded.problems().is_empty() {
            tally.say(&mut context, &Finding::good("configuration", "all of it can be read"))?;
        }
        let config = loaded.config();
        for finding in machine::examine(config.bots.len()) {
            tally.say(&mut context, &finding)?;
        }
        for finding in database::examine(&config.database, context.clock.as_ref()).await {
            tally.say(&mut context, &finding)?;
        }
        let bounds = budget::examine(&config.budgets, context.clock.now());
        tally.say(&mut context, &bounds)?;
        let live: Vec<BotId> = config
            .bots
            .iter()
            .filter(|declared| declared.bot.is_live)
            .take(if self.all { usize::MAX } else { BOTS_ASKED })
            .map(|declared| declared.bot.id.clone())
            .collect();
        for finding in live::examine(&context, config, &live).await {
            tally.say(&mut context, &finding)?;
        }
        self.ask_x(config, &mut context, &mut tally).await?;
        ask_model(config, &mut context, &mut tally).await?;
        if let Some(endpoint) = adapters::moderation(config)? {
            let asked = endpoint.moderator.moderate(&[moderation::HARMLESS]).await;
            tally.say(&mut context, &moderation::judge(asked))?;
        }
        ask_channels(config, &mut context, &mut tally).await?;
        tally.finish(&mut context)
    }

    async fn ask_x(
        &self,
        config: &Config,
        context: &mut Context,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let max = if self.all { usize::MAX } else { BOTS_ASKED };
        let mut with_keys: Vec<_> = config
            .bots
            .iter()
            .filter(|declared| declared.credentials.is_some())
            .map(|declared| declared.bot.id.clone())
            .collect();
        // What the database has to say was said already.
        let db = context.open_existing(config).await.ok();
        if let Some(db) = &db {
            with_keys.extend(kept(db).await);
        }
        if with_keys.is_empty() {
            let detail = "no bot has keys, so X was not asked";
            return tally
                .say(context, &Finding::doubtful("X", detail, "set the four TWITTER_ values"));
        }
        let client = adapters::x(config, db.as_ref(), context.clock.clone())?;
        client.refresh_keys().await;
        let clock = context.clock.clone();
        for bot in with_keys.iter().take(max) {
            for finding in x::examine(client.as_ref(), bot, clock.as_ref()).await {
                tally.say(context, &finding)?;
            }
        }
        let left = with_keys.len().saturating_sub(max);
        if left > 0 {
            let left = count(u64::try_from(left).unwrap_or(u64::MAX), "more bot");
            context.out.note(&format!("{left} not asked about; `flockwork doctor --all` asks"))?;
        }
        Ok(())
    }
}

/// Bots whose credentials the database keeps.
async fn kept(db: &Db) -> Vec<BotId> {
    let kept = db.list_credentials(None, KEPT_MAX).await.unwrap_or_default();
    kept.into_iter().map(|kept| kept.bot).collect()
}

async fn ask_channels(
    config: &Config,
    context: &mut Context,
    tally: &mut Tally,
) -> Result<(), Failure> {
    if let Some(finding) = alerts::judge(config) {
        tally.say(context, &finding)?;
    }
    let courier = adapters::courier(config)?;
    for (target, _) in config.alerts.targets() {
        tally.say(context, &alerts::ask(&courier, target).await)?;
    }
    Ok(())
}

async fn ask_model(
    config: &Config,
    context: &mut Context,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let Some(client) = adapters::model(config)? else {
        let detail = "no OPENAI_API_KEY: the built-in grammar writes";
        return tally.say(context, &Finding::good("model", detail));
    };
    let listed = client.list_models().await;
    let now = context.clock.now();
    let models = model::named(config);
    let is_capped = config.budgets.cap_models();
    for (model, _) in &models {
        tally.say(context, &model::judge_price(model, client.tariff(), is_capped))?;
    }
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    for finding in model::judge(&models, listed, today) {
        tally.say(context, &finding)?;
    }
    Ok(())
}

/// What was said so far.
#[derive(Default)]
struct Tally {
    bad: u64,
    doubtful: u64,
}

impl Tally {
    fn say(&mut self, context: &mut Context, finding: &Finding) -> Result<(), Failure> {
        match finding.outcome {
            Outcome::Good => {}
            Outcome::Doubtful => self.doubtful += 1,
            Outcome::Bad => self.bad += 1,
        }
        match context.out.format {
            Format::Json => context.out.json(&json!({
                "area": finding.area,
                "outcome": finding.outcome.word(),
                "detail": finding.detail,
                "do": finding.mend,
            }))?,
            Format::Table => {
                let word = context.out.paint(finding.outcome.word(), finding.outcome.accent());
                let gap = " ".repeat(6 - finding.outcome.word().len());
                let line = format!("{word}{gap}{:<13}  {}", finding.area, finding.detail);
                context.out.line(&line)?;
                if let Some(mend) = &finding.mend {
                    context.out.line(&format!("{:21}→ {mend}", ""))?;
                }
            }
        }
        Ok(())
    }

    fn finish(self, context: &mut Context) -> Result<Exit, Failure> {
        let doubtful = match self.doubtful {
            0 => String::new(),
            some => format!(", {} to look at", count(some, "thing")),
        };
        if self.bad == 0 {
            context.out.note(&format!("Ready to run{doubtful}."))?;
            return Ok(Exit::Success);
        }
        context.out.note(&format!("{} to mend{doubtful}.", count(self.bad, "thing")))?;
        Ok(Exit::Failure)
    }
}
