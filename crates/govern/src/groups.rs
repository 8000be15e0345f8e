//! Which roles a group of the directory gives: the same list for claims at sign-in and for groups that are provisioned.
//!
//! A role that comes from a group carries its source, and goes when the group does. What people gave by hand stays.

use crate::{Ctx, Right, Role, ledger};
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_db::{Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// Most lines of the list.
pub const GROUP_ROLES_MAX: usize = 2_000;
/// Longest name of a group, bytes.
pub const GROUP_BYTES_MAX: usize = 256;

/// A group gives a role at a client; at `house` for the installation and all clients.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRole {
    /// The group's name, as the directory writes it.
    pub group: String,
    /// Where.
    pub client: ClientId,
    /// What.
    pub role: Role,
}

/// Where a role comes from that nobody gave by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A claim of the identity provider, looked at in each sign-in.
    SignIn,
    /// A group that the directory keeps here.
    Directory,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sso",
            Self::Directory => "scim",
        }
    }
}

/// The list, by group.
pub fn list(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<GroupRole>> {
    ctx.allow(Right::IdentityAdmin)?;
    all(tx)
}

fn all(tx: &mut Tx) -> Result<Vec<GroupRole>> {
    // every client: the installation's list says for each client which groups work there
    let sql = "SELECT group_name, client_id, role FROM group_role ORDER BY group_name, client_id, role";
    tx.query(sql, params![], |r| Ok(GroupRole { group: r.text(0)?, client: r.id(1)?, role: r.id(2)? }))
}

/// Sets the whole list. Roles of provisioned groups follow at once, roles of claims at the next sign-in.
pub fn set(tx: &mut Tx, ctx: &Ctx, list: &[GroupRole]) -> Result<()> {
    ctx.allow(Right::IdentityAdmin)?;
    list.iter().try_for_each(check)?;
    if list.len() > GROUP_ROLES_MAX {
        return Err(Error::Limit(format!("the list has at most {GROUP_ROLES_MAX} lines")));
    }
    let before: BTreeSet<GroupRole> = all(tx)?.into_iter().collect();
    let after: BTreeSet<GroupRole> = list.iter().cloned().collect();
    for gone in before.difference(&after) {
        tx.execute(
            "DELETE FROM group_role WHERE client_id = $1 AND group_name = $2 AND role = $3",
            params![gone.client, gone.group, gone.role.name()],
        )?;
    }
    for new in after.difference(&before) {
        tx.execute(
            "INSERT INTO group_role (client_id, group_name, role) VALUES ($1, $2, $3)",
            params![new.client, new.group, new.role.name()],
        )?;
    }
    let data = json!({"added": after.difference(&before).collect::<Vec<_>>(), "removed": before.difference(&after).collect::<Vec<_>>()});
    ledger::append(tx, ctx, Event::new(&ctx.client, "identity.groups_changed", "groups").with(data))?;
    crate::scim::groups::follow_all(tx, ctx)
}

fn check(one: &GroupRole) -> Result<()> {
    if one.group.trim().is_empty() || one.group.len() > GROUP_BYTES_MAX || one.group.chars().any(char::is_control) {
        let detail = format!("write the group as the directory does, in 1 to {GROUP_BYTES_MAX} bytes");
        return Err(Error::invalid_at("group", "that is no name of a group", detail));
    }
    if matches!(one.role, Role::Service | Role::Provisioner) {
        let title = format!("'{}' is a role of machines", one.role);
        return Err(Error::invalid_at("role", title, "give people a role of people"));
    }
    Ok(())
}

/// What membership in these groups gives.
pub(crate) fn wanted(tx: &mut Tx, groups: &[String]) -> Result<BTreeSet<(ClientId, Role)>> {
    let list = all(tx)?;
    Ok(list.into_iter().filter(|one| groups.contains(&one.group)).map(|one| (one.client, one.role)).collect())
}

/// Makes the roles that come from `source` those that the groups give.
pub(crate) fn follow(tx: &mut Tx, ctx: &Ctx, member: &MemberId, source: Source, groups: &[String]) -> Result<()> {
    let wanted = wanted(tx, groups)?;
    // every client: a group may give roles anywhere
    let sql = "SELECT client_id, role FROM role_grant WHERE member_id = $1 AND source = $2";
    let have = tx.query(sql, params![member, source.name()], |r| Ok((r.id::<ClientId>(0)?, r.id::<Role>(1)?)))?;
    let have: BTreeSet<(ClientId, Role)> = have.into_iter().collect();
    for (client, role) in have.difference(&wanted) {
        tx.execute(
            "DELETE FROM role_grant WHERE client_id = $1 AND member_id = $2 AND role = $3 AND source = $4",
            params![client, member, role.name(), source.name()],
        )?;
        note(tx, ctx, client, "role.revoked", member, (*role, source))?;
    }
    for (client, role) in wanted.difference(&have) {
        let new = tx.execute(
            "INSERT INTO role_grant (client_id, member_id, role, granted_by, granted_ms, source) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, member_id, role) DO NOTHING",
            params![client, member, role.name(), ctx.actor.to_string(), ctx.now_ms(), source.name()],
        )?;
        if new > 0 {
            note(tx, ctx, client, "role.granted", member, (*role, source))?;
        }
    }
    Ok(())
}

fn note(
    tx: &mut Tx,
    ctx: &Ctx,
    client: &ClientId,
    kind: &str,
    member: &MemberId,
    (role, source): (Role, Source),
) -> Result<()> {
    let there = ctx.for_client(client)?;
    let data = json!({"role": role, "by": source.name()});
    ledger::append(tx, &there, Event::new(client, kind, member).with(data)).map(|_| ())
}
