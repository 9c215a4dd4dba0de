//! Which post is meant, and which bytes of it: `12`, or `12@3fa9c1d2`.

use std::str::FromStr;

use domain::model::{PayloadHash, PostId};

use crate::cli::review::explain::{HASH_SHOWN, shown};
use crate::cli::words::count;
use crate::exit::{Exit, Failure};

/// A post on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which one.
    pub id: PostId,
    /// The first digits of the hash of the bytes that the person saw.
    bytes: Option<String>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "write its number, or its number and bytes as in `12@3fa9c1d2`".to_owned();
        let (id, bytes) = match text.split_once('@') {
            Some((id, bytes)) => (id, Some(bytes.to_ascii_lowercase())),
            None => (text, None),
        };
        let fits = |bytes: &String| {
            (HASH_SHOWN..=64).contains(&bytes.len()) && bytes.chars().all(|c| c.is_ascii_hexdigit())
        };
        if !bytes.as_ref().is_none_or(fits) {
            return Err(wrong());
        }
        let id = id.parse().map_err(|_| wrong())?;
        Ok(Self { id: PostId(id), bytes })
    }
}

impl Target {
    /// Whether `text` is what the person saw.
    pub fn is(&self, text: &str) -> bool {
        let hash = PayloadHash::of(text);
        self.bytes.as_ref().is_none_or(|bytes| hash.as_str().starts_with(bytes.as_str()))
    }
}

/// A post as [`Target`] reads it.
pub fn named(id: PostId, text: &str) -> String {
    format!("{}@{}", id.0, shown(PayloadHash::of(text).as_str()))
}

/// Ends a command that was about several posts.
pub fn end(failed: u64) -> Result<Exit, Failure> {
    if failed == 0 {
        return Ok(Exit::Success);
    }
    let message = format!("{} stayed as it was", count(failed, "post"));
    Err(Failure::new(Exit::Failure, message).hint("`flockwork approvals show ID` says why"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_is_named_by_its_number_and_perhaps_its_bytes() {
        let plain: Target = "12".parse().unwrap();
        assert_eq!(plain.id, PostId(12));
        assert!(plain.is("whatever"));
        let bound: Target = named(PostId(12), "hello").parse().unwrap();
        assert!(bound.is("hello") && !bound.is("hellO"));
        let whole: Target = format!("12@{}", PayloadHash::of("hello")).parse().unwrap();
        assert!(whole.is("hello"));
        for text in ["", "twelve", "12@", "12@3fa9", "12@3fa9c1dz", "@3fa9c1d2"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
