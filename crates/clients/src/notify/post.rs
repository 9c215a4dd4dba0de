//! One request to a target, and what its answer means.

use std::time::Duration;

use bytes::Bytes;
use domain::model::{FeedReach, FeedUrl, Secret};
use domain::rules::alerts::courier::NotDelivered;
use jiff::SignedDuration;
use percent_encoding::percent_decode_str;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use url::Url;

use crate::http::{Bounds, FetchFault, Http, Outgoing, Told};
use crate::redact::printable;
use crate::retry_after::retry_after;

/// The whole of a try.
const TOTAL: Duration = Duration::from_secs(15);
/// Nobody has more to say about it.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Characters of an answer that are shown.
const SAID_MAX: usize = 120;

/// What is sent.
pub(super) struct Letter {
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) content_type: &'static str,
    pub(super) body: Option<String>,
}

impl Letter {
    pub(super) fn json(body: String, headers: HeaderMap) -> Self {
        let body = Some(body);
        Self { method: Method::POST, headers, content_type: "application/json", body }
    }
}

/// Whether anybody answers there at all.
pub(super) async fn look(
    http: &Http,
    at: (&Secret, FeedReach),
    secrets: &[&Secret],
) -> Result<(), NotDelivered> {
    let letter = Letter {
        method: Method::HEAD,
        headers: HeaderMap::new(),
        content_type: "text/plain; charset=utf-8",
        body: None,
    };
    match exchange(http, at, letter, secrets).await? {
        (status @ 300..400, headers, said) => judge(status, &headers, &said),
        _ => Ok(()),
    }
}

/// Sends it once. Only a 2xx means that it was taken; a redirect is none, and is not followed.
pub(super) async fn send(
    http: &Http,
    at: (&Secret, FeedReach),
    letter: Letter,
    secrets: &[&Secret],
) -> Result<(), NotDelivered> {
    let (status, headers, said) = exchange(http, at, letter, secrets).await?;
    judge(status, &headers, &said)
}

async fn exchange(
    http: &Http,
    (url, reach): (&Secret, FeedReach),
    letter: Letter,
    secrets: &[&Secret],
) -> Result<(u16, HeaderMap, String), NotDelivered> {
    let url = FeedUrl::parse(url.open(), reach).map_err(|error| {
        NotDelivered::later(printable(&format!("its address cannot be used: {error}"), secrets))
    })?;
    // It was read before, so it can be read again.
    let url =
        Url::parse(url.as_str()).map_err(|_| NotDelivered::later("its address cannot be used"))?;
    // Servers repeat what was asked for, and the path of a chat's address is its key.
    let parts: Vec<Secret> = parts(&url).map(Secret::new).collect();
    let mut secrets: Vec<&Secret> = secrets.iter().copied().chain(&parts).collect();
    // The longest first: what is left of one when a part of it was masked would show.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.open().len()));
    let mut headers = letter.headers;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(letter.content_type));
    let outgoing = Outgoing {
        method: letter.method,
        url,
        headers,
        body: letter.body.map(Bytes::from),
        bounds: Bounds { total: TOTAL, body_bytes_max: BODY_BYTES_MAX },
        write_by: None,
        told: Told::to_strangers(),
    };
    match http.fetch(outgoing).await {
        Ok((head, body)) => {
            let said = printable(&String::from_utf8_lossy(&body), &secrets);
            Ok((head.status, head.headers, said))
        }
        // Its answer is too long to read, and nobody needs it; whether it was a yes is not known.
        Err(FetchFault::TooLarge { bytes_max }) => {
            Err(NotDelivered::later(format!("its answer is over {bytes_max} bytes")))
        }
        Err(FetchFault::NotAllowed(name)) => Err(NotDelivered::later(format!(
            "{name}; [alerts] reach = \"private\" allows private networks"
        ))),
        Err(FetchFault::NoAnswer(detail)) => Err(NotDelivered::later(printable(&detail, &secrets))),
    }
}

/// What of an address may be a key: the path, the query, and each of their values, as it stands and as a
/// server reads it.
fn parts(url: &Url) -> impl Iterator<Item = String> {
    let whole = std::iter::once(url.path()).chain(url.query());
    let steps = url.path_segments().into_iter().flatten();
    let values = url.query().into_iter().flat_map(|query| query.split(['&', ';', '=']));
    let stands = whole.chain(steps).chain(values).map(str::to_owned);
    let steps = url.path_segments().into_iter().flatten();
    let read = steps.map(|step| percent_decode_str(step).decode_utf8_lossy().into_owned());
    let pairs = url.query_pairs().flat_map(|(key, value)| [key.into_owned(), value.into_owned()]);
    stands.chain(read).chain(pairs)
}

fn judge(status: u16, headers: &HeaderMap, said: &str) -> Result<(), NotDelivered> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    let said = match status {
        300..400 => {
            "a redirect, which is not followed: give the address that it leads to".to_owned()
        }
        _ => said.chars().take(SAID_MAX).collect(),
    };
    let why =
        if said.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {said}") };
    let again_after = match status {
        429 | 503 => retry_after(headers).and_then(|wait| SignedDuration::try_from(wait).ok()),
        _ => None,
    };
    Err(NotDelivered { why, is_final: status == 410, again_after })
}
