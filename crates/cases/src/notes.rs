//! What people write about a case and no customer reads: notes, in which colleagues can be named, and a supervisor's whispers
//! to whoever has the case.

use crate::{limits, store};
use baton_base::{Actor, CaseId, ClientId, Error, Event, MemberId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Row, Tx, params};
use baton_govern::{Ctx, Right, ledger, members, redact};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most notes that are read at once.
const NOTES_MAX: i64 = 500;
const MENTIONS_MAX: i64 = 100;
/// Most whispers that an agent reads in one turn.
const WHISPERS_MAX: i64 = 5;

/// A note as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// Id.
    pub id: String,
    /// `note` or `whisper`.
    pub kind: String,
    /// Who wrote it.
    pub author: MemberId,
    /// The text.
    pub text: String,
    /// Who is named in it.
    pub mentions: Vec<MemberId>,
    /// Whom a whisper is for, as `kind:name`.
    pub to: Option<String>,
    /// When.
    pub at_ms: i64,
    /// When an agent read it, or a person saw it.
    pub taken_ms: Option<i64>,
}

const ROW: &str = "note_id, kind, author, text, mentions, to_kind, to_name, at_ms, taken_ms";

fn place<'a>(client: &'a ClientId, id: &'a str) -> Place<'a> {
    Place { client, class: Class::Message, table: "case_note", row: id }
}

fn read(r: &Row) -> Result<Note> {
    Ok(Note {
        id: r.text(0)?,
        kind: r.text(1)?,
        author: r.id(2)?,
        text: r.text(3)?,
        mentions: r.json_as(4)?,
        to: r.text_opt(5)?.zip(r.text_opt(6)?).map(|(kind, name)| format!("{kind}:{name}")),
        at_ms: r.int(7)?,
        taken_ms: r.int_opt(8)?,
    })
}

fn opened(tx: &mut Tx, client: &ClientId, notes: Vec<Note>) -> Result<Vec<Note>> {
    let open = |mut note: Note| {
        note.text = tx.unseal(&place(client, &note.id), &note.text)?;
        Ok(note)
    };
    notes.into_iter().map(open).collect()
}

