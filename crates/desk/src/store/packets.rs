//! SQL of the table `packet`, and what its rows say together.

use crate::Packet;
use crate::packet::score::{Handoff, no_reask, score};
use baton_base::{CaseId, ClientId, Error, PacketId, ReleaseId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use serde::Serialize;
use serde_json::Value;

pub(crate) fn insert(
    tx: &mut Tx,
    client: &ClientId,
    id: &PacketId,
    case: &CaseId,
    release: &ReleaseId,
    packet: &Packet,
    body: &Value,
    now_ms: i64,
) -> Result<()> {
    let checked = &packet.completeness;
    let body = tx.seal(&place(client, id.as_str()), &body.to_string())?;
    tx.execute(
        "INSERT INTO packet (client_id, packet_id, case_id, trigger_name, completeness, body, created_ms, intent, release_id, \
         validity, gate, excuse, required) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        params![
            client,
            id,
            case,
            packet.trigger,
            checked.completeness,
            body,
            now_ms,
            packet.intent,
            release,
            checked.validity,
            i64::from(checked.gate),
            packet.excuse,
            i64::try_from(checked.required.len()).unwrap_or(i64::MAX)
        ],
    )?;
    Ok(())
}

/// The newest packet of a case.
pub(crate) fn last(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Value>> {
    let sql =
        "SELECT packet_id, body FROM packet WHERE client_id = $1 AND case_id = $2 ORDER BY packet_id DESC LIMIT 1";
    let found = tx.query_opt(sql, params![client, case], |r| Ok((r.text(0)?, r.text(1)?)))?;
    found.map(|(packet, body)| open(tx, client, &packet, &body)).transpose()
}

fn place<'a>(client: &'a ClientId, packet: &'a str) -> Place<'a> {
    Place { client, class: Class::Packet, table: "packet", row: packet }
}

/// A packet's body, opened.
pub(super) fn open(tx: &mut Tx, client: &ClientId, packet: &str, body: &str) -> Result<Value> {
    let body = tx.unseal(&place(client, packet), body)?;
    serde_json::from_str(&body).map_err(|e| Error::broken(format!("a stored packet: {e}")))
}

/// A packet's figures.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub id: PacketId,
    pub intent: Option<String>,
    pub completeness: f64,
    pub validity: f64,
    pub gate: bool,
    pub excuse: Option<String>,
    pub required: i64,
    pub reasked: Vec<String>,
    pub member_turns: i64,
    pub rating: Option<String>,
}

const FIGURES: &str =
    "packet_id, intent, completeness, validity, gate, excuse, required, reasked, member_turns, rating";

fn read(r: &Row) -> Result<Figures> {
    Ok(Figures {
        id: r.id(0)?,
        intent: r.text_opt(1)?,
        completeness: r.real(2)?,
        validity: r.real(3)?,
        gate: r.bool(4)?,
        excuse: r.text_opt(5)?,
        required: r.int(6)?,
        reasked: r.json_as(7)?,
        member_turns: r.int(8)?,
        rating: r.text_opt(9)?,
    })
}

impl Figures {
    pub(crate) fn no_reask(&self) -> f64 {
        no_reask(self.reasked.len(), usize::try_from(self.required).unwrap_or(0))
    }

    pub(crate) fn score(&self) -> f64 {
        score(self.completeness, self.validity, self.no_reask())
    }

    pub(crate) fn shown(self) -> Handoff {
        let (no_reask, score) = (self.no_reask(), self.score());
        Handoff {
            completeness: self.completeness,
            validity: self.validity,
            gate: self.gate,
            excuse: self.excuse,
            reasked: self.reasked,
            no_reask,
            score,
            rating: self.rating,
        }
    }
}

pub(crate) fn handoff(tx: &mut Tx, client: &ClientId, packet: &PacketId) -> Result<Option<Figures>> {
    let sql = format!("SELECT {FIGURES} FROM packet WHERE client_id = $1 AND packet_id = $2");
    tx.query_opt(&sql, params![client, packet], read)
}

