//! X's proof that a post is out.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// X's id of a post: 1 to 19 decimal digits. Kept as text, because it exceeds what JSON numbers
/// carry; compared as a number, because X's ids grow with time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct XPostId(String);

/// X's id of an account, same form.
pub type XUserId = XPostId;

/// Not an id of X.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id of X: 1 to 19 digits are")]
pub struct XPostIdError(String);

impl XPostId {
    /// The id as X writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment in the id: X's ids hold milliseconds since 2010-11-04 (`(id >> 22) + 1288834974657`).
    /// `None` for the short ids from before.
    pub fn created_at(&self) -> Option<Timestamp> {
        const EPOCH_MS: i64 = 1_288_834_974_657;
        let id = i64::try_from(self.number()).ok()?;
        (id > 1 << 36).then(|| Timestamp::from_millisecond((id >> 22) + EPOCH_MS).ok()).flatten()
    }

    fn number(&self) -> u64 {
        self.0.parse().unwrap_or(u64::MAX)
    }
}

impl TryFrom<String> for XPostId {
    type Error = XPostIdError;
    fn try_from(text: String) -> Result<Self, XPostIdError> {
        let is_id = (1..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if is_id { Ok(Self(text)) } else { Err(XPostIdError(text.chars().take(40).collect())) }
    }
}

impl TryFrom<&str> for XPostId {
    type Error = XPostIdError;
    fn try_from(text: &str) -> Result<Self, XPostIdError> {
        Self::try_from(text.to_owned())
    }
}

impl XPostId {
    /// X's id of a post: itself, or in the post's address (`https://x.com/NAME/status/ID`).
    pub fn from_address(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Ok(id) = Self::try_from(text) {
            return Some(id);
        }
        let address = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let (host, path) = address.unwrap_or(text).split_once('/')?;
        let is_x = ["x.com", "twitter.com"].iter().any(|own| {
            host.strip_suffix(own).is_some_and(|sub| ["", "www.", "mobile."].contains(&sub))
        });
        let (_, rest) = path.split_once("status/").filter(|_| is_x)?;
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        Self::try_from(digits).ok()
    }
}

impl From<XPostId> for String {
    fn from(id: XPostId) -> Self {
        id.0
    }
}

impl PartialOrd for XPostId {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for XPostId {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number().cmp(&other.number()).then_with(|| self.0.cmp(&other.0))
    }
}

impl fmt::Display for XPostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// X has the post: its id and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// X's id of the post.
    pub x_post_id: XPostId,
    /// When X made it, or when its answer came.
    pub posted_at: Timestamp,
    /// Found on the timeline instead of in an answer.
    pub is_adopted: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_compare_as_numbers_and_tell_their_time() {
        let older = XPostId::try_from("999").expect("digits");
        let newer = XPostId::try_from("1445880548472328192").expect("digits");
        assert!(older < newer);
        assert_eq!(older.created_at(), None);
        assert_eq!(newer.created_at().expect("a snowflake").as_millisecond(), 1_633_559_760_574);
        for bad in ["", "12a", "12345678901234567890", "-1"] {
            assert!(XPostId::try_from(bad).is_err(), "{bad}");
        }
    }
}
