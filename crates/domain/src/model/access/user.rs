//! A person with a password, and the links by which one comes in for the first time.

use std::fmt;

use jiff::Timestamp;

use super::{Role, SecretHash};
use crate::model::words::words;

/// Characters of a name at most.
const NAME_CHARS_MAX: usize = 64;

/// A person, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(pub i64);

/// The name by which a person logs in: letters, digits and `. _ - @ +`, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserName(String);

/// Why a text is no such name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to {NAME_CHARS_MAX} letters, digits or characters of `. _ - @ +`")]
pub struct UserNameError;

impl TryFrom<String> for UserName {
    type Error = UserNameError;

    fn try_from(name: String) -> Result<Self, UserNameError> {
        let name = name.trim().to_lowercase();
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-@+".contains(c);
        let is_right =
            (1..=NAME_CHARS_MAX).contains(&name.chars().count()) && name.chars().all(is_plain);
        if is_right { Ok(Self(name)) } else { Err(UserNameError) }
    }
}

impl UserName {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Number.
    pub id: UserId,
    /// Name.
    pub name: UserName,
    /// What the person may do.
    pub role: Role,
    /// A second factor is set up.
    pub has_totp: bool,
    /// The person may not log in any more.
    pub is_closed: bool,
    /// Since when.
    pub created_at: Timestamp,
    /// When the person last logged in.
    pub logged_in_at: Option<Timestamp>,
}

words! {
    /// What a link is good for, once.
    LinkFor {
        /// The first person of the house, or one more of a role.
        Join = "join": "a new person chooses a name and a password",
        /// A person who cannot log in.
        Reset = "reset": "a person chooses a new password, and the second factor is set up anew",
    }
}

/// A link that lets somebody in once.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// Of the secret in it.
    pub hash: SecretHash,
    /// What for.
    pub purpose: LinkFor,
    /// Who joins by it.
    pub role: Role,
    /// Whose password it resets.
    pub user: Option<UserId>,
    /// Who made it; it goes with that person's right to make it.
    pub created_by: String,
    /// It is worth nothing from then on.
    pub expires_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_of_one_spelling() {
        let name = |text: &str| UserName::try_from(text.to_owned()).map(|name| name.to_string());
        assert_eq!(name(" Eve@Host.example "), Ok("eve@host.example".to_owned()));
        for wrong in ["", " ", "eve smith", "evé", "<b>", &"a".repeat(65)] {
            assert_eq!(name(wrong), Err(UserNameError), "{wrong:?}");
        }
    }
}
