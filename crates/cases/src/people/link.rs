//! A person says that two customers are one, or that they are not.

use super::store::{self, NewLink};
use super::{LINKED_MAX, REASON_BYTES_MAX};
use crate::rules;
use baton_base::{CaseId, ClientId, CustomerId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde_json::json;

/// What a person says of two customers.
#[derive(Debug, Clone, Copy)]
pub struct Linking<'a> {
    /// The customer that both are from now on, or that the other was linked into.
    pub customer: &'a CustomerId,
    /// The other.
    pub other: &'a CustomerId,
    /// Why; goes into the ledger.
    pub reason: &'a str,
    /// The case in which it was found, on whose timeline it stands.
    pub case: Option<&'a CaseId>,
}

/// Makes two customers one: the addresses and the cases of both are the first one's, and whoever writes from any of the
/// addresses is that customer.
pub fn link(tx: &mut Tx, ctx: &Ctx, asked: &Linking<'_>) -> Result<CustomerId> {
    let reason = allowed(ctx, asked)?;
    let client = &ctx.client;
    for id in [asked.customer, asked.other] {
        crate::customer(tx, client, id)?;
    }
    let (into, other) = (store::main_of(tx, client, asked.customer)?, store::main_of(tx, client, asked.other)?);
    if into == other {
        return Err(Error::Conflict("the two are one customer already".to_owned()));
    }
    store::lock(tx, client, [&into, &other])?;
    // Somebody may have linked one of them on meanwhile.
    if store::main_of(tx, client, &into)? != into || store::main_of(tx, client, &other)? != other {
        return Err(Error::Conflict("somebody is linking one of them right now; look again".to_owned()));
    }
    let count = store::members(tx, client, &into)?.len() + store::members(tx, client, &other)?.len() + 2;
    if count > LINKED_MAX {
        return Err(Error::Limit(format!("at most {LINKED_MAX} customers are one; these would be {count}")));
    }
    let by = ctx.actor.to_string();
    let new = NewLink { other: &other, into: &into, reason: &reason, by: &by, now_ms: ctx.now_ms() };
    let (addresses, cases) = store::move_into(tx, client, &new)?;
    let facts = json!({"customer": other, "reason": reason, "addresses": addresses, "cases": cases});
    tell(tx, ctx, "customer.linked", (&into, asked.case), facts)?;
    Ok(into)
}

/// Undoes a link: the other customer has again the addresses and the cases that were theirs, with what came in by those
/// addresses since, and with whoever was linked to them before.
pub fn unlink(tx: &mut Tx, ctx: &Ctx, asked: &Linking<'_>) -> Result<()> {
    let reason = allowed(ctx, asked)?;
    let client = &ctx.client;
    crate::customer(tx, client, asked.customer)?;
    let into = store::main_of(tx, client, asked.customer)?;
    store::lock(tx, client, [&into, asked.other])?;
    let links = store::links(tx, client, &into)?;
    if !links.iter().any(|link| link.customer == *asked.other) {
        return Err(Error::not_found(format!("a link of {} to {into}", asked.other)));
    }
    let mut theirs = vec![asked.other.clone()];
    // Whoever was linked to one of them goes along; the links are few.
    while let Some(more) = links.iter().find(|l| theirs.contains(&l.linked_to) && !theirs.contains(&l.customer)) {
        theirs.push(more.customer.clone());
    }
    let (addresses, cases) = store::move_back(tx, client, (&into, asked.other), &theirs)?;
    let facts = json!({"customer": asked.other, "reason": reason, "addresses": addresses, "cases": cases});
    tell(tx, ctx, "customer.unlinked", (&into, asked.case), facts)
}

fn allowed(ctx: &Ctx, asked: &Linking<'_>) -> Result<String> {
    ctx.allow(Right::CustomerLink)?;
    rules::short("reason", asked.reason, REASON_BYTES_MAX)
}

fn tell(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &str,
    (customer, case): (&CustomerId, Option<&CaseId>),
    facts: serde_json::Value,
) -> Result<()> {
    let mut event = Event::new(&ctx.client, kind, customer).with(facts);
    if let Some(case) = case {
        known_case(tx, &ctx.client, case)?;
        event = event.in_case(case);
    }
    ledger::append(tx, ctx, event).map(|_| ())
}

fn known_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<()> {
    crate::store::find(tx, client, case)?.map(|_| ()).ok_or_else(|| crate::store::not_found(case))
}
