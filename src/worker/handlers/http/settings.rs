//! What is sent where, and what the answers mean.

use hyper::header::HeaderMap;
use tokio_rustls::TlsConnector;

use super::answer::Statuses;
use super::endpoint::Endpoint;
use super::signature::Secrets;

/// What the headers make of the payload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    /// A task.
    #[default]
    Plain,
    /// An event, in the binary mode of `CloudEvents` 1.0.
    CloudEvents,
}

/// An endpoint, and how it is used.
#[derive(Clone)]
pub(crate) struct HttpSettings {
    pub(crate) endpoint: Endpoint,
    /// Absent: the endpoint does not use it.
    pub(crate) tls: Option<TlsConnector>,
    pub(crate) format: Format,
    /// Sent with each request.
    pub(crate) headers: HeaderMap,
    /// Absent: requests are not signed.
    pub(crate) secrets: Option<Secrets>,
    pub(crate) statuses: Statuses,
}
