//! The feeds that a bot follows: `[[feed]]` tables of its file.

use std::collections::BTreeSet;

use domain::model::{FEEDS_MAX, Feed, FeedReach, FeedUrl, LinkPolicy, Persona, Telling, Topic};
use domain::rules::feed::pace::{INTERVAL_MAX, INTERVAL_MIN};
use domain::rules::feed::template::Template;
use jiff::SignedDuration;

use super::super::document::{Raw, Section};
use super::super::parse::{self, Wrong};
use super::super::problem::{Place, Problems};
use super::super::setting::Kind;
use super::super::suggest::{nearest, quoted};

/// Items of one answer; a bot posts fewer in a day.
const ITEMS_MAX: u32 = 100;
/// Whatever waited for longer than a quarter is no news.
const AGE_DAYS_MAX: u32 = 90;

/// The feeds of a bot file, for a bot with these topics; `reach` says from where they may come.
pub(super) fn read(
    top: &mut Section,
    topics: &[Topic],
    reach: FeedReach,
    problems: &mut Problems,
) -> Vec<(Place, Feed)> {
    let tables = top.tables("feed", problems);
    if let Some(first) = tables.get(FEEDS_MAX) {
        let found = format!("{} feeds", tables.len());
        problems.add(first.place(), found, format!("up to {FEEDS_MAX}"), "leave some out");
    }
    let mut addresses = BTreeSet::new();
    let mut feeds = Vec::with_capacity(tables.len());
    for table in tables {
        let place = table.place();
        let Some(feed) = read_table(table, topics, reach, problems) else { continue };
        if addresses.insert(feed.url.as_str().to_owned()) {
            feeds.push((place, feed));
        } else {
            let found = format!("a second feed at {}", feed.url.as_str());
            problems.add(place, found, "each address once", "make one of the two");
        }
    }
    feeds
}

/// A template shows links that the persona's own review refuses: no item would ever become a post.
pub(super) fn refuse_unlinked(feeds: &[(Place, Feed)], persona: &Persona, problems: &mut Problems) {
    if persona.policy.links != LinkPolicy::None {
        return;
    }
    for (place, feed) in feeds {
        let Telling::Template(text) = &feed.telling else { continue };
        if !Template::parse(text).is_ok_and(|template| template.shows_link()) {
            continue;
        }
        problems.add(
            place.clone(),
            "a template with {link}, and [review] links is \"none\"",
            "a template without {link}, or links that may stand in posts",
            format!(
                "take {{link}} out, or write links = {{ hosts = [\"{}\"] }} into [review]; a post with a \
                 link costs 13 times one without",
                feed.url.host()
            ),
        );
    }
}

fn read_table(
    mut table: Section,
    topics: &[Topic],
    reach: FeedReach,
    problems: &mut Problems,
) -> Option<Feed> {
    let told = problems.as_slice().len();
    let url = table.read("url", Kind::Text, problems, |text| address(text, reach));
    if url.is_none() && problems.as_slice().len() == told {
        let mend = "write url = \"https://example.org/feed.xml\"";
        problems.add(table.place(), "a [[feed]] without url", "the address of a feed", mend);
    }
    let template = table.read("template", Kind::Text, problems, template);
    let place = table.place_of("link");
    let link = table.read("link", Kind::Flag, problems, parse::flag);
    if let (Some(_), Some(_)) = (&template, link) {
        let mend = "take it out; the template says with {link} whether its posts have one";
        problems.add(place, "link beside a template", "one of the two", mend);
    }
    let topic = table.scalar("topic", Kind::Text, problems);
    let topic = topic.and_then(|raw| known(raw, topics, problems));
    let every = parse::duration(INTERVAL_MIN, INTERVAL_MAX);
    let every = table.read("every", Kind::Text, problems, every);
    let first = table.read("first_items", Kind::Number, problems, parse::number(0, ITEMS_MAX));
    let items = table.read("items_max", Kind::Number, problems, parse::number(1, ITEMS_MAX));
    let age = table.read("age_days_max", Kind::Number, problems, parse::number(1, AGE_DAYS_MAX));
    table.finish(problems, |_| None);
    let telling =
        template.map_or(Telling::Model { has_link: link.unwrap_or(true) }, Telling::Template);
    let plain = Feed::at(url?, telling);
    Some(Feed {
        topic,
        every_minutes: every.map_or(plain.every_minutes, minutes),
        first_items: first.unwrap_or(plain.first_items),
        items_max: items.unwrap_or(plain.items_max),
        age_days_max: age.unwrap_or(plain.age_days_max),
        ..plain
    })
}

fn address(text: &str, reach: FeedReach) -> Result<FeedUrl, Wrong> {
    FeedUrl::parse(text, reach)
        .map_err(|error| Wrong::new("the public address of an RSS or Atom feed", error.to_string()))
}

fn template(text: &str) -> Result<String, Wrong> {
    match Template::parse(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Wrong::new("a template such as `{title} {link}`", error.to_string())),
    }
}

fn known(raw: Raw, topics: &[Topic], problems: &mut Problems) -> Option<String> {
    let name = raw.text.trim();
    if topics.iter().any(|topic| topic.name == name) {
        return Some(name.to_owned());
    }
    let mend = match nearest(name, topics.iter().map(|topic| topic.name.as_str())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write it into the topics of this file, or take it out here".to_owned(),
    };
    problems.add(
        raw.place,
        format!("the topic {}", quoted(name)),
        "a topic that this file has",
        mend,
    );
    None
}

fn minutes(time: SignedDuration) -> u32 {
    u32::try_from(time.as_mins()).unwrap_or(u32::MAX)
}
