//! Who speaks, from a bot file; and the friendly one that is built in.

use domain::model::{Persona, Policy, ReadingLevel, Topic};
use domain::rules::review::{disclosed, review as judge};

use super::super::document::{Raw, Section};
use super::super::parse::{self, Wrong};
use super::super::problem::Problems;
use super::super::setting::Kind;
use super::super::suggest::quoted;
use super::review;

/// Longer instructions cost more with every request than they change.
const PROMPT_CHARS_MAX: usize = 8_000;
/// Sources, formats, or things never to say.
const LIST_ITEMS_MAX: usize = 200;
/// Examples; more of them cost more with every request than they teach.
const EXAMPLES_MAX: usize = 20;
/// One topic, source, style or tone.
const ITEM_CHARS_MAX: usize = 500;

/// What the environment's bot is like unless `BOT_PERSONALITY` says otherwise.
pub(super) const FRIENDLY: &str = "You are a friendly, curious bot. You share small, true \
observations that make an ordinary day a little brighter. You are kind, specific and never in a hurry.";

/// What a bot writes about when nobody says.
pub(super) const TOPICS: [&str; 8] = [
    "small joys of the day",
    "curious facts about nature",
    "the craft of making things",
    "learning something new",
    "the weather and the seasons",
    "books and words",
    "rest and quiet",
    "kindness between strangers",
];

/// A persona with everything but its prompt built in.
pub(super) fn built_in(personality_prompt: String) -> Persona {
    Persona {
        personality_prompt,
        posting_style: "short, concrete observations; one thought a post".to_owned(),
        topics: TOPICS.map(Topic::new).to_vec(),
        tone: "warm".to_owned(),
        ..Persona::default()
    }
}

/// The persona of a bot file with these topics; `personality_prompt` is the one key that must be
/// there.
pub(super) fn read(
    top: &mut Section,
    topics: Vec<Topic>,
    problems: &mut Problems,
) -> Option<Persona> {
    let prompt = match top.scalar("personality_prompt", Kind::Text, problems) {
        None => {
            let place = top.place();
            if problems.as_slice().last().is_none_or(|last| last.place != place) {
                let mend = "write who the bot is, in a few sentences";
                problems.add(place, "no personality_prompt", "a personality_prompt", mend);
            }
            None
        }
        Some(raw) => checked(raw, prompt, problems),
    };
    let default = built_in(String::new());
    let style = top.read("posting_style", Kind::Text, problems, short_text);
    let tone = top.read("tone", Kind::Text, problems, short_text);
    let sources = items(top, "content_sources", LIST_ITEMS_MAX, problems);
    let formats = items(top, "formats", LIST_ITEMS_MAX, problems);
    let never_say = items(top, "never_say", LIST_ITEMS_MAX, problems);
    let reading_level = top.read("reading_level", Kind::Text, problems, level);
    let examples = top.list("examples", problems);
    let policy = review::read(top, problems);
    let examples = few(examples.unwrap_or_default(), "examples", EXAMPLES_MAX, top, problems);
    let examples = examples.into_iter().filter_map(|raw| example(raw, &policy, problems)).collect();
    Some(Persona {
        personality_prompt: prompt?,
        content_sources: sources.unwrap_or_default(),
        posting_style: style.unwrap_or(default.posting_style),
        topics,
        tone: tone.unwrap_or(default.tone),
        formats: formats.unwrap_or_default(),
        examples,
        never_say: never_say.unwrap_or_default(),
        reading_level,
        policy,
    })
}

/// A post to imitate. One that the persona's own review refuses would teach the model to write what
/// is then thrown away.
fn example(raw: Raw, policy: &Policy, problems: &mut Problems) -> Option<String> {
    let place = raw.place.clone();
    let text = checked(raw, short_text, problems)?;
    let verdict = judge(&disclosed(&text, policy), policy);
    let Some(finding) = verdict.findings.first() else { return Some(text) };
    problems.add(
        place,
        format!("the example {}: {}", quoted(&text), finding.message),
        "examples that review would let out",
        "change the example, or what [review] allows",
    );
    None
}

fn level(text: &str) -> Result<ReadingLevel, Wrong> {
    parse::word(&[
        ("simple", ReadingLevel::Simple),
        ("plain", ReadingLevel::Plain),
        ("expert", ReadingLevel::Expert),
    ])(text)
}

/// The list under `key`, each item checked.
pub(super) fn items(
    section: &mut Section,
    key: &str,
    max: usize,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let list = section.list(key, problems)?;
    let list = few(list, key, max, section, problems);
    Some(list.into_iter().filter_map(|raw| checked(raw, short_text, problems)).collect())
}

/// A list that is not too long; told once, not for each item.
pub(super) fn few(
    list: Vec<Raw>,
    key: &str,
    max: usize,
    section: &Section,
    problems: &mut Problems,
) -> Vec<Raw> {
    if list.len() > max {
        let place = list.first().map_or_else(|| section.place(), |raw| raw.place.clone());
        let found = format!("{key} with {} entries", list.len());
        problems.add(place, found, format!("up to {max}"), "leave some out");
    }
    list
}

fn checked(
    raw: Raw,
    parse: impl Fn(&str) -> Result<String, Wrong>,
    problems: &mut Problems,
) -> Option<String> {
    parse(&raw.text)
        .map_err(|wrong| problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend))
        .ok()
}

/// The instructions of a persona.
pub(super) fn prompt(text: &str) -> Result<String, Wrong> {
    bounded(text, PROMPT_CHARS_MAX)
}

pub(super) fn short_text(text: &str) -> Result<String, Wrong> {
    bounded(text, ITEM_CHARS_MAX)
}

fn bounded(text: &str, chars_max: usize) -> Result<String, Wrong> {
    let text = text.trim();
    if (1..=chars_max).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("1 to {chars_max} characters"), "write a text of that length"))
}
