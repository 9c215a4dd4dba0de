//! Links that let somebody in once.

use domain::model::access::{Link, LinkFor, Role, SecretHash, UserId};
use jiff::{SignedDuration, Timestamp};

use super::random::secret;

/// How long the link lives that a new house prints.
pub const FIRST_LINK_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// A link, and the secret that stands in its address: `/welcome/SECRET`. Kept is only its hash.
pub fn new_link(
    purpose: LinkFor,
    role: Role,
    user: Option<UserId>,
    (created_by, now): (&str, Timestamp),
) -> (Link, String) {
    let secret = secret();
    let (hash, expires_at) = (SecretHash::of(&secret), now + FIRST_LINK_LIFE);
    let created_by = created_by.to_owned();
    (Link { hash, purpose, role, user, created_by, expires_at }, secret)
}
