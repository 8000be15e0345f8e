//! Secrets from the operating system's random source. They are the one thing that must not come from [`crate::Env`]:
//! a token that can be replayed from a seed is no secret.

use baton_base::{Error, Result};
use rand::TryRng;
use rand::rngs::SysRng;

/// Random bytes nobody can guess.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|e| Error::Unavailable(format!("no randomness from the system: {e}")))?;
    Ok(bytes)
}

/// 256 random bits as 64 hex digits after a prefix.
pub(crate) fn token(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", hex::encode(bytes::<32>()?)))
}
