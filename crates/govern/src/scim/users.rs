//! Members as the directory keeps them.

use super::filter::conditions;
use super::user::{self, Said, Stored};
use super::{Fault, Filter, Part, Told, groups, key_of, patch};
use crate::groups::{Given, Source};
use crate::members::{self, Member, MemberState, NewMember};
use crate::{Ctx, Right, Role, ledger};
use baton_base::{ClientId, Error, Event, MemberId};
use baton_db::{Row, ToValue as _, Tx, params};
use serde_json::{Map, Value, json};

/// A user that was saved.
#[derive(Debug)]
pub struct Saved {
    /// The resource as it is now.
    pub resource: Value,
    /// Who it is.
    pub member: MemberId,
    /// They may no longer sign in, from now on: their work goes to others.
    pub left: bool,
}

const FROM: &str = "FROM member m LEFT JOIN scim_user u ON u.client_id = m.client_id AND u.member_id = m.member_id \
                    WHERE m.client_id = $1";
const SEEN: &str = "AND COALESCE(u.gone, 0) = 0";
/// Who has a name: the directory's, or without one the e-mail address. Each side has its index; the last condition is exact.
const NAMED: &str = "m.member_id IN (SELECT s.member_id FROM scim_user s WHERE s.client_id = $1 AND s.user_key = ? \
                     UNION ALL SELECT e.member_id FROM member e WHERE e.client_id = $1 AND e.email = ?) \
                     AND COALESCE(u.user_key, m.email) = ?";
const KNOWN_AS: &str =
    "m.member_id IN (SELECT s.member_id FROM scim_user s WHERE s.client_id = $1 AND s.external_id = ?)";

fn stored(row: &Row) -> baton_base::Result<Stored> {
    const OWN: usize = members::COLUMNS_COUNT;
    let member: Member = members::read(row)?;
    let name = row.text_opt(OWN)?;
    let gone = row.int_opt(OWN + 4)?.unwrap_or_default() == 1;
    Ok(Stored {
        provisioned: name.is_some() && !gone,
        gone,
        user_name: name.unwrap_or_else(|| member.email.clone()),
        external_id: row.text_opt(OWN + 1)?,
        attributes: row.json_as_opt::<Map<String, Value>>(OWN + 2)?.unwrap_or_default(),
        changed_ms: row.int_opt(OWN + 3)?.unwrap_or(member.created_ms),
        groups: Vec::new(),
        member,
    })
}

fn select(rest: &str) -> String {
    let columns = members::COLUMNS;
    format!("SELECT {columns}, u.user_name, u.external_id, u.attributes, u.changed_ms, u.gone {FROM} {rest}")
}

fn one(tx: &mut Tx, id: &str) -> Told<Stored> {
    let found = tx.query_opt(
        &select("AND m.member_id = $2 AND COALESCE(u.gone, 0) = 0"),
        params![ClientId::house(), id],
        stored,
    )?;
    let mut found = found.ok_or_else(|| Fault::from(Error::not_found(format!("user {id}"))))?;
    found.groups = groups::of(tx, &found.member.id)?;
    Ok(found)
}

/// One user.
pub fn get(tx: &mut Tx, ctx: &Ctx, id: &str) -> Told<Value> {
    ctx.allow(Right::Provision)?;
    one(tx, id).map(|found| user::write(&found))
}

