//! Bots of the dashboard: their forms are read as files are, and what they sign with comes from the names
//! that a bot's file has unless it says others. So nothing that is typed on a page names a variable
//! or a file of this machine.

use std::path::Path;
use std::sync::Arc;

use domain::model::{Bot, BotFile, BotForm, BotId, Credentials, FeedReach, ManagedBy};
use domain::ports::{Declarer, ExampleBot, FieldProblem, KeyPlace};
use jiff::Timestamp;

use super::super::document::Section;
use super::super::environment::Environment;
use super::super::mode::{AppEnv, Mode};
use super::super::problem::{Place, Problem};
use super::super::sources::{Sought, Sources};
use super::form::Written;
use super::{DeclaredBot, credentials, file};

/// What messages call the form.
const FORM: &str = "form";

/// Bots to begin with, the simplest first.
const EXAMPLES: [(&str, &str); 3] = [
    ("lighthouse", include_str!("../../../../../bots/lighthouse.example.toml")),
    ("library", include_str!("../../../../../bots/library.example.toml")),
    ("transit", include_str!("../../../../../bots/transit.example.toml")),
];

/// Reads what the dashboard declares on this node.
#[derive(Clone)]
pub struct Dashboard {
    environment: Arc<Environment>,
    mode: Mode,
    /// Where posts go.
    target: Target,
}

/// Where the posts of this node go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// X itself.
    X,
    /// Something that speaks as X does, which takes keys too.
    LikeX,
    /// The sandbox in this process, which takes everybody.
    Sandbox,
}

impl Dashboard {
    /// That of a node.
    pub(in crate::config) fn new(environment: &Environment, mode: Mode, target: Target) -> Self {
        Self { environment: Arc::new(environment.clone()), mode, target }
    }

    /// That of the demo.
    pub fn of_demo() -> Self {
        let mode = Mode { app_env: AppEnv::Development, is_dry_run: false };
        Self::new(&Environment::default(), mode, Target::Sandbox)
    }

    /// What a bot of that name signs with, where all four are there.
    pub fn credentials(&self, bot: &BotId) -> Option<Credentials> {
        let mut sources = Sources::open(&self.environment, None, &[]);
        let mut found =
            credentials::default_variables(bot).into_iter().map(|variable| {
                match sources.variable_secret(&variable) {
                    Sought::Found(secret, _) => Some(secret),
                    Sought::Wrong | Sought::Absent => None,
                }
            });
        Some(Credentials {
            api_key: found.next()??,
            api_secret: found.next()??,
            access_token: found.next()??,
            access_secret: found.next()??,
        })
    }

    /// The bot as it stands on this node: where its posts go, and as whom, is for the node to say.
    pub fn standing(&self, bot: &Bot) -> Bot {
        let is_rehearsal = self.mode.is_dry_run || bot.wants_to_rehearse();
        let bot =
            Bot { is_rehearsal, is_live: self.target == Target::X && !is_rehearsal, ..bot.clone() };
        match (self.target, self.credentials(&bot.id)) {
            (Target::Sandbox, _) => Bot { app: "sandbox".to_owned(), account: None, ..bot },
            (Target::X | Target::LikeX, Some(found)) => Bot {
                app: credentials::app_fingerprint(Some(&found)),
                account: found.account(),
                ..bot
            },
            // Another node may have them.
            (Target::X | Target::LikeX, None) => bot,
        }
    }

    /// Reads a text as if it were a bot's file.
    fn read_text(&self, text: &str, now: Timestamp) -> (Option<DeclaredBot>, Vec<Problem>) {
        let mut sources = Sources::open(&self.environment, None, &[]);
        let top = Section::parse(FORM.to_owned(), text.to_owned(), &mut sources.problems);
        let reading = (self.mode, FeedReach::Https);
        let declared = file::read_section(top, Path::new(FORM), &mut sources, reading, now);
        (declared, sources.problems.as_slice().to_vec())
    }
}

