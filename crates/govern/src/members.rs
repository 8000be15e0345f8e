//! Members: people who use Baton. They belong to the house; what they are, they are per client.

pub use crate::password::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN, PasswordHash};
use crate::{Ctx, Grant, Right, Role, ledger};
use baton_base::{ClientId, Error, Event, MemberId, Result, limits};
use baton_db::{Row, Tx, params};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;

/// Longest e-mail address, bytes (RFC 5321).
const EMAIL_BYTES_MAX: usize = 254;
/// Most members told at once.
const TOLD_MAX: usize = 10_000;

/// Whether a member may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// Yes.
    Active,
    /// No; what they did stays.
    Disabled,
}

impl MemberState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

impl FromStr for MemberState {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "active" => Ok(Self::Active),
            "disabled" => Ok(Self::Disabled),
            other => Err(Error::invalid_at("state", format!("'{other}' is no state"), "use active or disabled")),
        }
    }
}

/// A person who uses Baton.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Member {
    /// Id.
    pub id: MemberId,
    /// E-mail, lower case; what they sign in with.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// What they can do.
    pub skills: Vec<String>,
    /// Languages they write, such as `de`.
    pub languages: Vec<String>,
    /// What they are licensed for, such as `adjuster:de`.
    pub licences: Vec<String>,
    /// Whether they may sign in.
    pub state: MemberState,
    /// Since when.
    pub created_ms: i64,
}

/// A member to be.
#[derive(Debug, Clone, Default)]
pub struct NewMember {
    /// E-mail; nobody else's.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// Without one they cannot sign in by password.
    pub password: Option<PasswordHash>,
    /// What they can do.
    pub skills: Vec<String>,
    /// Languages they write.
    pub languages: Vec<String>,
    /// What they are licensed for.
    pub licences: Vec<String>,
}

/// What changes; `None` stays.
#[derive(Debug, Clone, Default)]
pub struct MemberPatch {
    /// Name as shown.
    pub name: Option<String>,
    /// Ends every session.
    pub password: Option<PasswordHash>,
    /// What they can do.
    pub skills: Option<Vec<String>>,
    /// Languages they write.
    pub languages: Option<Vec<String>>,
    /// What they are licensed for.
    pub licences: Option<Vec<String>>,
    /// Disabling ends every session.
    pub state: Option<MemberState>,
}

/// Columns of a member, as [`read`] takes them.
pub(crate) const COLUMNS: &str =
    "m.member_id, m.email, m.name, m.skills, m.languages, m.licences, m.state, m.created_ms";

/// How many they are.
pub(crate) const COLUMNS_COUNT: usize = 8;

/// A member from the first columns of a row.
pub(crate) fn read(row: &Row) -> Result<Member> {
    Ok(Member {
        id: row.id(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        skills: row.json_as(3)?,
        languages: row.json_as(4)?,
        licences: row.json_as(5)?,
        state: row.id(6)?,
        created_ms: row.int(7)?,
    })
}

pub(crate) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}

/// An e-mail address as it is stored.
pub(crate) fn check_email(email: &str) -> Result<String> {
    let email = normal_email(email);
    let whole = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if !whole || email.len() > EMAIL_BYTES_MAX || email.contains(char::is_whitespace) {
        return Err(Error::invalid_at("email", "that is no e-mail address", "write it like name@example.org"));
    }
    Ok(email)
}

fn check_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Error::invalid_at("name", "the name is empty or has control characters", "write a name"));
    }
    Ok(name)
}

/// Adds a member without any role.
pub fn create(tx: &mut Tx, ctx: &Ctx, new: &NewMember) -> Result<MemberId> {
    ctx.allow(Right::MemberAdmin)?;
    add(tx, ctx, new)
}

/// The same for whoever may by another right, which the caller has asked.
pub(crate) fn add(tx: &mut Tx, ctx: &Ctx, new: &NewMember) -> Result<MemberId> {
    let (email, name) = (check_email(&new.email)?, check_name(&new.name)?);
    let id = MemberId::known(ctx.id(MemberId::PREFIX));
    let hash = new.password.as_ref().map(PasswordHash::as_str);
    let house = ClientId::house();
    let added = tx.execute(
        "INSERT INTO member (client_id, member_id, email, name, password_hash, skills, languages, licences, state, \
         created_ms) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,'active',$9) ON CONFLICT (email) DO NOTHING",
        params![
            house,
            id,
            email,
            name,
            hash,
            json!(new.skills),
            json!(new.languages),
            json!(new.licences),
            ctx.now_ms()
        ],
    )?;
    if added == 0 {
        return Err(Error::Conflict("a member with this e-mail exists already".to_owned()));
    }
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.created", &id))?;
    Ok(id)
}

