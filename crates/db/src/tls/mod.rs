//! TLS to a PostgreSQL: how much is asked of the other end (`sslmode`, `sslrootcert`), and a connection that asks it. For Baton's
//! own database and for those that are connected.

mod said;
mod trust;

use baton_base::{Error, Result};
use said::Said;
use std::error::Error as StdError;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Client, Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What is asked of the other end, with the names and meanings of libpq's `sslmode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Nothing is encrypted.
    Disable,
    /// Encrypted where the server offers it; nobody checks who it is.
    Prefer,
    /// Encrypted; nobody checks who it is, unless `sslrootcert` names authorities: then as [`Mode::VerifyCa`].
    Require,
    /// Encrypted, and an authority that `sslrootcert` names has signed the server's certificate.
    VerifyCa,
    /// The same, and the certificate is of the host that the address names.
    VerifyFull,
}

impl Mode {
    fn named(name: &str) -> Result<Self> {
        match name {
            "disable" => Ok(Self::Disable),
            "prefer" => Ok(Self::Prefer),
            "require" => Ok(Self::Require),
            "verify-ca" => Ok(Self::VerifyCa),
            "verify-full" => Ok(Self::VerifyFull),
            _ => Err(Error::invalid(
                "the sslmode of the PostgreSQL address is not known",
                "give verify-full, verify-ca, require, prefer or disable",
            )),
        }
    }
}

/// Where a PostgreSQL is, and how it is spoken with.
#[derive(Clone)]
pub struct Address {
    pub(crate) config: Config,
    /// None where nothing is encrypted.
    pub(crate) tls: Option<MakeRustlsConnect>,
}

/// What goes over a connection, which ends with it.
pub type Driving = Pin<Box<dyn Future<Output = Result<(), tokio_postgres::Error>> + Send>>;

impl Address {
    /// Reads an address as libpq writes it, as a URL or as pairs; the file of `sslrootcert` is read too. Where it does not say
    /// `sslmode`, a server on this machine is spoken with in clear and any other as `unsaid`; `sslrootcert` alone means
    /// [`Mode::VerifyFull`]. What goes through a socket of this machine is never encrypted.
    ///
    /// # Errors
    /// `Invalid`, without any part of the address; `Unavailable` where this machine has no authorities to trust.
    pub fn read(text: &str, unsaid: Mode) -> Result<Self> {
        let said = Said::of(text);
        let mut config: Config = said.rest.parse().map_err(|e: tokio_postgres::Error| {
            Error::invalid(
                "the PostgreSQL address is not understood",
                format!("{e}; give postgres://user@host:5432/name"),
            )
        })?;
        let mode = mode(&config, &said, unsaid)?;
        let roots = said.roots.as_deref().filter(|file| *file != "system").map(Path::new);
        let tls = match mode {
            Mode::Disable => None,
            checked => Some(MakeRustlsConnect::new(trust::client(checked, roots)?)),
        };
        config.ssl_mode(match mode {
            Mode::Disable => SslMode::Disable,
            Mode::Prefer => SslMode::Prefer,
            Mode::Require | Mode::VerifyCa | Mode::VerifyFull => SslMode::Require,
        });
        // A certificate is looked for under the name of its host: one that has no name is known by its address.
        if config.get_hosts().is_empty() {
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        Ok(Self { config, tls })
    }

    /// Whether an address names a file or a socket of this machine; neither is looked at.
    pub fn is_of_machine(text: &str) -> bool {
        let said = Said::of(text);
        let socket = |config: Config| config.get_hosts().iter().any(|host| !matches!(host, Host::Tcp(_)));
        said.roots.as_deref().is_some_and(|roots| roots != "system") || said.rest.parse().is_ok_and(socket)
    }

    /// Where it is.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Connects by one way to it, which is its own [`Address::config`] or one like it. Whoever connects sees that the connection is
    /// driven.
    ///
    /// # Errors
    /// The driver's; [`why`] says in words what is wrong with TLS.
    pub async fn connect(&self, way: &Config) -> Result<(Client, Driving), tokio_postgres::Error> {
        match &self.tls {
            None => {
                let (client, link) = way.connect(NoTls).await?;
                Ok((client, Box::pin(link)))
            }
            Some(tls) => {
                let (client, link) = way.connect(tls.clone()).await?;
                Ok((client, Box::pin(link)))
            }
        }
    }
}

fn mode(config: &Config, said: &Said, unsaid: Mode) -> Result<Mode> {
    let asked = said.mode.as_deref().map(Mode::named).transpose()?;
    let named = said.roots.as_deref().is_some_and(|roots| roots != "system");
    match (asked, &said.roots) {
        // Through a socket there is no TLS, whatever is asked; libpq does not ask either.
        _ if is_socket(config) => Ok(Mode::Disable),
        // Among the authorities of a machine are those who vouch for anybody's host: without its name that says nothing.
        (Some(Mode::VerifyCa), _) | (Some(Mode::Require), Some(_)) if !named => Err(Error::invalid(
            "the PostgreSQL address takes the certificate of any host that an authority of this machine vouches for",
            "give sslmode=verify-full, or name the one authority that is meant as sslrootcert=PATH",
        )),
        (None, Some(_)) => Ok(Mode::VerifyFull),
        (None, None) => Ok(if is_here(config) { Mode::Disable } else { unsaid }),
        (Some(Mode::Require), Some(_)) => Ok(Mode::VerifyCa),
        (Some(Mode::Disable | Mode::Prefer), Some(_)) => Err(Error::invalid(
            "the PostgreSQL address names sslrootcert, and an sslmode that does not look at it",
            "give sslmode=verify-full, or take sslrootcert out",
        )),
        (Some(mode), _) => Ok(mode),
    }
}

fn is_socket(config: &Config) -> bool {
    let hosts = config.get_hosts();
    config.get_hostaddrs().is_empty() && !hosts.is_empty() && hosts.iter().all(|host| matches!(host, Host::Unix(_)))
}

fn is_here(config: &Config) -> bool {
    let addresses = config.get_hostaddrs();
    if !addresses.is_empty() {
        return addresses.iter().all(IpAddr::is_loopback);
    }
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        Host::Unix(_) => true,
    })
}

