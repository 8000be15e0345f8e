//! SQL of `presence` and `desk_profile`, and of who has how much.

use super::history;
use super::presence::{GRACE_MS, Here};
use super::profile::Profile;
use crate::Needs;
use crate::rules::{Brings, lacking};
use baton_base::{ClientId, MemberId, Result};
use baton_cases::{utc_day_start_ms, zone_of};
use baton_db::{Row, Tx, params};
use baton_govern::{Grant, Right, Role};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most people looked at together.
const PEOPLE_MAX: i64 = 10_000;

/// Where a member is, as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Presence {
    /// State.
    pub state: Here,
    /// In their words.
    pub note: String,
    /// Since when, milliseconds.
    pub since_ms: i64,
    /// Last sign of life.
    pub seen_ms: i64,
    #[serde(skip)]
    pub(crate) day_ms: i64,
    #[serde(skip)]
    pub(crate) there_ms: i64,
}

impl Presence {
    /// Time there for work today, up to a time.
    pub(crate) fn there_at(&self, now_ms: i64) -> i64 {
        let day_ms = utc_day_start_ms(now_ms);
        let kept = if self.day_ms == day_ms { self.there_ms } else { 0 };
        let goes_on = if self.state.is_for_work() { now_ms - self.since_ms.max(day_ms) } else { 0 };
        kept + goes_on.max(0)
    }
}

const PRESENCE: &str = "p.state, p.note, p.since_ms, p.seen_ms, p.day_ms, p.there_ms";

fn read_presence(r: &Row, at: usize) -> Result<Presence> {
    Ok(Presence {
        state: r.id(at)?,
        note: r.text(at + 1)?,
        since_ms: r.int(at + 2)?,
        seen_ms: r.int(at + 3)?,
        day_ms: r.int(at + 4)?,
        there_ms: r.int(at + 5)?,
    })
}

pub(crate) fn presence(tx: &mut Tx, member: &MemberId) -> Result<Option<Presence>> {
    let sql = format!("SELECT {PRESENCE} FROM presence p WHERE p.client_id = $1 AND p.member_id = $2");
    tx.query_opt(&sql, params![ClientId::house(), member], |r| read_presence(r, 0))
}

pub(crate) fn put_presence(tx: &mut Tx, member: &MemberId, row: &Presence) -> Result<()> {
    tx.execute(
        "INSERT INTO presence (client_id, member_id, state, note, since_ms, seen_ms, day_ms, there_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (client_id, member_id) DO UPDATE SET \
         state = excluded.state, note = excluded.note, since_ms = excluded.since_ms, seen_ms = excluded.seen_ms, \
         day_ms = excluded.day_ms, there_ms = excluded.there_ms",
        params![
            ClientId::house(),
            member,
            row.state.as_str(),
            row.note,
            row.since_ms,
            row.seen_ms,
            row.day_ms,
            row.there_ms
        ],
    )?;
    Ok(())
}

/// Notes a sign of life; false for whoever is off, and who is missed all the same if they have work and fall silent.
pub(crate) fn seen(tx: &mut Tx, member: &MemberId, now_ms: i64) -> Result<bool> {
    let state: Here = tx.query_one(
        "INSERT INTO presence (client_id, member_id, state, note, since_ms, seen_ms, day_ms, there_ms) \
         VALUES ($1, $2, 'off', '', $3, $3, $4, 0) ON CONFLICT (client_id, member_id) \
         DO UPDATE SET seen_ms = excluded.seen_ms RETURNING state",
        params![ClientId::house(), member, now_ms, utc_day_start_ms(now_ms)],
        |r| r.id(0),
    )?;
    Ok(state != Here::Off)
}

/// Taking work is a sign of life too, of whoever is at their console. For those who are not a program takes it, of which no further
/// sign comes.
pub(crate) fn seen_at_work(tx: &mut Tx, member: &MemberId, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE presence SET seen_ms = $3 WHERE client_id = $1 AND member_id = $2 AND seen_ms < $3 AND seen_ms >= $4",
        params![ClientId::house(), member, now_ms, now_ms - GRACE_MS],
    )?;
    Ok(())
}

