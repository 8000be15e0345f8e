//! Syslog over TLS (RFC 5425) to a collector that shows a certificate of its name, by an authority that is trusted. One that does not is
//! told nothing.

use baton_base::{Error, Result};
use clap::Args;
use reqwest::Url;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where collectors listen for it (RFC 5425, section 4.1).
const PORT: u16 = 6514;
/// Longest wait for the collector, seconds.
const ANSWER_S_MAX: u64 = 30;
/// Longest wait for the collector to hang up at the end, milliseconds.
const END_MS_MAX: u64 = 2_000;
/// Most pieces that it may still say, count.
const END_READS_MAX: usize = 16;

/// Whom `tls://` trusts, and as whom it comes.
#[derive(Args, Default)]
pub struct Trust {
    /// For tls://: the authority that the collector's certificate has to be of, PEM. Without it, those that this machine trusts.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// For tls://: the certificate to show, where the collector asks for one, PEM.
    #[arg(long, value_name = "FILE", requires = "cert_key")]
    cert: Option<PathBuf>,
    /// For tls://: the key of that certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "cert")]
    cert_key: Option<PathBuf>,
}

impl Trust {
    fn config(&self) -> Result<ClientConfig> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(Error::broken)?;
        let builder = match &self.ca {
            Some(file) => {
                let mut roots = RootCertStore::empty();
                for authority in certificates(file)? {
                    roots.add(authority).map_err(|e| unreadable(file, e))?;
                }
                builder.with_root_certificates(roots)
            }
            None => builder
                .with_platform_verifier()
                .map_err(|e| Error::Unavailable(format!("this machine's authorities cannot be read: {e}")))?,
        };
        let (Some(cert), Some(key)) = (&self.cert, &self.cert_key) else { return Ok(builder.with_no_client_auth()) };
        let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| unreadable(key, e))?;
        builder.with_client_auth_cert(certificates(cert)?, secret).map_err(|e| unreadable(cert, e))
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let found = CertificateDer::pem_file_iter(file).map_err(|e| unreadable(file, e))?;
    let all: Vec<_> = found.collect::<std::result::Result<_, _>>().map_err(|e| unreadable(file, e))?;
    if all.is_empty() {
        return Err(unreadable(file, "there is no certificate in it"));
    }
    Ok(all)
}

fn unreadable(file: &Path, why: impl std::fmt::Display) -> Error {
    Error::invalid(format!("{} cannot be used for TLS", file.display()), why.to_string())
}

/// A connection to a collector.
pub struct Tls {
    stream: StreamOwned<ClientConnection, TcpStream>,
    host: String,
}

impl Tls {
    /// Connects to `tls://HOST:PORT`.
    pub fn open(to: &str, trust: &Trust) -> Result<Self> {
        // Not the address itself: whoever writes a password into it does not want to read it again.
        let wrong = || {
            let title = "that is no address of a collector over TLS";
            Error::invalid_at("--to", title, "write it like tls://HOST:6514, and nothing else into it")
        };
        let url = Url::parse(to).map_err(|_| wrong())?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let is_plain = url.username().is_empty() && url.password().is_none() && matches!(url.path(), "" | "/");
        if host.is_empty() || !is_plain || url.query().is_some() {
            return Err(wrong());
        }
        let name = ServerName::try_from(host.clone()).map_err(|_| wrong())?;
        let away = |e: io::Error| Error::Unavailable(format!("{host} cannot be reached: {e}"));
        let mut socket = TcpStream::connect((host.as_str(), url.port().unwrap_or(PORT))).map_err(away)?;
        let wait = Some(Duration::from_secs(ANSWER_S_MAX));
        socket.set_read_timeout(wait).and_then(|()| socket.set_write_timeout(wait)).map_err(away)?;
        let mut session = ClientConnection::new(Arc::new(trust.config()?), name).map_err(Error::broken)?;
        while session.is_handshaking() {
            session.complete_io(&mut socket).map_err(|e| Error::Unavailable(format!("TLS with {host}: {e}")))?;
        }
        Ok(Self { stream: StreamOwned::new(session, socket), host })
    }

    /// Writes messages, in their frames. Syslog knows no answer: what is under way when a connection breaks may be lost.
    pub fn write(&mut self, messages: &str) -> Result<()> {
        let written = self.look().and_then(|()| {
            self.stream.write_all(messages.as_bytes())?;
            self.stream.flush()
        });
        written.map_err(|e| Error::Unavailable(format!("{} is gone: {e}", self.host)))
    }

    /// Whether the collector has hung up since: then nothing more is written to it.
    fn look(&mut self) -> io::Result<()> {
        let (session, socket) = (&mut self.stream.conn, &mut self.stream.sock);
        socket.set_nonblocking(true)?;
        let heard = session.read_tls(socket);
        socket.set_nonblocking(false)?;
        let gone = || io::Error::from(io::ErrorKind::ConnectionAborted);
        match heard {
            Ok(0) => Err(gone()),
            Ok(_) => {
                let state = session.process_new_packets().map_err(io::Error::other)?;
                if state.peer_has_closed() { Err(gone()) } else { Ok(()) }
            }
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(e) => Err(e),
        }
    }

    /// Says that this is all, and waits until the collector has read it.
    pub fn close(mut self) {
        self.stream.conn.send_close_notify();
        let _ = self.stream.flush();
        let socket = &mut self.stream.sock;
        let _ = socket.shutdown(Shutdown::Write);
        let _ = socket.set_read_timeout(Some(Duration::from_millis(END_MS_MAX)));
        let mut rest = [0; 1024];
        for _ in 0..END_READS_MAX {
            if !socket.read(&mut rest).is_ok_and(|bytes| bytes > 0) {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_host_and_a_port_and_nothing_else() {
        for odd in ["tls://", "tls://me:secret@siem.example", "tls://siem.example/path", "tls://siem.example?x=1"] {
            let told = Tls::open(odd, &Trust::default()).err().unwrap().to_string();
            assert!(told.contains("tls://HOST:6514") && !told.contains("secret"), "{odd}: {told}");
        }
    }
}
