//! The signature of a webhook, as [Standard Webhooks](https://www.standardwebhooks.com) has it, so that
//! receivers need no code of ours: HMAC-SHA256 over `id.timestamp.body`, in base64, behind `v1,`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::model::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use sha2::Sha256;

/// What stands before a secret whose rest is base64.
const PREFIX: &str = "whsec_";

/// The three headers; without a secret there is no signature.
pub(super) fn headers(id: &str, body: &[u8], secrets: &[Secret], now: Timestamp) -> HeaderMap {
    let timestamp = now.as_second().to_string();
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| {
        // All three are made of letters, digits and signs.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    put("webhook-id", id);
    put("webhook-timestamp", &timestamp);
    let signatures: Vec<String> =
        secrets.iter().map(|secret| signature(secret, &[id, &timestamp], body)).collect();
    if !signatures.is_empty() {
        put("webhook-signature", &signatures.join(" "));
    }
    headers
}

fn signature(secret: &Secret, [id, timestamp]: &[&str; 2], body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(&key(secret)).expect("HMAC takes keys of any length");
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        mac.update(part);
    }
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A secret without the prefix is meant as it stands.
fn key(secret: &Secret) -> Vec<u8> {
    let decoded = secret.open().strip_prefix(PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    decoded.unwrap_or_else(|| secret.open().as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification's own libraries.
    #[test]
    fn the_signature_is_the_standard_one() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        let body = b"{\"test\": 2432232314}";
        let headers = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", body, &[secret], now);
        assert_eq!(headers["webhook-signature"], "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
    }

    #[test]
    fn two_secrets_make_two_signatures_and_none_makes_none() {
        let now = Timestamp::from_second(1).unwrap();
        let secrets = ["one-secret", "another-secret"].map(Secret::new);
        let both = headers("a", b"b", &secrets, now);
        let both = both["webhook-signature"].to_str().unwrap();
        assert_eq!(both.split(' ').count(), 2);
        let second = headers("a", b"b", &secrets[1..], now);
        assert!(both.ends_with(second["webhook-signature"].to_str().unwrap()));
        assert!(!headers("a", b"b", &[], now).contains_key("webhook-signature"));
    }
}
