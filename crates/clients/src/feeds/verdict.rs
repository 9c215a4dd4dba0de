//! What an answer means: the status first, then the body.

use std::time::Duration;

use domain::model::{FeedReach, FeedUrl, Validators};
use domain::ports::{FeedDocument, FeedTrouble, Fetched, Wishes};
use reqwest::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, LAST_MODIFIED, LOCATION};
use url::Url;

use super::charset::decode;
use super::parse::parse;
use super::sniff::other_than_a_feed;
use crate::http::Head;
use crate::retry_after::{retry_after, text};

/// The longest validator that is kept.
const VALIDATOR_BYTES_MAX: usize = 500;

/// What to do after an answer.
pub(super) enum Next {
    Done(Fetched),
    /// Ask there, this time.
    Follow(FeedUrl),
    /// Ask there from now on.
    MovedForGood(FeedUrl),
}

/// Judges an answer that came from `url`.
pub(super) fn next(
    url: &FeedUrl,
    reach: FeedReach,
    head: &Head,
    body: &[u8],
) -> Result<Next, FeedTrouble> {
    match head.status {
        200..=299 => {
            read(url, &head.headers, body).map(|document| Next::Done(Fetched::Whole(document)))
        }
        304 => Ok(Next::Done(Fetched::NotModified(wishes(&head.headers, None)))),
        301 | 308 => location(url, reach, &head.headers).map(Next::MovedForGood),
        302 | 303 | 307 => location(url, reach, &head.headers).map(Next::Follow),
        410 => Err(FeedTrouble::Gone),
        408 | 425 | 429 | 500..=599 => Err(FeedTrouble::TryLater {
            after: retry_after(&head.headers),
            detail: format!("the server answers {}", head.status),
        }),
        status => Err(FeedTrouble::Denied { status }),
    }
}

fn location(url: &FeedUrl, reach: FeedReach, headers: &HeaderMap) -> Result<FeedUrl, FeedTrouble> {
    let refused = |why: String| FeedTrouble::Refused(format!("it redirects, and {why}"));
    let location = text(headers, LOCATION.as_str())
        .ok_or_else(|| refused("does not say where to".to_owned()))?;
    let to = url
        .join(location, reach)
        .map_err(|error| refused(format!("the address that it names cannot be used: {error}")))?;
    if to == *url { Err(refused("to itself".to_owned())) } else { Ok(to) }
}

fn read(url: &FeedUrl, headers: &HeaderMap, body: &[u8]) -> Result<FeedDocument, FeedTrouble> {
    let document = decode(body, text(headers, CONTENT_TYPE.as_str()));
    if let Some(what) = other_than_a_feed(&document) {
        return Err(FeedTrouble::NotAFeed(what));
    }
    let base = Url::parse(url.as_str()).map_err(|error| FeedTrouble::Refused(error.to_string()))?;
    let parsed = parse(&document, &base)?;
    Ok(FeedDocument {
        title: parsed.title,
        items: parsed.items,
        left_out: parsed.left_out,
        validators: Validators {
            etag: validator(headers, ETAG.as_str()),
            last_modified: validator(headers, LAST_MODIFIED.as_str()),
        },
        wishes: wishes(headers, parsed.ttl),
    })
}

fn validator(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = text(headers, name)?;
    (!value.is_empty() && value.len() <= VALIDATOR_BYTES_MAX).then(|| value.to_owned())
}

fn wishes(headers: &HeaderMap, ttl: Option<Duration>) -> Wishes {
    let max_age = text(headers, CACHE_CONTROL.as_str()).and_then(|value| {
        let seconds = value.split(',').find_map(|part| {
            let (name, seconds) = part.trim().split_once('=')?;
            name.trim().eq_ignore_ascii_case("max-age").then_some(seconds)
        });
        seconds?.trim().trim_matches('"').parse().ok().map(Duration::from_secs)
    });
    Wishes { max_age, ttl }
}
