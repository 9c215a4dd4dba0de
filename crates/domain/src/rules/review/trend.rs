//! `trend`: no riding on what trends. Source: X's developer guidelines: automated accounts do not
//! post to trending topics to be seen.
//!
//! What trends changes by the hour, so the list of trends is the caller's; the bait that names no
//! subject at all is known.

use super::fold::{find_word, folded};
use super::hashtag::hashtags;
use super::rule::{Check, Example, Rule, Severity, Source, Subject};
use super::{Policy, text};

/// A trend is shown up to here.
const TREND_CHARS_MAX: usize = 40;
/// Hashtags that are about being seen and nothing else; folded.
const BAIT: [&str; 29] = [
    "trending",
    "trendingnow",
    "trend",
    "trends",
    "trendalert",
    "viral",
    "viralpost",
    "goviral",
    "makeitviral",
    "fyp",
    "foryou",
    "foryoupage",
    "explorepage",
    "followback",
    "teamfollowback",
    "followforfollow",
    "follow4follow",
    "f4f",
    "like4like",
    "likeforlike",
    "l4l",
    "tendencia",
    "tendencias",
    "tendance",
    "gundem",
    "kesfet",
    "viralisieren",
    "拡散希望",
    "相互フォロー",
];
/// Calls to push something up; folded words.
const CALLS: [&str; 16] = [
    "get this trending",
    "make this trend",
    "lets get it trending",
    "lets trend this",
    "make this go viral",
    "help this go viral",
    "follow for follow",
    "haz esto viral",
    "hagamos tendencia",
    "hagamoslo viral",
    "faites tourner pour les tendances",
    "in die trends bringen",
    "gundem olsun",
    "gundeme tasiyalim",
    "トレンド入りさせ",
    "バズらせて",
];

pub(super) const RULE: Rule = Rule {
    id: "trend",
    what: "no riding on what trends: neither its hashtags nor calls to push something up",
    source: Source {
        says: "X on automated accounts: no posting to trending topics for visibility",
        link: "https://docs.x.com/developer-guidelines",
    },
    severity: Severity::NeedsPerson,
    example: Example {
        policy: || Policy { trends: vec!["#Cup Final".to_owned()], ..Policy::default() },
        beside: None,
        accepted: "Ferries leave late after the cup final.",
        refused: "Ferries leave late. #CupFinal",
    },
    check: Check::Text(find),
};

fn find(subject: &Subject<'_>) -> Option<String> {
    for tag in hashtags(subject.text) {
        let name = joined(tag);
        let shown = text::start_of(tag, TREND_CHARS_MAX);
        if BAIT.contains(&name.as_str()) {
            return Some(format!("uses #{shown}, which is about being seen; leave it out"));
        }
        if subject.policy.trends.iter().any(|trend| joined(trend) == name) {
            return Some(format!(
                "rides on the trend #{shown}; X forbids it to automated accounts"
            ));
        }
    }
    let call = CALLS.iter().find(|call| find_word(subject.words(), call).is_some())?;
    Some(format!("calls for a trend (`{call}`); X forbids it to automated accounts"))
}

/// A trend or hashtag as one word: `#Cup Final` is `cupfinal`.
fn joined(name: &str) -> String {
    folded(name).chars().filter(|c| c.is_alphanumeric()).collect()
}