impl Declarer for Dashboard {
    fn read(
        &self,
        form: &BotForm,
        was: Option<&Bot>,
        now: Timestamp,
    ) -> Result<Bot, Vec<FieldProblem>> {
        let written = Written::of(form);
        let (declared, problems) = self.read_text(&written.text, now);
        // A bot that sends already may have its keys on another node, and one with an app has them sealed in
        // the database.
        let has_keys = |was: &Bot| !was.is_rehearsal || was.app != credentials::NO_APP;
        let sends = was.is_some_and(has_keys) || self.target == Target::Sandbox;
        let problems: Vec<FieldProblem> = problems
            .into_iter()
            .filter(|problem| !(problem.is_about_sending && sends))
            .map(|problem| field_problem(problem, &written))
            .collect();
        let Some(DeclaredBot { bot, .. }) = declared.filter(|_| problems.is_empty()) else {
            return Err(problems);
        };
        let kept = was.map_or_else(BotFile::default, |was| was.file.clone());
        // What it wants stays what it wants on a node that sends for nobody.
        let file = BotFile {
            dry_run: Some(form.value("dry_run") == "yes"),
            budget: bot.file.budget,
            ..kept
        };
        let bot = Bot { managed_by: ManagedBy::Dashboard, file, ..bot };
        let bot = match was {
            Some(was) => Bot { app: was.app.clone(), account: was.account.clone(), ..bot },
            None => bot,
        };
        Ok(self.standing(&bot))
    }

    fn examples(&self) -> Vec<ExampleBot> {
        let form = |text: &str| {
            let (declared, _) = self.read_text(text, Timestamp::UNIX_EPOCH);
            declared.map(|declared| BotForm::of(&declared.bot))
        };
        EXAMPLES
            .iter()
            .filter_map(|(name, text)| Some(ExampleBot { name, form: form(text)? }))
            .collect()
    }

    fn keys(&self, bot: &Bot) -> Vec<KeyPlace> {
        if self.target == Target::Sandbox {
            return Vec::new();
        }
        let mut sources = Sources::open(&self.environment, None, &[]);
        let places = credentials::places(bot).into_iter();
        places
            .map(|place| {
                let is_there = if place.is_file {
                    Path::new(&place.name).exists()
                } else {
                    matches!(sources.variable_secret(&place.name), Sought::Found(_, _))
                };
                let (what, is_file) = (place.what, place.is_file);
                KeyPlace { what, place: place.name, is_file, is_there }
            })
            .collect()
    }
}