/// Users that a filter wants, a part of them, in the order of their ids; and how many there are.
pub fn list(tx: &mut Tx, ctx: &Ctx, filter: &Filter, part: Part) -> Told<(i64, Vec<Value>)> {
    ctx.allow(Right::Provision)?;
    filter.only(&["username", "externalid", "emails", "emails.value", "id"])?;
    let (wanted, mut values) = conditions(&[
        (filter.wants("username").map(key_of), NAMED),
        (filter.wants("externalid").map(str::to_owned), KNOWN_AS),
        (filter.wants_either("emails.value", "emails")?.map(key_of), "m.email = ?"),
        (filter.wants("id").map(str::to_owned), "m.member_id = ?"),
    ]);
    let total = tx.query_one(&format!("SELECT COUNT(*) {FROM} {SEEN}{wanted}"), &values, |r| r.int(0))?;
    values.extend([part.count.to_value(), (part.start - 1).to_value()]);
    let (limit, offset) = (values.len() - 1, values.len());
    let sql = select(&format!("{SEEN}{wanted} ORDER BY m.member_id LIMIT ${limit} OFFSET ${offset}"));
    let mut found = tx.query(&sql, &values, stored)?;
    let mut all = groups::of_all(tx, found.iter().map(|one| &one.member.id))?;
    for one in &mut found {
        one.groups = all.remove(&one.member.id).unwrap_or_default();
    }
    Ok((total, found.iter().map(user::write).collect()))
}

/// Makes a user. One whom the directory had taken out comes back as who they were.
pub fn create(tx: &mut Tx, ctx: &Ctx, resource: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let said = user::read(resource)?;
    let sql = select("AND (COALESCE(u.user_key, m.email) = $2 OR m.email = $3) ORDER BY m.member_id LIMIT 1");
    let known = tx.query_opt(&sql, params![ClientId::house(), key_of(&said.user_name), said.email], stored)?;
    match known {
        Some(known) if known.gone => save(tx, ctx, &known, &said),
        Some(_) => Err(taken("this userName or e-mail address")),
        None => {
            let new = NewMember {
                email: said.email.clone(),
                name: said.name.clone(),
                skills: said.skills.clone().unwrap_or_default(),
                languages: said.languages.clone().unwrap_or_default(),
                licences: said.licences.clone().unwrap_or_default(),
                ..NewMember::default()
            };
            let id = members::add(tx, ctx, &new)?;
            keep(tx, ctx, &id, &said)?;
            let made = one(tx, id.as_str())?;
            if said.active { Ok(saved(&made, false)) } else { save(tx, ctx, &made, &said) }
        }
    }
}

/// Makes a user what a resource says.
pub fn replace(tx: &mut Tx, ctx: &Ctx, id: &str, resource: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let known = one(tx, id)?;
    save(tx, ctx, &known, &user::read(resource)?)
}

/// Changes a user by operations.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: &str, document: &Value) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let known = one(tx, id)?;
    let mut resource = user::write(&known);
    // An address that is there only because the name is one goes with the name.
    if known.provisioned
        && !known.attributes.contains_key("emails")
        && let Some(fields) = resource.as_object_mut()
    {
        fields.remove("emails");
    }
    // A name that is put together from parts is put together anew where a part changes.
    if let Some(name) = resource.get_mut("name").and_then(Value::as_object_mut).filter(|name| name.len() > 1) {
        name.remove("formatted");
    }
    let before = resource.clone();
    patch::apply(&mut resource, document)?;
    if before["name"] != resource["name"]
        && before["displayName"] == resource["displayName"]
        && let Some(fields) = resource.as_object_mut()
    {
        fields.remove("displayName");
    }
    save(tx, ctx, &known, &user::read(&resource)?)
}

/// Takes a user out: disabled, in no group, and no longer seen by the directory. What they did stays.
pub fn remove(tx: &mut Tx, ctx: &Ctx, id: &str) -> Told<Saved> {
    ctx.allow(Right::Provision)?;
    let known = one(tx, id)?;
    let said = Said { active: false, ..user::read(&user::write(&known))? };
    let saved = save(tx, ctx, &known, &said)?;
    let house = ClientId::house();
    tx.execute("UPDATE scim_user SET gone = 1 WHERE client_id = $1 AND member_id = $2", params![house, saved.member])?;
    tx.execute("DELETE FROM scim_group_member WHERE client_id = $1 AND member_id = $2", params![house, saved.member])?;
    crate::groups::follow(tx, ctx, &saved.member, Source::Directory, &Given::nothing(), &[])?;
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.deprovisioned", &saved.member))?;
    Ok(saved)
}

fn saved(now: &Stored, left: bool) -> Saved {
    Saved { resource: user::write(now), member: now.member.id.clone(), left }
}

