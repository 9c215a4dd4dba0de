//! OAuth 1.0a as a server checks it. Written from the rules, apart from the product's own signer,
//! so that a mistake of one does not hide in the other.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;

use crate::account::Keys;

/// RFC 3986: everything is encoded but letters, digits and these four.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Parameters that one header may carry.
const PARAMETERS_MAX: usize = 20;

/// What is signed besides the header itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Scheme, host, port unless it is the scheme's own, and path.
    pub(super) url: &'a str,
    /// The query, decoded.
    pub(super) query: &'a [(String, String)],
}

/// The parameters of an `Authorization: OAuth …` header, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header(BTreeMap<String, String>);

impl Header {
    /// `None` if it is not one, or a parameter comes twice.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let mut parameters = BTreeMap::new();
        for pair in rest.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
            let (name, quoted) = pair.split_once('=')?;
            let value = quoted.strip_prefix('"')?.strip_suffix('"')?;
            let is_new = parameters.insert(decode(name)?, decode(value)?).is_none();
            if !is_new || parameters.len() > PARAMETERS_MAX {
                return None;
            }
        }
        Some(Self(parameters))
    }

    /// A parameter that must not be empty.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether method and version are the ones that X speaks.
    pub(super) fn is_hmac_sha1(&self) -> bool {
        let version = self.0.get("oauth_version").map(String::as_str);
        self.parameter("oauth_signature_method") == Some("HMAC-SHA1")
            && version.is_none_or(|version| version == "1.0")
    }

    /// Whether `keys` signed exactly this request.
    pub(super) fn is_signed_by(&self, keys: &Keys, signed: Signed<'_>) -> bool {
        let Some(signature) = self.parameter("oauth_signature") else { return false };
        let Ok(signature) = STANDARD.decode(signature) else { return false };
        self.parameter("oauth_consumer_key") == Some(keys.consumer_key.as_str())
            && self.mac(keys, signed).verify_slice(&signature).is_ok()
    }

    fn mac(&self, keys: &Keys, signed: Signed<'_>) -> Hmac<Sha1> {
        let key =
            format!("{}&{}", encode(keys.consumer_secret.open()), encode(keys.token_secret.open()));
        let mut mac =
            Hmac::<Sha1>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of any length");
        mac.update(self.base_string(signed).as_bytes());
        mac
    }

    fn base_string(&self, signed: Signed<'_>) -> String {
        let own = self.0.iter().filter(|(name, _)| *name != "oauth_signature" && *name != "realm");
        let mut pairs: Vec<(String, String)> = own
            .map(|(name, value)| (encode(name), encode(value)))
            .chain(signed.query.iter().map(|(name, value)| (encode(name), encode(value))))
            .collect();
        pairs.sort_unstable();
        let pairs: Vec<String> =
            pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}&{}&{}", signed.method, encode(signed.url), encode(&pairs.join("&")))
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

fn decode(text: &str) -> Option<String> {
    percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use domain::model::Secret;

    use super::*;

    fn keys() -> Keys {
        Keys {
            consumer_key: "xvz1evFS4wEEPTGEFPHBog".to_owned(),
            consumer_secret: Secret::new("kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"),
            token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb".to_owned(),
            token_secret: Secret::new("LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"),
        }
    }

    fn header(signature: &str) -> Header {
        let keys = keys();
        Header::parse(&format!(
            "OAuth oauth_consumer_key=\"{}\", oauth_nonce=\"kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg\", \
             oauth_signature=\"{}\", oauth_signature_method=\"HMAC-SHA1\", \
             oauth_timestamp=\"1318622958\", oauth_token=\"{}\", oauth_version=\"1.0\"",
            keys.consumer_key,
            encode(signature),
            keys.token
        ))
        .unwrap()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn the_published_vectors_are_accepted_and_their_neighbours_are_not() {
        let form = [
            pair("include_entities", "true"),
            pair("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
        ];
        let fields = [
            pair("ids", "1261326399320715264,1278347468690915330"),
            pair("tweet.fields", "created_at,public_metrics"),
        ];
        let update = "https://api.x.com/1.1/statuses/update.json";
        let delete = "https://api.x.com/2/tweets/1445880548472328192";
        for (method, url, query, signature) in [
            ("POST", update, &form[..], "Ls93hJiZbQ3akF3HF3x1Bz8/zU4="),
            ("POST", "https://api.x.com/2/tweets", &[], "lr+tV/DKclEvXKVjG6tgaSSLV0k="),
            ("GET", "https://api.x.com/2/tweets", &fields, "MBZMhzwoddLo7UPiY56XjA/K1kA="),
            ("DELETE", delete, &[], "TthENO2qlGBISSakx+HkjNy7NpU="),
            ("GET", "https://api.x.com/2/users/me", &[], "s6npKHEFSxFN4Kn7jGHKfpcDUOI="),
        ] {
            let signed = Signed { method, url, query };
            assert!(header(signature).is_signed_by(&keys(), signed), "{method} {url}");
            let other = Signed { method: "PATCH", ..signed };
            assert!(!header(signature).is_signed_by(&keys(), other), "{method} {url}");
        }
    }

    #[test]
    fn a_header_that_is_not_one_is_refused() {
        for bad in ["Bearer abc", "OAuth", "OAuth a=b", "OAuth a=\"1\", a=\"2\"", "OAuth a=\"%FF\""]
        {
            assert_eq!(Header::parse(bad), None, "{bad}");
        }
    }
}
