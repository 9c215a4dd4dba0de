//! Secrets that nobody guesses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// 256 random bits, as 43 letters, digits, `-` and `_`.
pub(crate) fn secret() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<32>())
}

/// Random bytes.
#[expect(
    clippy::disallowed_methods,
    reason = "secrets, which nothing may be derived from, and names that no other may have"
)]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("the system's random source, which start-up has used");
    bytes
}
