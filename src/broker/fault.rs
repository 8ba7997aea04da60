//! Why a connection failed, or what is at its other end instead of Redis.

use std::io;
use std::sync::Arc;

use redis::RedisError;
use rustls::{AlertDescription, CertificateError};

use crate::broker::denied::Denied;

/// Why a connection failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing listens, no route, a broken connection: the error message of the system.
    #[error("{0}")]
    Network(String),
    /// No answer within the timeout.
    #[error("no answer in time")]
    Timeout,
    /// No address is known for the host.
    #[error("the host {0:?} is unknown")]
    UnknownHost(String),
    /// The server closed a connection without TLS before any answer.
    #[error("the server closed the connection without an answer")]
    Closed,
    /// The server closed a TLS connection before any answer.
    #[error("the server closed the TLS connection without an answer")]
    TlsClosed,
    /// The client uses TLS, the port does not.
    #[error("the port does not speak TLS")]
    NoTls,
    /// The port uses TLS, the client does not.
    #[error("the port expects TLS")]
    NeedsTls,
    /// A web server.
    #[error("it is an HTTP server, not Redis")]
    Http,
    /// Anything else that does not speak Redis's protocol.
    #[error("the server does not speak the protocol of Redis")]
    NotRedis,
    /// No Sentinel names a primary: what each of them answered, under its host and port.
    #[error("no Sentinel names the primary: {}", answers(.0))]
    NoPrimary(Vec<(String, SentinelAnswer)>),
    /// The server that Sentinels name is not a primary, or not any more.
    #[error("{0}, which the Sentinels name as the primary, is a replica")]
    NotPrimary(String),
    /// Another server has become the primary before the answer of this one arrived.
    #[error("the Sentinels have chosen another primary")]
    Replaced,
    /// The primary that Sentinels name cannot be reached.
    #[error("the primary {primary}: {fault}")]
    Primary {
        /// Its host and port.
        primary: String,
        /// Why.
        fault: Box<Self>,
    },
    /// A Sentinel, which holds no data.
    #[error("it is a Sentinel, which holds no queues")]
    Sentinel,
    /// The server's certificate has an unknown issuer.
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
    /// The server's certificate has expired.
    #[error("the server's certificate has expired")]
    Expired,
    /// The server's certificate is not valid yet.
    #[error("the server's certificate is not valid yet")]
    NotYetValid,
    /// The server requires a client certificate, and none is set.
    #[error("the server requires a client certificate")]
    CertificateRequired,
    /// The server does not trust the client certificate.
    #[error("the server does not accept the client certificate")]
    CertificateRefused,
    /// Any other error of TLS: the message of the library.
    #[error("TLS failed: {0}")]
    Tls(String),
}

/// What a Sentinel says that does not name a primary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SentinelAnswer {
    /// No answer.
    #[error("{0}")]
    Unreachable(Fault),
    /// The user or the password of the Sentinels is wrong or missing.
    #[error("it refuses the login ({0})")]
    Login(String),
    /// It watches no primary of this name.
    #[error("it knows no primary of that name")]
    UnknownMaster {
        /// The names that it knows.
        known: Vec<String>,
    },
    /// Another kind of Redis server.
    #[error("it is not a Sentinel")]
    NotSentinel,
    /// The user of the Sentinels lacks a right.
    #[error("it does not permit this: {0}")]
    NotPermitted(Denied),
    /// Any other answer.
    #[error("it refuses ({0})")]
    Refused(String),
}

fn answers(answers: &[(String, SentinelAnswer)]) -> String {
    let answers = answers.iter();
    let answers = answers.map(|(sentinel, answer)| format!("{sentinel}: {answer}"));
    answers.collect::<Vec<_>>().join("; ")
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
    /// The fault behind an error before the first answer.
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

    /// The fault that the first bytes of an answer show; `None` if they are Redis's.
    pub(crate) fn of_answer(bytes: &[u8], tls: bool) -> Option<Self> {
        /// The first bytes of all answers of RESP2 and RESP3.
        const TYPES: &[u8] = b"+-:$*_#,(!=%~>|";
        /// The first byte of a TLS record that carries an alert.
        const TLS_ALERT: u8 = 0x15;
        match bytes.first().copied() {
            Some(TLS_ALERT) if !tls => Some(Self::NeedsTls),
            Some(b'H' | b'<') => Some(Self::Http),
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

    /// The fault inside an error of the client library.
    pub(crate) fn carried_by(error: &RedisError) -> Option<Self> {
        type Shared = Arc<dyn std::error::Error + Send + Sync>;
        let shared: &Shared = std::error::Error::source(error)?.downcast_ref()?;
        let io: &io::Error = shared.downcast_ref()?;
        io.get_ref()?.downcast_ref().cloned()
    }
}

/// The client library returns only its own errors, so a fault travels inside an I/O error.
impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        // The client library gives up a connection at errors of this kind.
        Self::new(io::ErrorKind::ConnectionAborted, fault)
    }
}