/// Whoever is off, has work that they took before they were seen last, and was seen last before a time: they worked without
/// saying where they are, and are gone. Whoever never gave a sign of life, such as a program, is not missed.
pub(crate) fn silent_at_work(tx: &mut Tx, before_ms: i64) -> Result<Vec<MemberId>> {
    // every client: whoever is gone is gone from all of them
    let sql = "SELECT DISTINCT p.member_id FROM presence p JOIN work_item w ON w.claimed_by = p.member_id \
               AND w.state = 'claimed' AND w.claimed_ms <= p.seen_ms WHERE p.client_id = 'house' AND p.state = 'off' \
               AND p.seen_ms < $1 ORDER BY p.member_id LIMIT $2";
    tx.every_client(|tx| tx.query(sql, params![before_ms, PEOPLE_MAX], |r| r.id(0)))
}

/// Whether a member who is off is still silent, which stays so until the commit: a sign of life meanwhile waits.
pub(crate) fn stays_silent(tx: &mut Tx, member: &MemberId, before_ms: i64) -> Result<bool> {
    let found = tx.execute(
        "UPDATE presence SET state = 'off' WHERE client_id = $1 AND member_id = $2 AND state = 'off' AND seen_ms < $3",
        params![ClientId::house(), member, before_ms],
    )?;
    Ok(found == 1)
}

/// Whoever is not off and was last seen before a time.
pub(crate) fn silent(tx: &mut Tx, before_ms: i64) -> Result<Vec<MemberId>> {
    tx.query(
        "SELECT member_id FROM presence WHERE client_id = $1 AND state <> 'off' AND seen_ms < $2 ORDER BY member_id LIMIT $3",
        params![ClientId::house(), before_ms, PEOPLE_MAX],
        |r| r.id(0),
    )
}

/// Takes for gone a member last seen before a time; of several nodes that look, one gets true. They were there until they were
/// seen last, and no longer.
pub(crate) fn vanish(tx: &mut Tx, member: &MemberId, before_ms: i64, now_ms: i64) -> Result<bool> {
    let Some(was) = presence(tx, member)? else { return Ok(false) };
    let changed = tx.execute(
        "UPDATE presence SET state = 'off', since_ms = $4, day_ms = $5, there_ms = $6 WHERE client_id = $1 \
         AND member_id = $2 AND state <> 'off' AND seen_ms < $3",
        params![ClientId::house(), member, before_ms, now_ms, utc_day_start_ms(was.seen_ms), was.there_at(was.seen_ms)],
    )?;
    if changed == 1 {
        history::note(tx, member, Here::Off, was.seen_ms)?;
    }
    Ok(changed == 1)
}

/// Whether a member is there for more work, which stays so until the commit: whoever changes it meanwhile waits.
pub(crate) fn stays_available(tx: &mut Tx, member: &MemberId, seen_since_ms: i64) -> Result<bool> {
    let found = tx.execute(
        "UPDATE presence SET state = 'available' WHERE client_id = $1 AND member_id = $2 AND state = 'available' \
         AND seen_ms >= $3",
        params![ClientId::house(), member, seen_since_ms],
    )?;
    Ok(found == 1)
}

/// Whether anybody would be given work.
pub(crate) fn is_anybody_available(tx: &mut Tx, seen_since_ms: i64) -> Result<bool> {
    let sql = "SELECT member_id FROM presence WHERE client_id = $1 AND state = 'available' AND seen_ms >= $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![ClientId::house(), seen_since_ms], |r| r.text(0))?.is_some())
}

/// Somebody with all that the router looks at.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    pub member: MemberId,
    pub skills: Vec<String>,
    pub languages: Vec<String>,
    pub licences: Vec<String>,
    pub profile: Profile,
    pub presence: Presence,
    pub grants: Vec<Grant>,
    /// Pieces of work they have, by channel.
    pub has: BTreeMap<String, u16>,
    /// Time spent on what they finished today, milliseconds.
    pub worked_ms: i64,
    /// When they last finished something today.
    pub finished_ms: Option<i64>,
}

impl Candidate {
    pub(crate) fn busy(&self) -> u16 {
        self.has.values().sum()
    }
}

