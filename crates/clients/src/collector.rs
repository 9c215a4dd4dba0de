//! A collector of traces: where it is, what it wants to see, and whether it took what was handed in.

use std::time::Duration;

use bytes::Bytes;
use domain::model::Secret;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::http::{Bounds, Exchange, Http, HttpError, HttpSettings, Outgoing, Told};

/// One try, from the connection to the end of the answer.
const TRY_MAX: Duration = Duration::from_secs(10);
/// It answers with a few bytes; more is no collector.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// What OTLP counts as "ask again later".
const LATER: [u16; 4] = [429, 502, 503, 504];

/// What became of what was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandedIn {
    /// It has it.
    Taken,
    /// It may take it later.
    Later(String),
    /// It will never take it.
    Refused(String),
}

/// Why there is no way to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CollectorError {
    /// Its address.
    #[error("the address of the collector of traces is none")]
    Address,
    /// A header; it is not repeated here, because it may hold a key.
    #[error("header {0} of OTEL_EXPORTER_OTLP_HEADERS is none")]
    Header(usize),
    /// The client.
    #[error(transparent)]
    Client(#[from] HttpError),
}

/// The way to a collector.
pub struct Collector {
    http: Http,
    url: Url,
    headers: HeaderMap,
}

impl Collector {
    /// The one that takes traces at `url`, and wants to see these headers.
    pub fn new(url: &str, wanted: &[(String, Secret)]) -> Result<Self, CollectorError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        for (number, (name, value)) in (1..).zip(wanted) {
            let name = HeaderName::try_from(name.as_str());
            let value = HeaderValue::try_from(value.open());
            let (Ok(name), Ok(mut value)) = (name, value) else {
                return Err(CollectorError::Header(number));
            };
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let url = Url::parse(url).map_err(|_| CollectorError::Address)?;
        Ok(Self { http: Http::new(&HttpSettings::default())?, url, headers })
    }

    /// Hands in one request of OTLP, in protobuf. It is sent once.
    pub async fn hand_in(&self, request: Vec<u8>) -> HandedIn {
        let outgoing = Outgoing {
            method: Method::POST,
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: Some(Bytes::from(request)),
            bounds: Bounds { total: TRY_MAX, body_bytes_max: ANSWER_BYTES_MAX },
            write_by: None,
            told: Told::to_strangers(),
        };
        match self.http.exchange(outgoing).await {
            Exchange::Whole(head, _) if head.status < 300 => HandedIn::Taken,
            Exchange::Whole(head, _) if LATER.contains(&head.status) => {
                HandedIn::Later(format!("it answers {}", head.status))
            }
            Exchange::Whole(head, _) => HandedIn::Refused(format!("it answers {}", head.status)),
            Exchange::NotSent(_, detail) | Exchange::Lost { detail, .. } => HandedIn::Later(detail),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::{Fake, answer, header_of};

    #[tokio::test]
    async fn what_it_says_is_understood_and_what_it_wants_is_shown() {
        let cases = [
            (200, HandedIn::Taken),
            (503, HandedIn::Later("it answers 503".to_owned())),
            (401, HandedIn::Refused("it answers 401".to_owned())),
            (302, HandedIn::Refused("it answers 302".to_owned())),
        ];
        for (status, wanted) in cases {
            let fake = Fake::playing([answer(status, &[], b"")]);
            let headers = [("api-key".to_owned(), Secret::new("canary"))];
            let url = format!("{}/v1/traces", fake.url());
            let collector = Collector::new(&url, &headers).unwrap();
            assert_eq!(collector.hand_in(b"spans".to_vec()).await, wanted);
            let request = &fake.requests()[0];
            assert_eq!(header_of(request, "api-key"), Some("canary"));
            assert_eq!(header_of(request, "content-type"), Some("application/x-protobuf"));
        }
    }

    #[test]
    fn a_header_that_is_none_is_not_repeated() {
        let headers = [("api-key".to_owned(), Secret::new("can\nary"))];
        let error = Collector::new("http://127.0.0.1:4318", &headers).err().unwrap();
        assert_eq!(error, CollectorError::Header(1));
        assert!(!error.to_string().contains("can"));
    }
}