fn taken(what: &str) -> Fault {
    Fault::of(409, "uniqueness", format!("there is a user with {what} already"))
}

/// Who administers the installation by hand is out of the directory's reach: they are the way back in.
fn is_out_of_reach(tx: &mut Tx, id: &MemberId) -> baton_base::Result<bool> {
    let sql = "SELECT 1 FROM role_grant WHERE client_id = $1 AND member_id = $2 AND role = $3 AND source IS NULL";
    Ok(tx.query_opt(sql, params![ClientId::house(), id, Role::Admin.name()], |r| r.int(0))?.is_some())
}

fn save(tx: &mut Tx, ctx: &Ctx, known: &Stored, said: &Said) -> Told<Saved> {
    let member = &known.member;
    if is_out_of_reach(tx, &member.id)? {
        let detail = "this member administers the installation by hand, and is changed in Baton alone";
        return Err(Fault::of(403, "", detail));
    }
    let (house, key) = (ClientId::house(), key_of(&said.user_name));
    let other = "SELECT 1 FROM member m LEFT JOIN scim_user u ON u.client_id = m.client_id AND u.member_id = m.member_id \
                 WHERE m.client_id = $1 AND m.member_id <> $2 AND (m.email = $3 OR COALESCE(u.user_key, m.email) = $4)";
    if tx.query_opt(other, params![house, member.id, said.email, key], |r| r.int(0))?.is_some() {
        return Err(taken("this userName or e-mail address"));
    }
    let state = if said.active { MemberState::Active } else { MemberState::Disabled };
    let skills = said.skills.as_ref().unwrap_or(&member.skills);
    let languages = said.languages.as_ref().unwrap_or(&member.languages);
    let licences = said.licences.as_ref().unwrap_or(&member.licences);
    let changed = [
        ("email", member.email != said.email),
        ("name", member.name != said.name),
        ("state", member.state != state),
        ("skills", member.skills != *skills),
        ("languages", member.languages != *languages),
        ("licences", member.licences != *licences),
    ];
    let changed: Vec<&str> = changed.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect();
    keep(tx, ctx, &member.id, said)?;
    if !changed.is_empty() {
        tx.execute(
            "UPDATE member SET email = $3, name = $4, state = $5, skills = $6, languages = $7, licences = $8 \
             WHERE client_id = $1 AND member_id = $2",
            params![
                house,
                member.id,
                said.email,
                said.name,
                state.name(),
                json!(skills),
                json!(languages),
                json!(licences)
            ],
        )?;
        let data = json!({"state": state, "fields": changed, "by": "scim"});
        ledger::append(tx, ctx, Event::new(&ctx.client, "member.changed", &member.id).with(data))?;
    }
    if state == MemberState::Disabled {
        let sql = "DELETE FROM session WHERE client_id = $1 AND member_id = $2";
        let ended = tx.execute(sql, params![house, member.id])?;
        if ended > 0 {
            let event = Event::new(&ctx.client, "session.all_ended", &member.id);
            ledger::append(tx, ctx, event.with(json!({"sessions": ended})))?;
        }
    }
    let now = one(tx, member.id.as_str())?;
    Ok(saved(&now, member.state == MemberState::Active && state == MemberState::Disabled))
}

/// Keeps what the directory calls a member.
fn keep(tx: &mut Tx, ctx: &Ctx, id: &MemberId, said: &Said) -> baton_base::Result<()> {
    tx.execute(
        "INSERT INTO scim_user (client_id, member_id, user_name, user_key, external_id, attributes, gone, changed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7) \
         ON CONFLICT (client_id, member_id) DO UPDATE SET user_name = excluded.user_name, user_key = excluded.user_key, \
         external_id = excluded.external_id, attributes = excluded.attributes, gone = 0, changed_ms = excluded.changed_ms",
        params![
            ClientId::house(),
            id,
            said.user_name,
            key_of(&said.user_name),
            said.external_id,
            Value::Object(said.attributes.clone()),
            ctx.now_ms()
        ],
    )?;
    Ok(())
}