/// Changes a member; the caller must administer every client where the member has a role.
pub fn update(tx: &mut Tx, ctx: &Ctx, id: &MemberId, patch: &MemberPatch) -> Result<()> {
    administers(tx, ctx, id)?;
    let old = get(tx, id)?;
    let name = patch.name.as_deref().map(check_name).transpose()?.unwrap_or(&old.name);
    let state = patch.state.unwrap_or(old.state);
    let (skills, languages, licences) = (
        json!(patch.skills.as_ref().unwrap_or(&old.skills)),
        json!(patch.languages.as_ref().unwrap_or(&old.languages)),
        json!(patch.licences.as_ref().unwrap_or(&old.licences)),
    );
    let hash = patch.password.as_ref().map(PasswordHash::as_str);
    tx.execute(
        "UPDATE member SET name = $3, state = $4, skills = $5, languages = $6, licences = $7, \
         password_hash = COALESCE($8, password_hash) WHERE client_id = $1 AND member_id = $2",
        params![ClientId::house(), id, name, state.name(), skills, languages, licences, hash],
    )?;
    if patch.password.is_some() || state == MemberState::Disabled {
        tx.execute("DELETE FROM session WHERE client_id = $1 AND member_id = $2", params![ClientId::house(), id])?;
    }
    let data = json!({"state": state, "password_changed": patch.password.is_some()});
    ledger::append(tx, ctx, Event::new(&ctx.client, "member.changed", id).with(data))?;
    Ok(())
}

/// Whoever changes a member (a password even) acts for all of that member's clients, and must be allowed to.
pub fn administers(tx: &mut Tx, ctx: &Ctx, id: &MemberId) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    if !ctx.is_granted() {
        return Ok(());
    }
    let places = grants(tx, id)?;
    let unknown = || Error::not_found(format!("member {id}"));
    let visible = ctx.for_client(&ClientId::house()).is_ok() || places.iter().any(|grant| grant.client == ctx.client);
    if !visible {
        return Err(unknown());
    }
    for grant in places {
        let there = ctx.for_client(&grant.client);
        if there.and_then(|there| there.allow(Right::MemberAdmin)).is_err() {
            let reason = "this member also works where you administer nothing; ask an admin of the installation";
            return Err(Error::refused(reason, vec!["right:member_admin".to_owned()]));
        }
    }
    Ok(())
}

/// Gives a member a role for the context's client. One that a group gave is given by hand from then on: it stays when the
/// group goes.
pub fn grant(tx: &mut Tx, ctx: &Ctx, id: &MemberId, role: Role) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    get(tx, id)?;
    let new = tx.execute(
        "INSERT INTO role_grant (client_id, member_id, role, granted_by, granted_ms) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (client_id, member_id, role) DO UPDATE SET source = NULL, granted_by = excluded.granted_by, \
         granted_ms = excluded.granted_ms WHERE role_grant.source IS NOT NULL",
        params![ctx.client, id, role.name(), ctx.actor.to_string(), ctx.now_ms()],
    )?;
    if new > 0 {
        ledger::append(tx, ctx, Event::new(&ctx.client, "role.granted", id).with(json!({"role": role})))?;
    }
    Ok(())
}

/// Takes a role for the context's client away.
pub fn revoke(tx: &mut Tx, ctx: &Ctx, id: &MemberId, role: Role) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    let gone = tx.execute(
        "DELETE FROM role_grant WHERE client_id = $1 AND member_id = $2 AND role = $3",
        params![ctx.client, id, role.name()],
    )?;
    if gone == 0 {
        return Err(Error::not_found(format!("role {role} of member {id}")));
    }
    ledger::append(tx, ctx, Event::new(&ctx.client, "role.revoked", id).with(json!({"role": role})))?;
    Ok(())
}

/// Roles of machines, which no person has.
const OF_MACHINES: [Role; 2] = [Role::Service, Role::Provisioner];

/// Makes these a member's roles for the context's client, and tells those that changed. A role that a group gave stays its own; one
/// that is taken away comes back with the group. Whoever administers a client and not the installation sees its people alone.
pub fn set_roles(tx: &mut Tx, ctx: &Ctx, id: &MemberId, wanted: &[Role]) -> Result<()> {
    ctx.allow(Right::MemberAdmin)?;
    if !everywhere(ctx) && !grants(tx, id)?.iter().any(|grant| grant.client == ctx.client) {
        return Err(Error::not_found(format!("member {id}")));
    }
    give(tx, ctx, id, wanted)
}

/// Whether the context administers the whole installation.
fn everywhere(ctx: &Ctx) -> bool {
    ctx.for_client(&ClientId::house()).is_ok_and(|house| house.allow(Right::MemberAdmin).is_ok())
}

fn give(tx: &mut Tx, ctx: &Ctx, id: &MemberId, wanted: &[Role]) -> Result<()> {
    get(tx, id)?;
    if let Some(role) = wanted.iter().find(|role| OF_MACHINES.contains(role)) {
        return Err(Error::invalid_at(
            "roles",
            format!("'{role}' is no role of a person"),
            "make a token for a machine",
        ));
    }
    let now: Vec<Role> =
        grants(tx, id)?.into_iter().filter(|one| one.client == ctx.client).map(|one| one.role).collect();
    if ctx.member_id() == Some(id) && now.contains(&Role::Admin) && !wanted.contains(&Role::Admin) {
        return Err(Error::Conflict(
            "you would no longer administer this; another administrator has to do it".to_owned(),
        ));
    }
    for role in wanted.iter().filter(|role| !now.contains(role)) {
        grant(tx, ctx, id, *role)?;
    }
    for role in now.iter().filter(|role| !wanted.contains(role)) {
        revoke(tx, ctx, id, *role)?;
    }
    Ok(())
}

