//! X's address.

use super::mode::Mode;
use super::parse;
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// X.
#[derive(Clone, Debug)]
pub struct X {
    /// Where it is, without a trailing slash.
    pub base_url: String,
}

const BASE_URL: Setting = Setting {
    variable: "TWITTER_API_BASE_URL",
    file: Some(("x", "base_url")),
    kind: Kind::Text,
    default: Some("https://api.x.com"),
    meaning: "X's API. Point it at `flockwork sandbox` to try things out.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] = &[&BASE_URL];

impl X {
    pub(super) fn read(sources: &mut Sources<'_>, mode: Mode) -> Self {
        let (base_url, place) = sources.read(&BASE_URL, parse::base_url);
        if mode.is_production() && !is_private_enough(&base_url) {
            sources.problems.add(
                place,
                format!("`{base_url}`, which is not encrypted"),
                "in production: https://, or a server on a private network",
                "write https:// in front",
            );
        }
        Self { base_url }
    }

    /// Whether it is the real one, where what goes out is public.
    pub fn is_real(&self) -> bool {
        let is_own = |host: &str| {
            ["x.com", "twitter.com"].iter().any(|own| {
                host.strip_suffix(own).is_some_and(|sub| sub.is_empty() || sub.ends_with('.'))
            })
        };
        url::Url::parse(&self.base_url).is_ok_and(|url| url.host_str().is_some_and(is_own))
    }

    /// Whether it is a sandbox beside this process.
    pub(super) fn is_on_this_machine(&self) -> bool {
        url::Url::parse(&self.base_url).is_ok_and(|url| match url.host() {
            Some(url::Host::Domain(name)) => name == "localhost",
            Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
            Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        })
    }
}

/// Nobody on the public internet can read what goes there: it is encrypted, or stays on this machine
/// or its private network (`http://ollama:11434` between containers).
pub(super) fn is_private_enough(base_url: &str) -> bool {
    let Ok(url) = url::Url::parse(base_url) else { return false };
    let is_near = match url.host() {
        Some(url::Host::Domain(name)) => !name.contains('.'),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        None => false,
    };
    url.scheme() == "https" || is_near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_x_itself_is_the_real_one() {
        let is_real = |base_url: &str| X { base_url: base_url.to_owned() }.is_real();
        for real in ["https://api.x.com", "https://api.twitter.com/", "https://x.com:443"] {
            assert!(is_real(real), "{real}");
        }
        for other in ["http://127.0.0.1:4010", "https://notx.com", "https://x.com.example.org"] {
            assert!(!is_real(other), "{other}");
        }
    }

    #[test]
    fn http_is_for_this_machine_and_its_private_network() {
        for near in
            ["https://api.x.com", "http://localhost:1", "http://ollama:1", "http://10.0.0.2"]
        {
            assert!(is_private_enough(near), "{near}");
        }
        for far in ["http://api.x.com", "http://8.8.8.8", "http://[2001:db8::1]"] {
            assert!(!is_private_enough(far), "{far}");
        }
    }
}
