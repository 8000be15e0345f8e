//! One entry: how it is stored, and what of it is hashed.

use crate::Ctx;
use crate::ledger::tree::{Hash, leaf_hash};
use baton_base::{Actor, AgentName, CaseId, ClientId, CustomerId, EntryId, Error, Event, MemberId, Result, RunId};
use baton_base::{canonical_json, limits};
use baton_db::{Column, Live, Row, Rows, Tx, params};
use serde::Serialize;
use serde_json::Value;

/// One entry as read back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its id; ids of one node sort by time.
    pub id: EntryId,
    /// Whose.
    pub client: ClientId,
    /// When.
    pub at_ms: i64,
    /// Who acted.
    pub actor: Actor,
    /// In whose name.
    pub on_behalf_of: Option<CustomerId>,
    /// What happened: dotted, past tense.
    pub kind: String,
    /// Id of what it is about.
    pub subject: String,
    /// The case it belongs to.
    pub case: Option<CaseId>,
    /// The run it belongs to.
    pub run: Option<RunId>,
    /// Facts.
    pub data: Value,
    /// Its place in the tree; `None` until sealed.
    pub leaf_index: Option<i64>,
}

pub(super) const COLUMNS: &str = "client_id, entry_id, at_ms, actor_kind, actor, actor_version, on_behalf_of, kind, \
                                  subject, case_id, run_id, data, leaf_hash, leaf_index";
/// Where [`COLUMNS`] has the entry's place in the tree.
pub(super) const LEAF_INDEX: usize = 13;

/// The public columns as they stand in the row; `data` is the stored text itself, so that no number is ever re-read.
pub(super) struct Stored {
    pub client: String,
    pub id: String,
    pub at_ms: i64,
    pub actor_kind: String,
    pub actor: String,
    pub actor_version: Option<String>,
    pub on_behalf_of: Option<String>,
    pub kind: String,
    pub subject: String,
    pub case: Option<String>,
    pub run: Option<String>,
    pub data: String,
}

impl Stored {
    fn of(ctx: &Ctx, id: &EntryId, event: Event) -> Self {
        let version = match &ctx.actor {
            Actor::Agent { version, .. } => Some(version.clone()),
            Actor::Member { .. } | Actor::System { .. } => None,
        };
        Self {
            client: event.client.to_string(),
            id: id.to_string(),
            at_ms: ctx.now_ms(),
            actor_kind: ctx.actor.kind().to_owned(),
            actor: ctx.actor.name().to_owned(),
            actor_version: version,
            on_behalf_of: ctx.on_behalf_of.as_ref().map(ToString::to_string),
            kind: event.kind,
            subject: event.subject,
            case: event.case.map(|c| c.to_string()),
            run: event.run.map(|r| r.to_string()),
            data: canonical_json(&event.data),
        }
    }

    pub(super) fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            client: row.text(0)?,
            id: row.text(1)?,
            at_ms: row.int(2)?,
            actor_kind: row.text(3)?,
            actor: row.text(4)?,
            actor_version: row.text_opt(5)?,
            on_behalf_of: row.text_opt(6)?,
            kind: row.text(7)?,
            subject: row.text(8)?,
            case: row.text_opt(9)?,
            run: row.text_opt(10)?,
            data: row.text(11)?,
        })
    }

    /// The canonical JSON of the public columns: what is hashed, byte by byte.
    pub(super) fn line(&self) -> String {
        // Texts and a number cannot fail to be written.
        serde_json::to_string(&Columns::from(self)).unwrap_or_default()
    }

    /// RFC 9162 leaf hash of the canonical JSON of the public columns.
    pub(super) fn leaf(&self) -> Hash {
        // Texts and a number cannot fail to be written.
        leaf_hash(&serde_json::to_vec(&Columns::from(self)).unwrap_or_default())
    }
}

/// The public columns in the order of canonical JSON, so that they are written as they come.
#[derive(Serialize)]
struct Columns<'a> {
    actor: &'a str,
    actor_kind: &'a str,
    actor_version: Option<&'a str>,
    at_ms: i64,
    case_id: Option<&'a str>,
    client_id: &'a str,
    data: &'a str,
    entry_id: &'a str,
    kind: &'a str,
    on_behalf_of: Option<&'a str>,
    run_id: Option<&'a str>,
    subject: &'a str,
}

impl<'a> From<&'a Stored> for Columns<'a> {
    fn from(s: &'a Stored) -> Self {
        Self {
            actor: &s.actor,
            actor_kind: &s.actor_kind,
            actor_version: s.actor_version.as_deref(),
            at_ms: s.at_ms,
            case_id: s.case.as_deref(),
            client_id: &s.client,
            data: &s.data,
            entry_id: &s.id,
            kind: &s.kind,
            on_behalf_of: s.on_behalf_of.as_deref(),
            run_id: s.run.as_deref(),
            subject: &s.subject,
        }
    }
}

/// An entry that is ready to be written: its time, its id and its leaf are fixed.
pub struct Noted {
    live: Live,
    id: EntryId,
    stored: Stored,
}

