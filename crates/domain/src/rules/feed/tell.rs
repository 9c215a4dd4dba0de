//! An item on its way to being a post: whether it is still news, what a template makes of it, and what
//! stands behind what a model wrote.

use jiff::{SignedDuration, Timestamp};

use super::template::{RenderError, Template};
use crate::model::{FeedItem, LinkPolicy, Persona, Policy};
use crate::ports::store::WaitingItem;
use crate::rules::review::weighted_length;

/// Tries of one item: what its model answers five times uselessly it will answer so again.
pub const TRIES_MAX: u32 = 5;
/// First wait before an item is tried again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// X counts every link as this long, and a space stands before it.
const LINK_LENGTH: u32 = 24;

/// Whether the item is too old to be told: by its own date, or since it was seen.
pub fn is_stale(waiting: &WaitingItem, now: Timestamp) -> bool {
    let since = waiting.item.published.map_or(waiting.seen_at, |at| at.max(waiting.seen_at));
    let days = i64::from(waiting.feed.age_days_max);
    now.duration_since(since) > SignedDuration::from_hours(24 * days)
}

/// When an item that was tried so often is tried again.
pub fn again_at(tries: u32, now: Timestamp) -> Timestamp {
    now + AGAIN * (1_i32 << (2 * tries.min(5)))
}

/// The post that a template makes of the item, with room for the persona's disclosure.
pub fn by_template(
    template: &Template,
    item: &FeedItem,
    policy: &Policy,
) -> Result<String, RenderError> {
    template.render(item, policy.max_length.saturating_sub(disclosure_length(policy)))
}

/// The persona that writes, for a post that is judged by `policy`: without a link, with room for the
/// item's own. Nothing of the item is in it, because its policy is told to the model as our own words.
pub fn persona_about(persona: &Persona, policy: &Policy) -> Persona {
    let link = if own_link(policy).is_some() { LINK_LENGTH } else { 0 };
    let max_length = persona.policy.max_length.saturating_sub(link);
    let policy = Policy { max_length, links: LinkPolicy::None, ..persona.policy.clone() };
    Persona { policy, ..persona.clone() }
}

/// What a model wrote, with the item's own link behind it where `policy` lets that out.
pub fn with_link(text: &str, policy: &Policy) -> String {
    match own_link(policy) {
        Some(link) if !text.contains(link) => format!("{} {link}", text.trim_end()),
        Some(_) | None => text.to_owned(),
    }
}

fn own_link(policy: &Policy) -> Option<&str> {
    match &policy.links {
        LinkPolicy::Own(link) => Some(link),
        LinkPolicy::None | LinkPolicy::Any | LinkPolicy::Hosts(_) => None,
    }
}

fn disclosure_length(policy: &Policy) -> u32 {
    policy.disclosure.as_deref().map_or(0, |words| weighted_length(words) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ApprovalMode, Feed, FeedId, FeedReach, FeedUrl, ItemId, Telling};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn waiting(published: Option<&str>) -> WaitingItem {
        let url = FeedUrl::parse("https://harbour.org/tides.xml", FeedReach::Https).unwrap();
        WaitingItem {
            of: FeedId(1),
            item: FeedItem {
                id: ItemId::of(Some("1"), None, "", ""),
                title: "Tide".to_owned(),
                summary: String::new(),
                link: Some("https://harbour.org/1".to_owned()),
                published: published.map(at),
            },
            seen_at: at("2026-11-20T00:00:00Z"),
            tries: 0,
            feed: Feed::at(url, Telling::Model { has_link: true }),
            bot: "ada".try_into().unwrap(),
            persona: Persona::default(),
            persona_version: 1,
            mode: ApprovalMode::Auto,
        }
    }

    #[test]
    fn an_item_is_news_for_a_week_after_it_came() {
        let (young, old) = (at("2026-11-26T23:00:00Z"), at("2026-11-27T00:00:01Z"));
        for published in [None, Some("2026-11-01T00:00:00Z")] {
            assert!(!is_stale(&waiting(published), young));
            assert!(is_stale(&waiting(published), old), "{published:?}");
        }
        let ahead = waiting(Some("2026-11-25T00:00:00Z"));
        assert!(!is_stale(&ahead, old), "it is dated later than it was seen");
    }

    #[test]
    fn tries_are_ever_further_apart() {
        let now = at("2026-11-20T00:00:00Z");
        let mins: Vec<i64> =
            (0..4).map(|tries| again_at(tries, now).duration_since(now).as_mins()).collect();
        assert_eq!(mins, [1, 4, 16, 64]);
    }

    #[test]
    fn the_items_link_has_its_room_and_stands_once() {
        let own = LinkPolicy::Own("https://harbour.org/1".to_owned());
        let policy = Policy { links: own, max_length: 280, ..Policy::default() };
        let writer = persona_about(&Persona::default(), &policy).policy;
        assert_eq!((writer.max_length, writer.links), (256, LinkPolicy::None));
        let text = "Fog. https://harbour.org/1";
        assert_eq!(with_link("Fog. ", &policy), text);
        assert_eq!(with_link(text, &policy), text);
        let none = Policy { links: LinkPolicy::None, ..policy };
        assert_eq!(with_link("Fog.", &none), "Fog.");
        assert_eq!(persona_about(&Persona::default(), &none).policy.max_length, 280);
    }

    #[test]
    fn a_template_leaves_room_for_the_disclosure() {
        let template = Template::parse("{title}").unwrap();
        let mut item = waiting(None).item;
        item.title = "word ".repeat(100);
        let policy = Policy { disclosure: Some("Automated.".to_owned()), ..Policy::default() };
        let text = by_template(&template, &item, &policy).unwrap();
        assert!(weighted_length(&text) <= policy.max_length - 11, "{text}");
    }
}
