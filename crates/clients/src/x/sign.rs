//! OAuth 1.0a with HMAC-SHA1 (RFC 5849), as X wants it.
//!
//! Only the query and the `oauth_*` values are signed: a JSON body contributes nothing. The query is
//! encoded here once and written as it was signed, so the two cannot differ.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use sha1::Sha1;
use url::Url;

use super::accounts::Account;
use crate::redact::UNRESERVED_KEPT;

/// What makes two signatures of the same request differ. X refuses a nonce it has seen, so every try
/// needs its own.
pub(super) struct Stamp {
    nonce: String,
    timestamp_secs: i64,
}

impl Stamp {
    /// A new one for a request that is written now.
    pub(super) fn fresh(now: Timestamp) -> Self {
        let mut bytes = [0_u8; 16];
        #[expect(clippy::disallowed_methods, reason = "a nonce must be new, not repeatable")]
        getrandom::fill(&mut bytes).expect("the system's random source, which start-up has used");
        let nonce = format!("{:032x}", u128::from_be_bytes(bytes));
        Self { nonce, timestamp_secs: now.as_second() }
    }
}

/// The value of the `Authorization` header. `params` are the query's; `url` is the address actually
/// called, without them.
pub(super) fn authorization(
    method: &str,
    url: &Url,
    params: &[(&str, String)],
    account: &Account,
    stamp: &Stamp,
) -> String {
    let timestamp = stamp.timestamp_secs.to_string();
    let oauth = [
        ("oauth_consumer_key", account.app.api_key.open()),
        ("oauth_nonce", &stamp.nonce),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", &timestamp),
        ("oauth_token", account.access_token.open()),
        ("oauth_version", "1.0"),
    ];
    let all =
        oauth.iter().copied().chain(params.iter().map(|(name, value)| (*name, value.as_str())));
    let text = base_string(method, url, all);
    let signature = signature(&text, account);
    let fields: Vec<String> = oauth
        .into_iter()
        .chain([("oauth_signature", signature.as_str())])
        .map(|(name, value)| format!("{name}=\"{}\"", encode(value)))
        .collect();
    format!("OAuth {}", fields.join(", "))
}

/// The query as it is written.
pub(super) fn query(params: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        params.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

/// RFC 5849, 3.4.1.
fn base_string<'a>(
    method: &str,
    url: &Url,
    params: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut pairs: Vec<(String, String)> =
        params.map(|(name, value)| (encode(name), encode(value))).collect();
    pairs.sort_unstable();
    let params: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{method}&{}&{}", encode(&address(url)), encode(&params.join("&")))
}

/// Scheme, host, port unless it is the scheme's own, path.
fn address(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}{}", url.scheme(), url.path())
}

fn signature(base_string: &str, account: &Account) -> String {
    let key = format!(
        "{}&{}",
        encode(account.app.api_secret.open()),
        encode(account.access_secret.open())
    );
    let mut mac =
        Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(base_string.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// RFC 3986: everything but letters, digits and `-._~`, as UTF-8 with capital hex digits.
fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED_KEPT).to_string()
}

#[cfg(test)]
mod tests;
