//! The OpenAPI 3.1 document: made from the table of operations, and served.

use std::collections::BTreeMap;

use axum::Json;
use domain::model::access::Right;
use utoipa::openapi::path::{HttpMethod, Paths};
use utoipa::openapi::schema::{ComponentsBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApiBuilder, RefOr, Tag};
use utoipa::{PartialSchema, ToSchema};

use super::ask::Ask;
use super::operation::Operation;
use super::table::{self, Api};
use crate::problem::FieldView;

/// The chapters, in the order in which they are read.
const CHAPTERS: [(&str, &str); 16] = [
    ("me", "Who asks."),
    ("house", "Everything at a glance, and the switch that stops it."),
    ("bots", "The accounts that are run: whether they post, who they are, when, and for how much."),
    ("posts", "Texts: written, approved, rejected, removed."),
    ("review", "What review says of words."),
    ("slots", "Instants at which a bot owes a post, and what became of each."),
    ("attention", "What needs a person besides slots."),
    ("budgets", "What may be spent, and what is gone."),
    ("ledger", "What was spent, line by line."),
    ("feeds", "Feeds that bots follow."),
    ("orders", "Posts that a model server writes in bulk."),
    ("events", "What changes, as it changes."),
    ("tokens", "What programs hold."),
    ("audit", "Who did what."),
    ("settings", "What holds here."),
    ("openapi.json", "The document that this is made from."),
];

const ABOUT: &str = "Everything that the pages do, for programs. Times are RFC 3339 in UTC; money is in \
    millionths of a US dollar; lists come in pages and lead on by `next`. A refusal is a problem (RFC 9457) \
    with a `code` that stays the same and a `detail` that says the way out.";

const TOKEN: &str = "A token that an owner makes under Settings, with the scopes `read`, `draft`, `approve` \
    and `admin`; or FLOCKWORK_API_TOKEN.";

const SESSION: &str = "Somebody who is logged in. A change also carries the header `X-CSRF-Token`, with the \
    word that `GET /api/v1/me` tells.";

/// A refusal, as `crate::problem` writes it.
#[derive(ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "the shape of what `Problem` serialises, for the document")]
struct ProblemView {
    /// `urn:flockwork:problem:` and the code.
    r#type: String,
    /// The words of the status.
    title: String,
    /// The status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, and the way out.
    detail: String,
    /// A word that stays the same.
    code: String,
    /// What is not right about the fields of a form, all of it at once.
    problems: Option<Vec<FieldView>>,
}

/// A document that is being gathered.
pub(super) struct Document {
    paths: Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

impl Document {
    pub(super) fn new() -> Self {
        let problem = (ProblemView::name().into_owned(), ProblemView::schema());
        let field = (FieldView::name().into_owned(), FieldView::schema());
        Self { paths: Paths::new(), schemas: BTreeMap::from([problem, field]) }
    }

    /// With an operation.
    pub(super) fn with(mut self, path: &str, mut operation: Operation, right: Right) -> Self {
        self.schemas.extend(std::mem::take(&mut operation.components));
        let method = match operation.method.as_str() {
            "POST" => HttpMethod::Post,
            "PATCH" => HttpMethod::Patch,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        };
        self.paths.add_path_operation(path, vec![method], operation.build(right));
        self
    }

    /// As it is served.
    pub(super) fn value(self) -> serde_json::Value {
        let session = ApiKeyValue::with_description("__Host-flockwork", SESSION);
        let token =
            HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(TOKEN)).build();
        let components = ComponentsBuilder::new()
            .schemas_from_iter(self.schemas)
            .security_scheme("token", SecurityScheme::Http(token))
            .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(session)))
            .build();
        let licence = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0"));
        let info = InfoBuilder::new()
            .title("Flockwork")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(ABOUT))
            .license(Some(licence.build()))
            .build();
        let document = OpenApiBuilder::new()
            .info(info)
            .paths(self.paths)
            .components(Some(components))
            .tags(Some(tags()))
            .build();
        serde_json::to_value(document).expect("a document is words, numbers and lists")
    }
}

fn tags() -> Vec<Tag> {
    let tag =
        |(name, says): (&str, &str)| TagBuilder::new().name(name).description(Some(says)).build();
    CHAPTERS.map(tag).into()
}

pub(super) fn operations(api: Api) -> Api {
    api.may(
        Right::Read,
        Operation::get("/openapi.json", "get_document", "This document, as OpenAPI 3.1")
            .serves("application/json", Type::Object),
        serve,
    )
}

async fn serve(_: Ask) -> Json<&'static serde_json::Value> {
    Json(table::document())
}
