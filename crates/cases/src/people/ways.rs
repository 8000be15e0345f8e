//! By which ways a case can go on: where its customer has left the chat, a person may answer by e-mail.

use super::rules::{self, Seen, TraitKind};
use super::store;
use crate::actions::say::may_write;
use crate::store::{find, lock, not_found, sealed, write};
use crate::{Case, Channel};
use baton_base::{CaseId, ClientId, Error, Event, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, ledger};
use serde::Serialize;
use serde_json::json;

/// One way in which answers can reach the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    /// The channel.
    pub channel: Channel,
    /// The address, where it is carried to one.
    pub address: Option<String>,
    /// `address`: the customer writes from it; `verified`: a system of record named it when they were identified.
    pub seen: Option<Seen>,
    /// Whether answers go this way now.
    pub now: bool,
}

/// The ways of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ways {
    /// Each of them; the case's own channel first.
    pub items: Vec<Way>,
}

/// By which ways answers in a case can reach its customer. `mailbox`: whether the client has one.
pub fn ways(tx: &mut Tx, ctx: &Ctx, case: &CaseId, mailbox: bool) -> Result<Ways> {
    ctx.allow(Right::CaseRead)?;
    let found = find(tx, &ctx.client, case)?.ok_or_else(|| not_found(case))?;
    of(tx, &ctx.client, &found, mailbox)
}

fn of(tx: &mut Tx, client: &ClientId, case: &Case, mailbox: bool) -> Result<Ways> {
    let now = case.answers_by();
    let own = case.row.channel;
    let mut items = vec![Way { channel: own, address: None, seen: None, now: now == own }];
    // A conversation may end; what came by mail is answered by mail, and programs are answered where they asked.
    let may_go_on = matches!(own, Channel::Chat | Channel::Voice) && mailbox;
    if may_go_on {
        let target = if now == Channel::Email { answer_address(tx, client, case)? } else { None };
        for (address, seen) in addresses(tx, client, case)? {
            let now = target.as_ref() == Some(&address);
            items.push(Way { channel: Channel::Email, address: Some(address), seen: Some(seen), now });
        }
    }
    Ok(Ways { items })
}

/// The e-mail addresses at which the customer may be written to: those they write from, and those that a system of record
/// named when it identified them in this case. What they only claim is none.
fn addresses(tx: &mut Tx, client: &ClientId, case: &Case) -> Result<Vec<(String, Seen)>> {
    let customer = &case.row.customer.id;
    let known = sealed::identities(tx, client, customer)?;
    let email = known.into_iter().filter(|one| one.channel == Channel::Email.as_str());
    let mut found: Vec<_> = email.map(|one| (one.address, Seen::Address)).collect();
    for one in rules::traits(None, case.identity.as_ref()) {
        let is_new = one.kind == TraitKind::Email && !found.iter().any(|(address, _)| *address == one.text);
        // An address of somebody else is theirs until a person links the two.
        if is_new && crate::customer_at(tx, client, Channel::Email, &one.text)?.is_none() {
            found.push((one.text, Seen::Verified));
        }
    }
    Ok(found)
}

/// The address that answers of a case go to, where a person has chosen one or the customer has one.
pub fn answer_address(tx: &mut Tx, client: &ClientId, case: &Case) -> Result<Option<String>> {
    let known = sealed::identities(tx, client, &case.row.customer.id)?;
    let email: Vec<_> = known.into_iter().filter(|one| one.channel == Channel::Email.as_str()).collect();
    let chosen = email.iter().find(|one| Some(&one.digest) == case.reply_to.as_ref());
    Ok(chosen.or_else(|| email.first()).map(|one| one.address.clone()))
}

/// Answers in a case go this way from now on, until its customer writes by another. Whoever has the case chooses.
pub fn go_by(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &CaseId,
    (channel, address): (Channel, Option<&str>),
    mailbox: bool,
) -> Result<Ways> {
    ctx.allow(Right::CaseReply)?;
    let mut found = lock(tx, &ctx.client, case)?;
    may_write(ctx, &found)?;
    if channel == found.row.channel {
        (found.reply_by, found.reply_to) = (None, None);
    } else {
        let address = chosen(tx, ctx, &found, (channel, address), mailbox)?;
        found.reply_by = Some(channel);
        found.reply_to = Some(sealed::digest(tx, &ctx.client, channel, &address)?);
    }
    found.row.changed_ms = ctx.now_ms();
    write::save(tx, &ctx.client, &found)?;
    let event = Event::new(&ctx.client, "case.goes_on_by", case).in_case(case).with(json!({"channel": channel}));
    ledger::append(tx, ctx, event)?;
    of(tx, &ctx.client, &found, mailbox)
}

/// The address that is asked for, or the only one there is. One that a system of record named becomes the customer's.
fn chosen(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &Case,
    (channel, address): (Channel, Option<&str>),
    mailbox: bool,
) -> Result<String> {
    let items = of(tx, &ctx.client, case, mailbox)?.items;
    let mut fits = items.into_iter().filter(|way| way.channel == channel && way.address.is_some());
    let way = match address {
        Some(address) => fits.find(|way| way.address.as_deref() == rules::as_email(address).as_deref()),
        None => fits.next(),
    };
    let no_way = || {
        let detail = "it goes on by e-mail where the client has a mailbox and the customer an address that they write \
                      from, or that a system of record named when it identified them";
        Error::invalid_at("channel", format!("this case cannot go on by {channel}"), detail)
    };
    let way = way.ok_or_else(no_way)?;
    let address = way.address.ok_or_else(no_way)?;
    if way.seen == Some(Seen::Verified) {
        let own = case.own_customer();
        store::add_address(tx, &ctx.client, (&case.row.customer.id, &own), (channel, &address))?;
        let event = Event::new(&ctx.client, "customer.address_added", &case.row.customer.id).in_case(&case.row.id);
        ledger::append(tx, ctx, event.with(json!({"channel": channel, "seen": Seen::Verified})))?;
    }
    Ok(address)
}
