//! What the document says of one operation: said once, beside its handler, in the table that makes the
//! route. So the document has every route, and nothing that is none.

use axum::http::{Method, StatusCode};
use domain::model::access::Right;
use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{
    ContentBuilder, Header, HeaderBuilder, Ref, RefOr, Required, ResponseBuilder,
};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::once::KEY_CHARS_MAX;

/// What every answer says of the caller's allowance.
const LIMITS: [(&str, &str); 3] = [
    ("RateLimit-Limit", "Requests in a minute"),
    ("RateLimit-Remaining", "Requests that may still be made"),
    ("RateLimit-Reset", "Seconds until all of them may be made again"),
];

/// A schema by name.
type Component = (String, RefOr<Schema>);

/// An operation of the API.
pub(crate) struct Operation {
    pub(super) method: Method,
    /// Behind `/api/v1`.
    pub(super) path: &'static str,
    pub(super) components: Vec<Component>,
    builder: OperationBuilder,
    answer: (StatusCode, ResponseBuilder),
    refusals: Vec<(StatusCode, &'static str)>,
}

impl Operation {
    /// Something that is looked at.
    pub(super) fn get(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new((Method::GET, StatusCode::OK), path, id, summary)
    }

    /// Something that is done.
    pub(super) fn post(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new((Method::POST, StatusCode::OK), path, id, summary)
    }

    /// Something that is made.
    pub(super) fn make(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        let header = text_header("Where it is from now on");
        Self::new((Method::POST, StatusCode::CREATED), path, id, summary).says("Location", header)
    }

    /// Something that is changed.
    pub(super) fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new((Method::PATCH, StatusCode::OK), path, id, summary)
    }

    /// Something that is taken away.
    pub(super) fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Self {
        Self::new((Method::DELETE, StatusCode::NO_CONTENT), path, id, summary)
    }

    fn new(
        (method, status): (Method, StatusCode),
        path: &'static str,
        id: &'static str,
        summary: &'static str,
    ) -> Self {
        // `/posts/{id}/approve` belongs to the posts.
        let tag = path.split('/').nth(1).unwrap_or_default();
        let answer = LIMITS
            .iter()
            .fold(ResponseBuilder::new().description(summary), |answer, (name, says)| {
                answer.header(*name, number_header(says))
            });
        Self {
            method,
            path,
            components: Vec::new(),
            builder: OperationBuilder::new().operation_id(Some(id)).summary(Some(summary)).tag(tag),
            answer: (status, answer),
            refusals: Vec::new(),
        }
    }

    /// What else there is to know of it.
    pub(super) fn tells(mut self, description: &'static str) -> Self {
        self.builder = self.builder.description(Some(description));
        self
    }

    /// With these parameters, in the path or in the query.
    pub(super) fn of<P: IntoParams>(mut self) -> Self {
        for parameter in P::into_params(|| None) {
            if parameter.name == "cursor" {
                self.refusals.push((StatusCode::UNPROCESSABLE_ENTITY, "bad_cursor"));
            }
            if matches!(parameter.parameter_in, ParameterIn::Query) {
                self.refusals.push((StatusCode::BAD_REQUEST, "bad_query"));
            }
            self.builder = self.builder.parameter(parameter);
        }
        self
    }

