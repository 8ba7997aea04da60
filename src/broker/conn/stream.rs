//! Opens the stream to a server. The first bytes of its answer show whether it is Redis.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::future::select_ok;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use crate::broker::fault::Fault;

/// How a server is reached.
#[derive(Debug, Clone)]
pub(crate) enum Socket {
    Tcp { host: String, port: u16 },
    Unix(PathBuf),
}

/// TLS, and the name that the server's certificate must carry, if it is not the host.
#[derive(Clone)]
pub(super) struct Encryption {
    pub connector: TlsConnector,
    pub server_name: Option<String>,
}

/// After this time without a handshake, the port is tried without TLS: a plain Redis waits for the end of a line.
const HANDSHAKE_DOUBT: Duration = Duration::from_millis(300);

/// A stream to a server.
pub(super) type Stream = FirstAnswer<Box<dyn Bytes>>;

/// A stream that can be read and written.
pub(super) trait Bytes: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Bytes for S {}

/// Connects to a server.
pub(super) async fn open(
    socket: &Socket,
    encryption: Option<&Encryption>,
) -> Result<Stream, Fault> {
    let network = |error: io::Error| Fault::Network(error.to_string());
    let (host, port) = match socket {
        Socket::Unix(path) => {
            let stream = UnixStream::connect(path).await.map_err(network)?;
            return Ok(FirstAnswer::of(Box::new(stream), false));
        }
        Socket::Tcp { host, port } => (host, *port),
    };
    let found = tokio::net::lookup_host((host.as_str(), port)).await;
    let found: Vec<SocketAddr> = found.into_iter().flatten().collect();
    if found.is_empty() {
        return Err(Fault::UnknownHost(host.clone()));
    }
    let tried = found
        .into_iter()
        .map(|place| Box::pin(TcpStream::connect(place)));
    let (tcp, _) = select_ok(tried).await.map_err(network)?;
    tcp.set_nodelay(true).map_err(network)?;
    let Some(encryption) = encryption else {
        return Ok(FirstAnswer::of(Box::new(tcp), false));
    };
    let place = tcp.peer_addr().map_err(network)?;
    let name = encryption.server_name.as_ref().unwrap_or(host).clone();
    let name = ServerName::try_from(name)
        .map_err(|_| Fault::Tls("the server name is not a host name".to_owned()))?;
    let mut handshake = pin!(encryption.connector.connect(name, tcp));
    let shaken = tokio::select! {
        shaken = &mut handshake => shaken,
        () = answers_in_plain(place) => return Err(Fault::NoTls),
    };
    let tls = shaken.map_err(|error| Fault::before_answer(&error, true))?;
    Ok(FirstAnswer::of(Box::new(tls), true))
}

/// After a while, asks the server without TLS. Ends when it answers, and never otherwise.
async fn answers_in_plain(place: SocketAddr) {
    tokio::time::sleep(HANDSHAKE_DOUBT).await;
    let answer = async {
        let mut stream = TcpStream::connect(place).await?;
        stream.write_all(b"PING\r\n").await?;
        stream.read_u8().await
    };
    if !matches!(answer.await, Ok(b'+' | b'-')) {
        std::future::pending::<()>().await;
    }
}

/// A stream that checks the first bytes it reads: an answer that is not Redis's is an error.
pub(super) struct FirstAnswer<S> {
    stream: S,
    tls: bool,
    answered: bool,
}

impl<S> FirstAnswer<S> {
    const fn of(stream: S, tls: bool) -> Self {
        Self {
            stream,
            tls,
            answered: false,
        }
    }

    /// Translates an error that comes before the first answer.
    fn explain(&self, error: io::Error) -> io::Error {
        if self.answered {
            return error;
        }
        Fault::before_answer(&error, self.tls).into()
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstAnswer<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        read.map_err(|error| self.explain(error))?;
        if !self.answered {
            if let Some(fault) = Fault::of_answer(&buffer.filled()[before..], self.tls) {
                return Poll::Ready(Err(fault.into()));
            }
            self.answered = true;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstAnswer<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes));
        Poll::Ready(written.map_err(|error| self.explain(error)))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
