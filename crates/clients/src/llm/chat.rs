//! `POST /chat/completions`: one batch of candidates in one request.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::model::{MicroUsd, Secret};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::cost;
use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use serde_json::Value;

use super::capabilities::Capabilities;
use super::error::{Refusal, classify};
use super::models::{self, ListedModel};
use super::{answer, wire};
use crate::BaseUrl;
use crate::http::{Bounds, Exchange, Head, Http, Outgoing};
use crate::redact::printable;

/// A batch of posts takes some KiB; models that think aloud take more.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How a model is asked.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// The whole of a request. Local models are slow, and a request that timed out may still be
    /// billed.
    pub timeout: Duration,
    /// How freely it writes; dropped where the model takes none. `None` leaves it to the server.
    pub temperature: Option<f32>,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self { timeout: Duration::from_mins(2), temperature: Some(1.0) }
    }
}

/// One model on one server.
pub struct ModelClient {
    http: Http,
    base: BaseUrl,
    key: Option<Secret>,
    model: String,
    settings: ModelSettings,
    /// What the server was found to take. It is asked once for each thing, not once a batch.
    capabilities: Mutex<Capabilities>,
}

impl ModelClient {
    /// A client for `model` at `base` (`https://api.openai.com/v1`). Local servers need no key.
    pub fn new(
        http: Http,
        base: BaseUrl,
        key: Option<Secret>,
        model: impl Into<String>,
        settings: ModelSettings,
    ) -> Self {
        let model = model.into();
        let capabilities = Mutex::new(Capabilities::all(&model));
        let key = key.filter(|key| !key.is_empty());
        Self { http, base, key, model, settings, capabilities }
    }

    /// The models this server offers.
    pub async fn list_models(&self) -> Result<Vec<ListedModel>, WriterError> {
        let (head, body) = self.exchange(Method::GET, "/models", None).await?;
        let json = self.successful(&head, &body)?;
        models::read(&json)
            .ok_or_else(|| WriterError::Unusable("it is no list of models".to_owned()))
    }

    fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().expect("no code panics while it holds this")
    }

    /// Takes one step down and remembers it; `None` if the refusal is not about what we can leave out.
    fn step_down(&self, from: Capabilities, head: &Head, body: &[u8]) -> Option<Capabilities> {
        if !matches!(head.status, 400 | 422) {
            return None;
        }
        let next = from.without_what_is_refused(body)?;
        *self.capabilities.lock().expect("no code panics while it holds this") = next;
        tracing::info!(
            model = %self.model,
            "the model server refuses a parameter; asking without it from now on: {next:?}"
        );
        Some(next)
    }

    /// The JSON of an answer that is a success in status and in content.
    fn successful(&self, head: &Head, body: &[u8]) -> Result<Value, WriterError> {
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

    async fn exchange(
        &self,
        method: Method,
        path: &str,
        json: Option<Vec<u8>>,
    ) -> Result<(Head, Vec<u8>), WriterError> {
        let mut headers = HeaderMap::new();
        if let Some(key) = &self.key {
            headers.insert(AUTHORIZATION, bearer(key)?);
        }
        if json.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let bounds = Bounds { total: self.settings.timeout, body_bytes_max: ANSWER_BYTES_MAX };
        let url = self.base.join(path);
        let outgoing = Outgoing { method, url, headers, body: json.map(Bytes::from), bounds };
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

#[async_trait]
impl Writer for ModelClient {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let mut capabilities = self.capabilities();
        let mut steps = 0;
        loop {
            let temperature = self.settings.temperature;
            let body = wire::request_body(&self.model, &request.prompt, temperature, capabilities);
            let (head, body) = self.exchange(Method::POST, "/chat/completions", Some(body)).await?;
            if steps < Capabilities::STEPS_MAX
                && let Some(next) = self.step_down(capabilities, &head, &body)
            {
                capabilities = next;
                steps += 1;
                continue;
            }
            let json = self.successful(&head, &body)?;
            return answer::read(&json, &self.model, &request.wishes, self.key.as_ref());
        }
    }

    /// By the longest body, and by the bound on the answer as long as the server takes one.
    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> Option<MicroUsd> {
        let temperature = self.settings.temperature;
        let longest = Capabilities::all(&self.model);
        let body = wire::request_body(&self.model, &request.prompt, temperature, longest);
        let completion = request.prompt.completion_tokens_max;
        cost::model_ceiling(&self.model, body.len(), completion, at)
    }
}

#[cfg(test)]
mod tests;