fn field_problem(problem: Problem, written: &Written) -> FieldProblem {
    let line = match &problem.place {
        Place::File { line, .. } => *line,
        Place::Variable(_)
        | Place::Part { .. }
        | Place::Path(_)
        | Place::Machine(_)
        | Place::Default => 1,
    };
    let field = if problem.is_about_sending { "dry_run" } else { written.field(line) };
    let mend = if problem.is_about_sending {
        problem.mend.replace("set DRY_RUN=true to try without X", "let it rehearse")
    } else {
        problem.mend
    };
    let (found, allowed) = (problem.found, problem.allowed);
    FieldProblem { field: field.to_owned(), found, allowed, mend }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dashboard(variables: &[(&str, &str)]) -> Dashboard {
        let environment: Environment = variables.iter().copied().collect();
        let mode = Mode { app_env: AppEnv::Development, is_dry_run: false };
        Dashboard::new(&environment, mode, Target::X)
    }

    const KEYS: [(&str, &str); 4] = [
        ("TWITTER_API_KEY", "key-canary"),
        ("TWITTER_API_SECRET", "secret-canary"),
        ("TWITTER_ACCESS_TOKEN__FOG_HORN", "370773112-canary"),
        ("TWITTER_ACCESS_SECRET__FOG_HORN", "token-secret-canary"),
    ];

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    fn form(changes: &[(&str, &str)]) -> BotForm {
        let example = dashboard(&[]).examples().remove(0).form;
        let name = [("name", "fog-horn")];
        let typed = name.iter().chain(changes);
        example.with(typed.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn each_example_is_a_bot_and_its_form_says_all_of_it() {
        let dashboard = dashboard(&KEYS);
        assert_eq!(dashboard.examples().len(), EXAMPLES.len());
        for ((name, text), example) in EXAMPLES.iter().zip(dashboard.examples()) {
            let (declared, _) = dashboard.read_text(text, now());
            let rehearsing = example.form.clone().with([("dry_run".to_owned(), "yes".to_owned())]);
            let read = dashboard.read(&rehearsing, None, now()).unwrap();
            let of_file = declared.unwrap().bot;
            assert_eq!(read.persona, of_file.persona, "{name}");
            assert_eq!(read.schedules, of_file.schedules, "{name}");
            assert_eq!(read.queue, of_file.queue, "{name}");
            assert_eq!(BotForm::of(&read), rehearsing, "{name}");
        }
    }

    #[test]
    fn what_a_bot_wants_outlives_a_node_that_sends_for_nobody() {
        let live = dashboard(&KEYS);
        let mode = Mode { app_env: AppEnv::Development, is_dry_run: true };
        let dry = Dashboard { mode, ..live.clone() };
        let wanted = form(&[("dry_run", "no")]);
        let begun = dry.read(&wanted, None, now()).unwrap();
        assert!(begun.is_rehearsal && !begun.wants_to_rehearse());
        assert_eq!(BotForm::of(&begun).value("dry_run"), "no");
        assert!(!live.standing(&begun).is_rehearsal, "and sends on one that does");
        let careful = dry.read(&form(&[("dry_run", "yes")]), None, now()).unwrap();
        assert!(live.standing(&careful).is_rehearsal);
    }

    #[test]
    fn all_problems_stand_beside_their_fields() {
        let wrong = [
            ("personality_prompt", ""),
            ("max_length", "300"),
            ("schedule.1.cron", "0 25 * * *"),
            ("languages", "xx"),
            ("topics", "weather | many\nships\nthe light itself\nthe long nights"),
        ];
        let problems = dashboard(&KEYS).read(&form(&wrong), None, now()).unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field.as_str()).collect();
        for (field, _) in wrong {
            assert!(fields.contains(&field), "{field}: {problems:?}");
        }
        let length = problems.iter().find(|problem| problem.field == "max_length").unwrap();
        assert_eq!(length.allowed, "a whole number from 1 to 280");
    }

    #[test]
    fn a_bot_without_keys_rehearses_or_says_what_is_missing() {
        let problems = dashboard(&KEYS[..2]).read(&form(&[]), None, now()).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].field, "dry_run");
        assert!(problems[0].mend.contains("TWITTER_ACCESS_TOKEN__FOG_HORN"), "{problems:?}");
        let rehearsing = form(&[("dry_run", "yes")]);
        let bot = dashboard(&[]).read(&rehearsing, None, now()).unwrap();
        assert!(bot.is_rehearsal && !bot.is_live);
        let bot = dashboard(&KEYS).read(&form(&[]), None, now()).unwrap();
        assert!(bot.is_live);
        assert_eq!(bot.account.unwrap().as_str(), "370773112");
    }

    #[test]
    fn a_change_keeps_what_the_form_does_not_say() {
        let dashboard = dashboard(&KEYS);
        let was = dashboard.read(&form(&[]), None, now()).unwrap();
        let elsewhere = Dashboard { environment: Arc::default(), ..dashboard };
        let bot = elsewhere.read(&form(&[("tone", "dry")]), Some(&was), now()).unwrap();
        assert_eq!(bot.persona.tone, "dry");
        assert_eq!(Bot { persona: was.persona.clone(), ..bot }, was, "another node has its keys");
    }
}