impl Noted {
    /// Fixes an event as an entry by this actor, now.
    ///
    /// # Errors
    /// `Broken` for an event of another client, `Limit` for data over [`limits::RUN_DATA_BYTES_MAX`] bytes.
    pub fn new(ctx: &Ctx, event: Event) -> Result<Self> {
        if event.client != ctx.client {
            return Err(Error::broken(format!("an event of {} in an operation at {}", event.client, ctx.client)));
        }
        let live = Live {
            client: event.client.clone(),
            kind: event.kind.clone(),
            case: event.case.clone(),
            subject: Some(event.subject.clone()),
            seq: None,
        };
        let id = EntryId::known(ctx.id(EntryId::PREFIX));
        let stored = Stored::of(ctx, &id, event);
        if stored.data.len() > limits::RUN_DATA_BYTES_MAX {
            let bytes = limits::RUN_DATA_BYTES_MAX;
            return Err(Error::Limit(format!("the data of a ledger entry '{}' is over {bytes} bytes", stored.kind)));
        }
        Ok(Self { live, id, stored })
    }
}

/// Appends an event in the caller's transaction. Watchers hear of it after the commit.
pub fn append(tx: &mut Tx, ctx: &Ctx, event: Event) -> Result<EntryId> {
    let noted = Noted::new(ctx, event)?;
    let id = noted.id.clone();
    append_all(tx, vec![noted])?;
    Ok(id)
}

const ROW: &[(&str, Column)] = &[
    ("client_id", Column::Text),
    ("entry_id", Column::Text),
    ("at_ms", Column::Int),
    ("actor_kind", Column::Text),
    ("actor", Column::Text),
    ("actor_version", Column::Text),
    ("on_behalf_of", Column::Text),
    ("kind", Column::Text),
    ("subject", Column::Text),
    ("case_id", Column::Text),
    ("run_id", Column::Text),
    ("data", Column::Text),
    ("leaf_hash", Column::Text),
];

/// Appends entries in the caller's transaction: one statement for all.
pub fn append_all(tx: &mut Tx, entries: Vec<Noted>) -> Result<()> {
    let (sql, rows) = appending(tx, entries);
    tx.owe_rows(&sql, rows)
}

/// The statement that appends entries in the caller's transaction, with its rows, for a caller who sends it together with others
/// ([`Tx::owe_together`]). Watchers hear of the entries after the commit.
pub fn appending(tx: &mut Tx, entries: Vec<Noted>) -> (String, Rows) {
    let mut rows = Rows::of(ROW);
    for Noted { live, stored: s, .. } in entries {
        let leaf = hex::encode(s.leaf());
        rows.add(vec![
            s.client.into(),
            s.id.into(),
            s.at_ms.into(),
            s.actor_kind.into(),
            s.actor.into(),
            s.actor_version.into(),
            s.on_behalf_of.into(),
            s.kind.into(),
            s.subject.into(),
            s.case.into(),
            s.run.into(),
            s.data.into(),
            leaf.into(),
        ]);
        tx.publish(live);
    }
    let sql = "INSERT INTO ledger (client_id, entry_id, at_ms, actor_kind, actor, actor_version, on_behalf_of, kind, \
               subject, case_id, run_id, data, leaf_hash) {values}";
    (sql.to_owned(), rows)
}

pub(super) fn read(row: &Row) -> Result<Entry> {
    Ok(Entry {
        client: row.id(0)?,
        id: row.id(1)?,
        at_ms: row.int(2)?,
        actor: actor(row)?,
        on_behalf_of: row.id_opt(6)?,
        kind: row.text(7)?,
        subject: row.text(8)?,
        case: row.id_opt(9)?,
        run: row.id_opt(10)?,
        data: row.json(11)?,
        leaf_index: row.int_opt(LEAF_INDEX)?,
    })
}

fn actor(row: &Row) -> Result<Actor> {
    let name = row.text(4)?;
    match row.text(3)?.as_str() {
        "member" => Ok(Actor::Member { id: MemberId::known(name) }),
        "agent" => Ok(Actor::Agent { name: AgentName::known(name), version: row.text_opt(5)?.unwrap_or_default() }),
        "system" => Ok(Actor::System { name }),
        other => Err(Error::broken(format!("actor kind '{other}' in the ledger"))),
    }
}

/// The entry's place, if it has one, and its leaf hash from the row as it stands.
pub(super) fn leaf_of(tx: &mut Tx, client: &ClientId, id: &EntryId) -> Result<(Option<i64>, String)> {
    let sql = format!("SELECT {COLUMNS} FROM ledger WHERE client_id = $1 AND entry_id = $2");
    let read = |row: &Row| Ok((row.int_opt(13)?, hex::encode(Stored::read(row)?.leaf())));
    tx.query_opt(&sql, params![client, id], read)?.ok_or_else(|| Error::not_found(format!("ledger entry {id}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_leaf_is_the_hash_of_the_canonical_json_of_the_columns() {
        let text = |text: &str| text.to_owned();
        let stored = Stored {
            client: text("acme"),
            id: text("led_1"),
            at_ms: -5,
            actor_kind: text("agent"),
            actor: text("Zoë \"\u{1}\u{2028}"),
            actor_version: None,
            on_behalf_of: Some(text("cus_1")),
            kind: text("case.opened"),
            subject: text("case_1"),
            case: Some(text("case_1")),
            run: None,
            data: text("{\"a\":1.50}"),
        };
        let columns = json!({
            "client_id": "acme", "entry_id": "led_1", "at_ms": -5, "actor_kind": "agent",
            "actor": "Zoë \"\u{1}\u{2028}", "actor_version": null, "on_behalf_of": "cus_1", "kind": "case.opened",
            "subject": "case_1", "case_id": "case_1", "run_id": null, "data": "{\"a\":1.50}",
        });
        assert_eq!(stored.leaf(), leaf_hash(canonical_json(&columns).as_bytes()));
    }
}
