//! `hashtag`: as many and only those that the persona allows. Source: the persona.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::folded;
use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, links, text};

/// A hashtag is shown up to here.
const TAG_CHARS_MAX: usize = 40;

pub(super) const RULE: Rule = Rule {
    id: "hashtag",
    what: "as many hashtags, and only those, that the persona allows",
    source: Source {
        says: "the persona's hashtags; X on spam: no piling up of hashtags",
        link: "https://help.x.com/en/rules-and-policies/platform-manipulation",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy { hashtags_max: Some(1), ..Policy::default() },
        beside: None,
        accepted: "We are #1 on the list of #harbours.",
        refused: "#fog #harbour",
    },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    let Policy { hashtags_max, hashtags_allowed, .. } = subject.policy;
    let tags = hashtags(subject.text);
    let count = u32::try_from(tags.len()).unwrap_or(u32::MAX);
    if let Some(max) = hashtags_max.filter(|max| count > *max) {
        return Some(format!("has {count} hashtags; the persona allows {max}"));
    }
    if hashtags_allowed.is_empty() {
        return None;
    }
    let allowed: Vec<String> =
        hashtags_allowed.iter().map(|tag| folded(tag.trim_start_matches(SIGNS))).collect();
    let foreign = tags.iter().find(|tag| !allowed.contains(&folded(tag)))?;
    let tag = text::start_of(foreign, TAG_CHARS_MAX);
    Some(format!("uses #{tag}; the persona allows only its own hashtags"))
}

/// What begins a hashtag.
const SIGNS: [char; 2] = ['#', '＃'];

/// The names of the hashtags of `text`.
pub(super) fn hashtags(text: &str) -> Vec<&str> {
    ranges(text).into_iter().map(|tag| text[tag].trim_start_matches(SIGNS)).collect()
}

/// The hashtags of `text`, as X links them: not inside a word or an address, and not of digits
/// alone.
pub(super) fn ranges(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.contains(SIGNS) {
        return found;
    }
    let mut links = links(text).into_iter().peekable();
    for (at, sign) in text.match_indices(SIGNS) {
        while links.next_if(|link| link.end <= at).is_some() {}
        let before = text[..at].chars().next_back();
        let is_inside = before.is_some_and(|c| is_part(c) || c == '&');
        if is_inside || links.peek().is_some_and(|link| link.contains(&at)) {
            continue;
        }
        let start = at + sign.len();
        let rest = &text[start..];
        let name = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        let behind = &rest[name.len()..];
        let is_name = name.chars().any(char::is_alphabetic);
        if is_name && !behind.starts_with(SIGNS) && !behind.starts_with("://") {
            found.push(at..start + name.len());
        }
    }
    found
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || is_combining_mark(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashtags_are_those_that_x_links() {
        for (text, tags) in [
            ("#fog over the #Harbour_1.", vec!["fog", "Harbour_1"]),
            ("＃港 の霧", vec!["港"]),
            ("(#हिन्दी)", vec!["हिन्दी"]),
            ("#1 of 10, R&#38;D, a#b", vec![]),
            ("https://a.org/#part", vec![]),
            ("#a#b", vec![]),
            ("# fog", vec![]),
        ] {
            assert_eq!(hashtags(text), tags, "{text}");
        }
    }

    #[test]
    fn only_allowed_hashtags_may_be_used_whatever_their_case() {
        let policy = Policy { hashtags_allowed: vec!["#Fog".to_owned()], ..Policy::default() };
        let said = |text| find(&Subject::new(text, &policy));
        assert_eq!(said("#FOG and #fog"), None);
        assert!(said("#fog and #foghorn").expect("not allowed").contains("#foghorn"));
    }
}
