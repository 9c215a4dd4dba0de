//! What may be spent: dollars in files, micro-dollars from here on.

use domain::model::{Budgets, Caps, MicroUsd, PurseCaps};

use super::bots::DeclaredBot;
use super::document::Section;
use super::parse;
use super::problem::{Place, Problems};
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// What the table is about, in the example file.
pub(super) const ABOUT: &str = "What may be spent, in US dollars; a day and a month are those of UTC. Without a key there is no\n\
     # cap. At 80 % it is said; from 95 % on posts with links wait and the thrifty model writes; at\n\
     # 100 % nothing new is begun. Reads that find out about a lost answer are paid for all the same.";

const fn cap(
    variable: &'static str,
    key: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Setting {
    let file = Some(("budget", key));
    Setting { variable, file, kind: Kind::Dollars, default: None, meaning, example }
}

const ALL_X_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_X_DAY",
    "x_day",
    "All bots together: what X charges for posts and reads, in one day (UTC).",
    "5.00",
);
const ALL_X_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_X_MONTH",
    "x_month",
    "All bots together: what X charges for posts and reads, in one month (UTC).",
    "100.00",
);
const ALL_MODEL_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_MODEL_DAY",
    "model_day",
    "All bots together: what the model's server charges, in one day (UTC).",
    "0.50",
);
const ALL_MODEL_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_MODEL_MONTH",
    "model_month",
    "All bots together: what the model's server charges, in one month (UTC).",
    "10.00",
);
const APP_X_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_APP_X_DAY",
    "app_x_day",
    "The bots of each X app together: what X charges for posts and reads, in one day (UTC).",
    "5.00",
);
const APP_X_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_APP_X_MONTH",
    "app_x_month",
    "The bots of each X app together: what X charges for posts and reads, in one month (UTC).",
    "100.00",
);
const APP_MODEL_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_APP_MODEL_DAY",
    "app_model_day",
    "The bots of each X app together: what the model's server charges, in one day (UTC).",
    "0.50",
);
const APP_MODEL_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_APP_MODEL_MONTH",
    "app_model_month",
    "The bots of each X app together: what the model's server charges, in one month (UTC).",
    "10.00",
);
const BOT_X_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_BOT_X_DAY",
    "bot_x_day",
    "Each bot that says nothing in its own file: what X charges for posts and reads, in one day (UTC).",
    "0.25",
);
const BOT_X_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_BOT_X_MONTH",
    "bot_x_month",
    "Each bot that says nothing in its own file: what X charges for posts and reads, in one month (UTC).",
    "5.00",
);
const BOT_MODEL_DAY: Setting = cap(
    "FLOCKWORK_BUDGET_BOT_MODEL_DAY",
    "bot_model_day",
    "Each bot that says nothing in its own file: what the model's server charges, in one day (UTC).",
    "0.05",
);
const BOT_MODEL_MONTH: Setting = cap(
    "FLOCKWORK_BUDGET_BOT_MODEL_MONTH",
    "bot_model_month",
    "Each bot that says nothing in its own file: what the model's server charges, in one month (UTC).",
    "1.00",
);

pub(super) const SETTINGS: &[&Setting] = &[
    &ALL_X_DAY,
    &ALL_X_MONTH,
    &ALL_MODEL_DAY,
    &ALL_MODEL_MONTH,
    &APP_X_DAY,
    &APP_X_MONTH,
    &APP_MODEL_DAY,
    &APP_MODEL_MONTH,
    &BOT_X_DAY,
    &BOT_X_MONTH,
    &BOT_MODEL_DAY,
    &BOT_MODEL_MONTH,
];

/// The caps of the main file and the environment.
pub(super) fn read(sources: &mut Sources<'_>) -> Budgets {
    let mut caps = |day: &'static Setting, month: &'static Setting| {
        let day = sources.find(day, parse::dollars);
        let month = sources.find(month, parse::dollars);
        if let (Some((day, place)), Some((month, _))) = (&day, &month) {
            demand_order((*day, place.clone()), *month, &mut sources.problems);
        }
        Caps { day: day.map(|(cap, _)| cap), month: month.map(|(cap, _)| cap) }
    };
    Budgets {
        all: PurseCaps {
            x: caps(&ALL_X_DAY, &ALL_X_MONTH),
            model: caps(&ALL_MODEL_DAY, &ALL_MODEL_MONTH),
        },
        app: PurseCaps {
            x: caps(&APP_X_DAY, &APP_X_MONTH),
            model: caps(&APP_MODEL_DAY, &APP_MODEL_MONTH),
        },
        bot: PurseCaps {
            x: caps(&BOT_X_DAY, &BOT_X_MONTH),
            model: caps(&BOT_MODEL_DAY, &BOT_MODEL_MONTH),
        },
        of_bots: std::collections::BTreeMap::new(),
    }
}

/// With what bots say in their own files.
pub(super) fn with_own(mut budgets: Budgets, bots: &[DeclaredBot]) -> Budgets {
    let own = bots.iter().map(|one| (one.bot.id.clone(), one.bot.file.budget));
    budgets.of_bots = own.filter(|(_, caps)| !caps.are_open()).collect();
    budgets
}

/// `[budget]` of a bot's file.
pub(super) fn read_own(mut table: Section, problems: &mut Problems) -> PurseCaps {
    let mut caps = |day: &str, month: &str| {
        let place = table.place();
        let day = table.read(day, Kind::Dollars, problems, parse::dollars);
        let month = table.read(month, Kind::Dollars, problems, parse::dollars);
        if let (Some(day), Some(month)) = (day, month) {
            demand_order((day, place), month, problems);
        }
        Caps { day, month }
    };
    let own = PurseCaps { x: caps("x_day", "x_month"), model: caps("model_day", "model_month") };
    table.finish(problems, |_| None);
    own
}

/// A day that may cost more than its month is a slip of the pen.
fn demand_order((day, place): (MicroUsd, Place), month: MicroUsd, problems: &mut Problems) {
    if day > month {
        let found = format!("{day} a day, and {month} a month");
        problems.add(
            place,
            found,
            "a day's cap up to the month's",
            "swap the two, or raise the month's",
        );
    }
}
