//! Which fields a bot's form has, in groups, each with an example beside it.

use domain::model::{BotForm, FORM_CAPS, FORM_SCHEDULES_MAX};
use domain::ports::FieldProblem;

use crate::component::{Field, Shape};

/// A group of fields under a heading.
pub(super) struct Group {
    pub(super) title: String,
    pub(super) fields: Vec<Field>,
    /// Folded until somebody wants it; never where something in it is wrong.
    pub(super) is_folded: bool,
    /// Its fields are short: several stand in a row.
    pub(super) is_short: bool,
}

type Plan = (&'static str, &'static str, &'static str, Shape);

const LEVELS: Shape = Shape::Choice(&[
    ("", "as the style has it"),
    ("simple", "simple: for whoever reads slowly"),
    ("plain", "plain: for everybody"),
    ("expert", "expert: for those who know the subject"),
]);
const LINKS: Shape = Shape::Choice(&[
    ("any", "any"),
    ("none", "none: a post with a link costs 13 times one without"),
    ("hosts", "only to these hosts"),
]);
const MODES: Shape = Shape::Choice(&[
    ("approval", "a person says yes to each post"),
    ("risk", "review, and a person where a rule is not sure"),
    ("auto", "review alone"),
]);
const SENDS: Shape =
    Shape::Choice(&[("yes", "rehearse: everything but the send"), ("no", "send to X")]);
const YES_NO: Shape = Shape::Choice(&[("yes", "yes"), ("no", "no")]);
const MISSED: Shape = Shape::Choice(&[
    ("skip", "skip it"),
    ("latest_only", "send only the latest of those that were missed"),
    ("next_free_slot", "its post takes the next free slot"),
]);
const GAPS: Shape = Shape::Choice(&[
    ("shift", "move it to the time after the gap"),
    ("skip", "skip it on that day"),
]);

const VOICE: [Plan; 4] = [
    (
        "personality_prompt",
        "Personality",
        "who speaks, told to the model: You are an automated lighthouse on a small island …",
        Shape::Area(6),
    ),
    ("posting_style", "Style", "one observation a post, in the present tense", Shape::Line),
    ("tone", "Tone", "calm, dry", Shape::Line),
    ("reading_level", "How easily it reads", "", LEVELS),
];

const MATTER: [Plan; 5] = [
    (
        "topics",
        "Topics",
        "one a line, with weight and angles where wanted: weather | 3 | its sound; its smell",
        Shape::Area(6),
    ),
    (
        "formats",
        "Forms in turn",
        "one a line: a question that nobody has to answer",
        Shape::Area(3),
    ),
    ("content_sources", "Draws from", "one a line: tide tables", Shape::Area(3)),
    (
        "examples",
        "Examples",
        "posts that sound right, a line --- between two; each passes its own review",
        Shape::Area(8),
    ),
    ("never_say", "Never says", "one a line: anything like a forecast", Shape::Area(3)),
];

const REVIEW: [Plan; 11] = [
    ("max_length", "Longest post", "1 to 280 of X's characters", Shape::Number),
    ("languages", "Languages", "en, de; empty means any", Shape::Line),
    ("links", "Links", "", LINKS),
    ("hosts", "Those hosts", "example.org, tides.example.org", Shape::Line),
    ("mentions_allowed", "May mention", "handles of people who agreed: ada, bob", Shape::Line),
    ("hashtags_max", "Hashtags at most", "1; empty means any number", Shape::Number),
    ("hashtags_allowed", "Only these hashtags", "lighthouse, fog; empty means any", Shape::Line),
    ("cashtags_max", "Cashtags at most", "0 or 1", Shape::Number),
    ("emoji_max", "Emoji at most", "1; empty means any number", Shape::Number),
    ("banned_words", "Banned words", "one a line, or with commas: shipwreck", Shape::Area(2)),
    ("disclosure", "Says of its origin", "🤖, in every post", Shape::Line),
];

const LIMITS: [Plan; 7] = [
    ("mode", "Who decides", "", MODES),
    ("dry_run", "Does it send", "", SENDS),
    ("warm_up", "Begins slowly", "3, 6, 12 and 24 posts a day in the first weeks", YES_NO),
    ("look_first", "Reads its timeline before each post", "where others post too", YES_NO),
    ("low_water", "Write more below", "5 posts in the queue", Shape::Number),
    ("high_water", "Up to", "20", Shape::Number),
    ("batch", "Asked for at once", "1 to 50", Shape::Number),
];

const MONEY: [Plan; 4] = [
    (FORM_CAPS[0], "For X, a day", "in dollars of the US: 0.50; empty: as all bots", Shape::Line),
    (FORM_CAPS[1], "For X, a month", "5", Shape::Line),
    (FORM_CAPS[2], "For its model, a day", "0.10", Shape::Line),
    (FORM_CAPS[3], "For its model, a month", "2", Shape::Line),
];

const SCHEDULE: [(&str, &str, &str, Shape); 9] = [
    ("name", "Name", "main, or morning", Shape::Line),
    ("cron", "Pattern", "minute hour day month weekday: 30 7 * * mon-fri", Shape::Line),
    ("timezone", "Time zone", "Europe/Lisbon", Shape::Line),
    ("jitter", "Up to so much later", "5m, each slot by its own", Shape::Line),
    ("quiet_hours", "Quiet hours", "23:00-07:00; empty means none", Shape::Line),
    ("catch_up_window", "How late it may go out", "30m", Shape::Line),
    ("on_miss", "After that", "", MISSED),
    ("gap", "A time that clocks jump over", "", GAPS),
    ("topics", "Only on these topics", "one a line; empty means all", Shape::Area(2)),
];

/// The persona.
pub(super) fn persona(form: &BotForm, problems: &[FieldProblem]) -> Vec<Group> {
    vec![
        group("Voice", &VOICE, form, problems),
        group("What it writes about", &MATTER, form, problems),
        folded("What it may write", &REVIEW, form, problems),
    ]
}

/// Mode, queue and how it sends.
pub(super) fn limits(form: &BotForm, problems: &[FieldProblem]) -> Vec<Group> {
    vec![
        group("Limits", &LIMITS, form, problems),
        group("What it may spend", &MONEY, form, problems),
    ]
}

/// The two choices of a new bot that cannot wait.
pub(super) fn beginning(form: &BotForm, problems: &[FieldProblem]) -> Vec<Group> {
    const NAME: Plan = ("name", "Name", "letters, digits, - or _: fog-horn", Shape::Line);
    vec![group("To begin with", &[NAME, LIMITS[0], LIMITS[1]], form, problems)]
}

/// What of a new bot's limits is well as it is.
pub(super) fn later(form: &BotForm, problems: &[FieldProblem]) -> Vec<Group> {
    vec![
        folded("Limits", &LIMITS[2..], form, problems),
        folded("What it may spend", &MONEY, form, problems),
    ]
}

/// Each schedule, and an empty one.
pub(super) fn schedules(form: &BotForm, problems: &[FieldProblem]) -> Vec<Group> {
    let shown = (form.schedules() + 1).min(FORM_SCHEDULES_MAX);
    (0..shown).map(|index| schedule(index, form, problems)).collect()
}

fn schedule(index: usize, form: &BotForm, problems: &[FieldProblem]) -> Group {
    let key = |key: &str| format!("schedule.{index}.{key}");
    let field = |(name, label, example, shape): (&str, &'static str, &'static str, Shape)| {
        Field::of((key(name), label, example, shape), form.value(&key(name)), problems)
    };
    let title = match form.value(&key("name")) {
        "" if form.value(&key("cron")).is_empty() => "One more schedule".to_owned(),
        "" => "Schedule: main".to_owned(),
        name => format!("Schedule: {name}"),
    };
    let fields: Vec<Field> = SCHEDULE.into_iter().map(field).collect();
    let is_folded = index >= form.schedules() && index > 0;
    Group { title, fields, is_folded, is_short: true }
}

fn group(title: &str, plans: &[Plan], form: &BotForm, problems: &[FieldProblem]) -> Group {
    let field = |(key, label, example, shape): &Plan| {
        Field::of(((*key).to_owned(), label, example, *shape), form.value(key), problems)
    };
    let fields = plans.iter().map(field).collect();
    let is_short = !plans.iter().any(|(.., shape)| matches!(shape, Shape::Area(rows) if *rows > 2));
    Group { title: title.to_owned(), fields, is_folded: false, is_short }
}

fn folded(title: &str, plans: &[Plan], form: &BotForm, problems: &[FieldProblem]) -> Group {
    let own = |problem: &FieldProblem| plans.iter().any(|(key, ..)| *key == problem.field);
    let is_folded = !problems.iter().any(own);
    Group { is_folded, ..group(title, plans, form, problems) }
}
