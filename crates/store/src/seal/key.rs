//! A key: 32 random bytes, written as one word that says what it is and notices a slip of the pen.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::model::Secret;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::random;
use crate::text::hex;

/// What each key begins with: leaked ones can be searched for.
const PREFIX: &str = "fwk1_";
pub(super) const KEY_BYTES: usize = 32;
/// Digits at the end by which a slip of the pen is told from another key.
const CHECK_BYTES: usize = 4;
const ID_BYTES: usize = 8;

/// A name of a key that tells nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, where it is one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_name = text.len() == ID_BYTES * 2
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        is_name.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key. It has no `Debug`: what holds it cannot be printed.
#[derive(Clone)]
pub struct SealKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    id: KeyId,
}

/// Why a text is no key. The text itself is never told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It does not begin as one.
    #[error("it does not begin with `fwk1_`, so it is no key of Flockwork")]
    NotAKey,
    /// It was cut or mistyped.
    #[error("it begins like a key, but is cut off or mistyped: its check digits do not fit")]
    Mistyped,
    /// The system gives no randomness.
    #[error("this system gives no random numbers now, so no key can be made")]
    NoRandomness,
}

impl SealKey {
    /// A new one.
    pub fn make() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        if random::fill(bytes.as_mut()) { Ok(Self::of(bytes)) } else { Err(KeyError::NoRandomness) }
    }

    /// The one that is written so.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let digits = text.trim().strip_prefix(PREFIX).ok_or(KeyError::NotAKey)?;
        let written = URL_SAFE_NO_PAD.decode(digits).map_err(|_| KeyError::Mistyped)?;
        let written = Zeroizing::new(written);
        let (key, check) = written.split_at_checked(KEY_BYTES).ok_or(KeyError::Mistyped)?;
        if check != check_of(key) {
            return Err(KeyError::Mistyped);
        }
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        bytes.copy_from_slice(key);
        Ok(Self::of(bytes))
    }

    /// As it is written: whoever reads it has it.
    pub fn text(&self) -> Secret {
        let mut written = Zeroizing::new(self.bytes.to_vec());
        written.extend(check_of(self.bytes.as_ref()));
        Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(written.as_slice())))
    }

    /// Its name.
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    pub(crate) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.bytes
    }

    fn of(bytes: Zeroizing<[u8; KEY_BYTES]>) -> Self {
        let id = digest("flockwork key id", bytes.as_ref());
        Self { id: KeyId(hex(&id[..ID_BYTES])), bytes }
    }
}

fn check_of(key: &[u8]) -> [u8; CHECK_BYTES] {
    let digest = digest("flockwork key check", key);
    [digest[0], digest[1], digest[2], digest[3]]
}

fn digest(what: &str, key: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(what).chain_update([0]).chain_update(key).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_written_and_read_and_every_slip_is_noticed() {
        let key = SealKey::make().unwrap();
        let text = key.text();
        let read = SealKey::parse(text.open()).ok().unwrap();
        assert_eq!((read.id(), read.bytes()), (key.id(), key.bytes()));
        assert_eq!(KeyId::parse(key.id().as_str()).as_ref(), Some(key.id()));
        assert!(SealKey::make().unwrap().id() != key.id());
        for place in 0..text.open().len() {
            let mut slip = text.open().as_bytes().to_vec();
            slip[place] = if slip[place] == b'A' { b'B' } else { b'A' };
            let slip = String::from_utf8(slip).unwrap();
            assert!(SealKey::parse(&slip).is_err(), "character {place}");
        }
        for wrong in ["", "hunter2", &text.open()[..40], &format!("{}AAAA", text.open())] {
            assert!(SealKey::parse(wrong).is_err());
        }
    }
}
