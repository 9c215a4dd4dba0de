//! Style sheet, script and icon, inside the binary.
//!
//! Their addresses contain a hash of their content, so a browser keeps them for ever and still sees
//! a new version at once.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// One file.
struct Asset {
    path: String,
    kind: &'static str,
    content: &'static [u8],
}

/// All of them, by their addresses.
pub(crate) struct Assets {
    pub(crate) css: String,
    pub(crate) js: String,
    pub(crate) desk: String,
    pub(crate) find: String,
    pub(crate) calendar: String,
    pub(crate) icon: String,
    files: [Asset; 6],
}

static EMBEDDED: LazyLock<Assets> = LazyLock::new(|| {
    let css = Asset::new("app", "css", "text/css", include_bytes!("../static/app.css"));
    let js = Asset::new("app", "js", "text/javascript", include_bytes!("../static/app.js"));
    let desk = Asset::new("desk", "js", "text/javascript", include_bytes!("../static/desk.js"));
    let find = Asset::new("find", "js", "text/javascript", include_bytes!("../static/find.js"));
    let calendar = include_bytes!("../static/calendar.js");
    let calendar = Asset::new("calendar", "js", "text/javascript", calendar);
    let icon = Asset::new("bird", "svg", "image/svg+xml", include_bytes!("../static/bird.svg"));
    Assets {
        css: css.path.clone(),
        js: js.path.clone(),
        desk: desk.path.clone(),
        find: find.path.clone(),
        calendar: calendar.path.clone(),
        icon: icon.path.clone(),
        files: [css, js, desk, find, calendar, icon],
    }
});

impl Assets {
    /// The files of this build.
    pub(crate) fn embedded() -> &'static Self {
        &EMBEDDED
    }
}

impl Asset {
    fn new(name: &str, ending: &str, kind: &'static str, content: &'static [u8]) -> Self {
        let path = format!("/static/{name}.{:016x}.{ending}", fnv1a(content));
        Self { path, kind, content }
    }
}

/// `GET /static/{file}`.
pub(crate) async fn file(Path(name): Path<String>) -> Response {
    let wanted = format!("/static/{name}");
    let Some(asset) = EMBEDDED.files.iter().find(|asset| asset.path == wanted) else {
        return Problem::not_found().into_response();
    };
    let kind = format!("{}; charset=utf-8", asset.kind);
    let headers = [
        (header::CONTENT_TYPE, kind.as_str()),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (StatusCode::OK, headers, asset.content).into_response()
}

/// Tells versions apart; it protects nothing.
fn fnv1a(content: &[u8]) -> u64 {
    content.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
