//! Who speaks, from a bot file; and the friendly one that is built in.

use domain::model::{Persona, Policy};

use super::super::document::{Raw, Section};
use super::super::parse::Wrong;
use super::super::problem::Problems;
use super::super::setting::Kind;
use super::review;

/// Longer instructions cost more with every request than they change.
const PROMPT_CHARS_MAX: usize = 8_000;
/// Topics or sources of one persona.
const LIST_ITEMS_MAX: usize = 200;
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
        content_sources: Vec::new(),
        posting_style: "short, concrete observations; one thought a post".to_owned(),
        topics: TOPICS.map(str::to_owned).to_vec(),
        tone: "warm".to_owned(),
        policy: Policy::default(),
    }
}

/// The persona of a bot file; `personality_prompt` is the one key that must be there.
pub(super) fn read(top: &mut Section, problems: &mut Problems) -> Option<Persona> {
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
    let sources = items(top, "content_sources", problems);
    let topics = items(top, "topics", problems);
    let policy = review::read(top, problems);
    if topics.as_ref().is_some_and(Vec::is_empty) {
        let mend = "name a topic, or take the key out to write about everyday things";
        problems.add(top.place(), "topics = []", "at least one topic", mend);
    }
    Some(Persona {
        personality_prompt: prompt?,
        content_sources: sources.unwrap_or_default(),
        posting_style: style.unwrap_or(default.posting_style),
        topics: topics.filter(|topics| !topics.is_empty()).unwrap_or(default.topics),
        tone: tone.unwrap_or(default.tone),
        policy,
    })
}

fn items(top: &mut Section, key: &str, problems: &mut Problems) -> Option<Vec<String>> {
    let list = top.list(key, problems)?;
    if list.len() > LIST_ITEMS_MAX {
        let (found, allowed) =
            (format!("{} entries", list.len()), format!("up to {LIST_ITEMS_MAX}"));
        problems.add(top.place(), format!("{key} with {found}"), allowed, "leave some out");
    }
    Some(list.into_iter().filter_map(|raw| checked(raw, short_text, problems)).collect())
}

fn checked(
    raw: Raw,
    parse: impl Fn(&str) -> Result<String, Wrong>,
    problems: &mut Problems,
) -> Option<String> {
    parse(&raw.text)
        .map_err(|wrong| {
            let found = super::super::suggest::quoted(&raw.text);
            problems.add(raw.place, found, wrong.allowed, wrong.mend);
        })
        .ok()
}

/// The instructions of a persona.
pub(super) fn prompt(text: &str) -> Result<String, Wrong> {
    bounded(text, PROMPT_CHARS_MAX)
}

fn short_text(text: &str) -> Result<String, Wrong> {
    bounded(text, ITEM_CHARS_MAX)
}

fn bounded(text: &str, chars_max: usize) -> Result<String, Wrong> {
    let text = text.trim();
    if (1..=chars_max).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("1 to {chars_max} characters"), "write a text of that length"))
}
