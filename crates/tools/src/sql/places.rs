//! Where databases are called: names are resolved here, and the addresses that were looked at are the ones that are called.

use super::Sent;
use crate::wire::{is_metadata, is_outside};
use std::net::IpAddr;

/// Why an address is never called.
const METADATA: &str = "this is an address at which machines are told their secrets; it is never called";

/// Why what lies inside is not called where nobody said so.
const INSIDE: &str = "the database lies inside";

/// Which of the addresses that a name leads to may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// All but those at which machines are told their secrets: a release names the place, or an admin has.
    Anywhere,
    /// Those of the open internet: somebody names the place just now.
    Outside,
}

impl Reach {
    /// Refuses what is of this machine itself, such as a socket or a file.
    pub(super) fn of_machine(self) -> Result<(), Sent> {
        if self == Self::Anywhere { Ok(()) } else { Err(Sent::Refused(INSIDE.to_owned())) }
    }
}

/// The addresses that a name leads to right now and that may be called; at least one.
pub(super) async fn resolved(host: &str, reach: Reach) -> Result<Vec<IpAddr>, Sent> {
    let found = tokio::net::lookup_host((host, 0)).await;
    let found =
        found.map_err(|_| Sent::Nothing("the database cannot be reached: its name leads nowhere".to_owned()))?;
    fine(found.map(|address| address.ip()), reach)
}

/// Those of these addresses that may be called; at least one.
pub(super) fn fine(addresses: impl Iterator<Item = IpAddr>, reach: Reach) -> Result<Vec<IpAddr>, Sent> {
    let mut fine: Vec<IpAddr> = addresses.filter(|address| !is_metadata(*address)).collect();
    if fine.is_empty() {
        return Err(Sent::Refused(METADATA.to_owned()));
    }
    fine.retain(|address| reach == Reach::Anywhere || is_outside(*address));
    if fine.is_empty() { Err(Sent::Refused(INSIDE.to_owned())) } else { Ok(fine) }
}