/// The figures of the newest packet of a case.
pub(crate) fn last_figures(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Option<Figures>> {
    let sql =
        format!("SELECT {FIGURES} FROM packet WHERE client_id = $1 AND case_id = $2 ORDER BY packet_id DESC LIMIT 1");
    tx.query_opt(&sql, params![client, case], read)
}

/// Notes one more message of the person, and what it asked for again.
pub(crate) fn turn(tx: &mut Tx, client: &ClientId, packet: &PacketId, reasked: &[String]) -> Result<()> {
    tx.execute(
        "UPDATE packet SET member_turns = member_turns + 1, reasked = $3 WHERE client_id = $1 AND packet_id = $2",
        params![client, packet, serde_json::json!(reasked)],
    )?;
    Ok(())
}

pub(crate) fn rate(tx: &mut Tx, client: &ClientId, packet: &PacketId, rating: &str, by: &str) -> Result<()> {
    tx.execute(
        "UPDATE packet SET rating = $3, rated_by = $4 WHERE client_id = $1 AND packet_id = $2",
        params![client, packet, rating, by],
    )?;
    Ok(())
}

/// Handoffs of one intent under one release.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HandoffReport {
    /// Whose.
    pub client: ClientId,
    /// Intent; none where the need was not recognised.
    pub intent: Option<String>,
    /// Version of the AI that handed over: the release.
    pub release: Option<String>,
    /// How many.
    pub handoffs: i64,
    /// Of these, with everything critical.
    pub gate_passed: i64,
    /// Of those without, the ones that say why.
    pub excused: i64,
    /// Mean completeness.
    pub completeness: f64,
    /// Mean validity.
    pub validity: f64,
    /// Mean share of fields not asked again, of the handoffs where a person has written; none where none has.
    pub no_reask: Option<f64>,
    /// Mean score.
    pub score: f64,
    /// Rated good.
    pub good: i64,
    /// Rated lacking.
    pub lacking: i64,
}

/// Most packets of one client looked at for a report.
const PACKETS_MAX: i64 = 50_000;

/// How good handoffs since a time were, by intent and release. The caller has checked that the client may be seen.
#[expect(clippy::cast_precision_loss, reason = "packets are counted")]
pub fn handoffs(tx: &mut Tx, client: &ClientId, since_ms: i64) -> Result<Vec<HandoffReport>> {
    let sql = format!(
        "SELECT {FIGURES}, release_id FROM packet WHERE client_id = $1 AND created_ms >= $2 ORDER BY packet_id DESC LIMIT $3"
    );
    let rows = tx.query(&sql, params![client, since_ms, PACKETS_MAX], |r| Ok((read(r)?, r.text_opt(10)?)))?;
    let mut groups: std::collections::BTreeMap<(Option<String>, Option<String>), Vec<Figures>> = Default::default();
    for (figures, release) in rows {
        groups.entry((figures.intent.clone(), release)).or_default().push(figures);
    }
    let report = |((intent, release), all): ((Option<String>, Option<String>), Vec<Figures>)| {
        let mean = |of: fn(&Figures) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
        let written: Vec<f64> = all.iter().filter(|f| f.member_turns > 0).map(Figures::no_reask).collect();
        let count = |of: fn(&Figures) -> bool| i64::try_from(all.iter().filter(|f| of(f)).count()).unwrap_or(i64::MAX);
        HandoffReport {
            client: client.clone(),
            intent,
            release,
            handoffs: count(|_| true),
            gate_passed: count(|f| f.gate),
            excused: count(|f| !f.gate && f.excuse.is_some()),
            completeness: mean(|f| f.completeness),
            validity: mean(|f| f.validity),
            no_reask: (!written.is_empty()).then(|| written.iter().sum::<f64>() / written.len() as f64),
            score: mean(Figures::score),
            good: count(|f| f.rating.as_deref() == Some("good")),
            lacking: count(|f| f.rating.as_deref() == Some("lacking")),
        }
    };
    Ok(groups.into_iter().map(report).collect())
}
