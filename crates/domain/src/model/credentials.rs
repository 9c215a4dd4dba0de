//! What a bot signs with, and what may be said of it.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{BotId, Secret, XUserId};

/// A value shorter than this shows nothing of itself: four characters of it would be too much.
const SHOWN_CHARS_MIN: usize = 16;
/// So many characters at its end tell which one of several a value is.
const SHOWN_CHARS: usize = 4;

/// The four values of OAuth 1.0a, user context.
#[derive(Clone)]
pub struct Credentials {
    /// The app's key (consumer key).
    pub api_key: Secret,
    /// The app's secret.
    pub api_secret: Secret,
    /// The account's token.
    pub access_token: Secret,
    /// The account's token secret.
    pub access_secret: Secret,
}

impl Credentials {
    /// What the four are, in their order.
    pub const WHAT: [&str; 4] =
        ["The app's key", "The app's secret", "The account's token", "The account's secret"];
    /// Their names in files and forms, in the same order.
    pub const NAMES: [&str; 4] = ["api_key", "api_secret", "access_token", "access_secret"];

    /// The values in that order.
    pub fn values(&self) -> [&Secret; 4] {
        [&self.api_key, &self.api_secret, &self.access_token, &self.access_secret]
    }

    /// From values in that order.
    pub fn of([api_key, api_secret, access_token, access_secret]: [Secret; 4]) -> Self {
        Self { api_key, api_secret, access_token, access_secret }
    }

    /// The account that the access token names: X begins it with the account's id and a dash, and
    /// that much of it is no secret. `None` for a token of another make.
    pub fn account(&self) -> Option<XUserId> {
        let (account, _) = self.access_token.open().split_once('-')?;
        XUserId::try_from(account).ok()
    }

    /// A short name for the app of the key, which is safe to store and to show.
    pub fn app(&self) -> String {
        let hash = Sha256::digest(self.api_key.open().as_bytes());
        hash.iter().take(6).fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
    }

    /// The last characters of each value, where it is long enough to show them.
    pub fn ends(&self) -> [Option<String>; 4] {
        self.values().map(|value| {
            let chars: Vec<char> = value.open().chars().collect();
            let is_long = chars.len() >= SHOWN_CHARS_MIN;
            is_long.then(|| chars[chars.len() - SHOWN_CHARS..].iter().collect())
        })
    }
}

/// What may be said of credentials that are kept: never a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptCredentials {
    /// Whose.
    pub bot: BotId,
    /// Who set them.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
    /// The name of the key under which they are sealed.
    pub key: String,
    /// The last characters of each, or why they cannot be opened here.
    pub ends: Result<[Option<String>; 4], String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(token: &str) -> Credentials {
        let secret = |text: &str| Secret::new(text.to_owned());
        Credentials {
            api_key: secret("kkkkkkkkkkkk-key"),
            api_secret: secret("short"),
            access_token: secret(token),
            access_secret: secret("tttttttttttttttttttt-end"),
        }
    }

    #[test]
    fn an_access_token_names_its_account() {
        for (token, account) in [
            ("370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb", Some("370773112")),
            ("token-canary-3", None),
            ("-370773112", None),
            ("370773112", None),
        ] {
            let named = credentials(token).account();
            assert_eq!(named.as_ref().map(XUserId::as_str), account, "{token}");
        }
    }

    #[test]
    fn of_each_value_at_most_its_last_four_characters_are_shown() {
        let [key, secret, token, token_secret] = credentials("1-token").ends();
        assert_eq!(key.as_deref(), Some("-key"));
        assert_eq!((secret, token), (None, None), "too short to show any of it");
        assert_eq!(token_secret.as_deref(), Some("-end"));
    }
}
