//! Nonces and keys: the only chance in the store that is not derived from ids.

/// Fills `bytes` with what nobody can guess; `false` where the system has nothing to give.
#[expect(clippy::disallowed_methods, reason = "nonces and keys come from the system")]
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    getrandom::fill(bytes).is_ok()
}
