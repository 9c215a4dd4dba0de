//! A persona's review policy in words: what review would throw away is better not written.

use crate::model::{LinkPolicy, Policy};

use super::quoted;

/// As many banned words are named; review knows them all.
const WORDS_MAX: usize = 100;

/// One line a rule.
pub(super) fn rules(policy: &Policy) -> Vec<String> {
    [
        Some(length(policy)),
        languages(policy),
        Some(outward(policy)),
        Some(tags(policy)),
        policy.emoji_max.map(|max| at_most(max, "emoji")),
        banned(policy),
        policy.disclosure.as_ref().map(|words| {
            format!(
                "Every post says, word for word and with these very characters: {}",
                quoted(words)
            )
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn length(policy: &Policy) -> String {
    format!(
        "At most {} characters; an emoji counts 2, a Chinese, Japanese or Korean character 2. Well below is better.",
        policy.max_length
    )
}

fn languages(policy: &Policy) -> Option<String> {
    let languages = policy.languages.join(", ");
    (!languages.is_empty())
        .then(|| format!("Written in (ISO 639-1): {languages}. In no other language."))
}

/// Whom and what a post points at.
fn outward(policy: &Policy) -> String {
    let mentions = match policy.mentions_allowed.as_slice() {
        [] => "No mentions (@name)".to_owned(),
        names => format!("No mentions but of @{}", names.join(", @")),
    };
    match &policy.links {
        LinkPolicy::Any | LinkPolicy::None => format!("{mentions}, no links, no domain names."),
        LinkPolicy::Hosts(hosts) => {
            format!("{mentions}, no links and no domain names but of {}.", hosts.join(", "))
        }
        LinkPolicy::Own(link) => format!("{mentions}. Exactly one link, and it is {link}."),
    }
}

fn tags(policy: &Policy) -> String {
    let hashtags = match (policy.hashtags_max, policy.hashtags_allowed.as_slice()) {
        (None, []) => "No hashtags, unless the style asks for them; then one.".to_owned(),
        (Some(max), []) => at_most(max, "hashtags"),
        (max, names) => {
            let names = names.join(", #");
            format!("{} No other hashtags than #{names}.", at_most(max.unwrap_or(1), "hashtags"))
        }
    };
    let cashtags = if policy.cashtags_max == 0 { "No" } else { "At most one" };
    format!("{hashtags} {cashtags} cashtag ($TICKER).")
}

fn at_most(max: u32, what: &str) -> String {
    if max == 0 { format!("No {what}.") } else { format!("At most {max} {what}.") }
}

fn banned(policy: &Policy) -> Option<String> {
    // A word is data: JSON quoting keeps its quotation marks and line ends from being more.
    let words = policy.banned_words.iter().take(WORDS_MAX);
    let words: Vec<String> = words.map(|word| quoted(word).to_string()).collect();
    (!words.is_empty()).then(|| format!("None of these words: {}.", words.join(", ")))
}
