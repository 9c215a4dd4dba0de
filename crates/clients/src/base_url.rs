//! Where a server lives: checked once, so that no later step can build a broken address.

use url::{Host, Url};

/// `http(s)://host[:port][/prefix]`, without query, fragment or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Not the address of a server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Not a URL at all.
    #[error("it is not a URL ({0}); an address such as `https://api.x.com` is needed")]
    NotAUrl(String),
    /// Neither `http` nor `https`, or no host.
    #[error("it must begin with `http://` or `https://` and name a host")]
    NotHttp,
    /// A query, a fragment, or a user name and password.
    #[error("it must not hold a user name, a password, a `?` or a `#`")]
    Surplus,
}

impl BaseUrl {
    /// Reads the address.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        let url =
            Url::parse(text.trim()).map_err(|error| BaseUrlError::NotAUrl(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(BaseUrlError::NotHttp);
        }
        let has_surplus = url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some();
        if has_surplus { Err(BaseUrlError::Surplus) } else { Ok(Self(url)) }
    }

    /// Whether it stands on this machine or on a private network: a name without a dot, a loopback or a
    /// private address.
    pub fn is_near(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => !name.contains('.'),
            Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private(),
            Some(Host::Ipv6(ip)) => ip.is_loopback() || ip.is_unique_local(),
            None => false,
        }
    }

    /// The address of `path`, which begins with `/`, below this one.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        url.set_path(&format!("{}{path}", self.0.path().trim_end_matches('/')));
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_below_the_prefix() {
        for (base, whole) in [
            ("https://api.x.com", "https://api.x.com/2/tweets"),
            ("https://API.x.com:443/", "https://api.x.com/2/tweets"),
            ("http://127.0.0.1:8080/x/", "http://127.0.0.1:8080/x/2/tweets"),
        ] {
            let base = BaseUrl::parse(base).expect("an address");
            assert_eq!(base.join("/2/tweets").as_str(), whole);
        }
    }

    #[test]
    fn near_is_this_machine_and_a_private_network() {
        for (text, is_near) in [
            ("http://127.0.0.1:8080/v1", true),
            ("http://localhost:11434", true),
            ("http://ollama:11434/v1", true),
            ("http://10.1.2.3", true),
            ("http://[::1]:80", true),
            ("http://[fd00::1]", true),
            ("https://api.openai.com/v1", false),
            ("https://8.8.8.8", false),
            ("http://[2001:db8::1]", false),
        ] {
            assert_eq!(BaseUrl::parse(text).expect("an address").is_near(), is_near, "{text}");
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused_with_the_reason() {
        for (text, is_refused) in [
            ("", true),
            ("api.x.com", true),
            ("ftp://api.x.com", true),
            ("https://user:pass@api.x.com", true),
            ("https://api.x.com/?key=1", true),
            ("https://api.x.com/#a", true),
            (" https://api.x.com ", false),
        ] {
            assert_eq!(BaseUrl::parse(text).is_err(), is_refused, "{text}");
        }
    }
}
