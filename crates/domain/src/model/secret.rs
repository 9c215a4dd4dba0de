//! A value that must never be printed.

use zeroize::Zeroizing;

/// A key, token or password. It has no `Debug`, `Display` or `Serialize`, so neither a log line nor
/// an error can hold it; [`Secret::open`] is called only where a request is signed or sent.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `value`; the memory is overwritten when the last clone is dropped.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The value itself, for the line that signs or sends it.
    pub fn open(&self) -> &str {
        &self.0
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
