//! Where databases are called: names are resolved here, and the addresses that were looked at are the ones that are called.

use super::Sent;
use crate::wire::is_metadata;
use std::net::IpAddr;

/// Why an address is never called.
const METADATA: &str = "this is an address at which machines are told their secrets; it is never called";

/// The addresses that a name leads to right now, without those at which machines are told their secrets; at least one.
pub(super) async fn resolved(host: &str) -> Result<Vec<IpAddr>, Sent> {
    let found = tokio::net::lookup_host((host, 0)).await;
    let found =
        found.map_err(|_| Sent::Nothing("the database cannot be reached: its name leads nowhere".to_owned()))?;
    fine(found.map(|address| address.ip()))
}

/// Those of these addresses that may be called; at least one.
pub(super) fn fine(addresses: impl Iterator<Item = IpAddr>) -> Result<Vec<IpAddr>, Sent> {
    let fine: Vec<IpAddr> = addresses.filter(|address| !is_metadata(*address)).collect();
    if fine.is_empty() { Err(Sent::Refused(METADATA.to_owned())) } else { Ok(fine) }
}
