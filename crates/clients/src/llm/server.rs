//! One OpenAI-compatible server: where it is, its key, and what an answer of it is worth.

use std::time::Duration;

use bytes::Bytes;
use domain::model::Secret;
use domain::ports::WriterError;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

use super::error::{Refusal, classify};
use crate::BaseUrl;
use crate::http::{Bounds, Exchange, Head, Http, Outgoing, Told};
use crate::redact::printable;

/// A batch of posts takes some KiB; models that think aloud take more.
pub(super) const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What is sent.
pub(super) struct Body {
    /// Its media type.
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

impl Body {
    /// JSON.
    pub(super) fn json(bytes: Vec<u8>) -> Self {
        Self { kind: "application/json".to_owned(), bytes }
    }
}

/// A server.
pub(super) struct Server {
    http: Http,
    base: BaseUrl,
    key: Option<Secret>,
    timeout: Duration,
}

impl Server {
    /// The one at `base`. A local server needs no key.
    pub(super) fn new(http: Http, base: BaseUrl, key: Option<Secret>, timeout: Duration) -> Self {
        Self { http, base, key: key.filter(|key| !key.is_empty()), timeout }
    }

    /// What nothing that is shown may hold.
    pub(super) fn key(&self) -> Option<&Secret> {
        self.key.as_ref()
    }

    /// The JSON of a question without a body.
    pub(super) async fn get(&self, path: &str) -> Result<Value, WriterError> {
        let (head, body) = self.send(Method::GET, path, None).await?;
        self.successful(&head, &body)
    }

    /// The JSON of a question that is JSON.
    pub(super) async fn post(&self, path: &str, json: Vec<u8>) -> Result<Value, WriterError> {
        let (head, body) = self.send(Method::POST, path, Some(Body::json(json))).await?;
        self.successful(&head, &body)
    }

    /// The JSON of an answer that is a success in status and in content.
    pub(super) fn successful(&self, head: &Head, body: &[u8]) -> Result<Value, WriterError> {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let has_error = json
            .as_ref()
            .and_then(|json| json.get("error"))
            .is_some_and(|error| !error.is_null() && error != "");
        match json {
            Some(json) if head.status == 200 && !has_error => Ok(json),
            None if head.status == 200 => Err(WriterError::Unusable("it is not JSON".to_owned())),
            json => Err(classify(&Refusal {
                status: head.status,
                headers: &head.headers,
                json: &json.unwrap_or_default(),
                key: self.key.as_ref(),
            })),
        }
    }

    /// One exchange, whatever its status.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
    ) -> Result<(Head, Vec<u8>), WriterError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        if let Some(body) = &body {
            let kind = HeaderValue::try_from(body.kind.as_str());
            headers.insert(CONTENT_TYPE, kind.expect("media types are plain letters"));
        }
        let bounds = Bounds { total: self.timeout, body_bytes_max: ANSWER_BYTES_MAX };
        let (path, query) =
            path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut url = self.base.join(path);
        url.set_query(query);
        let body = body.map(|body| Bytes::from(body.bytes));
        let told = Told::at(path).going_on();
        let outgoing = Outgoing { method, url, headers, body, bounds, write_by: None, told };
        match self.http.exchange(outgoing).await {
            Exchange::Whole(head, body) => Ok((head, body)),
            Exchange::NotSent(_, detail) => Err(WriterError::NotSent(self.printable(&detail))),
            Exchange::Lost { detail, .. } => Err(WriterError::Unavailable(self.printable(&detail))),
        }
    }

    fn printable(&self, detail: &str) -> String {
        let secrets: Vec<&Secret> = self.key.iter().collect();
        printable(detail, &secrets)
    }
}

fn bearer(key: &Secret) -> Result<HeaderValue, WriterError> {
    let mut value = HeaderValue::try_from(format!("Bearer {}", key.open())).map_err(|_| {
        WriterError::Unauthorized("the key holds characters that no header can carry".to_owned())
    })?;
    value.set_sensitive(true);
    Ok(value)
}
