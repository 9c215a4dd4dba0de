//! What of a request is told to a collector of traces: its kind, the server's name, which of the known
//! paths it was, and the status. No header, no query, no body, and no word of a path that we do not know.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tracing::Span;
use tracing::field::Empty;

/// The words of paths at X and at model servers; whatever else stands in a path is somebody's id.
const WORDS: [&str; 12] = [
    "2",
    "tweets",
    "users",
    "me",
    "chat",
    "completions",
    "models",
    "moderations",
    "batches",
    "files",
    "content",
    "cancel",
];

/// The header by which a trace goes on at another server (W3C Trace Context).
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Says the trace that the running work belongs to, as `traceparent` does; `None` where there is none.
pub type Traceparent = fn() -> Option<String>;

/// The path of a request, and whether its server is told the trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    route: String,
    pub(super) goes_on: bool,
}

impl Told {
    /// A request of this path below the address that the operator gave.
    pub(crate) fn at(path: &str) -> Self {
        let known = |word: &str| word.is_empty() || WORDS.contains(&word);
        let words = path.split('/').map(|word| if known(word) { word } else { "{id}" });
        Self { route: words.collect::<Vec<_>>().join("/"), goes_on: false }
    }

    /// A request to an address of strangers, whose path may be a secret between them.
    pub(crate) fn to_strangers() -> Self {
        Self { route: String::new(), goes_on: false }
    }

    /// And its server is told the trace, so that what it does can be seen beside it.
    pub(crate) fn going_on(self) -> Self {
        Self { goes_on: true, ..self }
    }

    /// The request as a span.
    pub(super) fn span(&self, method: &Method, url: &Url) -> Span {
        let url_template = (!self.route.is_empty()).then_some(self.route.as_str());
        tracing::debug_span!(
            target: "trace",
            "http",
            otel.name = %format_args!("{method} {}", self.route),
            otel.kind = "client",
            http.request.method = %method,
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            url.template = url_template,
            http.response.status_code = Empty,
            error = Empty,
        )
    }
}

/// Tells the server the trace, where there is one.
pub(super) fn go_on(headers: &mut HeaderMap, traceparent: Option<Traceparent>) {
    let said = traceparent.and_then(|said| said());
    if let Some(value) = said.and_then(|said| HeaderValue::try_from(said).ok()) {
        headers.insert(TRACEPARENT, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_without_the_ids_in_it() {
        let told = |path| Told::at(path).route;
        assert_eq!(told("/2/users/2244994945/tweets"), "/2/users/{id}/tweets");
        assert_eq!(told("/batches/batch_abc/cancel"), "/batches/{id}/cancel");
        assert_eq!(told("/chat/completions"), "/chat/completions");
    }
}
