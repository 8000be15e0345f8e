//! Passkeys: signing in by a key that a member's device keeps (Web Authentication, level 3), alone or as second factor.
//!
//! `rules` follows the standard's two lists (7.1, 7.2) step by step, over values alone. `challenge` keeps what was given out,
//! `store` the passkeys; `own` is what members do with theirs, `enter` is signing in, and [`Site`] is the address they belong to.

mod address;
mod challenge;
mod cose;
mod data;
mod enter;
mod own;
mod rules;
#[cfg(test)]
mod steps;
mod store;
mod wire;

pub(crate) use address::keep_address;
pub use address::{Address, Site, address, set_address, site};
pub use challenge::CHALLENGE_MS_MAX;
pub(crate) use challenge::Purpose;
pub(crate) use enter::{Answered, answered, prove};
pub use enter::{Begun, begin_sign_in, sign_in};
pub use own::{PASSKEYS_MAX, begin_registration, list, mine, register, remove, remove_mine, rename, rename_mine};
pub use store::Passkey;
pub(crate) use store::{counts, has_any};
pub use wire::{Assertion, Registration};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Bytes as the standard writes them in JSON.
fn encoded(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Bytes from such a text.
fn decoded(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()
}
