//! What is known of a customer: by which addresses they write, who is linked to them, their cases, and who looks the same.

use super::rules::{self, Likeness, Sameness, Trait, TraitKind};
use super::store;
use crate::store::sealed;
use crate::{CaseFilter, CaseRow, Channel, CustomerRow, NamedCustomer, Page, list};
use baton_base::{ClientId, CustomerId, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde::Serialize;

/// Cases shown, the newest.
const CASES_MAX: u32 = 50;
/// Traits by which others are looked for, count.
const LOOKED_FOR_MAX: usize = 40;

/// An address by which a customer reaches the client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The channel.
    pub channel: String,
    /// The address there.
    pub address: String,
    /// Whose it is when nobody is linked.
    pub own: CustomerId,
}

/// A customer who was linked into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// The one who was linked.
    pub customer: NamedCustomer,
    /// Why.
    pub reason: String,
    /// Who linked them.
    pub by: String,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
}

/// A customer as a person sees them beside a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Person {
    /// Name, language, first contact, whether their data is held.
    #[serde(flatten)]
    pub customer: CustomerRow,
    /// By which addresses they write.
    pub identities: Vec<Identity>,
    /// Who they are in systems of record, as found when they were identified.
    pub accounts: Vec<String>,
    /// Who is linked into them.
    pub linked: Vec<Linked>,
    /// Their newest cases, by whichever channel.
    pub cases: Vec<CaseRow>,
    /// Who else may be the same.
    pub looks_same: Vec<Likeness>,
}

/// A customer; one who is linked into another is that other.
pub fn person(tx: &mut Tx, ctx: &Ctx, id: &CustomerId) -> Result<Person> {
    ctx.allow(Right::CaseRead)?;
    let client = &ctx.client;
    crate::customer(tx, client, id)?;
    let id = store::main_of(tx, client, id)?;
    let customer = crate::customer(tx, client, &id)?;
    let identities: Vec<_> = sealed::identities(tx, client, &id)?
        .into_iter()
        .map(|known| Identity { channel: known.channel, address: known.address, own: known.own })
        .collect();
    let traits = known_of(tx, client, &id, &identities)?;
    let accounts = traits.iter().filter(|one| one.kind == TraitKind::Account).map(|one| one.text.clone()).collect();
    let filter = CaseFilter { clients: vec![client.clone()], customer: Some(id.clone()), ..CaseFilter::default() };
    let cases = list(tx, &filter, &Page { after: None, limit: Some(CASES_MAX) })?.items;
    let linked = store::links(tx, client, &id)?.into_iter().map(|link| Linked {
        customer: NamedCustomer { id: link.customer, name: link.name },
        reason: link.reason,
        by: link.linked_by,
        at_ms: link.linked_ms,
    });
    let linked = linked.collect();
    let looks_same = looks_same(tx, client, &id, &traits)?;
    Ok(Person { customer, identities, accounts, linked, cases, looks_same })
}

/// What is known of a customer, each once, as strongly as it is known.
fn known_of(tx: &mut Tx, client: &ClientId, id: &CustomerId, identities: &[Identity]) -> Result<Vec<Trait>> {
    let mut all: Vec<Trait> =
        identities.iter().filter_map(|one| rules::of_address(&one.channel, &one.address)).collect();
    for (fields, identity) in store::held_in_cases(tx, client, id)? {
        all.extend(rules::traits(fields.as_object(), identity.as_ref()));
    }
    let mut once: Vec<Trait> = Vec::new();
    for one in all {
        match once.iter_mut().find(|had| had.kind == one.kind && had.text == one.text) {
            Some(had) => had.seen = had.seen.max(one.seen),
            None => once.push(one),
        }
    }
    // What proves most is looked for first.
    once.sort_by(|a, b| b.seen.cmp(&a.seen).then(a.kind.cmp(&b.kind)));
    Ok(once)
}

fn looks_same(tx: &mut Tx, client: &ClientId, id: &CustomerId, traits: &[Trait]) -> Result<Vec<Likeness>> {
    let mut found: Vec<Likeness> = Vec::new();
    for one in traits.iter().take(LOOKED_FOR_MAX) {
        let mut others = store::with_trait(tx, client, id, one)?;
        if matches!(one.kind, TraitKind::Email | TraitKind::Phone) {
            for channel in [Channel::Email, Channel::Api, Channel::Voice] {
                let at = store::at_address(tx, client, id, (channel, &one.text))?;
                others.extend(at.map(|customer| (customer, rules::Seen::Address)));
            }
        }
        for (customer, there) in others {
            add(&mut found, customer, Sameness { kind: one.kind, text: one.text.clone(), here: one.seen, there });
        }
    }
    for likeness in &mut found {
        likeness.proved = rules::proved(&likeness.by);
    }
    found.sort_by_key(|likeness| (!likeness.proved, std::cmp::Reverse(likeness.by.len())));
    Ok(found)
}

fn add(found: &mut Vec<Likeness>, customer: NamedCustomer, same: Sameness) {
    let at = found.iter().position(|one| one.customer.id == customer.id).unwrap_or_else(|| {
        found.push(Likeness { customer, by: Vec::new(), proved: false });
        found.len() - 1
    });
    let by = &mut found[at].by;
    match by.iter_mut().find(|one| one.kind == same.kind && one.text == same.text) {
        Some(had) => had.there = had.there.max(same.there),
        None => by.push(same),
    }
}
