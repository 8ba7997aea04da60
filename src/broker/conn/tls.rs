//! The TLS side of a connection: trusted certificates and the client certificate.

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, InconsistentKeys, RootCertStore,
    SignatureScheme,
};
use tokio_rustls::TlsConnector;

use crate::broker::conn::settings::Tls;
use crate::broker::error::Error;

/// Makes the connector. Mistakes in the files are found here, before any connection.
pub(super) fn connector(tls: &Tls) -> Result<TlsConnector, Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Verifier::new(tls, &provider)?);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &tls.identity {
        None => config.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = certificates("the client certificate", chain)?;
            let key = PrivateKeyDer::from_pem_slice(key);
            let key = key.map_err(|_| bad("the file of the TLS key holds no PEM key"))?;
            let shown = config.with_client_auth_cert(chain, key);
            shown.map_err(|error| match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    bad("the TLS key does not belong to the client certificate")
                }
                error => unusable(&error),
            })?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(bad(&format!("the file of {what} holds no PEM certificate"))),
    }
}

fn bad(what: &str) -> Error {
    Error::Tls(what.to_owned())
}

fn unusable(error: &dyn std::fmt::Display) -> Error {
    Error::Tls(format!("the TLS settings cannot be used: {error}"))
}

/// Checks the server's certificate.
#[derive(Debug)]
struct Verifier {
    /// Absent: any certificate is accepted.
    trusted: Option<Arc<WebPkiServerVerifier>>,
    /// The certificates of `--tls-ca`, each of which may also be the server's own.
    exact: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    fn new(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut verifier = Self {
            trusted: None,
            exact: Vec::new(),
            provider: Arc::clone(provider),
        };
        if tls.insecure {
            return Ok(verifier);
        }
        let mut roots = RootCertStore::empty();
        match &tls.ca {
            Some(pem) => {
                verifier.exact = certificates("the TLS CA", pem)?;
                for certificate in &verifier.exact {
                    roots.add(certificate.clone()).map_err(|_| {
                        bad("the file of the TLS CA holds a certificate that cannot be read")
                    })?;
                }
            }
            // Certificates of the system that rustls cannot read are skipped.
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err(bad("this system has no certificates to trust"));
        }
        let trusted =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
        verifier.trusted = Some(trusted.build().map_err(|error| unusable(&error))?);
        Ok(verifier)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(trusted) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        let verified = trusted.verify_server_cert(end_entity, intermediates, name, ocsp, now);
        match verified {
            // `openssl req -x509` makes a certificate that is an authority's and a server's at once, which webpki
            // refuses with a private error (CaUsedAsEndEntity) after checking its dates. OpenSSL and Go accept it
            // where it is trusted itself.
            Err(rustls::Error::InvalidCertificate(CertificateError::Other(error))) => {
                let Ok(parsed) = ParsedCertificate::try_from(end_entity) else {
                    return Err(CertificateError::Other(error).into());
                };
                if !self.exact.contains(end_entity) {
                    return Err(CertificateError::UnknownIssuer.into());
                }
                check_name(&parsed, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.trusted {
            Some(trusted) => trusted.verify_tls12_signature(message, certificate, signature),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        match &self.trusted {
            Some(trusted) => trusted.verify_tls13_signature(message, certificate, signature),
            None => Ok(HandshakeSignatureValid::assertion()),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// Checks the name of a certificate that is trusted itself. One without alternative names, which OpenSSL makes
/// from `-subj /CN=…`, names nothing that could be compared.
fn check_name(
    certificate: &ParsedCertificate<'_>,
    name: &ServerName<'_>,
) -> Result<(), rustls::Error> {
    match rustls::client::verify_server_name(certificate, name) {
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        })) if presented.is_empty() => Ok(()),
        checked => checked,
    }
}
