//! Letting somebody in, or not; and the same proof once more later.

use axum::http::HeaderMap;
use domain::model::Secret;
use domain::model::access::{Actor, ActorKind, SecretHash, SessionTimes, UserId, UserName};
use domain::ports::people::{Login, NewSession};
use domain::rules::access::throttle::{CODES, KNOWN, NETWORK, Pace, STRANGERS};
use jiff::Timestamp;

use super::caller::Caller;
use super::cookie;
use super::random::secret;
use super::second::Second;
use crate::guard::network;
use crate::problem::Problem;
use crate::state::Shared;

/// What a browser says of itself, at most.
const AGENT_CHARS_MAX: usize = 200;

/// What somebody typed.
pub(crate) struct Entered {
    pub(crate) name: String,
    pub(crate) password: Secret,
    pub(crate) code: String,
}

/// Why somebody was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Name, password or code: which, nobody is told.
    Wrong,
    /// The password is right, and a code is needed.
    CodeNeeded,
    /// Too many tries; then one more.
    TooOften(Timestamp),
}

/// The secrets of a session that has begun, for cookies.
pub(crate) struct LetIn {
    pub(crate) session: String,
    pub(crate) device: Option<String>,
}

/// Lets in who knows name, password and code. A session that the browser had before ends.
pub(crate) async fn log_in(
    shared: &Shared,
    headers: &HeaderMap,
    caller: &Caller,
    entered: Entered,
) -> Result<Result<LetIn, Refused>, Problem> {
    let now = shared.clock.now();
    let name = UserName::try_from(entered.name.clone()).ok();
    let login = match &name {
        Some(name) => shared.people.find_login(name).await?,
        None => None,
    };
    let is_somebody = login.is_some();
    let device = known_device(shared, headers, login.as_ref()).await?;
    let buckets = buckets(name.as_ref(), device.as_ref(), &caller.address);
    if let Err(again_at) = shared.people.take_tries(&buckets, now).await? {
        return Ok(Err(Refused::TooOften(again_at)));
    }
    let login = match check(shared, login, &entered, now).await? {
        Ok(login) => login,
        Err(refused) => {
            // What stands in the field of a name that nobody has may be a password.
            let name = name.as_ref().filter(|_| is_somebody);
            note(shared, caller, name, "session.refuse", now).await?;
            return Ok(Err(refused));
        }
    };
    let user = (login.user.id, login.user.name.as_str(), &login.password_hash);
    Ok(Ok(let_in(shared, headers, caller, user, device.is_some()).await?))
}

/// A session begins, in place of the one that the browser had, whoever's that was. A browser that was
/// never let in as this person is remembered.
pub(crate) async fn let_in(
    shared: &Shared,
    headers: &HeaderMap,
    caller: &Caller,
    (user, name, password_hash): (UserId, &str, &Secret),
    is_known: bool,
) -> Result<LetIn, Problem> {
    let now = shared.clock.now();
    let (session, new_device) = (secret(), (!is_known).then(secret));
    if let Some(device) = &new_device {
        shared.people.add_device(user, &SecretHash::of(device), now).await?;
    }
    let new = NewSession {
        hash: SecretHash::of(&session),
        user,
        password_hash: password_hash.clone(),
        csrf: secret(),
        address: caller.address.clone(),
        agent: agent(headers),
    };
    let before = caller.session().map(|old| old.id);
    let actor = Actor { kind: ActorKind::User, name: name.to_owned() };
    let by = Caller { actor, ..caller.clone() };
    let (_, people) = by.acts(shared, "session.open", format!("user {name}"), None);
    if people.open_session(&new, before, &SessionTimes::STANDARD, now).await?.is_none() {
        // The password was changed while this one was being looked at.
        return Err(Problem::log_in());
    }
    Ok(LetIn { session, device: new_device })
}

/// Whether a person who is logged in has shown again who it is.
pub(crate) async fn confirm(
    shared: &Shared,
    caller: &Caller,
    entered: Entered,
) -> Result<Result<Login, Refused>, Problem> {
    let now = shared.clock.now();
    let Some(session) = caller.session() else { return Err(Problem::log_in()) };
    let name = &session.user.name;
    let buckets = [(format!("prove/{}", session.user.id.0), KNOWN)];
    if let Err(again_at) = shared.people.take_tries(&buckets, now).await? {
        return Ok(Err(Refused::TooOften(again_at)));
    }
    let login = shared.people.find_login(name).await?;
    let confirmed = check(shared, login, &entered, now).await?;
    if confirmed.is_err() {
        note(shared, caller, Some(name), "session.refuse_proof", now).await?;
    }
    Ok(confirmed)
}

/// Password first, then code: both take as long for a name that nobody has.
async fn check(
    shared: &Shared,
    login: Option<Login>,
    entered: &Entered,
    now: Timestamp,
) -> Result<Result<Login, Refused>, Problem> {
    let login = login.filter(|login| !login.user.is_closed);
    let kept = login.as_ref().map(|login| login.password_hash.clone());
    let is_right = shared.kitchen.is_right(entered.password.clone(), kept).await?;
    let Some(login) = login.filter(|_| is_right) else { return Ok(Err(Refused::Wrong)) };
    let Some(key) = &login.totp else { return Ok(Ok(login)) };
    if entered.code.trim().is_empty() {
        return Ok(Err(Refused::CodeNeeded));
    }
    let buckets = [(format!("code/{}", login.user.name), CODES)];
    if let Err(again_at) = shared.people.take_tries(&buckets, now).await? {
        return Ok(Err(Refused::TooOften(again_at)));
    }
    let step = Second::kept(key, login.user.name.as_str())
        .and_then(|second| second.step(&entered.code, now));
    match step {
        Some(step) if shared.people.use_totp_step(login.user.id, step).await? => Ok(Ok(login)),
        Some(_) | None => Ok(Err(Refused::Wrong)),
    }
}

/// The browser's secret, if this person was let in with it before.
async fn known_device(
    shared: &Shared,
    headers: &HeaderMap,
    login: Option<&Login>,
) -> Result<Option<SecretHash>, Problem> {
    let (Some(device), Some(login)) = (cookie::device(headers), login) else { return Ok(None) };
    let hash = SecretHash::of(device);
    Ok(shared.people.knows_device(login.user.id, &hash).await?.then_some(hash))
}

/// A browser that is known has tries of its own, whatever strangers do to the account or the network.
fn buckets(
    name: Option<&UserName>,
    device: Option<&SecretHash>,
    address: &str,
) -> Vec<(String, Pace)> {
    let name = name.map_or("-", UserName::as_str);
    match device {
        Some(device) => vec![(format!("user/{name}/{}", device.as_str()), KNOWN)],
        None => {
            vec![
                (format!("user/{name}"), STRANGERS),
                (format!("network/{}", network(address)), NETWORK),
            ]
        }
    }
}

async fn note(
    shared: &Shared,
    caller: &Caller,
    name: Option<&UserName>,
    action: &'static str,
    now: Timestamp,
) -> Result<(), Problem> {
    let name = name.map_or("(no such name)", UserName::as_str);
    let actor = Actor { kind: ActorKind::User, name: name.to_owned() };
    let by = Caller { actor, ..caller.clone() };
    Ok(shared.people.note_act(&by.act(action, format!("user {name}"), None, now)).await?)
}

fn agent(headers: &HeaderMap) -> String {
    let agent = headers.get(axum::http::header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    agent.unwrap_or("unknown").chars().take(AGENT_CHARS_MAX).collect()
}