/// The newest notes of a case, 500 at most, oldest first.
pub fn notes(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<Note>> {
    ctx.allow(Right::CaseRead)?;
    store::row(tx, ctx, case)?;
    before(tx, &ctx.client, case, None)
}

/// Every note of a case, oldest first.
pub fn all_notes(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<Vec<Note>> {
    let mut all = notes(tx, ctx, case)?;
    while let Some(first) = all.first().map(|note| note.id.clone()) {
        let mut older = before(tx, &ctx.client, case, Some(&first))?;
        if older.is_empty() {
            break;
        }
        older.append(&mut all);
        all = older;
    }
    Ok(all)
}

/// The newest notes before one, or of all, oldest first.
fn before(tx: &mut Tx, client: &ClientId, case: &CaseId, note: Option<&str>) -> Result<Vec<Note>> {
    let sql = format!(
        "SELECT {ROW} FROM case_note WHERE client_id = $1 AND case_id = $2 AND ($3 = '' OR note_id < $3) \
         ORDER BY note_id DESC LIMIT $4"
    );
    let mut found = tx.query(&sql, params![client, case, note.unwrap_or_default(), NOTES_MAX], read)?;
    found.reverse();
    opened(tx, client, found)
}

/// Writes a note. Colleagues named in it hear of it; whoever has no role at the client cannot be named.
pub fn add_note(tx: &mut Tx, ctx: &Ctx, case: &CaseId, text: &str, mentions: &[MemberId]) -> Result<Note> {
    ctx.allow(Right::CaseNote)?;
    let named: BTreeSet<&MemberId> = mentions.iter().collect();
    for member in &named {
        if members::roles(tx, &ctx.client, member)?.is_empty() {
            return Err(Error::not_found(format!("member {member}")));
        }
    }
    let named: Vec<MemberId> = named.into_iter().cloned().collect();
    let note = insert(tx, ctx, case, ("note", text), &named, None)?;
    for member in &named {
        tx.execute(
            "INSERT INTO mention (client_id, member_id, note_id, case_id, at_ms) VALUES ($1, $2, $3, $4, $5)",
            params![ctx.client, member, note.id, case, ctx.now_ms()],
        )?;
    }
    let facts = json!({"by": ctx.actor.name(), "bytes": note.text.len(), "mentions": named});
    ledger::append(tx, ctx, Event::new(&ctx.client, "note.written", &note.id).in_case(case).with(facts))?;
    Ok(note)
}

/// Whispers to whoever has a case: a member reads it beside the conversation, an agent takes it into its next turn as its
/// supervisor's instruction. It changes nothing of what either may do.
pub fn whisper(tx: &mut Tx, ctx: &Ctx, case: &CaseId, text: &str) -> Result<Note> {
    ctx.allow(Right::CaseWhisper)?;
    let found = store::find(tx, &ctx.client, case)?.ok_or_else(|| store::not_found(case))?;
    if !found.row.state.is_live() {
        return Err(Error::Conflict(format!("case {} has ended", found.row.number)));
    }
    let actor = &found.row.actor;
    let to = match actor.kind.as_str() {
        "member" => ("member", actor.name.as_str()),
        "agent" => ("agent", actor.name.as_str()),
        _ if found.row.state == crate::CaseState::WithPerson => {
            return Err(Error::Conflict(format!(
                "case {} waits in a queue; nobody has it to hear you",
                found.row.number
            )));
        }
        _ => ("agent", "*"),
    };
    let note = insert(tx, ctx, case, ("whisper", text), &[], Some(to))?;
    if to.0 == "member" {
        tx.execute(
            "INSERT INTO mention (client_id, member_id, note_id, case_id, at_ms) VALUES ($1, $2, $3, $4, $5)",
            params![ctx.client, to.1, note.id, case, ctx.now_ms()],
        )?;
    }
    let facts = json!({"to": note.to, "bytes": note.text.len()});
    ledger::append(tx, ctx, Event::new(&ctx.client, "note.whispered", &note.id).in_case(case).with(facts))?;
    Ok(note)
}

fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &CaseId,
    (kind, text): (&str, &str),
    mentions: &[MemberId],
    to: Option<(&str, &str)>,
) -> Result<Note> {
    let Actor::Member { id: author } = &ctx.actor else {
        return Err(Error::refused("notes are written by members; sign in as one", vec![]));
    };
    let (text, _) = redact::mask_cards(text.trim());
    if text.is_empty() || text.len() > limits::NOTE_BYTES_MAX || text.contains('\0') {
        let detail = format!("a note has 1 to {} bytes", limits::NOTE_BYTES_MAX);
        return Err(Error::invalid_at("text", "the note cannot be kept", detail));
    }
    if store::find(tx, &ctx.client, case)?.is_none() {
        return Err(store::not_found(case));
    }
    let id = ctx.id("note");
    let sealed = tx.seal(&place(&ctx.client, &id), &text)?;
    tx.execute(
        "INSERT INTO case_note (client_id, note_id, case_id, kind, author, text, mentions, to_kind, to_name, at_ms) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            ctx.client,
            id,
            case,
            kind,
            author,
            sealed,
            json!(mentions),
            to.map(|(kind, _)| kind),
            to.map(|(_, name)| name),
            ctx.now_ms()
        ],
    )?;
    Ok(Note {
        id,
        kind: kind.to_owned(),
        author: author.clone(),
        text,
        mentions: mentions.to_vec(),
        to: to.map(|(kind, name)| format!("{kind}:{name}")),
        at_ms: ctx.now_ms(),
        taken_ms: None,
    })
}

