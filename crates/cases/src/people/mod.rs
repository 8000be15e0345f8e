//! One person who reaches a client by several channels: what is known of them, who looks the same, and two of them made one by
//! hand.
//!
//! Every address is a customer of its own until a person links two. From then on both addresses, and the cases of both, are the
//! one customer's; `came_as` remembers whose each was, so that a link can be undone. Nothing is linked by itself.

mod link;
mod page;
mod rules;
mod store;
mod ways;

pub use link::{Linking, link, unlink};
pub use page::{Identity, Linked, Person, person};
pub use rules::{Likeness, Sameness, Seen, TraitKind};
pub use store::{cases_by, main_of, members};
pub(crate) use store::{forget_case, forget_links};
pub use ways::{Way, Ways, answer_address, go_by, ways};

use baton_base::{CaseId, ClientId, Result};
use baton_db::Tx;
use serde_json::{Map, Value};

/// Most customers that are one, count.
pub const LINKED_MAX: usize = 20;
/// Longest reason of a link, bytes.
pub const REASON_BYTES_MAX: usize = 500;

/// Notes by what the case's customer may be known on another channel: what they said, and what a system of record found.
pub(crate) fn note(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    fields: Option<&Map<String, Value>>,
    identity: Option<&Value>,
) -> Result<()> {
    for found in rules::traits(fields, identity) {
        store::put_trait(tx, client, case, &found)?;
    }
    Ok(())
}
