//! Whose request it is.

use std::sync::Arc;

use axum::extract::OriginalUri;
use axum::http::{HeaderMap, Method, header};

use super::oauth::{Header, Signed};
use super::query::pairs;
use crate::World;
use crate::account::{Account, Keys, Registration};
use crate::problem;
use crate::reply::WireAnswer;

/// X refuses a timestamp that is further off.
const SKEW_SECS_MAX: i64 = 5 * 60;

/// Bearer tokens that start so stand for a user in an open world: `sandbox-user-ada` is @ada.
const USER_BEARER_PREFIX: &str = "sandbox-user-";

/// Handles made from tokens are cut there.
const USERNAME_CHARS_MAX: usize = 64;

/// The parts of a request that are signed.
pub(super) struct Request<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a OriginalUri,
    pub(super) headers: &'a HeaderMap,
}

/// The account whose user token came with the request, or X's refusal.
pub(super) fn authenticate(
    world: &World,
    request: &Request<'_>,
) -> Result<Arc<Account>, WireAnswer> {
    let value = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let value = value.ok_or_else(problem::unauthorized)?;
    match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => {
            by_bearer(world, token.trim())
        }
        _ => by_signature(world, value, request),
    }
}

fn by_bearer(world: &World, token: &str) -> Result<Arc<Account>, WireAnswer> {
    if let Some(known) = world.accounts().with_bearer(token) {
        return Ok(Arc::clone(known));
    }
    // Anything else can only be an app's own token, which may not act for a user.
    let name = token.strip_prefix(USER_BEARER_PREFIX).ok_or_else(problem::app_only_forbidden)?;
    let account = on_first_sight(world, name)?;
    world.accounts_mut().know_bearer(token, &account);
    Ok(account)
}

fn by_signature(
    world: &World,
    value: &str,
    request: &Request<'_>,
) -> Result<Arc<Account>, WireAnswer> {
    let oauth = Header::parse(value).ok_or_else(problem::unauthorized)?;
    let parameter = |name| oauth.parameter(name).ok_or_else(problem::unauthorized);
    let token = parameter("oauth_token")?;
    let nonce = parameter("oauth_nonce")?;
    parameter("oauth_signature")?;
    parameter("oauth_consumer_key")?;
    let timestamp: i64 =
        parameter("oauth_timestamp")?.parse().map_err(|_| problem::unauthorized())?;
    if !oauth.is_hmac_sha1() {
        return Err(problem::unauthorized());
    }
    let skew = world.server_date().as_second().saturating_sub(timestamp);
    if skew.saturating_abs() > SKEW_SECS_MAX {
        return Err(problem::bad_timestamp());
    }
    let known = world.accounts().with_token(token).cloned();
    let account = if let Some(account) = known {
        account
    } else {
        let account = on_first_sight(world, token)?;
        world.accounts_mut().know_token(token, &account);
        account
    };
    if let Some(keys) = &account.keys
        && !is_signed(world, &oauth, keys, request)
    {
        return Err(problem::unauthorized());
    }
    // Only a nonce under a good signature is used up; otherwise anyone could burn them.
    if account.state().takes_nonce(nonce) { Ok(account) } else { Err(problem::unauthorized()) }
}

fn is_signed(world: &World, oauth: &Header, keys: &Keys, request: &Request<'_>) -> bool {
    let Some((origin, port)) = origin_of(request) else { return false };
    let query = pairs(request.uri.query());
    let is_signed = |origin: &str| {
        let url = format!("{origin}{}", request.uri.path());
        let signed = Signed { method: request.method.as_str(), url: &url, query: &query };
        oauth.is_signed_by(keys, signed)
    };
    is_signed(&format!("{origin}{port}")) || (world.forgives_missing_port() && is_signed(&origin))
}

/// In an open world a new token is a new account. It cannot take over one that has keys.
fn on_first_sight(world: &World, token: &str) -> Result<Arc<Account>, WireAnswer> {
    let username: String = token
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-' || *c == '_')
        .take(USERNAME_CHARS_MAX)
        .collect();
    if !world.is_open() || username.is_empty() {
        return Err(problem::unauthorized());
    }
    let registration = Registration { username, keys: None, user_bearer: None };
    world
        .register(registration)
        .filter(|account| account.keys.is_none())
        .ok_or_else(problem::unauthorized)
}

/// Scheme and host as the client signed them, lower case, and the port unless it is the scheme's
/// own. The sandbox speaks plain HTTP; behind a proxy that adds TLS, `x-forwarded-proto` says so.
fn origin_of(request: &Request<'_>) -> Option<(String, String)> {
    let host = request.headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let forwarded = request.headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
    let (scheme, own_port) =
        if forwarded == Some("https") { ("https", ":443") } else { ("http", ":80") };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let colon = host.rfind(':').filter(|at| is_port(&host[at + 1..])).unwrap_or(host.len());
    let (name, port) = host.split_at(colon);
    let port = if port == own_port { "" } else { port };
    Some((format!("{scheme}://{name}"), port.to_owned()))
}
