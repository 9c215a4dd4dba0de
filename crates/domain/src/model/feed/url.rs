//! Where a feed is: an address that is spelled as it is meant, so that no later step reads another
//! host out of it than a person does.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::{is_public, is_within_reach};

/// The longest address.
const URL_BYTES_MAX: usize = 2_000;
/// Endings of names that live inside networks only.
const INSIDE: [&str; 14] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "corp",
    "home",
    "lan",
    "private",
    "test",
    "invalid",
    "onion",
    "alt",
    "arpa",
];

/// How far a feed may be fetched from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FeedReach {
    /// The public internet, `https` at port 443.
    #[default]
    Https,
    /// And `http` at port 80, because the operator said so.
    Http,
    /// And this machine, at any port: for tests and the sandbox only.
    Loopback,
    /// And private networks and this machine, at any port and without TLS: for addresses that an operator
    /// names and nobody else has a say in, such as those of a home server's alerts. Never the servers that
    /// clouds keep for their machines.
    Private,
}

/// The address of a feed.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FeedUrl(Url);

/// Why an address is none of a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedUrlError {
    /// Not a URL.
    #[error("it is not a URL ({0}); an address such as `https://example.org/feed.xml` is needed")]
    NotAUrl(String),
    /// A backslash, a space or a control character, which programs read in different ways.
    #[error("it holds a backslash, a space or a control character; write it without")]
    Stray,
    /// Too long.
    #[error("it is over {URL_BYTES_MAX} bytes")]
    TooLong,
    /// Another scheme.
    #[error(
        "it begins with `{0}:`; only `https:` is allowed, and `http:` where the configuration allows it"
    )]
    Scheme(String),
    /// A user name or a password.
    #[error("it holds a user name or a password; feeds are fetched without any")]
    Credentials,
    /// A port that is not the scheme's own.
    #[error("it names port {0}; only the scheme's own port is allowed")]
    Port(u16),
    /// A host that is read as another one.
    #[error("its host is read as `{0}`; write it so, without other spellings of numbers and dots")]
    Spelling(String),
    /// A host inside a network.
    #[error("its host `{0}` is not on the public internet")]
    Inside(String),
}

impl FeedUrl {
    /// Reads an address that `reach` allows.
    pub fn parse(text: &str, reach: FeedReach) -> Result<Self, FeedUrlError> {
        let text = text.trim();
        if text.len() > URL_BYTES_MAX {
            return Err(FeedUrlError::TooLong);
        }
        if text.contains(is_stray) {
            return Err(FeedUrlError::Stray);
        }
        let mut url = Url::parse(text).map_err(|error| FeedUrlError::NotAUrl(error.to_string()))?;
        url.set_fragment(None);
        if !matches!(url.scheme(), "http" | "https") {
            return Err(FeedUrlError::Scheme(url.scheme().to_owned()));
        }
        let authority = authority(text);
        if !url.username().is_empty() || url.password().is_some() || authority.contains('@') {
            return Err(FeedUrlError::Credentials);
        }
        is_spelled_plainly(authority, &url)?;
        let is_loopback = is_loopback(&url);
        if reach == FeedReach::Loopback && is_loopback {
            return Ok(Self(url));
        }
        if reach == FeedReach::Private {
            return is_reachable(&url).map(|()| Self(url));
        }
        if url.scheme() == "http" && reach != FeedReach::Http {
            return Err(FeedUrlError::Scheme("http".to_owned()));
        }
        if let Some(port) = url.port() {
            return Err(FeedUrlError::Port(port));
        }
        is_outside(&url)?;
        Ok(Self(url))
    }

    /// The address that a server names from here: a relative one is completed.
    pub fn join(&self, location: &str, reach: FeedReach) -> Result<Self, FeedUrlError> {
        let location = location.trim();
        if location.contains(is_stray) {
            return Err(FeedUrlError::Stray);
        }
        // What stands there is checked as it stands there: a spelling must not vanish by joining.
        if location.starts_with("//") {
            return Self::parse(&format!("{}:{location}", self.0.scheme()), reach);
        }
        match Url::parse(location) {
            Ok(_) => Self::parse(location, reach),
            Err(_) => match self.0.join(location) {
                Ok(whole) => Self::parse(whole.as_str(), reach),
                Err(error) => Err(FeedUrlError::NotAUrl(error.to_string())),
            },
        }
    }