/// What is wrong where a connection was not made for TLS, and what to do; none where it is something else. Holds no part of the
/// address.
pub fn why(error: &tokio_postgres::Error) -> Option<&'static str> {
    if let Some(said) = error.as_db_error() {
        let wants = ["no encryption", "SSL off"].iter().any(|words| said.message().ends_with(words));
        return wants.then_some("it lets nobody in without TLS: write sslmode=verify-full into its address");
    }
    let cause = error.source()?;
    if cause.to_string() == "server does not support TLS" {
        return Some(
            "it offers no TLS: turn on ssl at the server, or write sslmode=disable into its address if the network between \
             is yours alone",
        );
    }
    tls_error(cause).map(trust::words)
}

fn tls_error<'a>(cause: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(cause);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An error of input and output names as its source not what it holds, but the source of that.
        next = match cause.downcast_ref::<std::io::Error>() {
            Some(held) => held.get_ref().map(|inner| inner as &(dyn StdError + 'static)),
            None => cause.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<Mode> {
        let said = Said::of(text);
        mode(&said.rest.parse().unwrap(), &said, Mode::VerifyFull)
    }

    #[test]
    fn what_leaves_the_machine_is_encrypted_and_checked_unless_the_address_says_otherwise() {
        for (text, expect) in [
            ("postgres://u:p@db.example/shop", Mode::VerifyFull),
            ("postgres://u:p@10.0.0.5:5433/shop?application_name=x", Mode::VerifyFull),
            ("host=db.example user=u", Mode::VerifyFull),
            ("host=localhost hostaddr=10.0.0.5 user=u", Mode::VerifyFull),
            ("postgres://u:p@localhost,db.example/shop", Mode::VerifyFull),
            ("postgres://u:p@db.example/shop?sslmode=disable", Mode::Disable),
            ("postgres://u:p@db.example/shop?sslmode=prefer", Mode::Prefer),
            ("postgres://u:p@db.example/shop?sslmode=require", Mode::Require),
            ("host=db.example sslmode=verify-ca user=u sslrootcert=/ca.pem", Mode::VerifyCa),
            ("postgres://u:p@db.example/shop?sslrootcert=system", Mode::VerifyFull),
            // As libpq: whoever names authorities wants them looked at.
            ("postgres://u:p@db.example/shop?sslmode=require&sslrootcert=/ca.pem", Mode::VerifyCa),
            ("postgres://u:p@localhost/shop?sslrootcert=/ca.pem", Mode::VerifyFull),
            ("postgres://u:p@localhost/shop", Mode::Disable),
            ("postgres://u:p@127.0.0.1/shop", Mode::Disable),
            ("postgres://u:p@[::1]/shop", Mode::Disable),
            ("postgres://u:p@localhost/shop?sslmode=verify-full", Mode::VerifyFull),
            ("host=/run/postgresql user=u sslmode=require", Mode::Disable),
            ("postgres://u@%2Frun%2Fpostgresql/shop", Mode::Disable),
        ] {
            assert_eq!(found(text).unwrap(), expect, "{text}");
        }
        for bad in [
            "sslmode=allow",
            "sslmode=full",
            "sslmode=prefer&sslrootcert=/ca.pem",
            "sslmode=",
            // Whoever has a certificate of some host would be taken for the server.
            "sslmode=verify-ca",
            "sslmode=verify-ca&sslrootcert=system",
            "sslmode=require&sslrootcert=system",
        ] {
            let refused = found(&format!("postgres://u:p@db.example/shop?{bad}"));
            assert!(matches!(refused, Err(Error::Invalid { .. })), "{bad}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_without_being_said_back() {
        for bad in [
            "postgres://ada:s3cret@db.example/x?sslmode=s3cret",
            "postgres://ada:s3cret@db.example/x?s3cret=1",
            "postgres://ada:s3cret@db.example/x?sslrootcert=/nowhere/s3cret.pem",
            "host=db.example password=s3cret sslrootcert=/dev/zero",
        ] {
            let Err(Error::Invalid { title, detail, .. }) = Address::read(bad, Mode::Prefer) else { panic!("{bad}") };
            assert!(!format!("{title} {detail}").contains("s3cret"), "{title}: {detail}");
        }
    }
}
