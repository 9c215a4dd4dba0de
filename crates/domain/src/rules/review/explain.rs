//! Everything that review has to say of one text, for a person or a page: each rule's verdict, and what
//! it is like.

use jiff::Timestamp;

use crate::model::PostId;

use super::near::said_age;
use super::{
    ASKED_RULES, Finding, Known, NEAR_PERCENT, Policy, RULES, Rule, Shingles, near_duplicate_of,
    review,
};

/// As many posts that a text is like are told.
const ALIKE_MAX: usize = 5;
/// What shares less than this is not worth telling.
const ALIKE_PERCENT_MIN: u32 = NEAR_PERCENT / 2;

/// One rule about a text.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The rule, with its source.
    pub rule: &'static Rule,
    /// What it has against the text, if anything.
    pub finding: Option<Finding>,
}

/// A post that a text is like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Which one.
    pub post: PostId,
    /// Whose.
    pub bot: String,
    /// When it was published or else written.
    pub at: Timestamp,
    /// How much.
    pub percent: u32,
    /// The same, for a person: `82 % like post 412 of @b, nine days ago`.
    pub said: String,
}

/// Everything about a text.
#[derive(Clone, Debug)]
pub struct Explained {
    /// Its weight in X's characters.
    pub weighted_length: u32,
    /// Every rule, in the order in which review names them.
    pub rules: Vec<Judged>,
    /// What it is like, the likest first.
    pub alike: Vec<Alike>,
}

impl Explained {
    /// Adds what a moderation endpoint said of it, or that it said nothing.
    pub fn hear(&mut self, finding: Option<&Finding>) {
        let judged = |rule: &'static Rule| {
            let finding = finding.filter(|finding| finding.rule == rule.id).cloned();
            Judged { rule, finding }
        };
        self.rules.extend(ASKED_RULES.into_iter().map(judged));
    }

    /// What speaks against the text.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.rules.iter().filter_map(|judged| judged.finding.as_ref())
    }
}

/// Explains a stored text under the policy of now, beside the posts that share a band with it.
pub fn explain(text: &str, policy: &Policy, known: &[Known<'_>], now: Timestamp) -> Explained {
    let mut verdict = review(text, policy);
    verdict.findings.extend(near_duplicate_of(&verdict.text, known, now));
    let judged = |rule: &'static Rule| {
        let finding = verdict.findings.iter().find(|finding| finding.rule == rule.id).cloned();
        Judged { rule, finding }
    };
    Explained {
        weighted_length: verdict.weighted_length,
        rules: RULES.into_iter().map(judged).collect(),
        alike: alike(text, known, now),
    }
}

fn alike(text: &str, known: &[Known<'_>], now: Timestamp) -> Vec<Alike> {
    let shingles = Shingles::of(text);
    let mut alike: Vec<Alike> = known
        .iter()
        .map(|post| (shingles.likeness(&Shingles::of(post.text)).percent(), post))
        .filter(|(percent, _)| *percent >= ALIKE_PERCENT_MIN)
        .map(|(percent, post)| {
            let (id, bot, age) = (post.post.0, post.bot, said_age(post.at, now));
            Alike {
                post: post.post,
                bot: bot.to_owned(),
                at: post.at,
                percent,
                said: format!("{percent} % like post {id} of @{bot}, {age}"),
            }
        })
        .collect();
    // A stable order: of equals the newest, as the store gives them.
    alike.sort_by_key(|one| std::cmp::Reverse(one.percent));
    alike.truncate(ALIKE_MAX);
    alike
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOG: &str = "The fog lifted at nine, and the ferry left at ten with twelve people.";

    fn known<'a>(id: i64, text: &'a str, at: &str) -> Known<'a> {
        Known { post: PostId(id), bot: "b", at: at.parse().unwrap(), text }
    }

    #[test]
    fn every_rule_has_its_say_and_what_it_is_like_has_a_sentence() {
        let near = FOG.replace("people", "birds");
        let known = [
            known(7, "High water at six, low water at noon.", "2026-11-22T12:00:00Z"),
            known(412, &near, "2026-11-14T12:00:00Z"),
        ];
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let policy = Policy { banned_words: vec!["ferry".to_owned()], ..Policy::default() };
        let explained = explain(FOG, &policy, &known, now);
        assert_eq!(explained.rules.len(), RULES.len());
        let against: Vec<_> = explained.findings().map(|finding| finding.rule).collect();
        assert_eq!(against, ["banned", "near_duplicate"]);
        let said: Vec<_> = explained.alike.iter().map(|alike| alike.said.as_str()).collect();
        assert_eq!(said, ["83 % like post 412 of @b, nine days ago"]);
        assert_eq!(explained.weighted_length, 69);
    }

    #[test]
    fn only_the_likest_are_told() {
        let texts: Vec<String> = (0..20).map(|n| format!("{FOG} {n}")).collect();
        let known: Vec<_> =
            (0..).zip(&texts).map(|(id, text)| known(id, text, "2026-11-22T12:00:00Z")).collect();
        let now = "2026-11-23T12:00:00Z".parse().unwrap();
        let explained = explain(FOG, &Policy::default(), &known, now);
        assert_eq!(explained.alike.len(), ALIKE_MAX);
        assert!(explained.alike.is_sorted_by_key(|one| std::cmp::Reverse(one.percent)));
    }
}
