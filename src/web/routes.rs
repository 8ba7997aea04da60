//! All routes in one place.

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, map_response};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;

use super::guard::confirm;
use super::state::Shared;
use super::{api, assets, guard, health, metrics, pages};

/// All routes, below the root path.
///
/// Names of queues and ids of tasks are query parameters, not parts of paths: browsers and proxies resolve a part
/// such as `..`, even when it is encoded.
pub(super) fn router(shared: &Shared) -> Router {
    let mut pages = pages::routes();
    let mut api = api::routes();
    // With `--read-only` there are no routes that change anything.
    if !shared.settings().read_only {
        pages = pages
            .merge(pages::previews())
            .merge(confirm::of_pages(pages::changes(), shared));
        api = api
            .merge(api::previews())
            .merge(confirm::of_api(api::changes(), shared));
    }
    let routes = pages
        .nest("/api", api)
        .merge(guard::login_routes())
        .route("/metrics", get(metrics::metrics))
        .fallback(pages::not_found)
        .with_state(shared.clone());
    let open = assets::routes().merge(health::routes().with_state(shared.clone()));
    let routes = guard::protect(routes, shared).merge(guard::open(open));
    match shared.root_path() {
        "" => routes,
        root => below(root, routes),
    }
}

/// The routes below a path, and a redirection from the path itself: it is the overview, whose links would lead elsewhere
/// without a slash at the end of its address.
fn below(root: &str, routes: Router) -> Router {
    let overview = format!("{root}/");
    let redirect = move || async move { Redirect::permanent(&overview) };
    Router::new()
        .route(root, get(redirect))
        .nest_service(&format!("{root}/"), routes)
        .layer(from_fn(refuse_double_slashes))
        .layer(map_response(guard::harden))
}

/// The router takes `/monitoring//queue` for `/monitoring/queue`, a proxy in front may not.
async fn refuse_double_slashes(request: Request, next: Next) -> Response {
    if request.uri().path().contains("//") {
        return StatusCode::NOT_FOUND.into_response();
    }
    next.run(request).await
}
