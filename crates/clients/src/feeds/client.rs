//! One fetch: the request, its redirects, and the time for all of it.
//!
//! Every address, the first and each that a redirect names, passes [`FeedUrl::parse`]; every name is
//! resolved by [`CheckedNames`]. There is no way around these two.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{FeedReach, FeedUrl, Validators};
use domain::ports::{Clock, FeedFailed, FeedTrouble, Feeds, Fetched};
use reqwest::Method;
use reqwest::dns::Resolve;
use reqwest::header::{
    ACCEPT, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
};
use url::Url;

use super::verdict::{Next, next};
use crate::http::{Bounds, CheckedNames, FetchFault, Http, HttpError, Outgoing, SystemNames, Told};

/// The whole of a fetch, with its redirects.
const TOTAL: Duration = Duration::from_secs(20);
/// The largest feed, unpacked.
const BODY_BYTES_MAX: usize = 5 * 1024 * 1024;
/// So many redirects are followed.
const REDIRECTS_MAX: usize = 3;
/// What we read; servers that can choose choose well.
const ACCEPTED: &str = "application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, */*;q=0.1";

/// Fetches feeds.
pub struct FeedClient {
    http: Http,
    reach: FeedReach,
    clock: Arc<dyn Clock>,
    total: Duration,
}

impl FeedClient {
    /// A client that fetches from as far as `reach`; `clock` measures how long a fetch takes.
    pub fn new(reach: FeedReach, clock: Arc<dyn Clock>) -> Result<Self, HttpError> {
        Self::with_names(Arc::new(SystemNames::default()), reach, clock)
    }

    /// The same with names that are resolved by somebody else.
    pub(super) fn with_names(
        names: Arc<dyn Resolve>,
        reach: FeedReach,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HttpError> {
        let http = Http::for_strangers(CheckedNames::new(names, reach))?;
        Ok(Self { http, reach, clock, total: TOTAL })
    }

    async fn ask(
        &self,
        url: &FeedUrl,
        validators: &Validators,
        left: Duration,
    ) -> Result<Next, FeedTrouble> {
        let whole =
            Url::parse(url.as_str()).map_err(|error| FeedTrouble::Refused(error.to_string()))?;
        let outgoing = Outgoing {
            method: Method::GET,
            url: whole,
            headers: headers(validators),
            body: None,
            bounds: Bounds { total: left, body_bytes_max: BODY_BYTES_MAX },
            write_by: None,
            told: Told::to_strangers(),
        };
        let (head, body) = self.http.fetch(outgoing).await.map_err(trouble)?;
        next(url, self.reach, &head, &body)
    }
}

#[async_trait]
impl Feeds for FeedClient {
    async fn fetch(&self, url: &FeedUrl, validators: &Validators) -> Result<Fetched, FeedFailed> {
        let begun = self.clock.monotonic();
        let failed = |url: &FeedUrl, trouble| FeedFailed { url: url.clone(), trouble };
        // The address may have been read where more is allowed than here.
        let mut at = FeedUrl::parse(url.as_str(), self.reach)
            .map_err(|error| failed(url, FeedTrouble::Refused(error.to_string())))?;
        let mut redirects = 0;
        loop {
            let left = self.total.saturating_sub(self.clock.monotonic().saturating_sub(begun));
            if left.is_zero() {
                return Err(failed(&at, no_time()));
            }
            match self.ask(&at, validators, left).await.map_err(|trouble| failed(&at, trouble))? {
                Next::Done(fetched) => return Ok(fetched),
                Next::MovedForGood(to) if redirects == 0 => {
                    return Err(failed(&at, FeedTrouble::Moved(to)));
                }
                Next::MovedForGood(_) | Next::Follow(_) if redirects == REDIRECTS_MAX => {
                    let detail = format!("over {REDIRECTS_MAX} redirects");
                    return Err(failed(&at, FeedTrouble::Refused(detail)));
                }
                // Behind a temporary redirect nothing is for good.
                Next::MovedForGood(to) | Next::Follow(to) => at = to,
            }
            redirects += 1;
        }
    }
}

fn headers(validators: &Validators) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
    let mut ask = |name: HeaderName, value: &Option<String>| {
        // One that does not fit into a header was not given by a server.
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    };
    ask(IF_NONE_MATCH, &validators.etag);
    ask(IF_MODIFIED_SINCE, &validators.last_modified);
    headers
}

fn trouble(fault: FetchFault) -> FeedTrouble {
    match fault {
        FetchFault::NotAllowed(name) => FeedTrouble::Refused(name.to_string()),
        FetchFault::TooLarge { bytes_max } => FeedTrouble::TooLarge { bytes_max },
        FetchFault::NoAnswer(detail) => FeedTrouble::TryLater { after: None, detail },
    }
}

fn no_time() -> FeedTrouble {
    let detail = format!("its redirects took over {} seconds", TOTAL.as_secs());
    FeedTrouble::TryLater { after: None, detail }
}

#[cfg(test)]
mod tests;
