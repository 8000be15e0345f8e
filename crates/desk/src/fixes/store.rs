//! SQL of `tag` and `fix`.

use super::rules::{FixState, FixType, Source, hours_a_month};
use baton_base::{CaseId, ClientId, Error, MemberId, ReleaseId, Result};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right};
use serde::Serialize;

const DAY_MS: i64 = 86_400_000;
/// Days over which the volume of a fix is counted.
const VOLUME_DAYS: i64 = 30;
/// Fixes read at once, and how often, of one client.
const FIXES_PAGE: i64 = 500;
const FIXES_PAGES_MAX: usize = 20;
const EVIDENCE_MAX: i64 = 200;
/// Minutes that a case takes where nobody measured it.
const MINUTES_DEFAULT: f64 = 10.0;

/// One cause of one intent, and what removes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// Whose.
    pub client: ClientId,
    /// Id.
    pub id: String,
    /// Intent.
    pub intent: String,
    /// Why: a trigger or a reason.
    pub cause: String,
    /// What has to change.
    pub fix_type: FixType,
    /// One line.
    pub title: String,
    /// Where it stands.
    pub state: FixState,
    /// Who makes it.
    pub owner: Option<MemberId>,
    /// The behaviour test that shows it.
    pub test: Option<String>,
    /// The release that brought it.
    pub release: Option<ReleaseId>,
    /// In words.
    pub note: String,
    /// Since when there is one.
    pub created_ms: i64,
    /// When it last changed.
    pub changed_ms: i64,
    /// When it went live.
    pub released_ms: Option<i64>,
    /// Cases tagged with it, in the last 30 days.
    pub cases: i64,
    /// Cases tagged with it since it went live: what is left of the cause.
    pub since_release: i64,
    /// Mean minutes that a person spent on one.
    pub minutes: f64,
    /// What it is worth a month, hours of people: volume times minutes.
    pub hours_a_month: f64,
    /// When the last case was tagged.
    pub last_ms: Option<i64>,
}

/// Which fixes.
#[derive(Debug, Clone, Default)]
pub struct FixFilter {
    /// Where they stand; all if none.
    pub state: Option<FixState>,
    /// Intent.
    pub intent: Option<String>,
}

const FIX: &str = "f.client_id, f.fix_id, f.intent, f.cause, f.fix_type, f.title, f.state, f.owner, f.test, f.release_id, \
     f.note, f.created_ms, f.changed_ms, f.released_ms, \
     COALESCE(CAST(SUM(CASE WHEN t.tagged_ms >= $2 THEN 1 ELSE 0 END) AS BIGINT), 0), \
     COALESCE(CAST(SUM(CASE WHEN t.tagged_ms > f.released_ms THEN 1 ELSE 0 END) AS BIGINT), 0), \
     AVG(t.minutes), MAX(t.tagged_ms), MIN(t.tagged_ms)";
const FROM: &str = "FROM fix f LEFT JOIN tag t ON t.client_id = f.client_id AND t.fix_id = f.fix_id";
const GROUP: &str = "GROUP BY f.client_id, f.fix_id, f.intent, f.cause, f.fix_type, f.title, f.state, f.owner, f.test, \
     f.release_id, f.note, f.created_ms, f.changed_ms, f.released_ms";

fn read(r: &Row, now_ms: i64) -> Result<Fix> {
    let (cases, minutes) = (r.int(14)?, r.real_opt(16)?.unwrap_or(MINUTES_DEFAULT));
    // A cause that is younger than the window is counted over its own days, and not over less than one.
    let first_ms = r.int_opt(18)?.unwrap_or(now_ms);
    #[expect(clippy::cast_precision_loss, reason = "days")]
    let days = ((now_ms - first_ms).clamp(DAY_MS, VOLUME_DAYS * DAY_MS) as f64) / DAY_MS as f64;
    Ok(Fix {
        client: r.id(0)?,
        id: r.text(1)?,
        intent: r.text(2)?,
        cause: r.text(3)?,
        fix_type: r.id(4)?,
        title: r.text(5)?,
        state: r.id(6)?,
        owner: r.id_opt(7)?,
        test: r.text_opt(8)?,
        release: r.id_opt(9)?,
        note: r.text(10)?,
        created_ms: r.int(11)?,
        changed_ms: r.int(12)?,
        released_ms: r.int_opt(13)?,
        cases,
        since_release: r.int(15)?,
        minutes,
        hours_a_month: hours_a_month(cases, days, minutes),
        last_ms: r.int_opt(17)?,
    })
}

