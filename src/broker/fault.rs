//! Why there is no connection, or no Redis at its other end.

use std::io;
use std::sync::Arc;

use redis::RedisError;
use rustls::{AlertDescription, CertificateError};

/// What is wrong with a connection, as far as it can be known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens, no route, a broken connection: in the words of the system.
    #[error("{0}")]
    Network(String),
    /// The time is over.
    #[error("no answer in time")]
    Timeout,
    /// No address is known for the host.
    #[error("the host {0:?} is unknown")]
    UnknownHost(String),
    /// The server closed a plain connection without a word.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// The server closed a TLS connection without a word.
    #[error("the server closed the TLS connection without an answer")]
    TlsClosed,
    /// TLS is spoken to a port without it.
    #[error("the port does not speak TLS")]
    NoTls,
    /// A port that speaks TLS is spoken to without it.
    #[error("the port expects TLS")]
    NeedsTls,
    /// A web server.
    #[error("it is an HTTP server, not Redis")]
    Http,
    /// Anything else that does not speak Redis's protocol.
    #[error("the server does not speak the protocol of Redis")]
    NotRedis,
    /// A Sentinel: it knows where the data is, and has none.
    #[error("it is a Sentinel, which holds no queues")]
    Sentinel,
    /// The server's certificate is signed by nobody we trust.
    #[error("the server's certificate is signed by an authority that is not trusted")]
    UnknownAuthority,
    /// The server's certificate is for other names.
    #[error("the server's certificate is not for {expected:?} but for {}", names(.presented))]
    WrongName {
        /// The host of the address, or the TLS server name.
        expected: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// The time of the server's certificate is over.
    #[error("the server's certificate has expired")]
    Expired,
    /// The time of the server's certificate is still to come.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The server asks for a certificate, and there is none.
    #[error("the server requires a client certificate")]
    CertificateRequired,
    /// The server does not trust our certificate.
    #[error("the server does not accept the client certificate")]
    CertificateRefused,
    /// Anything else of TLS, in the words of the library.
    #[error("TLS failed: {0}")]
    Tls(String),
}

fn names(presented: &[String]) -> String {
    // "DnsName(\"localhost\")" and "IpAddress(127.0.0.1)", in the words of the library.
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, rest)| rest);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    if presented.is_empty() {
        return "no name".to_owned();
    }
    presented.iter().map(bare).collect::<Vec<_>>().join(", ")
}

impl Fault {
    /// What an error of a connection means that has not been answered on yet.
    pub(crate) fn before_answer(error: &io::Error, tls: bool) -> Self {
        let inner = error.get_ref();
        if let Some(fault) = inner.and_then(|inner| inner.downcast_ref::<Self>()) {
            return fault.clone();
        }
        if let Some(error) = inner.and_then(|inner| inner.downcast_ref()) {
            return Self::of_tls(error);
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Self::closed(tls),
            _ => Self::Network(error.to_string()),
        }
    }

    pub(crate) const fn closed(tls: bool) -> Self {
        if tls { Self::TlsClosed } else { Self::Closed }
    }

    /// What the first bytes of an answer say, if they are not Redis's.
    pub(crate) fn of_answer(bytes: &[u8], tls: bool) -> Option<Self> {
        /// The first bytes of all answers of RESP2 and RESP3.
        const TYPES: &[u8] = b"+-:$*_#,(!=%~>|";
        /// The first byte of a TLS record that carries an alert.
        const TLS_ALERT: u8 = 0x15;
        match bytes.first().copied() {
            Some(TLS_ALERT) if !tls => Some(Self::NeedsTls),
            Some(b'H') => Some(Self::Http),
            Some(first) if TYPES.contains(&first) => None,
            Some(_) => Some(Self::NotRedis),
            None => Some(Self::closed(tls)),
        }
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidMessage(_) => Self::NoTls,
            rustls::Error::InvalidCertificate(error) => Self::of_certificate(error),
            rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
                Self::CertificateRequired
            }
            rustls::Error::AlertReceived(
                AlertDescription::UnknownCA
                | AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateUnknown
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateRevoked
                | AlertDescription::DecryptError,
            ) => Self::CertificateRefused,
            error => Self::Tls(error.to_string()),
        }
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Self::UnknownAuthority
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForNameContext {
                expected,
                presented,
            } => Self::WrongName {
                expected: expected.to_str().into_owned(),
                presented: presented.clone(),
            },
            error => Self::Tls(rustls::Error::from(error.clone()).to_string()),
        }
    }

    /// The fault that an error of the client library carries.
    pub(crate) fn carried_by(error: &RedisError) -> Option<Self> {
        type Shared = Arc<dyn std::error::Error + Send + Sync>;
        let shared: &Shared = std::error::Error::source(error)?.downcast_ref()?;
        let io: &io::Error = shared.downcast_ref()?;
        io.get_ref()?.downcast_ref().cloned()
    }
}

/// The client library hands over its errors alone, so a fault travels inside an I/O error.
impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        // The client library gives up a connection at errors of this kind.
        Self::new(io::ErrorKind::ConnectionAborted, fault)
    }
}
