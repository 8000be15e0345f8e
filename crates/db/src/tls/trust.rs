//! Who may be at the other end: anybody, whoever an authority vouches for, or the host that was meant.

use super::Mode;
use baton_base::{Error, Result};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

/// Largest file of certificates, bytes.
const ROOTS_BYTES_MAX: u64 = 1024 * 1024;
/// How PostgreSQL is named where one port serves several protocols.
const PROTOCOL: &[u8] = b"postgresql";

/// How a connection is encrypted whose other end is looked at so; without a file of authorities, this machine's are trusted.
pub(super) fn client(mode: Mode, roots: Option<&Path>) -> Result<ClientConfig> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = match mode {
        Mode::Disable | Mode::Prefer | Mode::Require => Arc::new(Anybody(Arc::clone(&provider))),
        Mode::VerifyCa => Arc::new(Vouched(authority(roots, &provider)?)),
        Mode::VerifyFull => authority(roots, &provider)?,
    };
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(Error::broken)?;
    let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(config)
}

fn authority(roots: Option<&Path>, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>> {
    let Some(file) = roots else {
        let own = Verifier::new(Arc::clone(provider));
        let own = own.map_err(|e| {
            Error::Unavailable(format!(
                "this machine's authorities cannot be read ({e}): install them (the package ca-certificates), or name a file \
                 of certificates as sslrootcert=PATH in the address"
            ))
        })?;
        return Ok(Arc::new(own));
    };
    let unread = || Error::invalid("the file that sslrootcert names cannot be read", "name a PEM file of certificates");
    let pem = certificates(file).map_err(|_| unread())?;
    let mut store = RootCertStore::empty();
    for found in CertificateDer::pem_slice_iter(&pem) {
        store.add(found.map_err(|_| unread())?).map_err(|_| unread())?;
    }
    let built = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(provider)).build();
    let built = built.map_err(|_| unread())?;
    Ok(built)
}

/// What stands in a file, which is a real one and small: a device, or a pipe, would never end.
fn certificates(file: &Path) -> std::io::Result<Vec<u8>> {
    let about = std::fs::metadata(file)?;
    if !about.is_file() || about.len() > ROOTS_BYTES_MAX {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut pem = Vec::new();
    std::fs::File::open(file)?.take(ROOTS_BYTES_MAX).read_to_end(&mut pem)?;
    Ok(pem)
}

/// In words that say what to do.
pub(super) fn words(error: &TlsError) -> &'static str {
    match error {
        // The last two: one that is trusted has the name of whoever signed it, and another key.
        TlsError::InvalidCertificate(
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => {
            "no authority that is trusted here has signed its certificate: name the file with the certificate of the one that \
             has as sslrootcert=PATH in its address"
        }
        TlsError::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => {
            "its certificate is not of the host that its address names: write the host as the certificate names it, or \
             sslmode=verify-ca beside sslrootcert if every server of that authority is trusted"
        }
        TlsError::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "its certificate has expired: renew it at the server"
        }
        _ => {
            "its certificate or its encryption is not in order: it wants TLS 1.2 or newer, and a certificate that is not an \
             authority's own and names the host in subjectAltName"
        }
    }
}

/// Encryption without knowing with whom: whoever listens sees nothing, whoever stands between sees all.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Whoever an authority vouches for, under whatever name.
#[derive(Debug)]
struct Vouched(Arc<dyn ServerCertVerifier>);

impl ServerCertVerifier for Vouched {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        match self.0.verify_server_cert(end_entity, between, name, ocsp, now) {
            // The name is looked at last: all else is in order.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            looked_at => looked_at,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.0.verify_tls12_signature(message, cert, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.0.verify_tls13_signature(message, cert, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
