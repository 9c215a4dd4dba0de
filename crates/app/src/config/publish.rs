//! How publishing behaves.

use domain::rules::reconcile::Profile;
use jiff::SignedDuration;

use super::mode::Mode;
use super::parse;
use super::setting::{Kind, Setting};
use super::sources::Sources;
use super::x::X;

/// How publishing behaves.
#[derive(Clone, Debug)]
pub struct Publish {
    /// How patiently a lost answer is settled.
    pub reconcile: Profile,
    /// A draft that nobody said anything of for so long is rejected.
    pub drafts_expire_after: SignedDuration,
}

const RECONCILE: Setting = Setting {
    variable: "FLOCKWORK_RECONCILE_PROFILE",
    file: Some(("publish", "reconcile")),
    kind: Kind::Text,
    default: Some("standard"),
    meaning: "How patiently a lost answer is settled: `standard`, or for tests against the sandbox\n\
              only `fast`, and `drill`, which also shortens leases on PostgreSQL: X's timeline lags,\n\
              and they could then post twice.",
    example: "",
};

const DRAFTS_EXPIRE_AFTER: Setting = Setting {
    variable: "DRAFTS_EXPIRE_AFTER",
    file: Some(("publish", "drafts_expire_after")),
    kind: Kind::Text,
    default: Some("168h"),
    meaning: "A post that waits for a person's approval is rejected after so long, 1 hour to a year.",
    example: "",
};

/// Nobody looks twice within less.
const DRAFTS_MIN: SignedDuration = SignedDuration::from_hours(1);
/// Nobody remembers what it was about after more.
const DRAFTS_MAX: SignedDuration = SignedDuration::from_hours(365 * 24);

pub(super) const SETTINGS: &[&Setting] = &[&RECONCILE, &DRAFTS_EXPIRE_AFTER];

impl Publish {
    pub(super) fn read(sources: &mut Sources<'_>, mode: Mode, x: &X) -> Self {
        let words = parse::word(&[
            (Profile::STANDARD.name, &Profile::STANDARD),
            (Profile::FAST.name, &Profile::FAST),
            (Profile::DRILL.name, &Profile::DRILL),
        ]);
        let (reconcile, place) = sources.read(&RECONCILE, words);
        let may_be_fast = x.is_on_this_machine() && !mode.is_production();
        if *reconcile != Profile::STANDARD && !may_be_fast {
            let name = reconcile.name;
            sources.problems.add(
                place,
                format!("`{name}`, although X is {}", x.base_url),
                "`standard`, unless this is a test and X a sandbox on this machine",
                format!("take it out; X's timeline lags, and `{name}` could then post twice"),
            );
        }
        let (drafts_expire_after, _) =
            sources.read(&DRAFTS_EXPIRE_AFTER, parse::duration(DRAFTS_MIN, DRAFTS_MAX));
        Self { reconcile: reconcile.clone(), drafts_expire_after }
    }
}