/// The fixes of a client, those worth most first. The caller has checked that the client may be seen.
pub fn fixes(tx: &mut Tx, client: &ClientId, filter: &FixFilter, now_ms: i64) -> Result<Vec<Fix>> {
    let sql = format!(
        "SELECT {FIX} {FROM} WHERE f.client_id = $1 AND ($3 = '' OR f.state = $3) AND ($4 = '' OR f.intent = $4) \
         AND f.fix_id > $6 {GROUP} ORDER BY f.fix_id LIMIT $5"
    );
    let state = filter.state.map(FixState::as_str).unwrap_or_default();
    let intent = filter.intent.as_deref().unwrap_or_default();
    let (mut found, mut after) = (Vec::new(), String::new());
    // Whatever is worth most may be old: all of them are looked at, some at a time.
    for _ in 0..FIXES_PAGES_MAX {
        let values = params![client, now_ms - VOLUME_DAYS * DAY_MS, state, intent, FIXES_PAGE, after];
        let page: Vec<Fix> = tx.query(&sql, values, |r| read(r, now_ms))?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        found.extend(page);
    }
    found.sort_by(|a, b| b.hours_a_month.total_cmp(&a.hours_a_month).then_with(|| a.id.cmp(&b.id)));
    Ok(found)
}

/// Longest id, bytes.
const ID_BYTES_MAX: usize = 96;

/// What cannot be an id names nothing.
fn known(id: &str) -> Result<()> {
    let fits = id.len() <= ID_BYTES_MAX && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if fits { Ok(()) } else { Err(Error::not_found("fix")) }
}

/// One fix. Another client's does not exist.
pub fn fix(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<Fix> {
    ctx.allow(Right::CaseRead)?;
    known(id)?;
    let now_ms = ctx.now_ms();
    let sql = format!("SELECT {FIX} {FROM} WHERE f.client_id = $1 AND f.fix_id = $3 {GROUP}");
    let found = tx.query_opt(&sql, params![ctx.client, now_ms - VOLUME_DAYS * DAY_MS, id], |r| read(r, now_ms))?;
    found.ok_or_else(|| Error::not_found("fix"))
}

/// The same, for a change of it: [`save`] finds out whether somebody else has changed it since.
pub(crate) fn find(tx: &mut Tx, client: &ClientId, id: &str) -> Result<Fix> {
    known(id)?;
    let sql = format!("SELECT {FIX} {FROM} WHERE f.client_id = $1 AND f.fix_id = $3 {GROUP}");
    tx.query_opt(&sql, params![client, 0_i64, id], |r| read(r, 0))?.ok_or_else(|| Error::not_found("fix"))
}

/// The fix of a cause with where it stands; the fresh one where there was none.
pub(crate) fn upsert_fix(
    tx: &mut Tx,
    client: &ClientId,
    fresh: &str,
    (intent, cause, fix_type): (&str, &str, FixType),
    title: &str,
    now_ms: i64,
) -> Result<(String, FixState)> {
    tx.query_one(
        "INSERT INTO fix (client_id, fix_id, intent, cause, fix_type, title, state, note, created_ms, changed_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, 'open', '', $7, $7) ON CONFLICT (client_id, intent, cause, fix_type) \
         DO UPDATE SET cause = excluded.cause RETURNING fix_id, state",
        params![client, fresh, intent, cause, fix_type.as_str(), title, now_ms],
        |r| Ok((r.text(0)?, r.id(1)?)),
    )
}

pub(crate) fn set_state(tx: &mut Tx, client: &ClientId, id: &str, state: FixState, now_ms: i64) -> Result<()> {
    tx.execute(
        "UPDATE fix SET state = $3, changed_ms = $4 WHERE client_id = $1 AND fix_id = $2",
        params![client, id, state.as_str(), now_ms],
    )?;
    Ok(())
}

/// Writes what can change; a conflict where somebody else has changed it since.
pub(crate) fn save(tx: &mut Tx, client: &ClientId, fix: &Fix, was: FixState, now_ms: i64) -> Result<()> {
    let goes_live = fix.state == FixState::Released && was != FixState::Released;
    let changed = tx.execute(
        "UPDATE fix SET state = $3, owner = $4, title = $5, note = $6, test = $7, release_id = $8, changed_ms = $9, \
         released_ms = COALESCE($10, released_ms) WHERE client_id = $1 AND fix_id = $2 AND state = $11 \
         AND changed_ms = $12",
        params![
            client,
            fix.id,
            fix.state.as_str(),
            fix.owner,
            fix.title,
            fix.note,
            fix.test,
            fix.release,
            // Two changes never have the same time: the second would not be noticed.
            now_ms.max(fix.changed_ms + 1),
            goes_live.then_some(now_ms),
            was.as_str(),
            fix.changed_ms
        ],
    )?;
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict("somebody else has changed this fix; look again".to_owned()))
    }
}