/// Adds a member who has these roles for the context's client.
pub fn create_with_roles(tx: &mut Tx, ctx: &Ctx, new: &NewMember, roles: &[Role]) -> Result<MemberId> {
    let id = create(tx, ctx, new)?;
    give(tx, ctx, &id, roles)?;
    Ok(id)
}

/// Changes a member as [`update`] does. Nobody shuts themselves out.
pub fn change(tx: &mut Tx, ctx: &Ctx, id: &MemberId, patch: &MemberPatch) -> Result<()> {
    if ctx.member_id() == Some(id) && patch.state == Some(MemberState::Disabled) {
        return Err(Error::Conflict("you cannot disable yourself; another administrator has to do it".to_owned()));
    }
    update(tx, ctx, id, patch)
}

/// A member by id, for other rooms; who may see them is asked before.
pub fn get(tx: &mut Tx, id: &MemberId) -> Result<Member> {
    let sql = format!("SELECT {COLUMNS} FROM member m WHERE m.client_id = $1 AND m.member_id = $2");
    let found = tx.query_opt(&sql, params![ClientId::house(), id], read)?;
    found.ok_or_else(|| Error::not_found(format!("member {id}")))
}

/// Whose e-mail address this is, in whatever case. Who may know, the caller has asked.
pub fn id_of(tx: &mut Tx, email: &str) -> Result<MemberId> {
    let found = by_email(tx, &normal_email(email))?;
    found.map(|(member, _)| member.id).ok_or_else(|| Error::not_found(format!("member {email}")))
}

pub(crate) fn by_email(tx: &mut Tx, email: &str) -> Result<Option<(Member, Option<PasswordHash>)>> {
    let sql = format!("SELECT {COLUMNS}, m.password_hash FROM member m WHERE m.client_id = $1 AND m.email = $2");
    tx.query_opt(&sql, params![ClientId::house(), email], |row| {
        Ok((read(row)?, row.text_opt(8)?.map(PasswordHash::stored)))
    })
}

/// Every role of a member, with where.
pub fn grants(tx: &mut Tx, id: &MemberId) -> Result<Vec<Grant>> {
    // every client: where a member may work is what is asked
    let sql = "SELECT client_id, role FROM role_grant WHERE member_id = $1 ORDER BY client_id, role";
    tx.every_client(|tx| tx.query(sql, params![id], |row| Ok(Grant { client: row.id(0)?, role: row.id(1)? })))
}

/// The roles of a member as far as the context may see them: for its client, for the installation, and wherever else it may read
/// members. Where somebody works besides is no client's business.
pub fn grants_seen(tx: &mut Tx, ctx: &Ctx, id: &MemberId) -> Result<Vec<Grant>> {
    let mut seen = grants(tx, id)?;
    let may_see = |place: &ClientId| ctx.for_client(place).is_ok_and(|there| there.allow(Right::MemberRead).is_ok());
    seen.retain(|grant| [&ctx.client, &ClientId::house()].contains(&&grant.client) || may_see(&grant.client));
    Ok(seen)
}

/// A member's roles for a client, those for the whole installation included.
pub fn roles(tx: &mut Tx, client: &ClientId, id: &MemberId) -> Result<Vec<Role>> {
    tx.query(
        "SELECT DISTINCT role FROM role_grant WHERE client_id IN ($1, 'house') AND member_id = $2 ORDER BY role",
        params![client, id],
        |row| row.id(0),
    )
}

/// All members that [`list`] tells, page after page, 10,000 at most; whether there may be more.
pub fn all(tx: &mut Tx, ctx: &Ctx) -> Result<(Vec<Member>, bool)> {
    let mut all: Vec<Member> = Vec::new();
    loop {
        let page = list(tx, ctx, all.last().map(|member| &member.id), limits::PAGE_MAX)?;
        let is_last = page.len() < limits::PAGE_MAX as usize;
        all.extend(page);
        if is_last || all.len() >= TOLD_MAX {
            return Ok((all, !is_last));
        }
    }
}

/// The members with a role for the context's client (all, for the house), in id order after a cursor.
pub fn list(tx: &mut Tx, ctx: &Ctx, after: Option<&MemberId>, limit: u32) -> Result<Vec<Member>> {
    ctx.allow(Right::MemberRead)?;
    let after = after.map_or("", MemberId::as_str);
    let limit = i64::from(limit.clamp(1, limits::PAGE_MAX));
    let sql = format!(
        "SELECT {COLUMNS} FROM member m WHERE m.client_id = 'house' AND m.member_id > $2 AND ($1 = 'house' OR EXISTS \
         (SELECT 1 FROM role_grant g WHERE g.client_id IN ($1, 'house') AND g.member_id = m.member_id)) \
         ORDER BY m.member_id LIMIT $3"
    );
    tx.query(&sql, params![ctx.client, after, limit], read)
}
