//! Behind a proxy that is trusted, a client is who that proxy says it is: the last address of
//! `X-Forwarded-For`, which the proxy itself has added. What stands before it anybody may have written.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::state::Shared;

const HEADER: &str = "x-forwarded-for";
const SCHEME: &str = "x-forwarded-proto";

/// A browser that came by TLS once comes by nothing else for a year. Source: OWASP ASVS 5, 3.4.1.
const ONLY_BY_TLS: HeaderValue = HeaderValue::from_static("max-age=31536000; includeSubDomains");

/// Puts the client's own address in the place of the proxy's, and has a browser keep to TLS where the proxy
/// says that it came by it.
pub(crate) async fn take_forwarded(
    State(shared): State<Arc<Shared>>,
    mut request: Request,
    next: Next,
) -> Response {
    if !shared.settings.is_behind_proxy {
        return next.run(request).await;
    }
    if let Some(address) = last(request.headers()) {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
    }
    let by_tls = came_by_tls(request.headers());
    let mut response = next.run(request).await;
    if by_tls {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, ONLY_BY_TLS);
    }
    response
}

fn came_by_tls(headers: &HeaderMap) -> bool {
    let line = headers.get_all(SCHEME).iter().next_back();
    line.and_then(|line| line.to_str().ok())
        .and_then(|line| line.rsplit(',').next())
        .is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
}

fn last(headers: &HeaderMap) -> Option<IpAddr> {
    let line = headers.get_all(HEADER).iter().next_back()?.to_str().ok()?;
    line.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_proxy_added_counts() {
        for (lines, address) in [
            (&[][..], None),
            (&["198.51.100.7"], Some("198.51.100.7")),
            (&["203.0.113.1, 198.51.100.7"], Some("198.51.100.7")),
            (&["203.0.113.1", "2001:db8::7"], Some("2001:db8::7")),
            (&["203.0.113.1, unknown"], None),
        ] {
            let headers: HeaderMap =
                lines.iter().map(|line| (HEADER.parse().unwrap(), line.parse().unwrap())).fold(
                    HeaderMap::new(),
                    |mut headers, (name, value): (axum::http::HeaderName, _)| {
                        headers.append(name, value);
                        headers
                    },
                );
            assert_eq!(last(&headers), address.map(|text| text.parse().unwrap()), "{lines:?}");
        }
    }
}
