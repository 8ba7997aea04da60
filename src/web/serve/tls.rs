//! TLS of the page itself, for those who have no proxy in front of it.

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};
pub(crate) use tokio_rustls::TlsAcceptor;

/// A certificate or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("cannot read {file:?} ({error})")]
    Unreadable { file: String, error: pem::Error },
    #[error("the certificate and the key cannot be used ({0})")]
    Unusable(#[from] rustls::Error),
}

/// What accepts connections with this certificate, followed by those of its authorities (PEM), and its key (PEM).
///
/// # Errors
/// If a file cannot be read, or the key does not belong to the certificate.
pub(crate) fn acceptor(certificates: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |path: &Path, error| TlsError::Unreadable {
        file: path.display().to_string(),
        error,
    };
    let chain = CertificateDer::pem_file_iter(certificates);
    let chain = chain.and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|error| unreadable(certificates, error))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable(key, error))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
