//! The listener: sockets, TLS, connections and their limits.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `listener` | TCP and Unix sockets |
//! | `tls` | certificates |
//! | `connections` | how many connections may be open, and which are closed first |
//! | `body` | the end of a response |

mod body;
mod connections;
mod listener;
mod tls;

use std::convert::Infallible;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::body::Tracked;
use self::connections::{Connections, Place};
use self::listener::Stream;
use super::routes::router;
use super::safety::Ends;
use super::state::Shared;

pub(crate) use self::listener::Listener;
pub(crate) use self::tls::{TlsAcceptor, acceptor};

/// How long a client may take for the head of a request, and leave a connection unused.
const HEADER_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// The head of a request; more is answered with 431.
const MAX_HEAD_BYTES: usize = 32 * 1024;
const MAX_HEADERS: usize = 100;
/// How long requests may still take after the stop. Event streams end at once.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// What all connections have in common.
#[derive(Clone)]
struct Server {
    routes: TowerToHyperService<Router>,
    tls: Option<TlsAcceptor>,
    connections: Arc<Connections>,
    stopping: watch::Receiver<bool>,
}

/// Answers requests until `stop` ends. Changes under way are stopped between two steps.
pub(crate) async fn serve(
    listeners: Vec<Listener>,
    tls: Option<TlsAcceptor>,
    shared: &Shared,
    stop: impl Future<Output = ()> + Send,
) {
    let closing = shared.changes().close();
    serve_routes(listeners, tls, router(shared), (stop, closing)).await;
}

/// Answers requests until `stop` ends, and waits for `closing` meanwhile.
pub(crate) async fn serve_routes(
    listeners: Vec<Listener>,
    tls: Option<TlsAcceptor>,
    routes: Router,
    (stop, closing): (
        impl Future<Output = ()> + Send,
        impl Future<Output = ()> + Send,
    ),
) {
    let (begin_stop, stopping) = watch::channel(false);
    let server = Server {
        routes: TowerToHyperService::new(routes),
        tls,
        connections: Arc::default(),
        stopping,
    };
    let mut accepting: JoinSet<JoinSet<()>> = JoinSet::new();
    for listener in listeners {
        accepting.spawn(server.clone().accept(listener));
    }
    stop.await;
    begin_stop.send_replace(true);
    let finish = async {
        while let Some(Ok(mut open)) = accepting.join_next().await {
            while open.join_next().await.is_some() {}
        }
    };
    // What has not ended by then ends now: dropping a set aborts its tasks. A step of a change is never aborted.
    tokio::join!(closing, async {
        drop(timeout(STOP_TIMEOUT, finish).await);
    });
}

impl Server {
    /// Accepts connections until the server stops, and returns those that are still open.
    async fn accept(mut self, listener: Listener) -> JoinSet<()> {
        let mut open = JoinSet::new();
        loop {
            let place = tokio::select! {
                place = self.connections.place() => place,
                _ = self.stopping.wait_for(|stopping| *stopping) => return open,
            };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stopping.wait_for(|stopping| *stopping) => return open,
            };
            match accepted {
                Ok((stream, ends)) => {
                    let place = Arc::new(place);
                    let task = open.spawn(self.clone().converse(stream, ends, Arc::clone(&place)));
                    place.may_abort(task);
                }
                // The client is gone already, or there are no file descriptors left for the moment.
                Err(error) => {
                    tracing::debug!(%error, "cannot accept a connection");
                    sleep(Duration::from_millis(50)).await;
                }
            }
            while open.try_join_next().is_some() {}
        }
    }

    async fn converse(self, stream: Stream, ends: Ends, place: Arc<Place>) {
        let stream = match &self.tls {
            None => stream,
            Some(tls) => match timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
                Ok(Ok(stream)) => Stream::new(stream),
                Ok(Err(_)) | Err(_) => return,
            },
        };
        let mut stopping = self.stopping.clone();
        let service = service_fn(|request| self.answer(request, ends, &place));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(MAX_HEAD_BYTES)
            .max_headers(MAX_HEADERS)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let stopped = async { drop(stopping.wait_for(|stopping| *stopping).await) };
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = stopped => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            connection.await
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection broke");
        }
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        ends: Ends,
        place: &Arc<Place>,
    ) -> Result<Response<Tracked>, Infallible> {
        let busy = place.busy();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ends);
        let response = self.routes.call(request).await?;
        Ok(Tracked::wrap(response, busy, self.stopping.clone()))
    }
}
