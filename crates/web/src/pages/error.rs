//! A refusal as a page, for those who asked with a browser.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::forms::{next_to, see_other};
use super::frame::Frame;
use crate::component::Prose;
use crate::problem::Problem;
use crate::state::Shared;

/// The page.
#[derive(Template)]
#[template(path = "error.html")]
struct Page<'a> {
    frame: Frame<'a>,
    status: u16,
    title: &'static str,
    detail: Prose<&'a str>,
}

/// Says a problem as a page where HTML is preferred; status and headers stay.
pub(crate) async fn html_errors(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let wants_html = prefers_html(request.headers());
    let is_look = request.method() == Method::GET;
    let asked = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let mut response = next.run(request).await;
    let Some(problem) = response.extensions_mut().remove::<Problem>() else { return response };
    if !wants_html {
        return response;
    }
    if problem.code == "login_required" && is_look {
        return see_other(&format!("/login?{}", next_to(&asked))).into_response();
    }
    let page = Page {
        frame: Frame::bare(&shared.settings),
        status: problem.status.as_u16(),
        title: problem.title(),
        detail: Prose(&problem.detail),
    };
    let html = page.render().expect("a template writes to memory and nothing in it fails");
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    parts.headers.insert(header::CONTENT_TYPE, kind);
    Response::from_parts(parts, Body::from(html))
}

/// A handler panicked: a bug. The reader learns no more than that.
#[expect(clippy::needless_pass_by_value, reason = "the signature that tower-http calls")]
pub(crate) fn on_panic(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("no message");
    tracing::error!(cause = text, "A page or API handler panicked");
    Problem::internal().into_response()
}

/// Whether `Accept` likes HTML better than JSON. A program that accepts anything gets JSON.
pub(super) fn prefers_html(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or("");
    let quality = |wanted: &[&str]| {
        accept
            .split(',')
            .filter_map(|range| {
                let mut parts = range.split(';').map(str::trim);
                let kind = parts.next().unwrap_or_default();
                let quality = parts.find_map(|part| part.strip_prefix("q=")).unwrap_or("1");
                wanted.contains(&kind).then(|| quality.parse().unwrap_or(0.0))
            })
            .fold(0.0_f32, f32::max)
    };
    quality(&["text/html"]) > quality(&["application/json", "application/problem+json"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_get_pages_and_programs_get_json() {
        for (accept, wants_html) in [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("text/html", true),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json, text/html;q=0.5", false),
            ("text/html;q=0.9, application/problem+json;q=0.2", true),
            ("text/html;q=0", false),
        ] {
            let headers = [(header::ACCEPT, accept.parse().unwrap())].into_iter().collect();
            assert_eq!(prefers_html(&headers), wants_html, "{accept}");
        }
    }
}
