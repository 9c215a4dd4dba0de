//! What a bot may write, from its file: `max_length`, and the table `[review]`.

use domain::model::{LinkPolicy, MAX_LENGTH_DEFAULT, Policy};
use domain::rules::review::{CASHTAGS_MAX, is_language};

use super::super::document::Section;
use super::super::parse::{self, Wrong};
use super::super::problem::Problems;
use super::super::setting::Kind;
use super::super::suggest::quoted;

/// More of them do not fit into a post.
const PARTS_MAX: u32 = 50;
/// Entries of one list.
const LIST_ITEMS_MAX: usize = 500;
/// A word, a host, a disclosure.
const ITEM_CHARS_MAX: usize = 200;

/// The policy of a bot file. What stays unsaid allows what X allows.
pub(super) fn read(top: &mut Section, problems: &mut Problems) -> Policy {
    let default = Policy::default();
    let max_length =
        top.read("max_length", Kind::Number, problems, parse::number(1, MAX_LENGTH_DEFAULT));
    let mut table = top.table("review", problems);
    let mut list = |key: &str, parse: fn(&str) -> Result<String, Wrong>| {
        items(&mut table, key, parse, problems).unwrap_or_default()
    };
    let languages = list("languages", language);
    let mentions_allowed = list("mentions_allowed", handle);
    let hashtags_allowed = list("hashtags_allowed", hashtag);
    let banned_words = list("banned_words", words);
    let links = links(&mut table, problems);
    let mut number =
        |key: &str, max: u32| table.read(key, Kind::Number, problems, parse::number(0, max));
    let hashtags_max = number("hashtags_max", PARTS_MAX);
    let cashtags_max = number("cashtags_max", CASHTAGS_MAX);
    let emoji_max = number("emoji_max", PARTS_MAX);
    let disclosure = table.read("disclosure", Kind::Text, problems, words);
    table.finish(problems, |_| None);
    Policy {
        max_length: max_length.unwrap_or(default.max_length),
        languages,
        links: links.unwrap_or(default.links),
        mentions_allowed,
        hashtags_max,
        hashtags_allowed,
        cashtags_max: cashtags_max.unwrap_or(default.cashtags_max),
        emoji_max,
        banned_words,
        disclosure,
        trends: default.trends,
    }
}

/// `"any"`, `"none"`, or `{ hosts = [..] }`.
fn links(table: &mut Section, problems: &mut Problems) -> Option<LinkPolicy> {
    if !table.has_table("links") {
        const WORDS: &[(&str, bool)] = &[("any", true), ("none", false)];
        let are_free = table.read("links", Kind::Text, problems, |text| {
            parse::word(WORDS)(text).map_err(|_| {
                Wrong::new(
                    "`any`, `none` or { hosts = [\"example.org\"] }",
                    "write one of the three",
                )
            })
        })?;
        return Some(if are_free { LinkPolicy::Any } else { LinkPolicy::None });
    }
    let mut links = table.table("links", problems);
    let told = problems.as_slice().len();
    let hosts = items(&mut links, "hosts", host, problems);
    if hosts.as_ref().is_none_or(Vec::is_empty) && problems.as_slice().len() == told {
        let mend = "name a host, or write links = \"none\"";
        problems.add(links.place(), "no host", "at least one host", mend);
    }
    links.finish(problems, |_| None);
    hosts.map(LinkPolicy::Hosts)
}

fn items(
    table: &mut Section,
    key: &str,
    parse: fn(&str) -> Result<String, Wrong>,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let list = table.list(key, problems)?;
    if list.len() > LIST_ITEMS_MAX {
        let found = format!("{key} with {} entries", list.len());
        problems.add(table.place(), found, format!("up to {LIST_ITEMS_MAX}"), "leave some out");
    }
    let parsed = list.into_iter().filter_map(|raw| match parse(&raw.text) {
        Ok(item) => Some(item),
        Err(wrong) => {
            problems.add(raw.place, quoted(&raw.text), wrong.allowed, wrong.mend);
            None
        }
    });
    Some(parsed.collect())
}

fn language(text: &str) -> Result<String, Wrong> {
    let code = text.trim().to_ascii_lowercase();
    if is_language(&code) {
        return Ok(code);
    }
    Err(Wrong::new(
        "a language that can be told from others, by its two letters (ISO 639-1)",
        "write it like `en`, `de` or `ja`, or leave languages out",
    ))
}

/// X's handles: up to 15 letters, digits and underscores.
fn handle(text: &str) -> Result<String, Wrong> {
    let name = text.trim().trim_start_matches('@');
    let fits = (1..=15).contains(&name.len())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if fits {
        return Ok(name.to_owned());
    }
    Err(Wrong::new("1 to 15 letters, digits or `_`", "write the handle of who agreed to it"))
}

fn hashtag(text: &str) -> Result<String, Wrong> {
    let tag = text.trim().trim_start_matches('#');
    let is_word = tag.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    if (1..=ITEM_CHARS_MAX).contains(&tag.chars().count()) && is_word {
        return Ok(tag.to_owned());
    }
    Err(Wrong::new("letters, digits and `_`", "write the hashtag as one word"))
}

fn host(text: &str) -> Result<String, Wrong> {
    let host = text.trim().trim_end_matches('.').to_lowercase();
    let fits = host.contains('.')
        && host.split('.').all(|label| {
            (1..=63).contains(&label.chars().count())
                && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        });
    if fits {
        return Ok(host);
    }
    Err(Wrong::new(
        "the name of a host, without https:// and without a path",
        "write it like `example.org`; hosts below it are allowed with it",
    ))
}

fn words(text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if (1..=ITEM_CHARS_MAX).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(format!("1 to {ITEM_CHARS_MAX} characters"), "write a text of that length"))
}