/// Everyone who would be given work of these clients.
pub(crate) fn available(tx: &mut Tx, clients: &[ClientId], now_ms: i64, seen_since_ms: i64) -> Result<Vec<Candidate>> {
    let sql = format!(
        "SELECT m.member_id, m.skills, m.languages, m.licences, d.profile, {PRESENCE} FROM presence p \
         JOIN member m ON m.client_id = p.client_id AND m.member_id = p.member_id \
         LEFT JOIN desk_profile d ON d.client_id = p.client_id AND d.member_id = p.member_id \
         WHERE p.client_id = $1 AND p.state = 'available' AND p.seen_ms >= $2 AND m.state = 'active' \
         ORDER BY m.member_id LIMIT $3"
    );
    let mut people: BTreeMap<MemberId, Candidate> = tx
        .query(&sql, params![ClientId::house(), seen_since_ms, PEOPLE_MAX], |r| {
            let member: MemberId = r.id(0)?;
            let candidate = Candidate {
                member: member.clone(),
                skills: r.json_as(1)?,
                languages: r.json_as(2)?,
                licences: r.json_as(3)?,
                profile: r.json_as_opt(4)?.unwrap_or_default(),
                presence: read_presence(r, 5)?,
                grants: Vec::new(),
                has: BTreeMap::new(),
                worked_ms: 0,
                finished_ms: None,
            };
            Ok((member, candidate))
        })?
        .into_iter()
        .collect();
    for (member, client, role) in grants_of_the_available(tx, seen_since_ms)? {
        if let Some(found) = people.get_mut(&member) {
            found.grants.push(Grant { client, role });
        }
    }
    for (member, channel, count) in holdings(tx)? {
        if let Some(found) = people.get_mut(&member) {
            found.has.insert(channel, count);
        }
    }
    // A person's day is one, whomever they work for.
    for client in clients {
        for (member, worked_ms, finished_ms) in finished_since(tx, client, utc_day_start_ms(now_ms))? {
            if let Some(found) = people.get_mut(&member) {
                found.worked_ms += worked_ms;
                found.finished_ms = found.finished_ms.max(Some(finished_ms));
            }
        }
    }
    Ok(people.into_values().collect())
}

type Granted = (MemberId, ClientId, Role);

fn grants_of_the_available(tx: &mut Tx, seen_since_ms: i64) -> Result<Vec<Granted>> {
    // every client: a person works for several, and holds so much at once over all of them
    let sql = "SELECT g.member_id, g.client_id, g.role FROM role_grant g WHERE g.member_id IN \
               (SELECT member_id FROM presence WHERE state = 'available' AND seen_ms >= $1)";
    tx.every_client(|tx| tx.query(sql, params![seen_since_ms], |r| Ok((r.id(0)?, r.id(1)?, r.id(2)?))))
}

/// Who has how many pieces of work of which channel, over all clients.
fn holdings(tx: &mut Tx) -> Result<Vec<(MemberId, String, u16)>> {
    // every client: a person holds so much at once over all of them
    let sql = "SELECT claimed_by, channel, COUNT(*) FROM work_item WHERE state = 'claimed' AND claimed_by IS NOT NULL \
               GROUP BY claimed_by, channel";
    let count = |r: &Row| -> Result<u16> { Ok(u16::try_from(r.int(2)?).unwrap_or(u16::MAX)) };
    tx.every_client(|tx| tx.query(sql, &[], |r| Ok((r.id(0)?, r.text(1)?, count(r)?))))
}

fn finished_since(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<(MemberId, i64, i64)>> {
    tx.query(
        "SELECT claimed_by, CAST(SUM(ended_ms - COALESCE(claimed_ms, ended_ms)) AS BIGINT), MAX(ended_ms) FROM work_item \
         WHERE client_id = $1 AND state = 'done' AND ended_ms >= $2 AND claimed_by IS NOT NULL GROUP BY claimed_by",
        params![client, since_ms],
        |r| Ok((r.id(0)?, r.int(1)?, r.int(2)?)),
    )
}

/// How many pieces of work a member has, all clients together; of one channel, if given.
pub(crate) fn holds(tx: &mut Tx, member: &MemberId, channel: Option<&str>) -> Result<i64> {
    // every client: a person holds so much at once over all of them
    let sql =
        "SELECT COUNT(*) FROM work_item WHERE claimed_by = $1 AND state = 'claimed' AND ($2 = '' OR channel = $2)";
    tx.every_client(|tx| tx.query_one(sql, params![member, channel.unwrap_or_default()], |r| r.int(0)))
}

/// Somebody who is available at a client and works by their shifts now.
#[derive(Debug, Clone)]
pub(crate) struct There {
    pub member: MemberId,
    /// Pieces of work at once.
    pub places: i64,
    /// Of these, how many they have, at all clients together.
    pub busy: i64,
    skills: Vec<String>,
    languages: Vec<String>,
    licences: Vec<String>,
    jurisdictions: Vec<String>,
    roles: Vec<Role>,
}

impl There {
    /// Whether they may have work that needs this.
    pub(crate) fn may_have(&self, needs: &Needs) -> bool {
        lacking(needs, &self.brings()).is_empty()
    }

    /// What decides it.
    pub(crate) fn brings(&self) -> Brings<'_> {
        Brings {
            licences: &self.licences,
            languages: &self.languages,
            skills: &self.skills,
            jurisdictions: &self.jurisdictions,
            roles: &self.roles,
        }
    }

    /// Pieces of work that they could be given now.
    pub(crate) fn free(&self) -> i64 {
        (self.places - self.busy).max(0)
    }
}

