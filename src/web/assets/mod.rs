//! The stylesheet and the scripts. They are part of the program, so that nothing needs to be installed beside it.

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// A file of the page.
struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "page.css",
        kind: "text/css; charset=utf-8",
        text: include_str!("page.css"),
    },
    Asset {
        name: "page.js",
        kind: "text/javascript; charset=utf-8",
        text: include_str!("page.js"),
    },
];

/// Whoever can reach the page may read its stylesheet: the login page needs it.
pub(super) fn routes() -> Router {
    Router::new().route("/assets/{version}/{name}", get(asset))
}

/// The path of a file. It changes with the version of the program, so that browsers may keep the file for good.
pub(super) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", env!("CARGO_PKG_VERSION"))
}

async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.text).into_response()
}
