//! Which cases may be merged, by which way their answers go then, and which messages make a case of their own.

use super::store::Merged;
use crate::{Case, Channel, MessageRow, limits};
use baton_base::{CustomerId, Error, MessageId, Result};
use std::collections::BTreeSet;

/// One of the two cases.
pub(super) struct Side<'a> {
    pub case: &'a Case,
    /// Its customer was erased.
    pub erased: bool,
    /// Why its customer's data is held.
    pub held: Option<&'a str>,
}

/// Whether one may be merged into the other; why not, in words.
pub(super) fn may_merge(source: &Side<'_>, target: &Side<'_>, other_customer: bool) -> Result<()> {
    if source.case.row.id == target.case.row.id {
        return Err(Error::invalid_at("into", "a case is not merged into itself", "name another case"));
    }
    for side in [source, target] {
        let number = side.case.row.number;
        let why = if side.case.is_merged() {
            Some(format!("case {number} was merged into another already; undo that first, or take the other"))
        } else if !side.case.row.state.is_live() {
            Some(format!("case {number} has ended; only cases that are worked on are merged"))
        } else if side.erased {
            Some(format!("the customer of case {number} was erased; nothing of theirs is merged"))
        } else {
            side.held.map(|reason| {
                format!("the data of the customer of case {number} is held ({reason}); lift the hold first")
            })
        };
        if let Some(why) = why {
            return Err(Error::Conflict(why));
        }
    }
    if source.case.row.customer.id != target.case.row.customer.id && !other_customer {
        let (one, other) = (source.case.row.number, target.case.row.number);
        return Err(Error::Conflict(format!(
            "cases {one} and {other} are of two customers: what is answered from then on reaches both; say so \
             (other_customer) if they are one person, or one speaks for the other"
        )));
    }
    Ok(())
}

/// By which channel answers go, where it is another than the case's own: the one that was written by last.
pub(super) fn reply_by(target: &Case, source: &Case, (target_ms, source_ms): (i64, i64)) -> Option<Channel> {
    let by = if source_ms > target_ms { source.answers_by() } else { target.answers_by() };
    Some(by).filter(|channel| *channel != target.row.channel)
}

/// What the customer has written since they were last answered, oldest first.
pub(super) fn unanswered(messages: &[MessageRow]) -> &[MessageRow] {
    let answered = messages.iter().rposition(|message| message.author.kind != "customer").map_or(0, |at| at + 1);
    messages.get(answered..).unwrap_or_default()
}

/// Why a merge cannot be undone, if it cannot.
pub(super) fn not_undone(merged: &Merged, target: &Case, written: i64, erased: bool) -> Option<String> {
    let number = target.row.number;
    if erased {
        return Some("the customer was erased since".to_owned());
    }
    if merged.into != merged.end {
        return Some(format!("case {number} was merged into another since; undo that first"));
    }
    (written > 0).then(|| {
        format!("{written} message(s) in case {number} since then belong to both; split them off instead, if you must")
    })
}

/// The one customer whose words are to be a case of their own.
pub(super) fn customer_of(messages: &[MessageRow]) -> Result<CustomerId> {
    let customers: BTreeSet<&str> =
        messages.iter().filter(|m| m.author.kind == "customer").map(|m| m.author.name.as_str()).collect();
    let mut customers = customers.into_iter();
    match (customers.next(), customers.next()) {
        (Some(customer), None) => customer.parse(),
        (None, _) => {
            let detail = "choose at least one message that the customer wrote";
            Err(Error::invalid_at("messages", "a case begins with its customer's words", detail))
        }
        (Some(_), Some(_)) => {
            Err(Error::Conflict("these messages are of two customers; split off each one's by themselves".to_owned()))
        }
    }
}

/// The chosen messages, each once.
pub(super) fn chosen(messages: &[MessageId]) -> Result<BTreeSet<&MessageId>> {
    let chosen: BTreeSet<&MessageId> = messages.iter().collect();
    let max = limits::SPLIT_MESSAGES_MAX;
    if chosen.is_empty() || chosen.len() > max {
        return Err(Error::invalid_at("messages", format!("{} messages", chosen.len()), format!("choose 1 to {max}")));
    }
    Ok(chosen)
}
