//! Groups of the directory. A group gives its members the roles that the house's list says, and nothing by itself.

use super::filter::conditions;
use super::user::with_meta;
use super::{BASE, Fault, Filter, GROUP, Part, Told, key_of, patch};
use crate::groups::{self as roles, GROUP_BYTES_MAX, Given, Source};
use crate::{Ctx, Right, ledger};
use baton_base::{ClientId, Error, Event, MemberId, Result};
use baton_db::{Column, Row, Rows, ToValue as _, Tx, params};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Most members of a group.
pub(super) const MEMBERS_MAX: usize = 20_000;
/// Most ids that one entry of the ledger lists.
const NOTED_MAX: usize = 200;
/// Longest external id, bytes.
const EXTERNAL_BYTES_MAX: usize = 254;

/// A group that was saved.
#[derive(Debug)]
pub struct Saved {
    /// The resource as it is now; null for one that is gone.
    pub resource: Value,
    /// Who has lost a role by it: what they may no longer have goes to others.
    pub lost: Vec<MemberId>,
}

struct Group {
    id: String,
    name: String,
    external_id: Option<String>,
    created_ms: i64,
    changed_ms: i64,
}

const COLUMNS: &str = "group_id, name, external_id, created_ms, changed_ms";

fn read(row: &Row) -> Result<Group> {
    Ok(Group {
        id: row.text(0)?,
        name: row.text(1)?,
        external_id: row.text_opt(2)?,
        created_ms: row.int(3)?,
        changed_ms: row.int(4)?,
    })
}

/// Id and name of each group of a member.
pub(super) fn of(tx: &mut Tx, member: &MemberId) -> Result<Vec<(String, String)>> {
    tx.query(
        "SELECT g.group_id, g.name FROM scim_group_member m JOIN scim_group g ON g.client_id = m.client_id \
         AND g.group_id = m.group_id WHERE m.client_id = $1 AND m.member_id = $2 ORDER BY g.group_id",
        params![ClientId::house(), member],
        |r| Ok((r.text(0)?, r.text(1)?)),
    )
}

/// The same for many members, in one statement; who is in no group is left out.
pub(super) fn of_all<'a>(
    tx: &mut Tx,
    members: impl Iterator<Item = &'a MemberId>,
) -> Result<BTreeMap<MemberId, Vec<(String, String)>>> {
    let mut rows = Rows::of(&[("member", Column::Text)]);
    members.for_each(|member| rows.push(params![member]));
    let sql = "SELECT m.member_id, g.group_id, g.name FROM scim_group_member m JOIN scim_group g \
               ON g.client_id = m.client_id AND g.group_id = m.group_id {join} \
               WHERE m.client_id = 'house' AND m.member_id = {member}";
    let found = tx.query_rows(sql, &rows, |r| Ok((r.id::<MemberId>(0)?, (r.text(1)?, r.text(2)?))))?;
    Ok(gathered(found))
}

/// Pairs by their first part, each part in its order.
fn gathered<K: Ord, V: Ord>(pairs: Vec<(K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut all: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        all.entry(key).or_default().push(value);
    }
    all.values_mut().for_each(|values| values.sort());
    all
}

/// Whether a role was taken away.
fn follow(tx: &mut Tx, ctx: &Ctx, member: &MemberId, given: &Given) -> Result<bool> {
    let names: Vec<String> = of(tx, member)?.into_iter().map(|(_, name)| name).collect();
    roles::follow(tx, ctx, member, Source::Directory, given, &names)
}

/// Makes the roles of everybody in a group those that the list gives now. Returns who has lost one by it.
pub(crate) fn follow_all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<MemberId>> {
    let sql = "SELECT DISTINCT member_id FROM scim_group_member WHERE client_id = $1 ORDER BY member_id";
    let all: Vec<MemberId> = tx.query(sql, params![ClientId::house()], |r| r.id(0))?;
    follow_each(tx, ctx, all)
}

/// The same for some; each of them once.
fn follow_each(tx: &mut Tx, ctx: &Ctx, members: impl IntoIterator<Item = MemberId>) -> Result<Vec<MemberId>> {
    let (given, mut lost) = (Given::read(tx)?, Vec::new());
    for member in members {
        if follow(tx, ctx, &member, &given)? {
            lost.push(member);
        }
    }
    Ok(lost)
}

fn one(tx: &mut Tx, id: &str) -> Told<Group> {
    let sql = format!("SELECT {COLUMNS} FROM scim_group WHERE client_id = $1 AND group_id = $2");
    let found = tx.query_opt(&sql, params![ClientId::house(), id], read)?;
    found.ok_or_else(|| Fault::from(Error::not_found(format!("group {id}"))))
}

/// Id and name of each member of a group.
fn members(tx: &mut Tx, id: &str) -> Result<Vec<(MemberId, String)>> {
    tx.query(
        "SELECT m.member_id, m.name FROM scim_group_member g JOIN member m ON m.client_id = g.client_id \
         AND m.member_id = g.member_id WHERE g.client_id = $1 AND g.group_id = $2 ORDER BY m.member_id",
        params![ClientId::house(), id],
        |r| Ok((r.id(0)?, r.text(1)?)),
    )
}

