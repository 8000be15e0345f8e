//! SQLite: a file, opened for reading only unless the action writes, and never created.

use super::{Answered, Bound, Limits, Rows, Sent, changed};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use rusqlite::{Connection, InterruptHandle, OpenFlags, ToSql, params_from_iter};
use serde_json::{Map, Value, json};
use tokio::sync::oneshot;

pub(super) async fn call(address: &str, bound: &Bound, values: Vec<Value>, limits: &Limits) -> Answered {
    let Some(path) = address.strip_prefix("sqlite:") else {
        return Err(Sent::Refused("the address is not sqlite:PATH".to_owned()));
    };
    let (path, bound) = (path.trim_start_matches("//").to_owned(), bound.clone());
    let inner = *limits;
    let (tell, told) = oneshot::channel();
    let work = tokio::task::spawn_blocking(move || run(&path, &bound, &values, &inner, tell));
    let late = async {
        let handle = told.await.ok();
        tokio::time::sleep(limits.time).await;
        if let Some(handle) = handle {
            handle.interrupt();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        done = work => done.unwrap_or_else(|_| Err(Sent::Nothing("the statement could not be run".to_owned()))),
        () = late => Err(Sent::Nothing("it took longer than allowed".to_owned())),
    }
}

fn run(
    path: &str,
    bound: &Bound,
    values: &[Value],
    limits: &Limits,
    tell: oneshot::Sender<InterruptHandle>,
) -> Answered {
    let way = if bound.writes { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let flags = way | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let away = |_| Sent::Nothing("the file cannot be opened".to_owned());
    let db = Connection::open_with_flags(path, flags).map_err(away)?;
    // Whoever waits may have given up already.
    let _ = tell.send(db.get_interrupt_handle());
    db.busy_timeout(limits.time).map_err(|e| no(&e))?;
    db.pragma_update(None, "query_only", !bound.writes).map_err(|e| no(&e))?;
    db.pragma_update(None, "trusted_schema", false).map_err(|e| no(&e))?;
    let mut statement = db.prepare(&bound.sql).map_err(|e| no(&e))?;
    if !bound.writes && !statement.readonly() {
        return Err(Sent::Refused("the statement changes something, and its action does not say so".to_owned()));
    }
    let params = params_from_iter(values.iter().map(Param));
    if statement.column_count() == 0 {
        return statement.execute(params).map(|count| Some(changed(count as u64))).map_err(|e| no(&e));
    }
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.query(params).map_err(|e| no(&e))?;
    let mut rows = Rows::new();
    while let Some(row) = found.next().map_err(|e| no(&e))? {
        let mut out = Map::new();
        for (at, name) in names.iter().enumerate() {
            out.insert(name.clone(), json_of(row.get_ref(at).map_err(|e| no(&e))?));
        }
        // A write goes to its end; a read has seen enough.
        if !rows.take(Value::Object(out), limits) && !bound.writes {
            break;
        }
    }
    Ok(rows.answer(bound.one))
}

fn no(error: &rusqlite::Error) -> Sent {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => Sent::Nothing("it took longer than allowed".to_owned()),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            Sent::Nothing("the database is busy".to_owned())
        }
        _ => Sent::Refused(error.to_string()),
    }
}

fn json_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => Value::from(String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) => json!({"base64": STANDARD.encode(bytes)}),
    }
}

struct Param<'a>(&'a Value);

impl ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let cell = match self.0 {
            Value::Null => Cell::Null,
            Value::Bool(truth) => Cell::Integer(i64::from(*truth)),
            Value::Number(number) => match number.as_i64() {
                Some(whole) => Cell::Integer(whole),
                None => Cell::Real(number.as_f64().unwrap_or_default()),
            },
            Value::String(text) => Cell::Text(text.clone()),
            nested => Cell::Text(nested.to_string()),
        };
        Ok(ToSqlOutput::Owned(cell))
    }
}
