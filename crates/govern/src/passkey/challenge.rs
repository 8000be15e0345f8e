//! Challenges: random, for one purpose, answered once by whoever they were given to, and soon over.
//!
//! The database holds digests, so that whoever reads it can answer none.

use super::encoded;
use crate::secret;
use baton_base::{ClientId, Result, digest_of_text};
use baton_db::{Tx, params};

/// How long somebody may take at their device, milliseconds.
pub const CHALLENGE_MS_MAX: i64 = 5 * 60 * 1000;
/// Challenges open at once; those that were given out first make room, so that nobody can fill the database.
const OPEN_MAX: i64 = 20_000;

/// What a challenge is for. It is good for nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A new passkey, by whoever is signed in.
    Register,
    /// Signing in by the passkey alone: the device must know who holds it.
    Alone,
    /// As second factor: the first has shown who it is, so that having the device is enough.
    Second,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Alone => "alone",
            Self::Second => "second",
        }
    }
}

/// Gives a challenge to a holder: the secret of a session or of a browser. Of one purpose a holder has one.
pub(super) fn begin(tx: &mut Tx, now_ms: i64, purpose: Purpose, holder: &str) -> Result<String> {
    let (of, holder) = (ClientId::house(), digest_of_text(holder));
    tx.execute(
        "DELETE FROM passkey_challenge WHERE client_id = $1 AND (until_ms < $2 OR (holder_digest = $3 AND purpose = $4))",
        params![of, now_ms, holder, purpose.name()],
    )?;
    let count = "SELECT COUNT(*) FROM passkey_challenge WHERE client_id = $1";
    if tx.query_one(count, params![of], |r| r.int(0))? >= OPEN_MAX {
        let oldest = "DELETE FROM passkey_challenge WHERE client_id = $1 AND challenge_digest IN (SELECT challenge_digest \
                      FROM passkey_challenge WHERE client_id = $1 ORDER BY until_ms LIMIT $2)";
        tx.execute(oldest, params![of, OPEN_MAX / 20])?;
    }
    let challenge = encoded(&secret::bytes::<32>()?);
    tx.execute(
        "INSERT INTO passkey_challenge (client_id, challenge_digest, purpose, holder_digest, until_ms) \
         VALUES ($1, $2, $3, $4, $5)",
        params![of, digest_of_text(&challenge), purpose.name(), holder, now_ms + CHALLENGE_MS_MAX],
    )?;
    Ok(challenge)
}

/// Uses a challenge up, in a transaction of its own: whatever comes of the answer, it is not taken again. False if it was not
/// given out to this holder for this purpose, is over, or was answered already.
pub(super) fn take(tx: &mut Tx, now_ms: i64, purpose: Purpose, holder: &str, challenge: &str) -> Result<bool> {
    let gone = tx.execute(
        "DELETE FROM passkey_challenge WHERE client_id = $1 AND challenge_digest = $2 AND holder_digest = $3 \
         AND purpose = $4 AND until_ms > $5",
        params![ClientId::house(), digest_of_text(challenge), digest_of_text(holder), purpose.name(), now_ms],
    )?;
    Ok(gone == 1)
}
