//! `flockwork schedule explain`: when does it post, and why then?

use clap::{Args, Subcommand};
use domain::model::{BotId, Cron, Schedule};
use domain::rules::plan::{Firing, next_firings};
use jiff::tz::TimeZone;
use serde_json::json;

use super::context::{Context, no_bot};
use super::words::{absolute, near};
use crate::exit::{Exit, Failure};
use crate::output::{Accent, Format};

/// What to do about schedules.
#[derive(Subcommand, Debug)]
pub enum ScheduleCommand {
    /// Lists the next firings, with what clocks, quiet hours and jitter do to them.
    Explain(Explain),
}

/// `flockwork schedule explain [BOT]`
#[derive(Args, Debug)]
pub struct Explain {
    /// A declared bot; all of them if left out.
    bot: Option<BotId>,
    /// A pattern to try instead of a bot's.
    #[arg(long, conflicts_with = "bot")]
    cron: Option<String>,
    /// The IANA time zone of that pattern.
    #[arg(long, requires = "cron", default_value = "UTC")]
    zone: String,
    /// How many firings of each schedule.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    count: u16,
}

impl ScheduleCommand {
    /// Explains.
    pub fn run(self, mut context: Context) -> Result<Exit, Failure> {
        let Self::Explain(explain) = self;
        for (bot, schedule) in explain.schedules(&context)? {
            let firings =
                next_firings(&bot, &schedule, context.clock.now(), usize::from(explain.count));
            say(&mut context, &bot, &schedule, &firings)?;
        }
        Ok(Exit::Success)
    }
}

impl Explain {
    fn schedules(&self, context: &Context) -> Result<Vec<(BotId, Schedule)>, Failure> {
        if let Some(cron) = &self.cron {
            let cron =
                Cron::parse(cron).map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
            let zone = TimeZone::get(&self.zone).map_err(|_| {
                let zone = &self.zone;
                Failure::new(Exit::Usage, format!("`{zone}` is not an IANA time zone"))
                    .hint("write a name such as UTC or Europe/Lisbon")
            })?;
            let bot = BotId::try_from("pattern").expect("a bot name");
            return Ok(vec![(bot, Schedule::new("main", cron, zone))]);
        }
        let config = context.config()?;
        let bots: Vec<_> = config
            .bots
            .into_iter()
            .map(|declared| declared.bot)
            .filter(|bot| self.bot.as_ref().is_none_or(|id| *id == bot.id))
            .collect();
        if let (Some(id), true) = (&self.bot, bots.is_empty()) {
            return Err(no_bot(id));
        }
        let of_bot = |bot: domain::model::Bot| {
            bot.schedules.into_iter().map(move |schedule| (bot.id.clone(), schedule))
        };
        Ok(bots.into_iter().flat_map(of_bot).collect())
    }
}

fn say(
    context: &mut Context,
    bot: &BotId,
    schedule: &Schedule,
    firings: &[Firing],
) -> Result<(), Failure> {
    if context.out.format == Format::Json {
        for firing in firings {
            let notes: Vec<String> = firing.notes.iter().map(ToString::to_string).collect();
            context.out.json(&json!({
                "bot": bot.as_str(),
                "schedule": schedule.name,
                "due_at": firing.planned.due_at.to_string(),
                "nominal_at": firing.nominal_at.to_string(),
                "local_time": firing.planned.local_time.to_string(),
                "timezone": schedule.zone_name(),
                "notes": notes,
            }))?;
        }
        return Ok(());
    }
    let now = context.clock.now();
    let title = format!("{bot} · {} · {} · {}", schedule.name, schedule.cron, schedule.zone_name());
    context.out.line(&context.out.paint(&title, Accent::Good))?;
    context.out.line(&schedule.cron.describe())?;
    let rows = firings
        .iter()
        .map(|firing| {
            let notes: Vec<String> = firing.notes.iter().map(ToString::to_string).collect();
            vec![
                absolute(firing.planned.due_at, &schedule.zone),
                absolute(firing.planned.due_at, &TimeZone::UTC),
                near(firing.planned.due_at, now),
                notes.join("; "),
            ]
        })
        .collect();
    context.out.table(&["local", "UTC", "", "note"], rows, &[])?;
    context.out.line("")?;
    Ok(())
}