pub(crate) struct NewTagRow<'a> {
    pub id: String,
    pub fix: &'a str,
    pub case: &'a CaseId,
    pub source: Source,
    pub intent: &'a str,
    pub cause: &'a str,
    pub fix_type: FixType,
    pub suggested: FixType,
    pub note: &'a str,
    pub minutes: f64,
    pub by: &'a str,
    pub now_ms: i64,
}

/// The fix under which somebody has named this cause of the case already.
pub(crate) fn tagged_to(
    tx: &mut Tx,
    client: &ClientId,
    case: &CaseId,
    source: Source,
    cause: &str,
) -> Result<Option<String>> {
    let sql = "SELECT fix_id FROM tag WHERE client_id = $1 AND case_id = $2 AND source = $3 AND cause = $4";
    tx.query_opt(sql, params![client, case, source.as_str(), cause], |r| r.text(0))
}

/// Whether no case is tagged with a fix.
pub(crate) fn is_empty(tx: &mut Tx, client: &ClientId, fix: &str) -> Result<bool> {
    let sql = "SELECT tag_id FROM tag WHERE client_id = $1 AND fix_id = $2 LIMIT 1";
    Ok(tx.query_opt(sql, params![client, fix], |r| r.text(0))?.is_none())
}

/// Drops a fix that nobody has begun and that has no case any more; false where it is another.
pub(crate) fn drop_empty(tx: &mut Tx, client: &ClientId, fix: &str, now_ms: i64) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE fix SET state = 'dropped', changed_ms = CASE WHEN changed_ms < $3 THEN $3 ELSE changed_ms + 1 END \
         WHERE client_id = $1 AND fix_id = $2 AND state = 'open' AND owner IS NULL AND NOT EXISTS \
         (SELECT 1 FROM tag t WHERE t.client_id = fix.client_id AND t.fix_id = fix.fix_id)",
        params![client, fix, now_ms],
    )?;
    Ok(changed == 1)
}

/// Whether the client has a release.
pub(crate) fn has_release(tx: &mut Tx, client: &ClientId, release: &ReleaseId) -> Result<bool> {
    let sql = "SELECT release_id FROM release WHERE client_id = $1 AND release_id = $2";
    Ok(tx.query_opt(sql, params![client, release], |r| r.text(0))?.is_some())
}

/// The release that is live.
pub(crate) fn live_release(tx: &mut Tx, client: &ClientId) -> Result<Option<ReleaseId>> {
    let live = tx.query_opt("SELECT release_id FROM client WHERE client_id = $1", params![client], |r| r.id_opt(0))?;
    Ok(live.flatten())
}

/// Writes a tag; the one that says the same cause of the same case is changed. Gives its id.
pub(crate) fn put_tag(tx: &mut Tx, client: &ClientId, new: &NewTagRow<'_>) -> Result<String> {
    tx.query_one(
        "INSERT INTO tag (client_id, tag_id, fix_id, case_id, source, intent, cause, fix_type, suggested, note, minutes, \
         tagged_by, tagged_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) \
         ON CONFLICT (client_id, case_id, source, cause) DO UPDATE SET fix_id = excluded.fix_id, \
         fix_type = excluded.fix_type, note = excluded.note, tagged_by = excluded.tagged_by RETURNING tag_id",
        params![
            client,
            new.id,
            new.fix,
            new.case,
            new.source.as_str(),
            new.intent,
            new.cause,
            new.fix_type.as_str(),
            new.suggested.as_str(),
            new.note,
            new.minutes,
            new.by,
            new.now_ms
        ],
        |r| r.text(0),
    )
}

