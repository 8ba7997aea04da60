//! All routes in one place.

use axum::Router;

use super::state::Shared;
use super::{api, assets, guard, pages};

/// All routes, below the root path.
///
/// Names of queues and ids of tasks are query parameters, not parts of paths: browsers and proxies resolve a part
/// such as `..`, even when it is encoded.
pub(super) fn router(shared: &Shared) -> Router {
    let routes = Router::new()
        .merge(pages::routes(shared))
        .nest("/api", api::routes())
        .fallback(pages::not_found)
        .with_state(shared.clone());
    let routes = guard::protect(routes, shared).merge(assets::routes());
    match shared.root_path() {
        "" => routes,
        root => Router::new().nest(root, routes),
    }
}
