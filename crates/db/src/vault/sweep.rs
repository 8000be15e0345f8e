//! The sweep: brings what stands in clear, or under an older key, under the newest; a few rows at a time, beside all else.

use super::{Class, MARK, Place, keys};
use crate::{Db, ToValue, Tx, Value};
use baton_base::{ClientId, Clock as _, Result, SystemClock};

/// Rows of short texts brought over in one transaction.
const ROWS_MAX: usize = 200;
/// The same of whole files.
const FILES_MAX: usize = 4;

/// A column that holds sealed texts.
struct Sealed {
    class: Class,
    table: &'static str,
    column: &'static str,
    /// The columns that name a row of a client; their values, with `/` between, and `part` are the row in [`Place`].
    keys: &'static [&'static str],
    /// What is added where a row holds a second sealed text: each opens in its own column only.
    part: &'static str,
    /// Rows brought over in one transaction.
    rows_max: usize,
}

const SEALED: &[Sealed] = &[
    texts(Class::Factor, "second_factor", "sealed", &["member_id"]),
    texts(Class::Secret, "secret", "value", &["name"]),
    texts(Class::Message, "message", "body", &["case_id", "seq"]),
    texts(Class::Message, "case_note", "text", &["note_id"]),
    texts(Class::Message, "transfer", "note", &["work_item_id"]),
    texts(Class::Message, "transfer", "answer", &["work_item_id"]),
    texts(Class::Message, "mail", "sealed", &["mail_id"]),
    Sealed { part: "/why", ..texts(Class::Message, "mail", "why", &["mail_id"]) },
    Sealed { part: "/error", ..texts(Class::Message, "delivery", "error", &["message_id"]) },
    Sealed { part: "/name", ..texts(Class::Message, "attachment", "name", &["attachment_id"]) },
    Sealed { rows_max: FILES_MAX, ..texts(Class::Message, "attachment", "sealed", &["attachment_id"]) },
    texts(Class::Message, "reading", "evidence", &["reading_id"]),
    texts(Class::Packet, "packet", "body", &["packet_id"]),
    texts(Class::Identity, "customer_identity", "sealed", &["channel", "address"]),
];

const fn texts(class: Class, table: &'static str, column: &'static str, keys: &'static [&'static str]) -> Sealed {
    Sealed { class, table, column, keys, part: "", rows_max: ROWS_MAX }
}

/// Brings a client's sealed texts under the newest keys. Returns how many were not; 0 says that all are.
pub async fn run(db: &Db, client: &ClientId) -> Result<u64> {
    let mut done = 0;
    for class in Class::ALL {
        let of = client.clone();
        let Some(version) = db.read(move |tx| keys::unswept(tx, &of, *class)).await? else { continue };
        done += one(db, client, *class, version).await?;
    }
    Ok(done)
}

async fn one(db: &Db, client: &ClientId, class: Class, version: i64) -> Result<u64> {
    let mut all = 0;
    for sealed in SEALED.iter().filter(|sealed| sealed.class == class) {
        let mut after = None;
        loop {
            let (of, from) = (client.clone(), after.take());
            let found = db.read(move |tx| some(tx, &of, sealed, from.as_deref())).await?;
            after = found.last().map(|(_, keys)| keys.clone());
            let read = found.len();
            let mark = format!("{MARK}{version}:");
            let old: Vec<_> = found.into_iter().filter(|(text, _)| !text.starts_with(&mark)).collect();
            if !old.is_empty() {
                let of = client.clone();
                let Some(done) = db.write(move |tx| again(tx, &of, sealed, version, old)).await? else {
                    // There is a newer key by now: the next sweep goes by that.
                    return Ok(all + 1);
                };
                all += done;
            }
            if read < sealed.rows_max {
                break;
            }
        }
    }
    if all == 0 {
        let of = client.clone();
        db.write(move |tx| keys::set_swept(tx, &of, class, version, SystemClock.now_ms())).await?;
    }
    Ok(all)
}

/// A stored text, and the values that name its row.
type Stored = (String, Vec<Value>);

/// The next rows in the order of their names.
fn some(tx: &mut Tx, client: &ClientId, sealed: &Sealed, after: Option<&[Value]>) -> Result<Vec<Stored>> {
    let Sealed { table, column, keys, rows_max, .. } = sealed;
    let names = keys.join(", ");
    let mut values = vec![client.to_value()];
    let mut beyond = String::new();
    if let Some(after) = after {
        let places: Vec<_> = (0..keys.len()).map(|at| format!("${}", at + 2)).collect();
        beyond = format!("AND ({names}) > ({})", places.join(", "));
        values.extend(after.iter().cloned());
    }
    let sql = format!(
        "SELECT {column}, {names} FROM {table} WHERE client_id = $1 AND {column} IS NOT NULL {beyond} \
         ORDER BY {names} LIMIT {rows_max}"
    );
    tx.query(&sql, &values, |row| {
        Ok((row.text(0)?, (1..=keys.len()).map(|at| row.value(at).cloned()).collect::<Result<_>>()?))
    })
}

/// Seals texts anew; `None` where the key that they were to be under is not the newest any more.
fn again(tx: &mut Tx, client: &ClientId, sealed: &Sealed, version: i64, old: Vec<Stored>) -> Result<Option<u64>> {
    if keys::newest(tx, client, sealed.class)?.is_some_and(|newest| newest.version != version) {
        return Ok(None);
    }
    let Sealed { table, column, keys, part, .. } = sealed;
    let conditions: Vec<_> = keys.iter().enumerate().map(|(at, key)| format!("{key} = ${}", at + 4)).collect();
    let update = format!(
        "UPDATE {table} SET {column} = $2 WHERE client_id = $1 AND {column} = $3 AND {}",
        conditions.join(" AND ")
    );
    let mut done = 0;
    for (stored, values) in old {
        let row = values.iter().map(word).collect::<Vec<_>>().join("/") + part;
        let place = Place { client, class: sealed.class, table, row: &row };
        let text = tx.unseal(&place, &stored)?;
        let sealed_anew = tx.seal(&place, &text)?;
        let mut all = vec![client.to_value(), sealed_anew.to_value(), stored.to_value()];
        all.extend(values);
        done += tx.execute(&update, &all)?;
    }
    Ok(Some(done))
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Null | Value::Real(_) | Value::Blob(_) => String::new(),
    }
}