/// How much those who may have such work take at once, and how much more of it they could take now.
pub(crate) fn places(there: &[There], needs: &Needs) -> (i64, i64) {
    let able = there.iter().filter(|one| one.may_have(needs));
    able.fold((0, 0), |(places, free), one| (places + one.places, free + one.free()))
}

/// Who is available for a client now, as the router sees them: whoever has no shift at this time is given nothing.
pub(crate) fn there(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<Vec<There>> {
    let sql = "SELECT p.member_id, d.profile, m.skills, m.languages, m.licences FROM presence p \
               JOIN member m ON m.client_id = p.client_id AND m.member_id = p.member_id \
               LEFT JOIN desk_profile d ON d.client_id = p.client_id AND d.member_id = p.member_id \
               WHERE p.client_id = 'house' AND p.state = 'available' AND p.seen_ms >= $2 AND m.state = 'active' \
               AND EXISTS (SELECT 1 FROM role_grant g WHERE g.client_id IN ($1, 'house') AND g.member_id = p.member_id) \
               ORDER BY p.member_id LIMIT $3";
    let people = tx.query(sql, params![client, now_ms - GRACE_MS, PEOPLE_MAX], |r| {
        let profile = r.json_as_opt::<Profile>(1)?.unwrap_or_default();
        let there = There {
            member: r.id(0)?,
            places: i64::from(profile.given_at_once()),
            busy: 0,
            skills: r.json_as(2)?,
            languages: r.json_as(3)?,
            licences: r.json_as(4)?,
            jurisdictions: profile.jurisdictions.clone(),
            roles: Vec::new(),
        };
        Ok((there, profile.is_on_shift(now_ms)))
    })?;
    let mut people: BTreeMap<MemberId, There> =
        people.into_iter().filter(|(_, on_shift)| *on_shift).map(|(there, _)| (there.member.clone(), there)).collect();
    if people.is_empty() {
        return Ok(Vec::new());
    }
    for (member, role) in roles_of_the_available(tx, client, now_ms - GRACE_MS)? {
        if let Some(found) = people.get_mut(&member) {
            found.roles.push(role);
        }
    }
    for (member, _, count) in holdings(tx)? {
        if let Some(found) = people.get_mut(&member) {
            found.busy = (found.busy + i64::from(count)).min(found.places);
        }
    }
    let works = |one: &There| one.roles.iter().any(|role| role.has(Right::WorkClaim));
    Ok(people.into_values().filter(works).collect())
}

fn roles_of_the_available(tx: &mut Tx, client: &ClientId, seen_since_ms: i64) -> Result<Vec<(MemberId, Role)>> {
    tx.query(
        "SELECT g.member_id, g.role FROM role_grant g WHERE g.client_id IN ($1, 'house') AND g.member_id IN \
         (SELECT p.member_id FROM presence p WHERE p.client_id = 'house' AND p.state = 'available' AND p.seen_ms >= $2)",
        params![client, seen_since_ms],
        |r| Ok((r.id(0)?, r.id(1)?)),
    )
}

/// A colleague as the floor shows them.
#[derive(Debug, Clone, Serialize)]
pub struct Colleague {
    /// Id.
    pub member: MemberId,
    /// Name.
    pub name: String,
    /// What they can do.
    pub skills: Vec<String>,
    /// Languages they write.
    pub languages: Vec<String>,
    /// What they are licensed for.
    pub licences: Vec<String>,
    /// What they take on; `places` as they are given work, where nobody has said so too.
    pub profile: Profile,
    /// Where they are; none for whoever never said.
    pub presence: Option<Presence>,
    /// Of the clients asked for, those at which they take work.
    pub clients: Vec<ClientId>,
    /// Whether they work now, as far as their shifts say; none where they have none.
    pub on_shift: Option<bool>,
    /// Pieces of work they have at the clients asked for.
    pub has: i64,
    /// Of these, past their due time.
    pub late: i64,
    /// Finished today, at the clients asked for.
    pub done_today: i64,
}

/// Everyone with a role in which they can take work at one of these clients, with where they are and what they have. The
/// caller of this function has checked that the clients may be seen.
pub fn colleagues(tx: &mut Tx, now_ms: i64, clients: &[ClientId]) -> Result<Vec<Colleague>> {
    let workers: Vec<String> = Right::WorkClaim.roles().iter().map(|role| format!("'{role}'")).collect();
    let mut all: BTreeMap<MemberId, Colleague> = BTreeMap::new();
    for client in clients {
        let sql = format!(
            "SELECT m.member_id, m.name, m.skills, m.languages, m.licences, d.profile, p.member_id, {PRESENCE} \
             FROM member m LEFT JOIN presence p ON p.client_id = m.client_id AND p.member_id = m.member_id \
             LEFT JOIN desk_profile d ON d.client_id = m.client_id AND d.member_id = m.member_id \
             WHERE m.client_id = 'house' AND m.state = 'active' AND EXISTS (SELECT 1 FROM role_grant g \
             WHERE g.client_id IN ($1, 'house') AND g.member_id = m.member_id AND g.role IN ({})) \
             ORDER BY m.member_id LIMIT $2",
            workers.join(", ")
        );
        for found in tx.query(&sql, params![client, PEOPLE_MAX], read_colleague)? {
            let known = all.entry(found.member.clone()).or_insert(found);
            known.clients.push(client.clone());
            known.on_shift = known.profile.shifts.is_some().then(|| known.profile.is_on_shift(now_ms));
        }
    }
    for client in clients {
        for (member, has, late) in held_at(tx, client, now_ms)? {
            if let Some(found) = all.get_mut(&member) {
                found.has += has;
                found.late += late;
            }
        }
        let day_start_ms = zone_of(tx, client)?.day_start_ms(now_ms);
        for (member, done) in done_at(tx, client, day_start_ms)? {
            if let Some(found) = all.get_mut(&member) {
                found.done_today += done;
            }
        }
    }
    Ok(all.into_values().collect())
}

fn read_colleague(r: &Row) -> Result<Colleague> {
    let presence = r.text_opt(6)?.map(|_| read_presence(r, 7)).transpose()?;
    let mut profile: Profile = r.json_as_opt(5)?.unwrap_or_default();
    profile.places = Some(profile.given_at_once());
    Ok(Colleague {
        member: r.id(0)?,
        name: r.text(1)?,
        skills: r.json_as(2)?,
        languages: r.json_as(3)?,
        licences: r.json_as(4)?,
        profile,
        presence,
        clients: Vec::new(),
        on_shift: None,
        has: 0,
        late: 0,
        done_today: 0,
    })
}

fn held_at(tx: &mut Tx, client: &ClientId, now_ms: i64) -> Result<Vec<(MemberId, i64, i64)>> {
    tx.query(
        "SELECT claimed_by, COUNT(*), CAST(SUM(CASE WHEN due_ms < $2 THEN 1 ELSE 0 END) AS BIGINT) FROM work_item \
         WHERE client_id = $1 AND state = 'claimed' AND claimed_by IS NOT NULL GROUP BY claimed_by",
        params![client, now_ms],
        |r| Ok((r.id(0)?, r.int(1)?, r.int(2)?)),
    )
}

fn done_at(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<(MemberId, i64)>> {
    tx.query(
        "SELECT claimed_by, COUNT(*) FROM work_item WHERE client_id = $1 AND state = 'done' AND ended_ms >= $2 \
         AND claimed_by IS NOT NULL GROUP BY claimed_by",
        params![client, since_ms],
        |r| Ok((r.id(0)?, r.int(1)?)),
    )
}
