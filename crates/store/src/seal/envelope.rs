//! A sealed value as it stands in a column: `sealed:1:KEY:BASE64`. It opens only there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use domain::model::Secret;
use zeroize::Zeroizing;

use super::key::{KeyId, SealKey};
use super::random;
use super::ring::Keyring;

const MARK: &str = "sealed:1:";
const NONCE_BYTES: usize = 24;

/// Where a value stands: it is bound to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The row's key.
    pub row: &'a str,
    /// The column.
    pub column: &'static str,
}

/// Why a value was not sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Nobody gave a key.
    #[error("there is no master key to seal it with")]
    NoKey,
    /// It was sealed under a key that is not here.
    #[error("it is sealed under key {0}, which this node does not have")]
    Unknown(KeyId),
    /// Not what was sealed, or not where.
    #[error("its seal is broken: it was changed, or moved from another place")]
    Broken,
    /// The system gives no randomness.
    #[error("this system gives no random numbers now")]
    NoRandomness,
}

/// The key under which a column's text is sealed; `None` where the text lies in clear.
pub fn key_of(text: &str) -> Option<KeyId> {
    KeyId::parse(text.strip_prefix(MARK)?.split_once(':')?.0)
}

impl Place<'_> {
    /// What is authenticated beside the value: no two places say the same, since neither names of ours
    /// nor those of bots hold a zero byte.
    fn bound(&self, key: &KeyId) -> Vec<u8> {
        [MARK, key.as_str(), self.table, self.row, self.column].join("\0").into_bytes()
    }
}

impl Keyring {
    /// The value as its column holds it.
    pub fn seal(&self, value: &Secret, place: Place<'_>) -> Result<String, SealError> {
        let key = self.first().ok_or(SealError::NoKey)?;
        let mut nonce = [0; NONCE_BYTES];
        if !random::fill(&mut nonce) {
            return Err(SealError::NoRandomness);
        }
        let bound = place.bound(key.id());
        let payload = Payload { msg: value.open().as_bytes(), aad: &bound };
        let closed = cipher(key).encrypt(&XNonce::from(nonce), payload);
        // Only a value longer than 256 GiB is refused.
        let closed = closed.map_err(|_| SealError::Broken)?;
        let sealed = [&nonce[..], &closed].concat();
        Ok(format!("{MARK}{}:{}", key.id(), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// The value that is sealed in a column's text.
    pub fn open(&self, text: &str, place: Place<'_>) -> Result<Secret, SealError> {
        let id = key_of(text).ok_or(SealError::Broken)?;
        let key = self.find(&id).ok_or_else(|| SealError::Unknown(id.clone()))?;
        let (_, sealed) = text[MARK.len()..].split_once(':').ok_or(SealError::Broken)?;
        let sealed = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| SealError::Broken)?;
        let (nonce, closed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Broken)?;
        let bound = place.bound(&id);
        let payload = Payload { msg: closed, aad: &bound };
        let opened = cipher(key).decrypt(&XNonce::from(*nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| SealError::Broken)?);
        let value = std::str::from_utf8(&opened).map_err(|_| SealError::Broken)?;
        Ok(Secret::new(value))
    }
}

fn cipher(key: &SealKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place<'static> = Place { table: "users", row: "7", column: "totp" };

    fn ring() -> Keyring {
        Keyring::of(SealKey::make().unwrap())
    }

    fn refused(ring: &Keyring, text: &str, place: Place<'_>) -> SealError {
        ring.open(text, place).err().expect("it is refused")
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let (ring, value) = (ring(), Secret::new("canary-é"));
        let sealed = ring.seal(&value, HERE).unwrap();
        assert!(!sealed.contains("canary"));
        assert_eq!(ring.open(&sealed, HERE).ok().unwrap().open(), "canary-é");
        assert_eq!(key_of(&sealed).as_ref(), ring.ids().next());
        assert_ne!(sealed, ring.seal(&value, HERE).unwrap(), "each nonce is new");
        for place in [
            Place { table: "credentials", ..HERE },
            Place { row: "8", ..HERE },
            Place { column: "name", ..HERE },
        ] {
            assert_eq!(refused(&ring, &sealed, place), SealError::Broken);
        }
    }

    #[test]
    fn a_value_that_was_changed_by_one_character_does_not_open() {
        let ring = ring();
        let sealed = ring.seal(&Secret::new("canary"), HERE).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone().into_bytes();
            changed[place] = if changed[place] == b'a' { b'b' } else { b'a' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(ring.open(&changed, HERE).is_err(), "character {place}");
            assert!(ring.open(&sealed[..place], HERE).is_err(), "cut at {place}");
        }
    }

    #[test]
    fn without_its_key_a_value_says_which_one_it_wants() {
        let (ring, other) = (ring(), ring());
        let sealed = ring.seal(&Secret::new("canary"), HERE).unwrap();
        let id = ring.ids().next().unwrap().clone();
        assert_eq!(refused(&other, &sealed, HERE), SealError::Unknown(id.clone()));
        assert_eq!(refused(&Keyring::default(), &sealed, HERE), SealError::Unknown(id));
        let kept = Keyring::default().seal(&Secret::new("canary"), HERE);
        assert_eq!(kept.unwrap_err(), SealError::NoKey);
        assert_eq!(key_of("GEZDGNBVGY3TQOJQ"), None, "in clear");
    }
}