/// What was whispered to the agent of a case and not read yet, oldest first.
pub fn whispers(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<Vec<Note>> {
    let sql = format!(
        "SELECT {ROW} FROM case_note WHERE client_id = $1 AND case_id = $2 AND kind = 'whisper' AND to_kind = 'agent' \
         AND taken_ms IS NULL ORDER BY note_id LIMIT $3"
    );
    let found = tx.query(&sql, params![client, case, WHISPERS_MAX], read)?;
    opened(tx, client, found)
}

/// Notes that an agent has read whispers.
pub fn whispers_read(tx: &mut Tx, ctx: &Ctx, case: &CaseId, notes: &[String]) -> Result<()> {
    for note in notes {
        let sql = "UPDATE case_note SET taken_ms = $3 WHERE client_id = $1 AND note_id = $2 AND taken_ms IS NULL";
        if tx.execute(sql, params![ctx.client, note, ctx.now_ms()])? == 1 {
            let event = Event::new(&ctx.client, "note.read", note).in_case(case);
            ledger::append(tx, ctx, event.with(json!({"by": ctx.actor.name()})))?;
        }
    }
    Ok(())
}

/// A note in which a member is named, and which they have not seen yet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mention {
    /// Whose case.
    pub client: ClientId,
    /// The note.
    pub note: String,
    /// The case.
    pub case: CaseId,
    /// Its number for people.
    pub number: i64,
    /// `note` or `whisper`.
    pub kind: String,
    /// Who wrote it.
    pub author: MemberId,
    /// The text.
    pub text: String,
    /// When.
    pub at_ms: i64,
}

/// What the acting member is named in at these clients and has not seen, newest first.
pub fn mentions(tx: &mut Tx, member: &MemberId, clients: &[ClientId]) -> Result<Vec<Mention>> {
    let mut all = Vec::new();
    for client in clients {
        let found = tx.query(
            "SELECT m.note_id, m.case_id, c.number, n.kind, n.author, n.text, m.at_ms FROM mention m \
             JOIN case_note n ON n.client_id = m.client_id AND n.note_id = m.note_id \
             JOIN case_file c ON c.client_id = m.client_id AND c.case_id = m.case_id \
             WHERE m.client_id = $1 AND m.member_id = $2 AND m.seen_ms IS NULL ORDER BY m.at_ms DESC LIMIT $3",
            params![client, member, MENTIONS_MAX],
            |r| {
                Ok(Mention {
                    client: client.clone(),
                    note: r.text(0)?,
                    case: r.id(1)?,
                    number: r.int(2)?,
                    kind: r.text(3)?,
                    author: r.id(4)?,
                    text: r.text(5)?,
                    at_ms: r.int(6)?,
                })
            },
        )?;
        for mut one in found {
            one.text = tx.unseal(&place(client, &one.note), &one.text)?;
            all.push(one);
        }
    }
    all.sort_by_key(|one: &Mention| std::cmp::Reverse(one.at_ms));
    Ok(all)
}

/// The acting member has seen what names them in a case.
pub fn mentions_seen(tx: &mut Tx, ctx: &Ctx, case: &CaseId) -> Result<u64> {
    ctx.allow(Right::CaseRead)?;
    store::row(tx, ctx, case)?;
    let Actor::Member { id } = &ctx.actor else { return Ok(0) };
    tx.execute(
        "UPDATE case_note SET taken_ms = $4 WHERE client_id = $1 AND case_id = $2 AND kind = 'whisper' \
         AND to_kind = 'member' AND to_name = $3 AND taken_ms IS NULL",
        params![ctx.client, case, id, ctx.now_ms()],
    )?;
    tx.execute(
        "UPDATE mention SET seen_ms = $4 WHERE client_id = $1 AND case_id = $2 AND member_id = $3 AND seen_ms IS NULL",
        params![ctx.client, case, id, ctx.now_ms()],
    )
}

/// Empties a case's notes; how many.
pub(crate) fn erase(tx: &mut Tx, client: &ClientId, case: &CaseId) -> Result<u64> {
    let sql = "SELECT note_id FROM case_note WHERE client_id = $1 AND case_id = $2";
    let all: Vec<String> = tx.query(sql, params![client, case], |r| r.text(0))?;
    for id in &all {
        let empty = tx.seal(&place(client, id), "")?;
        let sql = "UPDATE case_note SET text = $3 WHERE client_id = $1 AND note_id = $2";
        tx.execute(sql, params![client, id, empty])?;
    }
    Ok(all.len() as u64)
}

/// Notes as a timeline shows them.
pub(crate) fn as_facts(note: &Note) -> Value {
    json!({"kind": note.kind, "mentions": note.mentions, "to": note.to, "taken_ms": note.taken_ms})
}
