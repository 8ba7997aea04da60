//! An HTTP endpoint that answers as a test says, and remembers what it got.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::redis::authority;
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
    scheme: &'static str,
    port: u16,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

impl Endpoint {
    pub(crate) fn start(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::with(answer, None)
    }

    /// Speaks TLS, and asks for a client certificate. The folder gets `ca.pem`, `client.pem` and `client.key`.
    pub(crate) fn with_tls(
        folder: &Path,
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        Self::with(answer, Some(acceptor(folder)))
    }

    fn with(
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
        tls: Option<TlsAcceptor>,
    ) -> Self {
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
        let scheme = if tls.is_some() { "https" } else { "http" };
        runtime.spawn(async move {
            match tls {
                Some(tls) => axum::serve(Encrypted { listener, tls }, router).await,
                None => axum::serve(listener, router).await,
            }
        });
        Self {
            scheme,
            port,
            shared,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://127.0.0.1:{}/hooks", self.scheme, self.port)
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

/// Accepts connections with TLS.
struct Encrypted {
    listener: TcpListener,
    tls: TlsAcceptor,
}

impl axum::serve::Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, from) = self.listener.accept().await.unwrap();
            // A client that does not trust the certificate, or shows none, goes away.
            if let Ok(stream) = self.tls.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn acceptor(folder: &Path) -> TlsAcceptor {
    let ca = authority();
    let file = |name: &str, text: String| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let issue = |name: &str| {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let cert = params.signed_by(&key, &*ca).unwrap();
        let cert = file(&format!("{name}.pem"), cert.pem());
        (cert, file(&format!("{name}.key"), key.serialize_pem()))
    };
    let ca = file("ca.pem", ca.pem());
    issue("client");
    let (cert, key) = issue("server");
    let certificate = |path: &Path| CertificateDer::from_pem_file(path).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&ca)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(roots.into(), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![certificate(&cert)],
            PrivateKeyDer::from_pem_file(key).unwrap(),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
