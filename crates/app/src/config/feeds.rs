//! How far feeds may be fetched from.

use domain::model::FeedReach;

use super::parse;
use super::setting::{Kind, Setting};
use super::sources::Sources;

const REACH: Setting = Setting {
    variable: "FEEDS_REACH",
    file: Some(("feeds", "reach")),
    kind: Kind::Text,
    default: Some("https"),
    meaning: "From where feeds are fetched: `https`, `http` (and https), or `loopback` (and https), for\n\
              tests against a server on this machine. Never from inside a network.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] = &[&REACH];

pub(super) fn read(sources: &mut Sources<'_>) -> FeedReach {
    let words = parse::word(&[
        ("https", FeedReach::Https),
        ("http", FeedReach::Http),
        ("loopback", FeedReach::Loopback),
    ]);
    sources.read(&REACH, words).0
}
