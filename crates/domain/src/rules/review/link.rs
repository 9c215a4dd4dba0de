//! `link`: only links that the persona allows. Source: the persona; X charges 13 times as much for
//! a post with a link.

use unicode_normalization::UnicodeNormalization;

use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{LinkPolicy, Policy, links, text};

/// A link is shown up to here.
const LINK_CHARS_MAX: usize = 60;

pub(super) const RULE: Rule = Rule {
    id: "link",
    what: "only links that the persona allows: none, those to its hosts, or the item's own",
    source: Source {
        says: "the persona's links; X's prices: a post with a link costs 13 times one without",
        link: "https://docs.x.com/x-api/getting-started/pricing",
    },
    severity: Severity::Blocks,
    example: Example {
        policy: || Policy {
            links: LinkPolicy::Hosts(vec!["example.org".to_owned()]),
            ..Policy::default()
        },
        beside: None,
        accepted: "Tide tables: https://www.example.org/tides",
        refused: "Tide tables: example.org.tides.net",
    },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    let ranges = links(subject.text);
    if subject.policy.links != LinkPolicy::Any
        && let Some(address) = other_address(subject.text, &ranges)
    {
        return Some(format!(
            "holds the address {}; the persona allows none of its kind",
            shown(address)
        ));
    }
    let mut found = ranges.into_iter().map(|link| &subject.text[link]);
    match &subject.policy.links {
        LinkPolicy::Any => None,
        LinkPolicy::None => {
            let link = found.next()?;
            Some(format!("links to {}; the persona allows no link", shown(link)))
        }
        LinkPolicy::Hosts(hosts) => {
            let link = found.find(|link| !is_to_one_of(link, hosts))?;
            let allowed = hosts.join(", ");
            Some(format!("links to {}; the persona allows {allowed}", shown(link)))
        }
        LinkPolicy::Own(own) => {
            let own: String = own.trim().nfc().collect();
            let found: Vec<&str> = found.collect();
            match found.iter().find(|link| **link != own) {
                Some(link) => {
                    Some(format!("links to {}; only {} may stand", shown(link), shown(&own)))
                }
                None if found.len() == 1 => None,
                None if found.is_empty() => Some(format!("lacks its link; add {}", shown(&own))),
                None => Some(format!("has its link {} times; once is enough", found.len())),
            }
        }
    }
}

/// A word that is no link on X and an address all the same, of a scheme that X does not know.
fn other_address<'a>(text: &'a str, links: &[std::ops::Range<usize>]) -> Option<&'a str> {
    let is_in_link = |at: &usize| links.iter().any(|link| link.contains(at));
    let (at, _) = text.match_indices("://").find(|(at, _)| !is_in_link(at))?;
    let from = text[..at].rfind(char::is_whitespace).map_or(0, |space| space + 1);
    text[from..].split_whitespace().next()
}

fn shown(link: &str) -> String {
    text::start_of(link, LINK_CHARS_MAX)
}

/// Whether a link leads to one of `hosts` or below it. Ends are compared label by label, so that
/// `example.org.evil.net` is not at `example.org`.
fn is_to_one_of(link: &str, hosts: &[String]) -> bool {
    let rest = link.find("://").map_or(link, |at| &link[at + "://".len()..]);
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let host = rest[..end].to_lowercase();
    hosts.iter().map(|allowed| allowed.trim().to_lowercase()).any(|allowed| {
        !allowed.is_empty()
            && host
                .strip_suffix(&allowed)
                .is_some_and(|below| below.is_empty() || below.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, links: LinkPolicy) -> Option<String> {
        let policy = Policy { links, ..Policy::default() };
        find(&Subject::new(text, &policy))
    }

    #[test]
    fn hosts_are_compared_label_by_label() {
        for (text, is_allowed) in [
            ("see example.org", true),
            ("see HTTPS://EXAMPLE.ORG/A", true),
            ("see tides.example.org:8080/a?b#c", true),
            ("see https://example.org.evil.net/example.org", false),
            ("see notexample.org", false),
            ("see https://ex\u{430}mple.org", false),
            ("no link at all", true),
            ("gemini://example.org/tides", false),
            ("see https://example.org/a://b", true),
        ] {
            let found = said(text, LinkPolicy::Hosts(vec!["Example.org".to_owned()]));
            assert_eq!(found.is_none(), is_allowed, "{text}: {found:?}");
        }
        assert!(said("see a.org", LinkPolicy::Hosts(vec![String::new()])).is_some());
    }

    #[test]
    fn an_items_own_link_stands_once_and_alone() {
        let own = || LinkPolicy::Own("https://a.org/1".to_owned());
        assert_eq!(said("New: https://a.org/1", own()), None);
        for (text, start) in [
            ("New.", "lacks its link"),
            ("New: https://a.org/2", "links to https://a.org/2;"),
            ("New: https://a.org/1 or b.org", "links to b.org;"),
            ("https://a.org/1 https://a.org/1", "has its link 2 times"),
        ] {
            let message = said(text, own()).expect(text);
            assert!(message.starts_with(start), "{message}");
        }
    }
}
