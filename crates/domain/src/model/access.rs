//! Who may do what: people, what they hold to prove it, and what is kept of what they did.

mod act;
mod right;
mod session;
mod token;
mod user;

pub use act::{Act, ActLine, Actor, ActorKind};
pub use right::{Right, Rights, Role};
pub use session::{Session, SessionId, SessionTimes};
pub use token::{ApiToken, TokenId};
pub use user::{Link, LinkFor, User, UserId, UserName, UserNameError};

use sha2::{Digest, Sha256};

/// What the database keeps of a secret that somebody holds: its SHA-256, in hex. Enough for secrets of
/// 256 random bits, which nobody guesses; passwords are hashed otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// Of that secret.
    pub fn of(secret: &str) -> Self {
        Self(hex(&Sha256::digest(secret.as_bytes())))
    }

    /// As it was stored.
    pub fn stored(hash: String) -> Self {
        Self(hash)
    }

    /// In hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string does not fail");
        hex
    })
}
