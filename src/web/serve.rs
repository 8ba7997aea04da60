//! The listener.

use std::future::Future;

use tokio::net::TcpListener;

use super::routes::router;
use super::state::Shared;

/// Answers requests until `stop` ends.
///
/// # Errors
/// If connections can no longer be accepted.
pub(crate) async fn serve(
    listener: TcpListener,
    shared: &Shared,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(shared))
        .with_graceful_shutdown(stop)
        .await
}
