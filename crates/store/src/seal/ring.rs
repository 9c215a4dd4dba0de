//! The keys of a node: the first seals, all of them open.

use super::key::{KeyError, KeyId, SealKey};

/// More keys than this are a mistake.
pub const KEYS_MAX: usize = 16;

/// Keys, the newest first; none where none was given.
#[derive(Clone, Default)]
pub struct Keyring(Vec<SealKey>);

/// Why a text holds no keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// Nothing in it.
    #[error("there is no key in it")]
    Empty,
    /// One of them is none.
    #[error("key {number} of it is not right: {error}")]
    Wrong {
        /// Which, from 1.
        number: usize,
        /// Why.
        error: KeyError,
    },
    /// Too many.
    #[error("there are more than {KEYS_MAX} keys in it")]
    TooMany,
}

impl Keyring {
    /// Keys as they stand in a file or a variable: one a line, or separated by commas; what follows a
    /// `#` is a remark.
    pub fn parse(text: &str) -> Result<Self, RingError> {
        let words = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default())
            .flat_map(|line| line.split([',', ' ', '\t']))
            .filter(|word| !word.trim().is_empty());
        let mut keys: Vec<SealKey> = Vec::new();
        for (index, word) in words.enumerate() {
            let wrong = |error| RingError::Wrong { number: index + 1, error };
            let key = SealKey::parse(word).map_err(wrong)?;
            if keys.iter().all(|known| known.id() != key.id()) {
                keys.push(key);
            }
            if keys.len() > KEYS_MAX {
                return Err(RingError::TooMany);
            }
        }
        if keys.is_empty() { Err(RingError::Empty) } else { Ok(Self(keys)) }
    }

    /// A ring of one key.
    pub fn of(key: SealKey) -> Self {
        Self(vec![key])
    }

    /// The key that seals, where there is any.
    pub fn first(&self) -> Option<&SealKey> {
        self.0.first()
    }

    /// The key of that name.
    pub fn find(&self, id: &KeyId) -> Option<&SealKey> {
        self.0.iter().find(|key| key.id() == id)
    }

    /// All names, the one that seals first.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.iter().map(SealKey::id)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_key_of_a_text_seals_and_all_of_them_open() {
        let keys = [SealKey::make().unwrap(), SealKey::make().unwrap()];
        let [new, old] = &keys;
        let [a, b] = [new.text(), old.text()];
        for text in [
            format!("{}\n{}\n", a.open(), b.open()),
            format!("# since May\r\n{} # new\n\n  {}", a.open(), b.open()),
            format!("{},{},{}", a.open(), b.open(), a.open()),
        ] {
            let ring = Keyring::parse(&text).ok().unwrap();
            assert_eq!(ring.ids().collect::<Vec<_>>(), [new.id(), old.id()]);
            assert_eq!(ring.first().map(SealKey::id), Some(new.id()));
            assert!(ring.find(old.id()).is_some());
        }
        let wrong = |text: &str| Keyring::parse(text).err().unwrap();
        assert_eq!(wrong(" \n# nothing\n"), RingError::Empty);
        let told = wrong(&format!("{}\nhunter2", a.open()));
        assert_eq!(told, RingError::Wrong { number: 2, error: KeyError::NotAKey });
        assert!(!told.to_string().contains("hunter2"));
    }
}
