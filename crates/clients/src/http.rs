//! The one HTTP client: who is trusted, how long anything may take, how large an answer may be.
//!
//! It keeps two promises for the publisher: a request is written at most once (no retry, no
//! redirect), and [`Exchange::NotSent`] is said only when certainly no byte of it left.

mod body;
mod fault;
mod fetch;
mod names;
#[cfg(test)]
mod tests;
mod timely;
mod told;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::ports::{LostBecause, NotSentBecause};
use reqwest::header::HeaderMap;
use reqwest::{Body, Client, ClientBuilder, Method, Proxy, Request, Response, redirect, retry};
use rustls::{ClientConfig, RootCertStore};
use tracing::Instrument as _;
use url::Url;

pub(crate) use fetch::FetchFault;
pub(crate) use names::{CheckedNames, SystemNames};
pub(crate) use timely::WriteBy;
pub(crate) use told::Told;
pub use told::Traceparent;

use self::timely::Timely;

/// Connections kept open per server: as many as sends may run at once.
const IDLE_CONNECTIONS_MAX: usize = 1_024;

/// Shorter than what servers grant, so that a send rarely meets a connection that the other side is
/// just closing: its answer would be lost, and reconciling takes minutes.
const IDLE_CONNECTION_SECS: u64 = 15;

/// How the client reaches the world.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Name, connection and TLS session together.
    pub connect_timeout: Duration,
    /// A proxy for every request. The system's proxy variables are not looked at: a proxy sees who
    /// posts when, so it is used only where someone asks for it here.
    pub proxy: Option<String>,
    /// Who knows the trace that a request belongs to, where traces are collected. X and strangers are
    /// not told it.
    pub traceparent: Option<Traceparent>,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(5), proxy: None, traceparent: None }
    }
}

/// Why there is no client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The proxy setting; it is not repeated here, because it may hold a password.
    #[error("the proxy setting is not a usable URL; use `http://host:port`")]
    Proxy,
    /// TLS or the client itself.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

/// The client. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    traceparent: Option<Traceparent>,
}

/// One request, ready to be written.
pub(crate) struct Outgoing {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Bytes>,
    pub(crate) bounds: Bounds,
    /// Later than this the body is not written; `None`: whenever.
    pub(crate) write_by: Option<WriteBy>,
    pub(crate) told: Told,
}

/// How long a whole exchange may take, and how large its answer may be once unpacked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) total: Duration,
    pub(crate) body_bytes_max: usize,
}

/// Status and headers of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// No byte of it left.
    NotSent(NotSentBecause, String),
    /// It may have arrived; no whole answer came. The head is there if only the body broke.
    Lost { because: LostBecause, detail: String, head: Option<Head> },
    /// A whole answer.
    Whole(Head, Vec<u8>),
}

impl Http {
    /// Builds the client.
    pub fn new(settings: &HttpSettings) -> Result<Self, HttpError> {
        let names = Arc::new(SystemNames::default());
        let mut builder = Self::builder(settings.connect_timeout)?.dns_resolver(names);
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(|_| HttpError::Proxy)?);
        }
        let client = builder.build().map_err(setup)?;
        Ok(Self { client, traceparent: settings.traceparent })
    }

    /// A client for addresses that strangers had a say in: it connects to nothing but what `names`
    /// resolves them to, knows no proxy, and keeps no connection, so that each request is checked.
    pub(crate) fn for_strangers(names: CheckedNames) -> Result<Self, HttpError> {
        let client = Self::builder(HttpSettings::default().connect_timeout)?
            .dns_resolver(Arc::new(names))
            .pool_max_idle_per_host(0)
            .build();
        Ok(Self { client: client.map_err(setup)?, traceparent: None })
    }

    /// What every client of the program has in common. It trusts the roots that come with the
    /// program, and reads none from the system: a `scratch` image has none, and start-up stays quick.
    #[expect(clippy::disallowed_methods, reason = "this is the file that builds the HTTP client")]
    fn builder(connect_timeout: Duration) -> Result<ClientBuilder, HttpError> {
        Ok(Client::builder()
            .tls_backend_preconfigured(tls()?)
            .user_agent(concat!("flockwork/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(connect_timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .gzip(true)
            .tcp_nodelay(true)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .pool_idle_timeout(Duration::from_secs(IDLE_CONNECTION_SECS))
            .no_proxy())
    }

    /// Writes one request once and reads the whole answer, or says what went wrong.
    pub(crate) async fn exchange(&self, outgoing: Outgoing) -> Exchange {
        let span = outgoing.told.span(&outgoing.method, &outgoing.url);
        let exchange = self.exchange_once(outgoing).instrument(span.clone()).await;
        match &exchange {
            Exchange::NotSent(_, detail) => span.record("error", detail),
            Exchange::Lost { detail, head, .. } => {
                head.as_ref().map(|head| span.record("http.response.status_code", head.status));
                span.record("error", detail)
            }
            Exchange::Whole(head, _) => span.record("http.response.status_code", head.status),
        };
        exchange
    }

    async fn exchange_once(&self, mut outgoing: Outgoing) -> Exchange {
        if outgoing.told.goes_on {
            told::go_on(&mut outgoing.headers, self.traceparent);
        }
        let bytes_max = outgoing.bounds.body_bytes_max;
        let response = match self.client.execute(outgoing.into()).await {
            Ok(response) => response,
            Err(error) => return fault::before_the_answer(&error),
        };
        let head = Head::of(&response);
        match body::read(response, bytes_max).await {
            Ok(body) => Exchange::Whole(head, body),
            Err(fault) => {
                let (because, detail) = fault.into();
                Exchange::Lost { because, detail, head: Some(head) }
            }
        }
    }
}

/// The cryptography is ring's and not the default of `reqwest`: it is there already for PostgreSQL, and
/// it takes a quarter of the time to build.
fn tls() -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(tls)
}

impl From<Outgoing> for Request {
    fn from(outgoing: Outgoing) -> Self {
        let mut request = Self::new(outgoing.method, outgoing.url);
        *request.headers_mut() = outgoing.headers;
        *request.body_mut() = outgoing.body.map(|bytes| match outgoing.write_by {
            Some(write_by) => Body::wrap(Timely::new(bytes, write_by)),
            None => bytes.into(),
        });
        *request.timeout_mut() = Some(outgoing.bounds.total);
        request
    }
}

impl Head {
    fn of(response: &Response) -> Self {
        Self { status: response.status().as_u16(), headers: response.headers().clone() }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` hands it over by value")]
fn setup(error: reqwest::Error) -> HttpError {
    HttpError::Setup(fault::describe(&error))
}
