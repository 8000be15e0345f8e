//! Where a MySQL or MariaDB is, as its setting says it: `mysql://user:password@host:port/database`, with `ssl-mode`, `ssl-ca` and
//! `socket` behind a `?`. No error holds a part of it.

use crate::sql::Sent;
use crate::sql::places::{Reach, resolved};
use mysql_async::{Opts, OptsBuilder, SslOpts};
use reqwest::Url;
use std::net::IpAddr;
use tokio::io::AsyncReadExt as _;

const FORM: &str = "the address is not mysql://user:password@host/database";
/// Largest message of the protocol that is taken in, such as a row, bytes.
const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Largest file with certificates, bytes.
const AUTHORITY_BYTES_MAX: u64 = 1024 * 1024;
/// Nobody asks the server how long it keeps idle connections: one that is gone is seen when it is used, seconds.
const IDLE_S_MAX: usize = 28_800;

/// What an address says.
#[derive(Debug)]
struct Said {
    /// Without what stands behind the `?`.
    url: Url,
    encrypted: bool,
    /// File with the certificates that are trusted, PEM.
    authority: Option<String>,
    socket: Option<String>,
}

/// How to connect. Names are resolved here, and the addresses that were looked at are the ones that are called.
pub(super) async fn read(text: &str, reach: Reach) -> Result<Opts, Sent> {
    let said = parse(text).map_err(|why| Sent::Refused(why.to_owned()))?;
    if said.socket.is_some() || said.authority.is_some() {
        reach.of_machine()?;
    }
    let opts = Opts::from_url(said.url.as_str()).map_err(|_| Sent::Refused(FORM.to_owned()))?;
    let host = bare(opts.ip_or_hostname()).to_owned();
    let builder = OptsBuilder::from_opts(opts)
        .ip_or_hostname(host.clone())
        .prefer_socket(false)
        .max_allowed_packet(Some(MESSAGE_BYTES_MAX))
        .wait_timeout(Some(IDLE_S_MAX))
        .stmt_cache_size(0_usize)
        // A row that already was as it is to be counts as changed, as in other databases.
        .client_found_rows(true);
    if said.socket.is_some() {
        return Ok(builder.socket(said.socket).into());
    }
    let builder = builder.resolved_ips(Some(resolved(&host, reach).await?));
    if !said.encrypted {
        return Ok(builder.into());
    }
    let mut tls = SslOpts::default();
    if let Some(file) = said.authority {
        let pem = certificates(&file).await;
        let pem = pem.map_err(|_| Sent::Refused("the file that ssl-ca names cannot be read".to_owned()))?;
        tls = tls.with_root_certs(vec![pem.into()]).with_disable_built_in_roots(true);
    }
    Ok(builder.ssl_opts(Some(tls)).into())
}

fn parse(text: &str) -> Result<Said, &'static str> {
    let mut url = Url::parse(text).map_err(|_| FORM)?;
    if !matches!(url.scheme(), "mysql" | "mariadb") || !url.has_host() {
        return Err(FORM);
    }
    let (mut mode, mut authority, mut socket) = (None, None, None);
    for (key, value) in url.query_pairs() {
        match (&*key, &*value) {
            ("ssl-mode", "verify_identity") => mode = Some(true),
            ("ssl-mode", "disabled") => mode = Some(false),
            ("ssl-mode", _) => {
                return Err(
                    "ssl-mode is verify_identity or disabled: a connection whose other end nobody checks is not offered",
                );
            }
            ("ssl-ca", file) => authority = Some(file.to_owned()),
            ("socket", path) => socket = Some(path.to_owned()),
            _ => return Err("behind the ? of the address stand ssl-mode, ssl-ca and socket, and nothing else"),
        }
    }
    let here = url.host_str().map(bare).is_some_and(is_loopback);
    // What leaves the machine is encrypted, unless the address says otherwise.
    let encrypted = mode.unwrap_or(authority.is_some() || !here);
    url.set_query(None);
    url.set_fragment(None);
    url.set_scheme("mysql").map_err(|()| FORM)?;
    Ok(Said { url, encrypted, authority, socket })
}

/// Without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What stands in a file, which is a real one and small: a device, or a pipe, would never end.
async fn certificates(path: &str) -> std::io::Result<Vec<u8>> {
    let about = tokio::fs::metadata(path).await?;
    if !about.is_file() || about.len() > AUTHORITY_BYTES_MAX {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    let mut pem = Vec::new();
    tokio::fs::File::open(path).await?.take(AUTHORITY_BYTES_MAX).read_to_end(&mut pem).await?;
    Ok(pem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_the_machine_is_encrypted_unless_the_address_says_otherwise() {
        for (text, encrypted) in [
            ("mysql://u:p@db.example/shop", true),
            ("mariadb://u:p@10.0.0.5:3307/shop", true),
            ("mysql://u:p@db.example/shop?ssl-mode=disabled", false),
            ("mysql://u:p@localhost/shop", false),
            ("mysql://u:p@127.0.0.1", false),
            ("mysql://u:p@[::1]/shop", false),
            ("mysql://u:p@localhost/shop?ssl-mode=verify_identity", true),
            ("mysql://u:p@localhost/shop?ssl-ca=/etc/db.pem", true),
        ] {
            let said = parse(text).unwrap();
            assert_eq!((said.encrypted, said.url.scheme(), said.url.query()), (encrypted, "mysql", None), "{text}");
        }
        let said = parse("mysql://u@localhost/shop?socket=/run/mysqld/mysqld.sock").unwrap();
        assert_eq!(said.socket.as_deref(), Some("/run/mysqld/mysqld.sock"));
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_refused_without_being_said_back() {
        for bad in [
            "",
            "postgres://ada:s3cret@db/x",
            "mysql:s3cret",
            "mysql://ada:s3cret@db/x?ssl-mode=required",
            "mysql://ada:s3cret@db/x?ssl-mode=preferred",
            "mysql://ada:s3cret@db/x?verify_ca=false",
            "mysql://ada:s3cret@localhost/x?ssl-ca=/nowhere/s3cret.pem",
            "mysql://ada:s3cret@localhost/x?ssl-ca=/dev/zero",
            "mysql://ada:s3cret@169.254.169.254/x",
            "mysql://ada:s3cret@[fd00:ec2::254]/x",
            "mysql://ada:s3cret@[::ffff:169.254.169.254]/x",
        ] {
            let Sent::Refused(why) = read(bad, Reach::Anywhere).await.unwrap_err() else { panic!("{bad}") };
            assert!(!why.contains("s3cret"), "{why}");
        }
        let address = "mysql://ada:s3%3Fcret@127.0.0.1:3307/x?ssl-mode=verify_identity";
        let opts = read(address, Reach::Anywhere).await.unwrap();
        assert_eq!((opts.user(), opts.pass(), opts.db_name()), (Some("ada"), Some("s3?cret"), Some("x")));
        assert_eq!((opts.tcp_port(), opts.ssl_opts().is_some(), opts.prefer_socket()), (3307, true, false));
        for inside in [
            address,
            "mysql://ada@10.0.0.5/x",
            "mysql://ada@93.184.215.14/x?socket=/run/mysqld.sock",
            "mysql://ada@93.184.215.14/x?ssl-ca=/etc/db.pem",
        ] {
            let Sent::Refused(why) = read(inside, Reach::Outside).await.unwrap_err() else { panic!("{inside}") };
            assert!(why.contains("lies inside"), "{why}");
        }
    }
}