/// The same for many groups, in one statement; a group without members is left out.
fn members_of_all(tx: &mut Tx, groups: &[Group]) -> Result<BTreeMap<String, Vec<(MemberId, String)>>> {
    let mut rows = Rows::of(&[("of_group", Column::Text)]);
    groups.iter().for_each(|group| rows.push(params![group.id]));
    let sql = "SELECT g.group_id, m.member_id, m.name FROM scim_group_member g JOIN member m \
               ON m.client_id = g.client_id AND m.member_id = g.member_id {join} \
               WHERE g.client_id = 'house' AND g.group_id = {of_group}";
    Ok(gathered(tx.query_rows(sql, &rows, |r| Ok((r.text(0)?, (r.id(1)?, r.text(2)?))))?))
}

/// Writes a group; with its members where they are asked for.
fn write(group: &Group, members: Option<Vec<(MemberId, String)>>) -> Value {
    let mut resource = json!({"schemas": [GROUP], "id": group.id, "displayName": group.name});
    if let Some(id) = &group.external_id {
        resource["externalId"] = id.clone().into();
    }
    if let Some(members) = members {
        let member = |(id, name): (MemberId, String)| json!({"value": id, "display": name, "type": "User", "$ref": format!("{BASE}/Users/{id}")});
        resource["members"] = members.into_iter().map(member).collect();
    }
    let place = format!("{BASE}/Groups/{}", group.id);
    with_meta(resource, "Group", &place, (group.created_ms, group.changed_ms))
}

/// One group, with its members.
pub fn get(tx: &mut Tx, ctx: &Ctx, id: &str) -> Told<Value> {
    ctx.allow(Right::Provision)?;
    let group = one(tx, id)?;
    Ok(write(&group, Some(members(tx, id)?)))
}

/// Groups that a filter wants, a part of them; and how many there are. Members only where they are asked for.
pub fn list(tx: &mut Tx, ctx: &Ctx, filter: &Filter, part: Part, with_members: bool) -> Told<(i64, Vec<Value>)> {
    ctx.allow(Right::Provision)?;
    filter.only(&["displayname", "externalid", "id"])?;
    let (wanted, mut values) = conditions(&[
        (filter.wants("displayname").map(key_of), "name_key = ?"),
        (filter.wants("externalid").map(str::to_owned), "external_id = ?"),
        (filter.wants("id").map(str::to_owned), "group_id = ?"),
    ]);
    let from = format!("FROM scim_group WHERE client_id = $1{wanted}");
    let total = tx.query_one(&format!("SELECT COUNT(*) {from}"), &values, |r| r.int(0))?;
    values.extend([part.count.to_value(), (part.start - 1).to_value()]);
    let (limit, offset) = (values.len() - 1, values.len());
    let sql = format!("SELECT {COLUMNS} {from} ORDER BY group_id LIMIT ${limit} OFFSET ${offset}");
    let found = tx.query(&sql, &values, read)?;
    let mut all = if with_members { members_of_all(tx, &found)? } else { BTreeMap::new() };
    let items = found.iter().map(|group| write(group, with_members.then(|| all.remove(&group.id).unwrap_or_default())));
    Ok((total, items.collect()))
}

/// What a resource says.
struct Said {
    name: String,
    external_id: Option<String>,
    /// None where the resource does not speak of members.
    members: Option<BTreeSet<MemberId>>,
}

fn said(resource: &Value) -> Told<Said> {
    let fields = resource.as_object().ok_or_else(|| Fault::wrong("invalidSyntax", "a group is an object"))?;
    let find = |name: &str| fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = |name: &str| find(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let name = text("displayName").ok_or_else(|| Fault::wrong("invalidValue", "displayName is missing"))?;
    let external_id = text("externalId").map(str::to_owned);
    let long = name.len() > GROUP_BYTES_MAX || external_id.as_ref().is_some_and(|id| id.len() > EXTERNAL_BYTES_MAX);
    if long || name.chars().any(char::is_control) {
        return Err(Fault::wrong(
            "invalidValue",
            format!("displayName has at most {GROUP_BYTES_MAX} bytes of plain text"),
        ));
    }
    let members = match find("members") {
        None | Some(Value::Null) => None,
        Some(Value::Array(items)) if items.len() <= MEMBERS_MAX => {
            let id = |item: &Value| item.get("value").and_then(Value::as_str).and_then(|text| text.parse().ok());
            let ids: Option<BTreeSet<MemberId>> = items.iter().map(id).collect();
            Some(ids.ok_or_else(|| Fault::wrong("invalidValue", "each member is {\"value\": id of a user}"))?)
        }
        Some(Value::Array(_)) => return Err(Fault::of(413, "", format!("a group has at most {MEMBERS_MAX} members"))),
        Some(_) => return Err(Fault::wrong("invalidValue", "members is a list")),
    };
    Ok(Said { name: name.to_owned(), external_id, members })
}

fn taken(tx: &mut Tx, name: &str, own: &str) -> Told<()> {
    let sql = "SELECT 1 FROM scim_group WHERE client_id = $1 AND name_key = $2 AND group_id <> $3";
    match tx.query_opt(sql, params![ClientId::house(), key_of(name), own], |r| r.int(0))? {
        Some(_) => Err(Fault::of(409, "uniqueness", "there is a group with this displayName already")),
        None => Ok(()),
    }
}

/// Makes a group.
pub fn create(tx: &mut Tx, ctx: &Ctx, resource: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let said = said(resource)?;
    taken(tx, &said.name, "")?;
    let (id, house) = (ctx.id("grp"), ClientId::house());
    tx.execute(
        "INSERT INTO scim_group (client_id, group_id, name, name_key, external_id, created_ms, changed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
        params![house, id, said.name, key_of(&said.name), said.external_id, ctx.now_ms()],
    )?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "group.created", &id).with(json!({"name": said.name})))?;
    let lost = put_members(tx, ctx, &id, &said.members.unwrap_or_default())?;
    Ok(Saved { resource: get(tx, ctx, &id)?, lost })
}

