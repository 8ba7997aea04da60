//! The stylesheet, the scripts and the icon. They are part of the program, so that nothing needs to be installed beside it.

use std::sync::LazyLock;

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

const fn script(name: &'static str, text: &'static str) -> Asset {
    Asset {
        name,
        kind: "text/javascript; charset=utf-8",
        text,
    }
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "page.css",
        kind: "text/css; charset=utf-8",
        text: concat!(
            include_str!("tokens.css"),
            include_str!("base.css"),
            include_str!("parts.css"),
            include_str!("pages.css"),
            include_str!("tasks.css"),
            include_str!("task.css"),
            include_str!("schedules.css"),
            include_str!("doctor.css"),
        ),
    },
    Asset {
        name: "icon.svg",
        kind: "image/svg+xml",
        text: include_str!("icon.svg"),
    },
    script("theme.js", include_str!("theme.js")),
    script("page.js", include_str!("page.js")),
    script("copy.js", include_str!("copy.js")),
    script("keys.js", include_str!("keys.js")),
    script("live.js", include_str!("live.js")),
    script("loading.js", include_str!("loading.js")),
    script("log.js", include_str!("log.js")),
    script("login.js", include_str!("login.js")),
    script("narrow.js", include_str!("narrow.js")),
    script("complete.js", include_str!("complete.js")),
    script("progress.js", include_str!("progress.js")),
    script("replace.js", include_str!("replace.js")),
    script("still.js", include_str!("still.js")),
    script("tick.js", include_str!("tick.js")),
    script("times.js", include_str!("times.js")),
    script("tabs.js", include_str!("tabs.js")),
];

/// The hash of all files. It is a part of their paths, so that browsers may keep a file for good, and modules can import
/// each other by name.
static HASH: LazyLock<String> = LazyLock::new(|| {
    let mut hash = sha1_smol::Sha1::new();
    for asset in ASSETS {
        hash.update(asset.name.as_bytes());
        hash.update(asset.text.as_bytes());
    }
    hash.digest().to_string()[..12].to_owned()
});

/// Whoever can reach the page may read its stylesheet: the login page needs it.
pub(super) fn routes() -> Router {
    Router::new().route("/assets/{hash}/{name}", get(asset))
}

/// The path of a file.
pub(super) fn path(name: &str) -> String {
    format!("/assets/{}/{name}", *HASH)
}

/// Another hash belongs to another version of the program: its files are not here.
async fn asset(Path((hash, name)): Path<(String, String)>) -> Response {
    let asset = ASSETS.iter().find(|asset| asset.name == name);
    let Some(asset) = asset.filter(|_| hash == *HASH) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.text).into_response()
}

#[cfg(test)]
mod tests;
