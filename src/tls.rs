//! The TLS side of connections that qctl makes: trusted certificates and the client certificate.

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

/// TLS settings, with the contents of the files.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Trusted certificates (PEM); `None` = those of the system.
    pub ca: Option<Vec<u8>>,
    /// The client certificate and its key (PEM).
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// The name expected in the server's certificate; `None` = the host of the address.
    pub server_name: Option<String>,
    /// Whether any server certificate is accepted.
    pub insecure: bool,
}

/// Makes the connector. Mistakes in the files are found here, before any connection.
///
/// # Errors
/// A text for people.
pub(crate) fn connector(tls: &Tls) -> Result<TlsConnector, String> {
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
            let key = key.map_err(|_| "the file of the TLS key holds no PEM key".to_owned())?;
            let shown = config.with_client_auth_cert(chain, key);
            shown.map_err(|error| match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    "the TLS key does not belong to the client certificate".to_owned()
                }
                error => unusable(&error),
            })?
        }
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) | Err(_) => Err(format!("the file of {what} holds no PEM certificate")),
    }
}

fn unusable(error: &dyn std::fmt::Display) -> String {
    format!("the TLS settings cannot be used: {error}")
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
    fn new(tls: &Tls, provider: &Arc<CryptoProvider>) -> Result<Self, String> {
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
                        "the file of the TLS CA holds a certificate that cannot be read".to_owned()
                    })?;
                }
            }
            // Certificates of the system that rustls cannot read are skipped.
            None => {
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        if roots.is_empty() {
            return Err("this system has no certificates to trust".to_owned());
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
