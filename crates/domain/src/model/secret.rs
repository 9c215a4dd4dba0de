//! A value that must never be printed.

use zeroize::Zeroizing;

/// A key, token or password. It has no `Debug`, `Display` or `Serialize`, so neither a log line nor
/// an error can hold it; [`Secret::open`] is called only where a request is signed or sent.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

/// Compiles only while [`Secret`] has no `Debug`, `Display` or `Serialize`: with one of them two of the
/// traits below would hold for it, and nobody could say which is meant.
const _: fn() = || {
    trait Shows<Way> {
        fn way() {}
    }
    impl<T> Shows<()> for T {}
    impl<T: std::fmt::Debug> Shows<[(); 1]> for T {}
    impl<T: std::fmt::Display> Shows<[(); 2]> for T {}
    impl<T: serde::Serialize> Shows<[(); 3]> for T {}
    <Secret as Shows<_>>::way();
};

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
