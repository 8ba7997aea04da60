//! An HTTP endpoint that answers as a test says, and remembers what it got.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::{SOON, eventually};

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// How many came before.
    pub(crate) number: usize,
    pub(crate) at: Instant,
}

impl Received {
    /// The value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }
}

/// What the endpoint does with a request.
pub(crate) enum Answer {
    Now(Response<Body>),
    /// Nothing, until the client gives up.
    Never,
}

pub(crate) fn status(status: u16) -> Answer {
    with_headers(status, &[], "")
}

pub(crate) fn with_headers(status: u16, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
    let response = Response::builder().status(status);
    let response = headers.iter().fold(response, |response, (name, value)| {
        response.header(*name, *value)
    });
    Answer::Now(response.body(body.into()).unwrap())
}

type Answering = dyn Fn(&Received) -> Answer + Send + Sync;

struct Shared {
    answer: Box<Answering>,
    received: Mutex<Vec<Received>>,
    /// Requests that the client gave up.
    dropped: Mutex<usize>,
}

pub(crate) struct Endpoint {
    port: u16,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Endpoint {
    pub(crate) fn start(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            received: Mutex::default(),
            dropped: Mutex::default(),
        });
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new()
            .fallback(serve)
            .layer(axum::extract::DefaultBodyLimit::disable())
            .with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Self {
            port,
            shared,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Waits for so many requests.
    #[track_caller]
    pub(crate) fn wait_for(&self, count: usize) {
        eventually(SOON, || (self.received().len() >= count).then_some(()));
    }

    /// Waits until the client has given up so many requests.
    #[track_caller]
    pub(crate) fn wait_for_dropped(&self, count: usize) {
        let dropped = || *self.shared.dropped.lock().unwrap();
        eventually(SOON, || (dropped() >= count).then_some(()));
    }
}

/// Counts a request that ends before its answer.
struct Unanswered(Arc<Shared>);

impl Drop for Unanswered {
    fn drop(&mut self) {
        *self.0.dropped.lock().unwrap() += 1;
    }
}

async fn serve(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let request = {
        let mut received = shared.received.lock().unwrap();
        let request = Received {
            uri,
            headers,
            body: body.to_vec(),
            number: received.len(),
            at: Instant::now(),
        };
        received.push(request.clone());
        request
    };
    match (shared.answer)(&request) {
        Answer::Now(response) => response,
        Answer::Never => {
            let _unanswered = Unanswered(shared);
            std::future::pending().await
        }
    }
}
