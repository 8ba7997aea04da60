//! Connections to endpoints: TCP, TLS where the URL says so, kept alive between requests.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::Uri;
use hyper::body::Bytes;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

/// Looking up the name, TCP and TLS together. The attempt itself may last much longer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Servers close connections that have been idle for a while, Node's after 5 seconds. A request that is sent just then fails,
/// and nobody knows whether it was received.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

pub(super) type HttpClient = Client<Connector, Full<Bytes>>;

/// A client that has at most one connection for each attempt.
pub(super) fn client(tls: Option<TlsConnector>) -> HttpClient {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build(Connector { tcp, tls })
}

#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    /// Absent: the endpoint does not use it.
    tls: Option<TlsConnector>,
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Stream>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.tcp.poll_ready(cx).map_err(io::Error::other)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let name = ServerName::try_from(host.to_owned());
        let (tcp, tls) = (self.tcp.call(uri), self.tls.clone());
        let connecting = async move {
            let tcp = tcp.await.map_err(io::Error::other)?;
            let Some(tls) = tls else {
                return Ok(Stream(TokioIo::new(Box::new(tcp.into_inner()))));
            };
            let name = name.map_err(io::Error::other)?;
            let encrypted = tls.connect(name, tcp.into_inner()).await?;
            Ok(Stream(TokioIo::new(Box::new(encrypted))))
        };
        Box::pin(async move {
            let connected = timeout(CONNECT_TIMEOUT, connecting).await;
            connected.unwrap_or_else(|_| {
                let limit = CONNECT_TIMEOUT.as_secs();
                Err(io::Error::other(format!("no connection within {limit}s")))
            })
        })
    }
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// A connection, with TLS or without.
pub(super) struct Stream(TokioIo<Box<dyn Duplex>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