    /// With this body.
    pub(super) fn takes<B: ToSchema>(mut self) -> Self {
        self.keep::<B>();
        let schema = RefOr::Ref(Ref::from_schema_name(B::name()));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let body = RequestBodyBuilder::new()
            .content("application/json", content)
            .required(Some(Required::True))
            .build();
        self.builder = self.builder.request_body(Some(body));
        for (status, code) in [
            (StatusCode::BAD_REQUEST, "broken_body"),
            (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            (StatusCode::UNPROCESSABLE_ENTITY, "unprocessable_body"),
        ] {
            self.refusals.push((status, code));
        }
        self
    }

    /// It answers with this.
    pub(super) fn answers<A: ToSchema>(mut self) -> Self {
        self.keep::<A>();
        let schema = RefOr::Ref(Ref::from_schema_name(A::name()));
        self.content("application/json", schema)
    }

    /// It answers with a page of these.
    pub(super) fn lists<A: ToSchema>(mut self) -> Self
    where
        super::page::Page<A>: PartialSchema,
    {
        self.keep::<A>();
        let page = <super::page::Page<A> as PartialSchema>::schema();
        self.content("application/json", page)
    }

    /// It answers with something that has no schema of ours.
    pub(super) fn serves(self, kind: &'static str, of: Type) -> Self {
        self.content(kind, ObjectBuilder::new().schema_type(of).into())
    }

    fn content(mut self, kind: &'static str, schema: RefOr<Schema>) -> Self {
        let (status, answer) = self.answer;
        let content = ContentBuilder::new().schema(Some(schema)).build();
        self.answer = (status, answer.content(kind, content));
        self
    }

    /// Another status than is usual.
    pub(super) fn with(mut self, status: StatusCode) -> Self {
        self.answer.0 = status;
        self
    }

    /// The answer names the state that it shows.
    pub(super) fn tagged(self) -> Self {
        self.says("ETag", text_header("The state that is shown; a change names it in `If-Match`"))
    }

    /// It changes only what the caller saw.
    pub(super) fn matches(mut self) -> Self {
        let says = "The `ETag` of what was seen. It is changed only if it is still that.";
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r#"^"[0-9a-f]{32}"$"#))
            .into();
        self.builder = self.builder.parameter(header("If-Match", says, Required::True, schema));
        self.refuses(StatusCode::PRECONDITION_REQUIRED, "if_match_required")
            .refuses(StatusCode::PRECONDITION_FAILED, "changed")
    }

    /// It makes one thing however often it is sent under the same key.
    pub(super) fn once(mut self) -> Self {
        let says = "A word of your own, such as a UUID. Sent again under the same key within 24 hours, the \
                    request does nothing and has the first one's answer.";
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(format!("^[A-Za-z0-9_.:-]{{1,{KEY_CHARS_MAX}}}$")))
            .into();
        let parameter = header("Idempotency-Key", says, Required::False, schema);
        self.builder = self.builder.parameter(parameter);
        let replayed = text_header("`true`: this is the answer to an earlier request");
        self.says("Idempotent-Replayed", replayed)
            .refuses(StatusCode::BAD_REQUEST, "bad_key")
            .refuses(StatusCode::CONFLICT, "still_running")
            .refuses(StatusCode::CONFLICT, "outcome_unknown")
            .refuses(StatusCode::UNPROCESSABLE_ENTITY, "key_reused")
    }

    /// It may say no with this code.
    pub(super) fn refuses(mut self, status: StatusCode, code: &'static str) -> Self {
        self.refusals.push((status, code));
        self
    }

    fn says(mut self, name: &'static str, header: Header) -> Self {
        let (status, answer) = self.answer;
        self.answer = (status, answer.header(name, header));
        self
    }

    fn keep<S: ToSchema>(&mut self) {
        S::schemas(&mut self.components);
        self.components.push((S::name().into_owned(), S::schema()));
    }

    /// As the document has it, for who has that right.
    pub(super) fn build(mut self, right: Right) -> utoipa::openapi::path::Operation {
        self.usual_refusals();
        let (status, answer) = self.answer;
        let mut builder = self.builder.response(status.as_str(), answer.build());
        self.refusals.sort_by_key(|(status, _)| status.as_u16());
        for same in self.refusals.chunk_by(|(one, _), (other, _)| one == other) {
            let codes: Vec<String> = same.iter().map(|(_, code)| format!("`{code}`")).collect();
            builder = builder.response(same[0].0.as_str(), refusal(same[0].0, &codes.join(", ")));
        }
        let scope = [right.as_str()];
        builder
            .security(SecurityRequirement::new("token", scope))
            .security(SecurityRequirement::new("session", scope))
            .build()
    }

    /// What every operation may say.
    fn usual_refusals(&mut self) {
        if self.path.contains('{') {
            self.refusals.push((StatusCode::NOT_FOUND, "not_found"));
        }
        if self.method != Method::GET {
            self.refusals.push((StatusCode::FORBIDDEN, "csrf"));
        }
        self.refusals.extend([
            (StatusCode::UNAUTHORIZED, "login_required"),
            (StatusCode::UNAUTHORIZED, "token_unknown"),
            (StatusCode::FORBIDDEN, "right_required"),
            (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"),
            (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            (StatusCode::SERVICE_UNAVAILABLE, "database_unavailable"),
            (StatusCode::SERVICE_UNAVAILABLE, "too_slow"),
        ]);
        self.refusals.sort_by_key(|(status, code)| (status.as_u16(), *code));
        self.refusals.dedup();
    }
}

/// An answer that says no.
fn refusal(status: StatusCode, codes: &str) -> utoipa::openapi::Response {
    let title = status.canonical_reason().unwrap_or("Refused");
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let answer = ResponseBuilder::new()
        .description(format!("{title}: {codes}"))
        .content("application/problem+json", content);
    let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let after = "After so many seconds it is worth another try";
    if waits { answer.header("Retry-After", number_header(after)) } else { answer }.build()
}

fn header(name: &str, says: &str, required: Required, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .description(Some(says))
        .required(required)
        .schema(Some(schema))
        .build()
}

fn text_header(says: &str) -> Header {
    let schema: RefOr<Schema> = ObjectBuilder::new().schema_type(Type::String).into();
    HeaderBuilder::new().schema(Some(schema)).description(Some(says)).build()
}

fn number_header(says: &str) -> Header {
    let schema: RefOr<Schema> =
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into();
    HeaderBuilder::new().schema(Some(schema)).description(Some(says)).build()
}
