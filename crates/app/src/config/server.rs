//! The HTTP door: health, statistics, the overview.

use std::net::SocketAddr;

use domain::model::Secret;

use super::mode::Mode;
use super::parse::{self, Wrong};
use super::problem::{Place, Problems};
use super::setting::{Kind, Setting};
use super::sources::Sources;

/// A token shorter than this can be guessed.
const TOKEN_CHARS_MIN: usize = 32;

/// The HTTP door.
#[derive(Clone)]
pub struct Server {
    /// Where to listen.
    pub address: SocketAddr,
    /// API requests per client and minute.
    pub requests_per_minute_max: u32,
    /// What `POST /post` asks for; without it nobody may.
    pub api_token: Option<Secret>,
    /// Names under which it may be asked for, besides the loopback ones: a page of another site
    /// cannot then reach it through a name of its own.
    pub allowed_hosts: Vec<String>,
    /// A proxy that ends TLS stands in front.
    pub is_behind_proxy: bool,
}

const PORT: Setting = Setting {
    variable: "HEALTH_CHECK_PORT",
    file: Some(("server", "port")),
    kind: Kind::Number,
    default: Some("3000"),
    meaning: "The TCP port of /health, /stats, /post and the overview page.",
    example: "",
};

const ADDRESS: Setting = Setting {
    variable: "BIND_ADDRESS",
    file: Some(("server", "bind_address")),
    kind: Kind::Text,
    default: Some("127.0.0.1"),
    meaning: "The address to listen on. In production anything but this machine itself needs\n\
              `trusted_proxy` and an API token.",
    example: "",
};

const RATE_LIMIT: Setting = Setting {
    variable: "API_RATE_LIMIT",
    file: Some(("server", "rate_limit")),
    kind: Kind::Number,
    default: Some("100"),
    meaning: "API requests per client and minute; health checks are not counted.",
    example: "",
};

const API_TOKEN: Setting = Setting {
    variable: "FLOCKWORK_API_TOKEN",
    file: Some(("server", "api_token")),
    kind: Kind::Secret,
    default: None,
    meaning: "A file that holds a token without an end for programs: it may what an editor may.\n\
              At least 32 characters in production (`openssl rand -hex 32`).",
    example: "/run/secrets/flockwork_api_token",
};

const ALLOWED_HOSTS: Setting = Setting {
    variable: "FLOCKWORK_ALLOWED_HOSTS",
    file: Some(("server", "allowed_hosts")),
    kind: Kind::List,
    default: Some(""),
    meaning: "Host names under which it may be asked for, besides `localhost` and the bind address.",
    example: "",
};

const TRUSTED_PROXY: Setting = Setting {
    variable: "FLOCKWORK_TRUSTED_PROXY",
    file: Some(("server", "trusted_proxy")),
    kind: Kind::Flag,
    default: Some("false"),
    meaning: "true says that a proxy of yours, which ends TLS, stands in front of it.",
    example: "",
};

pub(super) const SETTINGS: &[&Setting] =
    &[&PORT, &ADDRESS, &RATE_LIMIT, &API_TOKEN, &ALLOWED_HOSTS, &TRUSTED_PROXY];

impl Server {
    pub(super) fn read(sources: &mut Sources<'_>, mode: Mode) -> Self {
        let port = sources.read(&PORT, parse::port).0;
        let (ip, ip_place) = sources.read(&ADDRESS, parse::address);
        let token = sources.secret(&API_TOKEN);
        let server = Self {
            address: SocketAddr::new(ip, port),
            requests_per_minute_max: sources.read(&RATE_LIMIT, parse::number(1, 1_000_000)).0,
            api_token: token.as_ref().map(|(token, _)| token.clone()),
            allowed_hosts: sources.read(&ALLOWED_HOSTS, list(host)).0,
            is_behind_proxy: sources.read(&TRUSTED_PROXY, parse::flag).0,
        };
        if mode.is_production() {
            server.demand_safety(ip_place, token.map(|(_, place)| place), sources);
        }
        server
    }

    /// Only where it listens, without looking at the rest: for a health check, which must be fast.
    /// What is wrong elsewhere is not its business.
    pub(super) fn read_address(mut sources: Sources<'_>) -> (SocketAddr, Problems) {
        let port = sources.read(&PORT, parse::port).0;
        let ip = sources.read(&ADDRESS, parse::address).0;
        (SocketAddr::new(ip, port), sources.problems)
    }

    fn demand_safety(
        &self,
        ip_place: Place,
        token_place: Option<Place>,
        sources: &mut Sources<'_>,
    ) {
        let token_chars = self.api_token.as_ref().map(|token| token.open().chars().count());
        if let (Some(chars), Some(place)) = (token_chars, token_place)
            && chars < TOKEN_CHARS_MIN
        {
            sources.problems.add(
                place,
                format!("a token of {chars} characters"),
                format!("in production: at least {TOKEN_CHARS_MIN} characters"),
                "make one with `openssl rand -hex 32`",
            );
        }
        if self.address.ip().is_loopback() {
            return;
        }
        if !self.is_behind_proxy || self.api_token.is_none() {
            sources.problems.add(
                ip_place,
                format!("`{}`, which others can reach", self.address.ip()),
                "in production: 127.0.0.1, or a proxy with TLS in front and an API token",
                "bind to 127.0.0.1, or set FLOCKWORK_TRUSTED_PROXY=true and FLOCKWORK_API_TOKEN_FILE",
            );
        }
    }
}

/// Several values, separated by commas.
fn list<T>(one: impl Fn(&str) -> Result<T, Wrong>) -> impl Fn(&str) -> Result<Vec<T>, Wrong> {
    move |text| text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(&one).collect()
}

fn host(text: &str) -> Result<String, Wrong> {
    let is_host = text.len() <= 253
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    if is_host {
        return Ok(text.to_ascii_lowercase());
    }
    Err(Wrong::new("names of hosts, such as `flock.example.org`", "leave out https:// and paths"))
}
