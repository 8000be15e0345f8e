//! Which addresses lie outside: the only ones a call reaches unless the egress list says otherwise. Names are resolved
//! by the one resolver that the connection then uses, so that the address that was checked is the one that is called.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why a name may not be called; looked for among the causes of a failed connection.
#[derive(Debug)]
pub(crate) struct Inside(String);

impl std::fmt::Display for Inside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} leads to an address inside, which egress.yaml does not allow ('private: true' would)", self.0)
    }
}

impl std::error::Error for Inside {}

/// Resolves names to addresses outside, and to no others.
pub(crate) struct Outside;

impl Resolve for Outside {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let outside: Vec<SocketAddr> = found.filter(|address| is_outside(address.ip())).collect();
            if outside.is_empty() {
                return Err(Inside(host).into());
            }
            Ok(Box::new(outside.into_iter()) as Addrs)
        })
    }
}

/// Resolves names to anything but the addresses at which a machine is told its own secrets; for connectors, whose place
/// a release names, inside or outside.
pub(crate) struct NoMetadata;

impl Resolve for NoMetadata {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let fine: Vec<SocketAddr> = found.filter(|address| !is_metadata(address.ip())).collect();
            if fine.is_empty() {
                return Err(Inside(host).into());
            }
            Ok(Box::new(fine.into_iter()) as Addrs)
        })
    }
}

/// Whether machines of clouds are told their credentials at this address: link-local, and the one of IPv6.
pub(crate) fn is_metadata(address: IpAddr) -> bool {
    const AWS_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address {
        IpAddr::V4(v4) => metadata_v4(v4),
        IpAddr::V6(v6) => inner_v4(v6).is_some_and(metadata_v4) || v6 == AWS_V6 || v6.segments()[0] & 0xffc0 == 0xfe80,
    }
}

/// Link-local, and the places of clouds that use others.
fn metadata_v4(address: Ipv4Addr) -> bool {
    const OTHERS: [[u8; 4]; 2] = [[100, 100, 100, 200], [192, 0, 0, 192]];
    address.is_link_local() || OTHERS.contains(&address.octets())
}

/// Whether the host of an address is written as such a number: names are looked at where they are resolved, numbers are
/// not resolved.
pub(crate) fn is_metadata_url(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']').parse().is_ok_and(is_metadata)
}

/// The IPv4 address that an IPv6 address is another spelling of: mapped, NAT64, 6to4.
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let inner = match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => (high, low),
        _ => return address.to_ipv4_mapped(),
    };
    let ([a, b], [c, d]) = (inner.0.to_be_bytes(), inner.1.to_be_bytes());
    Some(Ipv4Addr::new(a, b, c, d))
}

/// Whether an address belongs to the open internet.
pub(crate) fn is_outside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => outside_v4(v4),
        IpAddr::V6(v6) => outside_v6(v6),
    }
}

fn outside_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let protocols = a == 192 && b == 0 && c == 0;
    let benches = a == 198 && (b == 18 || b == 19);
    let inside = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation();
    !(inside || shared || protocols || benches || a == 0 || a >= 224)
}

fn outside_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    if let Some(v4) = inner_v4(address) {
        return outside_v4(v4);
    }
    // Only what is given out for the open internet: 2000::/3, without documentation and Teredo.
    let global = parts[0] & 0xe000 == 0x2000;
    let special = parts[0] == 0x2001 && (parts[1] == 0xdb8 || parts[1] == 0);
    global && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_inside_are_known_in_every_spelling() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_outside(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2002:5db8:d70e::1"] {
            assert!(is_outside(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn the_addresses_of_secrets_are_known_in_every_spelling() {
        for metadata in [
            "169.254.169.254",
            "169.254.170.2",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
            "100.100.100.200",
            "192.0.0.192",
            "fd00:ec2::254",
            "fe80::1",
        ] {
            assert!(is_metadata(metadata.parse().unwrap()), "{metadata}");
        }
        for plain in ["127.0.0.1", "10.0.0.1", "fd00::1", "93.184.215.14", "2002:5db8:d70e::1", "::ffff:10.0.0.1"] {
            assert!(!is_metadata(plain.parse().unwrap()), "{plain}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_resolved() {
        let name: Name = "localhost".parse().unwrap();
        let error = Outside.resolve(name).await.err().unwrap();
        assert!(error.to_string().contains("egress.yaml"), "{error}");
    }
}
