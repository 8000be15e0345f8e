//! The sweep: brings what stands in clear, or under an older key, under the newest; a few rows at a time, beside all else.

use super::{Class, MARK, Place, keys};
use crate::{Db, ToValue, Tx, Value, params};
use baton_base::{ClientId, Clock as _, Result, SystemClock};

/// Rows brought over in one transaction.
const ROWS_MAX: i64 = 200;

/// A column that holds sealed texts.
struct Sealed {
    class: Class,
    table: &'static str,
    column: &'static str,
    /// The columns that name a row of a client; their values, with `/` between, are the row in [`Place`].
    keys: &'static [&'static str],
}

const SEALED: &[Sealed] = &[
    Sealed { class: Class::Factor, table: "second_factor", column: "sealed", keys: &["member_id"] },
    Sealed { class: Class::Secret, table: "secret", column: "value", keys: &["name"] },
    Sealed { class: Class::Message, table: "message", column: "body", keys: &["case_id", "seq"] },
    Sealed { class: Class::Packet, table: "packet", column: "body", keys: &["packet_id"] },
    Sealed { class: Class::Identity, table: "customer_identity", column: "sealed", keys: &["channel", "address"] },
];

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
        loop {
            let of = client.clone();
            let done = db.write(move |tx| some(tx, &of, sealed, version)).await?;
            all += done;
            if done == 0 {
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

fn some(tx: &mut Tx, client: &ClientId, sealed: &Sealed, version: i64) -> Result<u64> {
    let Sealed { table, column, keys, .. } = sealed;
    let mark = format!("{MARK}{version}:");
    let names = keys.join(", ");
    let sql = format!(
        "SELECT {column}, {names} FROM {table} WHERE client_id = $1 AND SUBSTR({column}, 1, {}) <> $2 LIMIT {ROWS_MAX}",
        mark.len()
    );
    let rows = tx.query(&sql, params![client, mark], |row| {
        let values = (1..=keys.len()).map(|at| row.value(at).cloned()).collect::<Result<Vec<Value>>>()?;
        Ok((row.text(0)?, values))
    })?;
    let conditions: Vec<_> = keys.iter().enumerate().map(|(at, key)| format!("{key} = ${}", at + 4)).collect();
    let update = format!(
        "UPDATE {table} SET {column} = $2 WHERE client_id = $1 AND {column} = $3 AND {}",
        conditions.join(" AND ")
    );
    let mut done = 0;
    for (stored, values) in rows {
        let row = values.iter().map(word).collect::<Vec<_>>().join("/");
        let place = Place { client, class: sealed.class, table, row: &row };
        let text = tx.unseal(&place, &stored)?;
        let again = tx.seal(&place, &text)?;
        let mut all = vec![client.to_value(), again.to_value(), stored.to_value()];
        all.extend(values);
        done += tx.execute(&update, &all)?;
    }
    Ok(done)
}

fn word(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Null | Value::Real(_) | Value::Blob(_) => String::new(),
    }
}
