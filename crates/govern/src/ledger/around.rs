//! What a client was set up by while something went on. It belongs to no case, and decides how each goes.

use super::entry::{COLUMNS, Entry, LEAF_INDEX, Stored, read};
use super::of_case::{Proved, proved};
use baton_base::{ClientId, Result};
use baton_db::{Tx, params};

/// Kinds of entries by which a client is set up. Named whole: each is a range of an index.
const KINDS: &str = "'release.deployed', 'change.published', 'change.rolled_back', 'stop.engaged', 'stop.released', \
     'autonomy.set', 'autonomy.lowered', 'autonomy.cleared', 'role.granted', 'role.revoked', 'connector.secret_set', \
     'connector.signed_in', 'connector.signed_out', 'connector.drifted'";
/// Most entries told of at once.
pub const AROUND_MAX: i64 = 500;

fn meanwhile() -> String {
    format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND kind IN ({KINDS}) AND case_id IS NULL AND at_ms >= $2 \
         AND at_ms <= $3 ORDER BY entry_id LIMIT $4"
    )
}

/// The release that was live before.
fn before() -> String {
    format!(
        "SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND kind = 'release.deployed' AND at_ms < $2 \
         ORDER BY entry_id DESC LIMIT 1"
    )
}

/// Entries by which a client was set up from one time to another, milliseconds, both included, oldest first; before them that of
/// the release that was live when the time began. Where there are more than [`AROUND_MAX`], the first of them.
pub fn around(tx: &mut Tx, client: &ClientId, from_ms: i64, to_ms: i64) -> Result<Vec<Entry>> {
    let mut found = tx.query(&before(), params![client, from_ms], read)?;
    found.extend(tx.query(&meanwhile(), params![client, from_ms, to_ms, AROUND_MAX], read)?);
    Ok(found)
}

/// The same, each as it was hashed and with the proof of its place.
pub fn proved_around(tx: &mut Tx, client: &ClientId, from_ms: i64, to_ms: i64) -> Result<Vec<Proved>> {
    let mut found =
        tx.query(&before(), params![client, from_ms], |row| Ok((Stored::read(row)?, row.int_opt(LEAF_INDEX)?)))?;
    found.extend(tx.query(&meanwhile(), params![client, from_ms, to_ms, AROUND_MAX], |row| {
        Ok((Stored::read(row)?, row.int_opt(LEAF_INDEX)?))
    })?);
    proved(tx, client, found)
}
