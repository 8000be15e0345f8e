//! One case as one file: from the first message to the money moved, by AI, people and systems, with the proof of every entry.

use crate::House;
use baton_base::{CaseId, ClientId, Error, Event, Result};
use baton_cases::merged;
use baton_db::Tx;
use baton_govern::ledger::{self, Proved, VerifyingKey};
use baton_govern::{Ctx, Right};
use baton_tools::store;
use serde_json::{Value, json};
use std::sync::Arc;

const FORMAT: &str = "baton-case/1";

/// Puts the file together, and notes in the ledger that it was asked for.
pub async fn of(house: &Arc<House>, ctx: &Ctx, case: &CaseId) -> Result<Value> {
    ctx.allow(Right::CaseRead)?;
    ctx.allow(Right::LedgerExport)?;
    // What has just happened is sealed first, so that the file proves it too.
    crate::house::seal_all(house).await?;
    let key = house.ledger_key.public_text();
    let (ctx, case) = (ctx.clone(), case.clone());
    house
        .db
        .write(move |tx| {
            let inner = ctx.as_system("export");
            let mut file = part(tx, &inner, &case)?;
            let of = baton_cases::get(tx, &inner, &case)?;
            let ended_ms = of.closed_ms.unwrap_or_else(|| ctx.now_ms());
            let mut others = Vec::new();
            for other in merged::family(tx, &ctx.client, &case)?.iter().skip(1) {
                others.push(part(tx, &inner, other)?);
            }
            let head = json!({
                "format": FORMAT, "client": ctx.client, "exported_ms": ctx.now_ms(), "exported_by": ctx.actor.to_string(),
                "links": merged::links(tx, &inner, &case)?, "merged": others,
                "timeline": baton_cases::timeline(tx, &inner, &case)?,
                "configuration": ledger::proved_around(tx, &ctx.client, of.row.opened_ms, ended_ms)?,
                "checkpoint": ledger::latest_checkpoint(tx, &ctx.client)?, "public_key": key,
            });
            if let (Some(file), Value::Object(head)) = (file.as_object_mut(), head) {
                file.extend(head);
            }
            ledger::append(tx, &ctx, Event::new(&ctx.client, "case.exported", &case).in_case(&case))?;
            Ok(file)
        })
        .await
}

/// What is kept of one case: of the one that is asked for, and of each that was merged into it.
fn part(tx: &mut Tx, inner: &Ctx, case: &CaseId) -> Result<Value> {
    let found = baton_cases::get(tx, inner, case)?;
    let (entries, complete) = ledger::of_case(tx, &inner.client, case)?;
    Ok(json!({
        "case": found, "ended": !found.row.state.is_live(), "release": found.release,
        "messages": baton_cases::all_messages(tx, &inner.client, case)?,
        "notes": baton_cases::all_notes(tx, inner, case)?,
        "packet": baton_desk::packet_of_case(tx, inner, case)?,
        "work_items": baton_desk::of_case(tx, inner, case)?,
        "offers": baton_desk::offers_of_case(tx, &inner.client, case)?,
        "files": baton_channels::mail::of_case(tx, inner, case)?,
        "effects": store::of_case(tx, &inner.client, case)?,
        "ledger": entries, "ledger_complete": complete,
    }))
}

/// What a file proves.
#[derive(Debug, PartialEq, Eq)]
pub struct Checked {
    /// Whose case.
    pub client: ClientId,
    /// Its number for people.
    pub number: i64,
    /// Entries that are proved.
    pub proved: usize,
    /// Entries of the client's configuration that are proved beside them.
    pub configuration: usize,
    /// Entries that are not, with the reason: those of the cases first.
    pub unproved: Vec<(usize, String)>,
    /// The file says that it holds every entry that there was. No proof says so: what is left out leaves no gap in one case.
    pub says_all: bool,
}

/// Checks every entry of a file against the public key, which has come from elsewhere than the file. Cases that were merged into
/// the file's are checked with it; that they were is an entry of their own.
pub fn check(file: &Value, key: &VerifyingKey) -> Result<Checked> {
    let wrong = |what: &str| Error::invalid("this is no file of a case", what.to_owned());
    if file["format"] != FORMAT {
        return Err(wrong("its format is not baton-case/1"));
    }
    let client: ClientId = file["client"].as_str().ok_or_else(|| wrong("it names no client"))?.parse()?;
    let mut checked = Checked {
        client,
        number: file["case"]["number"].as_i64().unwrap_or_default(),
        proved: 0,
        configuration: 0,
        unproved: Vec::new(),
        says_all: all_of(file).all(|part| part["ledger_complete"] == true),
    };
    for part in all_of(file) {
        check_part(part, key, &mut checked).map_err(|what| wrong(&what))?;
    }
    check_configuration(file, key, &mut checked).map_err(|what| wrong(&what))?;
    Ok(checked)
}

/// The case of a file, and those that were merged into it.
fn all_of(file: &Value) -> impl Iterator<Item = &Value> {
    std::iter::once(file).chain(file["merged"].as_array().into_iter().flatten())
}

/// Checks the entries of one case; those of a file are counted through all its cases.
fn check_part(part: &Value, key: &VerifyingKey, checked: &mut Checked) -> std::result::Result<(), String> {
    let case = part["case"]["id"].as_str().ok_or("it names no case")?;
    let entries: Vec<Proved> =
        serde_json::from_value(part["ledger"].clone()).map_err(|e| format!("its entries: {e}"))?;
    let before = checked.proved + checked.unproved.len();
    for (at, entry) in entries.iter().enumerate() {
        let line: Value = serde_json::from_str(&entry.line).unwrap_or_default();
        let of_case = line["case_id"].as_str() == Some(case);
        match ledger::check_proved(&checked.client, entry, key) {
            Ok(()) if of_case => checked.proved += 1,
            Ok(()) => checked.unproved.push((before + at, "it belongs to another case".to_owned())),
            Err(why) => checked.unproved.push((before + at, why)),
        }
    }
    Ok(())
}

/// Checks the entries of the client's configuration, which belong to no case. Files that were written before there were any have none.
fn check_configuration(file: &Value, key: &VerifyingKey, checked: &mut Checked) -> std::result::Result<(), String> {
    let Some(entries) = file.get("configuration") else { return Ok(()) };
    let entries: Vec<Proved> =
        serde_json::from_value(entries.clone()).map_err(|e| format!("the entries of its configuration: {e}"))?;
    let before = checked.proved + checked.unproved.len();
    for (at, entry) in entries.iter().enumerate() {
        let line: Value = serde_json::from_str(&entry.line).unwrap_or_default();
        match ledger::check_proved(&checked.client, entry, key) {
            Ok(()) if line["case_id"].is_null() => checked.configuration += 1,
            Ok(()) => checked.unproved.push((before + at, "it belongs to a case, and is no configuration".to_owned())),
            Err(why) => checked.unproved.push((before + at, why)),
        }
    }
    Ok(())
}