/// Makes a group what a resource says; one that does not speak of members has none.
pub fn replace(tx: &mut Tx, ctx: &Ctx, id: &str, resource: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let group = one(tx, id)?;
    save(tx, ctx, &group, &said(resource)?)
}

/// Changes a group by operations.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: &str, document: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let group = one(tx, id)?;
    let mut resource = write(&group, Some(members(tx, id)?));
    patch::apply(&mut resource, document)?;
    save(tx, ctx, &group, &said(&resource)?)
}

fn save(tx: &mut Tx, ctx: &Ctx, group: &Group, said: &Said) -> Told<Saved> {
    taken(tx, &said.name, &group.id)?;
    tx.execute(
        "UPDATE scim_group SET name = $3, name_key = $4, external_id = $5, changed_ms = $6 \
         WHERE client_id = $1 AND group_id = $2",
        params![ClientId::house(), group.id, said.name, key_of(&said.name), said.external_id, ctx.now_ms()],
    )?;
    let mut lost = put_members(tx, ctx, &group.id, &said.members.clone().unwrap_or_default())?;
    if said.name != group.name {
        let data = json!({"name": said.name, "before": group.name});
        ledger::append(tx, ctx, Event::new(&ctx.client, "group.renamed", &group.id).with(data))?;
        let all = members(tx, &group.id)?;
        lost.extend(follow_each(tx, ctx, all.into_iter().map(|(member, _)| member))?);
    }
    Ok(Saved { resource: get(tx, ctx, &group.id)?, lost })
}

/// Returns who has lost a role by it.
fn put_members(tx: &mut Tx, ctx: &Ctx, id: &str, wanted: &BTreeSet<MemberId>) -> Told<Vec<MemberId>> {
    let house = ClientId::house();
    let have: BTreeSet<MemberId> = members(tx, id)?.into_iter().map(|(member, _)| member).collect();
    for member in wanted.difference(&have) {
        let known = "SELECT 1 FROM member m LEFT JOIN scim_user u ON u.client_id = m.client_id \
                     AND u.member_id = m.member_id WHERE m.client_id = $1 AND m.member_id = $2 AND COALESCE(u.gone, 0) = 0";
        if tx.query_opt(known, params![house, member], |r| r.int(0))?.is_none() {
            return Err(Fault::wrong("invalidValue", format!("there is no user {member}")));
        }
        tx.execute(
            "INSERT INTO scim_group_member (client_id, group_id, member_id) VALUES ($1, $2, $3)",
            params![house, id, member],
        )?;
    }
    for member in have.difference(wanted) {
        tx.execute(
            "DELETE FROM scim_group_member WHERE client_id = $1 AND group_id = $2 AND member_id = $3",
            params![house, id, member],
        )?;
    }
    let (added, removed): (Vec<_>, Vec<_>) = (wanted.difference(&have).collect(), have.difference(wanted).collect());
    if added.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    let lost = follow_each(tx, ctx, added.iter().chain(&removed).map(|member| (*member).clone()))?;
    let some = |all: &[&MemberId]| all.iter().take(NOTED_MAX).map(|id| (*id).clone()).collect::<Vec<_>>();
    let data = json!({"added": some(&added), "removed": some(&removed), "added_count": added.len(), "removed_count": removed.len()});
    ledger::append(tx, ctx, Event::new(&ctx.client, "group.members_changed", id).with(data))?;
    Ok(lost)
}

/// Takes a group away, and with it the roles that it gave.
pub fn remove(tx: &mut Tx, ctx: &Ctx, id: &str) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let group = one(tx, id)?;
    let lost = put_members(tx, ctx, &group.id, &BTreeSet::new())?;
    tx.execute("DELETE FROM scim_group WHERE client_id = $1 AND group_id = $2", params![ClientId::house(), group.id])?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "group.removed", &group.id).with(json!({"name": group.name})))?;
    Ok(Saved { resource: Value::Null, lost })
}
