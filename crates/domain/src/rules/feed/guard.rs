//! What a post may hold that was written about an item: less than the persona allows otherwise,
//! because the item's author had a say in it.

use super::material::Material;
use crate::model::{FeedItem, LinkPolicy, Policy};
use crate::rules::review::{Verdict, review};

/// The persona's policy for a post about `item`: of links only the item's own, where the post is to
/// have it (`has_link`) and the persona lets it by; nobody mentioned, and no word of the prompt.
pub fn guarded(policy: &Policy, item: &FeedItem, material: &Material, has_link: bool) -> Policy {
    let mut guarded = policy.clone();
    guarded.links = if has_link { links(policy, item) } else { LinkPolicy::None };
    guarded.banned_words.push(material.canary.clone());
    // Who agreed to be mentioned by the bot did not agree to be mentioned by strangers.
    guarded.mentions_allowed.clear();
    guarded
}

/// Whether a post about an item writes to somebody: an address of electronic mail is no link on X, and
/// where the persona wrote it that is well. Of a stranger's words it is where readers would write to.
pub fn holds_mail(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        word.split_once('@').is_some_and(|(name, host)| {
            let mut labels = host.split('.');
            !name.is_empty() && host.contains('.') && labels.all(|label| !label.is_empty())
        })
    })
}

fn links(policy: &Policy, item: &FeedItem) -> LinkPolicy {
    let own = item.link.as_ref().filter(|link| lets_by(link, policy));
    own.map_or(LinkPolicy::None, |link| LinkPolicy::Own(link.clone()))
}

/// Whether review has nothing against the link itself.
fn lets_by(link: &str, policy: &Policy) -> bool {
    let is_about_links =
        |verdict: &Verdict| verdict.findings.iter().any(|found| found.rule == "link");
    let own = LinkPolicy::Own(link.to_owned());
    // X must see the whole of it as one link, and the persona must allow it.
    let is_one = !is_about_links(&review(
        &format!("About {link}"),
        &Policy { links: own, ..Policy::default() },
    ));
    is_one && !is_about_links(&review(&format!("About {link}"), policy))
}

#[cfg(test)]
mod tests {
    use super::super::material::material;
    use super::*;
    use crate::model::ItemId;

    fn item(link: Option<&str>) -> FeedItem {
        FeedItem {
            id: ItemId::of(Some("1"), None, "", ""),
            title: "Fog".to_owned(),
            summary: String::new(),
            link: link.map(str::to_owned),
            published: None,
        }
    }

    fn links_for(links: LinkPolicy, link: Option<&str>) -> LinkPolicy {
        let item = item(link);
        guarded(&Policy { links, ..Policy::default() }, &item, &material(&item, 7), true).links
    }

    #[test]
    fn of_links_only_the_items_own_may_stand_and_only_where_the_persona_allows_it() {
        let own = || LinkPolicy::Own("https://a.org/1".to_owned());
        let hosts = |host: &str| LinkPolicy::Hosts(vec![host.to_owned()]);
        let link = Some("https://a.org/1");
        assert_eq!(links_for(LinkPolicy::Any, link), own());
        assert_eq!(links_for(hosts("a.org"), link), own());
        assert_eq!(links_for(hosts("b.org"), link), LinkPolicy::None);
        assert_eq!(links_for(LinkPolicy::None, link), LinkPolicy::None);
        assert_eq!(links_for(LinkPolicy::Any, None), LinkPolicy::None);
        assert_eq!(links_for(LinkPolicy::Any, Some("https://a.org/1 b.org")), LinkPolicy::None);
        let item = item(link);
        let without = guarded(&Policy::default(), &item, &material(&item, 7), false);
        assert_eq!(without.links, LinkPolicy::None);
    }

    #[test]
    fn a_post_about_an_item_mentions_nobody_and_names_no_mailbox() {
        let (item, ada) = (item(None), vec!["ada".to_owned()]);
        let policy = Policy { mentions_allowed: ada, ..Policy::default() };
        let guarded = guarded(&policy, &item, &material(&item, 7), true);
        assert!(!review("Good morning @ada.", &guarded).is_accepted());
        for text in ["Questions: help@evil.com", "(help@mail.evil.co.uk).", "mailto:help@evil.com"]
        {
            assert!(holds_mail(text), "{text}");
        }
        for text in ["at six @ the pier", "ada@home", "1@2", "a.b@", "@ada.", "x@.y"] {
            assert!(!holds_mail(text), "{text}");
        }
    }

    #[test]
    fn the_code_word_of_the_prompt_is_refused() {
        let item = item(None);
        let material = material(&item, 7);
        let policy = guarded(&Policy::default(), &item, &material, true);
        assert!(review("Fog over the harbour.", &policy).is_accepted());
        let leaked = format!("Fog ({}).", material.canary.to_uppercase());
        assert!(!review(&leaked, &policy).is_accepted());
    }
}
