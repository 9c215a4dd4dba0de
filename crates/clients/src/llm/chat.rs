//! `POST /chat/completions`: one batch of candidates in one request.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use domain::model::{MicroUsd, Secret};
use domain::ports::{WriteAnswer, WriteRequest, Writer, WriterError};
use domain::rules::cost::{OwnPrices, Tariff};
use jiff::Timestamp;
use reqwest::Method;

use super::capabilities::Capabilities;
use super::models::{self, ListedModel};
use super::server::{Body, Server};
use super::{answer, wire};
use crate::BaseUrl;
use crate::http::{Head, Http};

/// How a model is asked.
#[derive(Clone, Debug)]
pub struct ModelSettings {
    /// The whole of a request. Local models are slow, and a request that timed out may still be
    /// billed.
    pub timeout: Duration,
    /// How freely it writes; dropped where the model takes none. `None` leaves it to the server.
    pub temperature: Option<f32>,
    /// What the house says of prices.
    pub prices: OwnPrices,
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(2),
            temperature: Some(1.0),
            prices: OwnPrices::default(),
        }
    }
}

/// One model on one server.
pub struct ModelClient {
    server: Server,
    model: String,
    settings: ModelSettings,
    tariff: Tariff,
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
        let tariff = Tariff { own: settings.prices.clone(), is_near: base.is_near() };
        let server = Server::new(http, base, key, settings.timeout);
        Self { server, model, settings, tariff, capabilities }
    }

    /// The models this server offers.
    pub async fn list_models(&self) -> Result<Vec<ListedModel>, WriterError> {
        let json = self.server.get("/models").await?;
        models::read(&json)
            .ok_or_else(|| WriterError::Unusable("it is no list of models".to_owned()))
    }

    /// Its id, as it is asked for.
    pub(super) fn model_id(&self) -> &str {
        &self.model
    }

    /// What it costs.
    pub fn tariff(&self) -> &Tariff {
        &self.tariff
    }

    /// Where it is.
    pub(super) fn server(&self) -> &Server {
        &self.server
    }

    /// How freely it writes.
    pub(super) fn temperature(&self) -> Option<f32> {
        self.settings.temperature
    }

    /// What the server was found to take.
    pub(super) fn capabilities(&self) -> Capabilities {
        *self.capabilities.lock().expect("no code panics while it holds this")
    }

    /// With what it took, where the house knows the price better than the list.
    fn priced(&self, mut answer: WriteAnswer) -> WriteAnswer {
        answer.usage.cost = self.tariff.cost(&self.model, &answer.usage);
        answer
    }

    /// Takes one step down and remembers it; `None` if the refusal is not about what we can leave out.
    pub(super) fn step_down(
        &self,
        from: Capabilities,
        head: &Head,
        body: &[u8],
    ) -> Option<Capabilities> {
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
}

#[async_trait]
impl Writer for ModelClient {
    async fn write(&self, request: &WriteRequest) -> Result<WriteAnswer, WriterError> {
        let mut capabilities = self.capabilities();
        let mut steps = 0;
        loop {
            let temperature = self.settings.temperature;
            let body = wire::request_body(&self.model, &request.prompt, temperature, capabilities);
            let body = Some(Body::json(body));
            let (head, body) = self.server.send(Method::POST, "/chat/completions", body).await?;
            if steps < Capabilities::STEPS_MAX
                && let Some(next) = self.step_down(capabilities, &head, &body)
            {
                capabilities = next;
                steps += 1;
                continue;
            }
            let json = self.server.successful(&head, &body)?;
            let read = answer::read(&json, &self.model, &request.wishes, self.server.key());
            return read.map(|answer| self.priced(answer));
        }
    }

    /// By the longest body, and by the bound on the answer as long as the server takes one.
    fn ceiling(&self, request: &WriteRequest, at: Timestamp) -> Option<MicroUsd> {
        let temperature = self.settings.temperature;
        let longest = Capabilities::all(&self.model);
        let body = wire::request_body(&self.model, &request.prompt, temperature, longest);
        let completion = request.prompt.completion_tokens_max;
        self.tariff.ceiling(&self.model, body.len(), completion, at)
    }

    fn is_unpriced(&self, _: &WriteRequest) -> bool {
        self.tariff.is_unpriced(&self.model)
    }
}

#[cfg(test)]
mod tests;
