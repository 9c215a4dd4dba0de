//! Who is told what: `[alerts]`, its channels, and webhooks.

mod channel;
mod secrets;
mod webhook;

use std::collections::BTreeSet;

use clients::notify::Target;
use domain::model::{FeedReach, FeedUrl, Secret, TargetName};
use domain::ports::alerts::{Channel, Hook};
use jiff::SignedDuration;

use super::parse;
use super::problem::Place;
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// Channels and webhooks at most, of each.
const TARGETS_MAX: usize = 20;

/// Who is told what.
#[derive(Clone)]
pub struct Alerts {
    /// An alert that nobody ended is told again after this.
    pub repeat: SignedDuration,
    /// What comes within this becomes one message.
    pub digest: SignedDuration,
    /// How far a target may be.
    pub reach: FeedReach,
    /// The address of a dead-man's switch, and how often it hears of the node.
    pub heartbeat: Option<(Secret, SignedDuration)>,
    /// Who is told of alerts.
    pub channels: Vec<(Channel, Target)>,
    /// Who is told of events.
    pub hooks: Vec<(Hook, Target)>,
}

const REPEAT: Setting = Setting {
    variable: "FLOCKWORK_ALERTS_REPEAT",
    file: Some(("alerts", "repeat_every")),
    kind: Kind::Text,
    default: Some("6h"),
    meaning: "An alert that nobody ended is told again after this, 10m to 168h.",
    example: "",
};

const DIGEST: Setting = Setting {
    variable: "FLOCKWORK_ALERTS_DIGEST",
    file: Some(("alerts", "digest")),
    kind: Kind::Text,
    default: Some("1m"),
    meaning: "Alerts that come within this become one message, 0s to 1h.",
    example: "",
};

const REACH: Setting = Setting {
    variable: "FLOCKWORK_ALERTS_REACH",
    file: Some(("alerts", "reach")),
    kind: Kind::Text,
    default: Some("https"),
    meaning: "How far channels, webhooks and the dead-man's switch may be: `https`, the public internet;\n\
              or `private`, which allows http, other ports, private networks and this machine, too.",
    example: "",
};

const HEARTBEAT_URL: Setting = Setting {
    variable: "FLOCKWORK_HEARTBEAT_URL",
    file: Some(("alerts", "heartbeat_url")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds the address of a dead-man's switch (healthchecks.io, for one), which is\n\
              asked for now and then, and only while the node is well.",
    example: "/run/secrets/heartbeat_url",
};

const HEARTBEAT_EVERY: Setting = Setting {
    variable: "FLOCKWORK_HEARTBEAT_EVERY",
    file: Some(("alerts", "heartbeat_every")),
    kind: Kind::Text,
    default: Some("5m"),
    meaning: "How often that is, 30s to 1h.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&REPEAT, &DIGEST, &REACH, &HEARTBEAT_URL, &HEARTBEAT_EVERY];

/// What stands in no line of its own, for the example file.
pub(super) const EXAMPLE: &str = "\
\n# Who is told of alerts, a table each; docs/alerts.md shows every kind. Secrets come from files, or from
# variables that end in the name of the channel.
# [[alerts.channel]]
# name = \"ops\"
# kind = \"slack\"
# url_file = \"/run/secrets/slack_url\"
# at_least = \"warning\"

# And of events.
# [[webhook]]
# name = \"site\"
# url = \"https://example.org/hooks/flockwork\"
# secret_file = \"/run/secrets/site_secret\"
# events = [\"post.published\", \"bot.*\"]
";

impl Alerts {
    pub(super) fn read(sources: &mut Sources<'_>) -> Self {
        let (minutes, hours) = (SignedDuration::from_mins, SignedDuration::from_hours);
        let repeat = sources.read(&REPEAT, parse::duration(minutes(10), hours(168))).0;
        let digest = sources.read(&DIGEST, parse::duration(SignedDuration::ZERO, hours(1))).0;
        let words = parse::word(&[("https", FeedReach::Https), ("private", FeedReach::Private)]);
        let reach = sources.read(&REACH, words).0;
        let heartbeat = sources.secret(&HEARTBEAT_URL);
        let half_minute = SignedDuration::from_secs(30);
        let every = sources.read(&HEARTBEAT_EVERY, parse::duration(half_minute, hours(1))).0;
        let heartbeat = heartbeat.and_then(|(url, place)| {
            is_usable(&url, reach, place, sources).then_some((url, every))
        });
        let mut names = BTreeSet::new();
        let channels = channel::read_all(sources, reach, &mut names);
        let hooks = webhook::read_all(sources, reach, &mut names);
        Self { repeat, digest, reach, heartbeat, channels, hooks }
    }

    /// Nobody is told of anything: where no node is meant to run as configured.
    pub fn targets(&self) -> impl Iterator<Item = (&TargetName, &Target)> {
        let channels = self.channels.iter().map(|(channel, target)| (&channel.name, target));
        channels.chain(self.hooks.iter().map(|(hook, target)| (&hook.name, target)))
    }
}

/// Whether an address can be used. It is not repeated: it may be a key.
fn is_usable(url: &Secret, reach: FeedReach, place: Place, sources: &mut Sources<'_>) -> bool {
    let Err(error) = FeedUrl::parse(url.open(), reach) else { return true };
    let allowed = match reach {
        FeedReach::Private => "an http:// or https:// address",
        _ => {
            "an https:// address of the public internet; reach = \"private\" in [alerts] allows more"
        }
    };
    sources.problems.add(place, "an address that cannot be used", allowed, error.to_string());
    false
}
