//! Who may send requests, and from where.

use axum::{Extension, Router};

use super::state::Shared;
use super::viewer::Viewer;

/// Lets only permitted requests through to these routes, and tells them who sent them.
pub(super) fn protect(routes: Router, shared: &Shared) -> Router {
    let viewer = Viewer {
        name: "anonymous".to_owned(),
        may_change: !shared.settings().read_only,
    };
    routes.layer(Extension(viewer))
}
