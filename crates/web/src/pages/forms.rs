//! What pages with forms have in common.

use askama::Template;
use axum::extract::Form;
use axum::extract::rejection::FormRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::problem::Problem;

/// The fields of a form, or what is wrong with them.
pub(crate) fn fields<T>(form: Result<Form<T>, FormRejection>) -> Result<T, Problem> {
    match form {
        Ok(Form(fields)) => Ok(fields),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Problem::too_large())
        }
        Err(_) => Err(Problem::unreadable()),
    }
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Response {
    with_status(StatusCode::OK, template)
}

/// A page that says no.
pub(crate) fn with_status(status: StatusCode, template: &impl Template) -> Response {
    let html = template.render().expect("a template writes to memory and nothing in it fails");
    (status, Html(html)).into_response()
}

/// After something was done: the browser asks anew, so that a reload does it no second time.
pub(crate) fn see_other(path: &str) -> Response {
    let place = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// `next=%2Fcosts`, for a page that leads back.
pub(crate) fn next_to(path: &str) -> String {
    serde_urlencoded::to_string([("next", path)]).unwrap_or_default()
}

/// Where a page leads back to: only to a page of this house.
pub(crate) fn own_path(next: Option<&str>) -> &str {
    let is_own = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(|c: char| c == '\\' || c.is_control())
    };
    next.filter(is_own).unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_no_other_house() {
        for (next, path) in [
            (None, "/"),
            (Some("/costs?month=7"), "/costs?month=7"),
            (Some("//evil.example"), "/"),
            (Some("/\\evil.example"), "/"),
            (Some("https://evil.example"), "/"),
            (Some("javascript:alert(1)"), "/"),
            (Some("/a\r\nSet-Cookie: b"), "/"),
            (Some("/\t/evil.example"), "/"),
        ] {
            assert_eq!(own_path(next), path, "{next:?}");
        }
    }
}