/// The trigger of a case's last handoff.
pub(crate) fn last_trigger(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<String>> {
    let sql = "SELECT trigger_name FROM packet WHERE client_id = $1 AND case_id = $2 ORDER BY packet_id DESC LIMIT 1";
    tx.query_opt(sql, params![client, case], |r| r.text(0))
}

/// Minutes that people spent on a case.
#[expect(clippy::cast_precision_loss, reason = "minutes of one case")]
pub(crate) fn minutes_of_case(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<f64> {
    let sql = "SELECT CAST(SUM(ended_ms - claimed_ms) AS BIGINT) FROM work_item WHERE client_id = $1 AND case_id = $2 \
               AND state = 'done' AND claimed_ms IS NOT NULL";
    let spent = tx.query_one(sql, params![client, case], |r| r.int_opt(0))?;
    Ok(spent.map_or(MINUTES_DEFAULT, |ms| ms as f64 / 60_000.0))
}

/// A case behind a fix.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Its subject.
    pub subject: String,
    /// What was tagged.
    pub source: Source,
    /// In the words of whoever tagged it.
    pub note: String,
    /// Minutes that people spent on it.
    pub minutes: f64,
    /// Who.
    pub tagged_by: String,
    /// When.
    pub tagged_ms: i64,
}

/// The cases behind a fix, newest first.
pub fn evidence(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<Vec<Evidence>> {
    ctx.allow(Right::CaseRead)?;
    tx.query(
        "SELECT t.case_id, c.number, c.subject, t.source, t.note, t.minutes, t.tagged_by, t.tagged_ms FROM tag t \
         JOIN case_file c ON c.client_id = t.client_id AND c.case_id = t.case_id \
         WHERE t.client_id = $1 AND t.fix_id = $2 ORDER BY t.tag_id DESC LIMIT $3",
        params![ctx.client, id, EVIDENCE_MAX],
        |r| {
            Ok(Evidence {
                case: r.id(0)?,
                number: r.int(1)?,
                subject: r.text(2)?,
                source: r.id(3)?,
                note: r.text(4)?,
                minutes: r.real(5)?,
                tagged_by: r.text(6)?,
                tagged_ms: r.int(7)?,
            })
        },
    )
}

/// A case that was handed to people, and nobody has said why.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Untagged {
    /// Whose.
    pub client: ClientId,
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// Its subject.
    pub subject: String,
    /// Intent.
    pub intent: Option<String>,
    /// Why a person was asked.
    pub trigger: String,
    /// What has to change, as far as the trigger tells.
    pub suggested: FixType,
    /// When it was handed over.
    pub at_ms: i64,
}

pub(crate) fn untagged(tx: &mut Tx, client: &ClientId, since_ms: i64, max: usize) -> Result<Vec<Untagged>> {
    tx.query(
        "SELECT p.client_id, p.case_id, c.number, c.subject, c.intent, p.trigger_name, p.created_ms FROM packet p \
         JOIN case_file c ON c.client_id = p.client_id AND c.case_id = p.case_id WHERE p.client_id = $1 \
         AND p.created_ms >= $2 AND p.trigger_name NOT IN ('person_takes', 'approval') AND NOT EXISTS \
         (SELECT 1 FROM tag t WHERE t.client_id = p.client_id AND t.case_id = p.case_id) AND NOT EXISTS \
         (SELECT 1 FROM packet later WHERE later.client_id = p.client_id AND later.case_id = p.case_id \
         AND later.packet_id > p.packet_id) ORDER BY p.packet_id DESC LIMIT $3",
        params![client, since_ms, i64::try_from(max).unwrap_or(i64::MAX)],
        |r| {
            Ok(Untagged {
                client: r.id(0)?,
                case: r.id(1)?,
                number: r.int(2)?,
                subject: r.text(3)?,
                intent: r.text_opt(4)?,
                trigger: r.text(5)?,
                suggested: FixType::Conversation,
                at_ms: r.int(6)?,
            })
        },
    )
}
