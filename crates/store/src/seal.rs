//! Values that only who holds a key can read: XChaCha20-Poly1305 with a random nonce, bound to the place
//! where they stand, so that a value that was moved to another row or column does not open.
//!
//! The key never stands in the database. A ring holds several: the first seals, all open, so that a new
//! key can come before the old one goes.

mod envelope;
mod key;
pub(crate) mod random;
mod ring;

pub use envelope::{Place, SealError, key_of};
pub use key::{KeyError, KeyId, SealKey};
pub use ring::{KEYS_MAX, Keyring, RingError};
