//! Which roles a group of the directory gives: the same list for claims at sign-in and for groups that are provisioned.
//!
//! A role that comes from a group carries its source, and goes when the group does: where both sources want it, when both no
//! longer do. What people gave by hand stays.

use crate::{Ctx, Right, Role, ledger};
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_db::{Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

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

    fn other(self) -> Self {
        match self {
            Self::SignIn => Self::Directory,
            Self::Directory => Self::SignIn,
        }
    }
}

/// What each group gives, read once for all who are in one.
pub(crate) struct Given(BTreeMap<String, Vec<(ClientId, Role)>>);

impl Given {
    /// The list as it is.
    pub(crate) fn read(tx: &mut Tx) -> Result<Self> {
        let mut given: BTreeMap<String, Vec<(ClientId, Role)>> = BTreeMap::new();
        for one in all(tx)? {
            given.entry(one.group).or_default().push((one.client, one.role));
        }
        Ok(Self(given))
    }

    /// For whoever is in no group any more.
    pub(crate) fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    /// What membership in these groups gives.
    pub(crate) fn by(&self, groups: &[String]) -> BTreeSet<(ClientId, Role)> {
        groups.iter().filter_map(|group| self.0.get(group)).flatten().cloned().collect()
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

/// Sets the whole list. Roles of provisioned groups follow at once, roles of claims at the next sign-in. Returns who has lost a
/// role by it: what they may no longer have goes back to others.
pub fn set(tx: &mut Tx, ctx: &Ctx, list: &[GroupRole]) -> Result<Vec<MemberId>> {
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

/// Makes the roles that come from `source` those that the groups give; whether one was taken away.
pub(crate) fn follow(
    tx: &mut Tx,
    ctx: &Ctx,
    member: &MemberId,
    source: Source,
    given: &Given,
    groups: &[String],
) -> Result<bool> {
    let wanted = given.by(groups);
    // every client: a group may give roles anywhere
    let sql = "SELECT client_id, role FROM role_grant WHERE member_id = $1 AND source IN ($2, 'both')";
    let have = tx.query(sql, params![member, source.name()], |r| Ok((r.id::<ClientId>(0)?, r.id::<Role>(1)?)))?;
    let have: BTreeSet<(ClientId, Role)> = have.into_iter().collect();
    let mut lost = false;
    for (client, role) in have.difference(&wanted) {
        lost |= take(tx, ctx, client, member, (*role, source))?;
    }
    for (client, role) in wanted.difference(&have) {
        give(tx, ctx, client, member, (*role, source))?;
    }
    Ok(lost)
}

/// Takes away what came from a source, which no longer says anything. Returns who has lost a role by it.
pub(crate) fn end(tx: &mut Tx, ctx: &Ctx, source: Source) -> Result<Vec<MemberId>> {
    // every client: a group may have given roles anywhere
    let sql = "SELECT DISTINCT member_id FROM role_grant WHERE source IN ($1, 'both') ORDER BY member_id";
    let all: Vec<MemberId> = tx.query(sql, params![source.name()], |r| r.id(0))?;
    let (nothing, mut lost) = (Given::nothing(), Vec::new());
    for member in all {
        if follow(tx, ctx, &member, source, &nothing, &[])? {
            lost.push(member);
        }
    }
    Ok(lost)
}

/// A role that the other source wants as well stays, and is that one's alone. Whether it is gone.
fn take(tx: &mut Tx, ctx: &Ctx, client: &ClientId, member: &MemberId, (role, source): (Role, Source)) -> Result<bool> {
    let left = tx.execute(
        "UPDATE role_grant SET source = $4 WHERE client_id = $1 AND member_id = $2 AND role = $3 AND source = 'both'",
        params![client, member, role.name(), source.other().name()],
    )?;
    if left > 0 {
        return Ok(false);
    }
    tx.execute(
        "DELETE FROM role_grant WHERE client_id = $1 AND member_id = $2 AND role = $3 AND source = $4",
        params![client, member, role.name(), source.name()],
    )?;
    note(tx, ctx, client, "role.revoked", member, (role, source))?;
    Ok(true)
}

/// A role that the other source has given already is both's; one that was given by hand stays so.
fn give(tx: &mut Tx, ctx: &Ctx, client: &ClientId, member: &MemberId, (role, source): (Role, Source)) -> Result<()> {
    let shared = tx.execute(
        "UPDATE role_grant SET source = 'both' WHERE client_id = $1 AND member_id = $2 AND role = $3 AND source = $4",
        params![client, member, role.name(), source.other().name()],
    )?;
    if shared > 0 {
        return Ok(());
    }
    let new = tx.execute(
        "INSERT INTO role_grant (client_id, member_id, role, granted_by, granted_ms, source) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (client_id, member_id, role) DO NOTHING",
        params![client, member, role.name(), ctx.actor.to_string(), ctx.now_ms(), source.name()],
    )?;
    if new == 0 {
        return Ok(());
    }
    note(tx, ctx, client, "role.granted", member, (role, source))
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
