//! API tokens: `fw_12_` and 256 random bits.

use axum::http::{HeaderValue, StatusCode, header};
use domain::model::access::{Actor, ActorKind, Role, SecretHash, TokenId};
use subtle::ConstantTimeEq;

use super::caller::{Caller, Holds};
use super::random::secret;
use crate::problem::Problem;
use crate::state::Shared;

const PREFIX: &str = "fw_";
/// Characters of a token's name at most.
pub(crate) const TOKEN_NAME_CHARS_MAX: usize = 80;
/// Days that a token may live.
pub(crate) const TOKEN_DAYS: std::ops::RangeInclusive<i64> = 1..=366;

/// What is shown once for a token, from the secret whose hash is kept.
pub(crate) struct NewSecret(String);

/// A secret for a token that is about to be made.
pub(crate) fn new_token() -> NewSecret {
    NewSecret(secret())
}

impl NewSecret {
    /// What is kept.
    pub(crate) fn hash(&self) -> SecretHash {
        SecretHash::of(&self.0)
    }

    /// What is shown, once.
    pub(crate) fn shown(&self, id: TokenId) -> String {
        format!("{PREFIX}{}_{}", id.0, self.0)
    }
}

/// Who shows this token.
pub(super) async fn caller(
    shared: &Shared,
    shown: &str,
    address: String,
) -> Result<Caller, Problem> {
    if let Some(own) = shared.settings.api_token.as_ref().filter(|own| !own.is_empty())
        && bool::from(shown.as_bytes().ct_eq(own.open().as_bytes()))
    {
        let actor = Actor { kind: ActorKind::Environment, name: "FLOCKWORK_API_TOKEN".to_owned() };
        return Ok(Caller {
            actor,
            rights: Role::Editor.rights(),
            holds: Holds::Token(None),
            address,
        });
    }
    let Some((id, secret)) = parts(shown) else { return Err(wrong()) };
    let now = shared.clock.now();
    let Some((token, hash)) = shared.people.find_token(id).await? else { return Err(wrong()) };
    let is_right = hash.as_str().as_bytes().ct_eq(SecretHash::of(secret).as_str().as_bytes());
    if !bool::from(is_right) || !token.is_good(now) {
        return Err(wrong());
    }
    if let Err(error) = shared.people.note_token_use(id, now).await {
        // It is no reason to turn somebody away.
        tracing::warn!(%error, "The last use of a token could not be written");
    }
    let actor = Actor { kind: ActorKind::Token, name: token.name };
    Ok(Caller { actor, rights: token.rights, holds: Holds::Token(Some(id)), address })
}

fn parts(shown: &str) -> Option<(TokenId, &str)> {
    let (id, secret) = shown.strip_prefix(PREFIX)?.split_once('_')?;
    Some((TokenId(id.parse().ok()?), secret))
}

/// The same for every wrong one, however wrong.
fn wrong() -> Problem {
    let problem = Problem::new(
        StatusCode::UNAUTHORIZED,
        "token_unknown",
        "This token opens nothing here: it is wrong, too old or was taken back. An owner makes another \
         under Settings; FLOCKWORK_API_TOKEN is one, too, where it is set.",
    );
    let challenge = HeaderValue::from_static(r#"Bearer realm="flockwork", error="invalid_token""#);
    problem.with_header(header::WWW_AUTHENTICATE, challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_row() {
        let new = new_token();
        let shown = new.shown(TokenId(12));
        let (id, secret) = parts(&shown).unwrap();
        assert_eq!(id, TokenId(12));
        assert!(SecretHash::of(secret) == new.hash());
        for wrong in ["", "fw_", "fw_12", "fw_x_y", "12_abc"] {
            assert!(parts(wrong).is_none(), "{wrong}");
        }
    }
}
