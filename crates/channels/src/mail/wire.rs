//! Connections to mail servers: TCP, TLS, sign-in.

use crate::limits::SERVER_MS_MAX;
use crate::{Mailbox, Place, Security};
use async_imap::{Client, Session};
use baton_base::{Error, Result};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Whatever a session speaks over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Stream for T {}

/// A connection.
pub(super) type Wire = Box<dyn Stream>;
/// A signed-in session of IMAP.
pub(super) type Imap = Session<Wire>;

/// Waits for a mail server no longer than is sensible.
pub(super) async fn timed<T, E: fmt::Display>(
    what: &str,
    ms_max: u64,
    work: impl Future<Output = std::result::Result<T, E>>,
) -> Result<T> {
    match timeout(Duration::from_millis(ms_max), work).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(Error::Unavailable(format!("{what}: {error}"))),
        Err(_) => Err(Error::Unavailable(format!("{what}: no answer within {} s", ms_max / 1000))),
    }
}

/// Connects to the IMAP server of a mailbox and signs in.
pub(super) async fn imap(mailbox: &Mailbox, password: &str) -> Result<Imap> {
    let client = greeted(mailbox).await?;
    let signing_in = client.login(&mailbox.user, password);
    let signed = timeout(Duration::from_millis(SERVER_MS_MAX), signing_in).await;
    match signed {
        Ok(Ok(session)) => Ok(session),
        Ok(Err((error, _))) => Err(Error::Unavailable(format!("IMAP sign-in as {}: {error}", mailbox.user))),
        Err(_) => Err(Error::Unavailable("IMAP sign-in: no answer in time".to_owned())),
    }
}

async fn greeted(mailbox: &Mailbox) -> Result<Client<Wire>> {
    let place = &mailbox.imap;
    let tcp = connect(place).await?;
    match place.security {
        Security::None => greeting(Client::new(Box::new(tcp) as Wire)).await,
        Security::Tls => greeting(Client::new(tls(mailbox, tcp).await?)).await,
        Security::StartTls => {
            let mut client = greeting(Client::new(Box::new(tcp) as Wire)).await?;
            timed("STARTTLS", SERVER_MS_MAX, client.run_command_and_check_ok("STARTTLS", None)).await?;
            // Nothing may have been sent ahead of the handshake: what is buffered in clear is thrown away with the client.
            Ok(Client::new(tls(mailbox, client.into_inner()).await?))
        }
    }
}

async fn greeting(mut client: Client<Wire>) -> Result<Client<Wire>> {
    match timed("IMAP greeting", SERVER_MS_MAX, client.read_response()).await? {
        Some(_) => Ok(client),
        None => Err(Error::Unavailable("the IMAP server closed the connection".to_owned())),
    }
}

async fn connect(place: &Place) -> Result<TcpStream> {
    let to = format!("{}:{}", place.host, place.port);
    let tcp = timed(&to, SERVER_MS_MAX, TcpStream::connect((place.host.as_str(), place.port))).await?;
    let _ = tcp.set_nodelay(true);
    Ok(tcp)
}

async fn tls<S>(mailbox: &Mailbox, stream: S) -> Result<Wire>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug + 'static,
{
    let name = ServerName::try_from(mailbox.imap.host.clone())
        .map_err(|_| Error::invalid("the IMAP server has no valid name", mailbox.imap.host.clone()))?;
    let connector = TlsConnector::from(Arc::new(config(mailbox)?));
    let stream = timed("TLS", SERVER_MS_MAX, connector.connect(name, stream)).await?;
    Ok(Box::new(stream))
}

fn config(mailbox: &Mailbox) -> Result<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(Error::broken)?;
    let Some(authority) = &mailbox.authority else {
        let builder = builder.with_platform_verifier().map_err(|e| Error::Unavailable(format!("certificates: {e}")))?;
        return Ok(builder.with_no_client_auth());
    };
    let mut roots = RootCertStore::empty();
    for found in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let wrong = |e: String| Error::invalid("the authority of the mail server cannot be read", e);
        roots.add(found.map_err(|e| wrong(e.to_string()))?).map_err(|e| wrong(e.to_string()))?;
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
