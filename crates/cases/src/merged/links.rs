//! How cases hang together, as people are shown it.

use super::store::{self, Merged};
use super::unmerge;
use crate::{Case, CaseState, store as cases};
use baton_base::{CaseId, ClientId, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right};
use serde::Serialize;
use std::collections::HashMap;

/// From which case something on a timeline is, or where a message is said again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The case.
    pub case: CaseId,
    /// Its number for people.
    pub number: i64,
}

/// Another case that a case hangs together with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The case.
    pub case: CaseId,
    /// Its number for people.
    pub number: i64,
    /// What it is called.
    pub subject: String,
    /// Where it stands.
    pub state: CaseState,
    /// Who merged or split, as `kind:name`.
    pub by: String,
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// The two cases are of two customers, and whoever merged them said that they belong together.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub other_customer: bool,
}

/// What a case hangs together with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Links {
    /// The case that this one was merged into.
    pub merged_into: Option<Link>,
    /// Why that cannot be undone, in words; nothing, if it can, or there is nothing to undo.
    pub kept: Option<String>,
    /// Cases that were merged into this one.
    pub merged: Vec<Link>,
    /// The case that this one was split off.
    pub split_from: Option<Link>,
    /// Cases that were split off this one.
    pub split_into: Vec<Link>,
}

/// What a case hangs together with.
pub fn links(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Links> {
    ctx.allow(Right::CaseRead)?;
    let own = cases::find(tx, &ctx.client, case)?.ok_or_else(|| cases::not_found(case))?;
    let mut links = Links::default();
    if let Some(merged) = store::of(tx, &ctx.client, case)? {
        let target = find(tx, &ctx.client, &merged.into)?;
        links.kept = unmerge::why_not(tx, ctx, &merged, &own, &target)?;
        links.merged_into = Some(of_merge(&target, &merged));
    }
    for merged in store::all_into(tx, &ctx.client, case)? {
        let source = find(tx, &ctx.client, &merged.case)?;
        links.merged.push(of_merge(&source, &merged));
    }
    if let Some(split) = store::split_of(tx, &ctx.client, case)? {
        links.split_from = Some(of_split(&find(tx, &ctx.client, &split.from)?, &split));
    }
    for split in store::splits_from(tx, &ctx.client, case)? {
        links.split_into.push(of_split(&find(tx, &ctx.client, &split.case)?, &split));
    }
    Ok(links)
}

fn find(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Case> {
    cases::find(tx, client, case)?.ok_or_else(|| cases::not_found(case))
}

fn link(case: &Case, by: &str, at_ms: i64, other_customer: bool) -> Link {
    let row = &case.row;
    Link {
        case: row.id.clone(),
        number: row.number,
        subject: row.subject.clone(),
        state: row.state,
        by: by.to_owned(),
        at_ms,
        other_customer,
    }
}

fn of_merge(case: &Case, merged: &Merged) -> Link {
    link(case, &merged.by, merged.at_ms, merged.other_customer)
}

fn of_split(case: &Case, split: &store::SplitRow) -> Link {
    link(case, &split.by, split.at_ms, false)
}

/// The cases that were merged into one, for its timeline.
pub(crate) fn origins(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Origin>> {
    let merged = store::all_into(tx, client, case)?;
    let mut origins = Vec::with_capacity(merged.len());
    for one in merged {
        let number = find(tx, client, &one.case)?.row.number;
        origins.push(Origin { case: one.case, number });
    }
    Ok(origins)
}

/// Messages of a case, and of those merged into it, that were split off from it: by their ids, where they are said again.
pub(crate) fn marks(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<HashMap<String, Origin>> {
    let found = store::split_messages(tx, client, case)?;
    Ok(found.into_iter().map(|(message, case, number)| (message, Origin { case, number })).collect())
}
