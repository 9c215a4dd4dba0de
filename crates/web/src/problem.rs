//! Every refusal: what happened, and what to do about it (RFC 9457, `application/problem+json`).
//!
//! A reader with a browser gets the same words as a page; see `pages::error`. Nothing of the inside
//! (SQL, paths, causes) is ever said here; that goes to the log.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::ports::FieldProblem;
use domain::ports::store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong with a request.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// Sentences for people, with the way out.
    pub(crate) detail: String,
    header: Option<Box<(HeaderName, HeaderValue)>>,
    /// What is not right about the fields of a form.
    fields: Vec<FieldView>,
}

/// A field that is not right, and what to do about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = FieldProblem)]
pub(crate) struct FieldView {
    /// The field's key.
    field: String,
    /// What stands there.
    found: String,
    /// What may stand there.
    allowed: String,
    /// What to do.
    mend: String,
}

impl FieldView {
    pub(crate) fn of(problem: FieldProblem) -> Self {
        let FieldProblem { field, found, allowed, mend } = problem;
        Self { field, found, allowed, mend }
    }
}

/// Its JSON form.
#[derive(Serialize)]
struct View<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: &'static str,
    #[serde(skip_serializing_if = "<[FieldView]>::is_empty")]
    problems: &'a [FieldView],
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), header: None, fields: Vec::new() }
    }

    /// With a header that tells a program what to do.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.header = Some(Box::new((name, value)));
        self
    }

    /// With what is not right about each field.
    pub(crate) fn with_fields(self, fields: Vec<FieldView>) -> Self {
        Self { fields, ..self }
    }

    /// With `Retry-After`.
    pub(crate) fn retry_after(self, secs: u64) -> Self {
        self.with_header(header::RETRY_AFTER, HeaderValue::from(secs))
    }

    /// The words of the status.
    pub(crate) fn title(&self) -> &'static str {
        self.status.canonical_reason().unwrap_or("Error")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Nothing has this address. The overview is at /, health at /health.",
        )
    }

    pub(crate) fn no_such_bot() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no_such_bot",
            "No bot has this name. GET /stats lists all that there are.",
        )
    }

    /// Nobody knows who asks.
    pub(crate) fn log_in() -> Self {
        let problem = Self::new(
            StatusCode::UNAUTHORIZED,
            "login_required",
            "This is only for people who are logged in, at /login, and for programs that send `Authorization: \
             Bearer <token>`. An owner makes tokens under Settings; FLOCKWORK_API_TOKEN is one, too.",
        );
        let challenge = HeaderValue::from_static(r#"Bearer realm="flockwork""#);
        problem.with_header(header::WWW_AUTHENTICATE, challenge)
    }

    /// The connection ended in the middle of the body.
    pub(crate) fn broken_body() -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "broken_body",
            "The body broke off before its end. Send it again.",
        )
    }

    pub(crate) fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "A body must be JSON, sent with `Content-Type: application/json`.",
        )
    }

    /// A body that can be read, and asks for what cannot be.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "unprocessable_body", detail)
    }

    /// Something is in the way, and nothing was done.
    pub(crate) fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body is larger than this house takes; FLOCKWORK_BODY_KIB says how much that is.",
        )
    }

    /// A form or a query that is not ours.
    pub(crate) fn unreadable() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "unprocessable_form",
            "The form lacks a field, or has one that is not its own. Load the page anew.",
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong inside; the log has the details. What is stored is not affected.",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_slow",
            "The answer took too long and was given up. Try again in a moment.",
        )
        .retry_after(5)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "The database did not serve a request");
        match error {
            StoreError::Unavailable(_)
            | StoreError::Full(_)
            | StoreError::Moved(_)
            | StoreError::NotDurable(_) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "database_unavailable",
                "The database does not answer now; nothing was changed. GET /health says more.",
            )
            .retry_after(5),
            StoreError::Corrupt { .. } | StoreError::DiskFailed(_) | StoreError::Failed(_) => {
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let view = View {
            r#type: format!("urn:flockwork:problem:{}", self.code),
            title: self.title(),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
            problems: &self.fields,
        };
        let mut response = (self.status, Json(view)).into_response();
        let headers = response.headers_mut();
        let problem_json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, problem_json);
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some((name, value)) = self.header.as_deref().cloned() {
            headers.insert(name, value);
        }
        // For `pages::error`, which says the same as a page where a person asks.
        response.extensions_mut().insert(self);
        response
    }
}