    /// One that was stored: how far it may reach was asked when it came, and is asked again by
    /// whoever fetches.
    pub fn stored(text: &str) -> Result<Self, FeedUrlError> {
        Self::parse(text, FeedReach::Loopback).or_else(|_| Self::parse(text, FeedReach::Http))
    }

    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, for messages.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl TryFrom<String> for FeedUrl {
    type Error = FeedUrlError;
    fn try_from(text: String) -> Result<Self, FeedUrlError> {
        Self::stored(&text)
    }
}

impl From<FeedUrl> for String {
    fn from(url: FeedUrl) -> Self {
        url.0.into()
    }
}

/// Without what stands behind the question mark: it may be a key to a private feed.
impl fmt::Display for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str().split_once('?') {
            Some((before, _)) => write!(f, "{before}?…"),
            None => f.write_str(self.as_str()),
        }
    }
}

impl fmt::Debug for FeedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FeedUrl({self})")
    }
}

fn is_stray(character: char) -> bool {
    character == '\\' || character.is_control() || character.is_whitespace()
}

/// What stands between the scheme and the path, as it was written.
fn authority(text: &str) -> &str {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest).trim_start_matches('/');
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    &rest[..end]
}

/// Whether the host was written as it is read. Capitals may differ, and letters of other alphabets
/// are written in ASCII; everything else (`0x7f.1`, `127。0。0。1`, `①.org`) hides what is meant.
fn is_spelled_plainly(authority: &str, url: &Url) -> Result<(), FeedUrlError> {
    let host = url.host_str().unwrap_or_default();
    let without_port = match authority.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|b| b.is_ascii_digit()) => before,
        _ => authority,
    };
    let written = without_port.to_lowercase();
    let is_plain = if written.is_ascii() {
        written == host
    } else {
        // Letters of other alphabets only: no sign that becomes a digit, a dot or a plain letter.
        let is_other = |c: char| !c.is_ascii() && c.is_alphabetic() && !is_disguised(c);
        written.chars().all(|c| {
            is_other(c) || is_mark(c) || c.is_ascii_alphanumeric() || matches!(c, '-' | '.')
        }) && host.contains("xn--")
    };
    if is_plain && !host.ends_with('.') {
        return Ok(());
    }
    Err(FeedUrlError::Spelling(host.trim_end_matches('.').to_owned()))
}

/// A sign that compatibility turns into others, such as a full-width or a circled letter.
fn is_disguised(character: char) -> bool {
    use unicode_normalization::UnicodeNormalization;
    std::iter::once(character).nfkc().any(|c| c.is_ascii())
}

fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether the host may be on the public internet; what its name resolves to is checked again when
/// it is fetched.
fn is_outside(url: &Url) -> Result<(), FeedUrlError> {
    let is_outside = match url.host() {
        Some(Host::Ipv4(address)) => is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_public(IpAddr::V6(address)),
        Some(Host::Domain(name)) => name
            .rsplit_once('.')
            .is_some_and(|(below, last)| !below.is_empty() && !INSIDE.contains(&last)),
        None => false,
    };
    if is_outside {
        Ok(())
    } else {
        Err(FeedUrlError::Inside(url.host_str().unwrap_or_default().to_owned()))
    }
}

/// Whether an operator may mean it, inside a network or outside.
fn is_reachable(url: &Url) -> Result<(), FeedUrlError> {
    let is_allowed = match url.host() {
        Some(Host::Ipv4(address)) => is_within_reach(IpAddr::V4(address), FeedReach::Private),
        Some(Host::Ipv6(address)) => is_within_reach(IpAddr::V6(address), FeedReach::Private),
        Some(Host::Domain(_)) => true,
        None => false,
    };
    if is_allowed {
        Ok(())
    } else {
        Err(FeedUrlError::Inside(url.host_str().unwrap_or_default().to_owned()))
    }
}

#[cfg(test)]
mod tests;
