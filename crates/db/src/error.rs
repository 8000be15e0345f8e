//! Database errors as Baton's: who acts next.

use crate::tls;
use crate::tx::head;
use baton_base::Error;
use postgres::error::SqlState;
use rusqlite::ErrorCode;
use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};

pub(crate) fn of_sqlite(error: &rusqlite::Error, sql: &str) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = error else {
        return Error::broken(format!("{error} in: {}", head(sql)));
    };
    let unique = [SQLITE_CONSTRAINT_UNIQUE, SQLITE_CONSTRAINT_PRIMARYKEY].contains(&failure.extended_code);
    if unique {
        let message = message.as_deref().unwrap_or("a unique constraint");
        return Error::Conflict(message.trim_start_matches("UNIQUE constraint failed: ").to_owned());
    }
    match failure.code {
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::DiskFull
        | ErrorCode::SystemIoFailure
        | ErrorCode::ReadOnly
        | ErrorCode::CannotOpen => Error::Unavailable(format!("the database: {error}")),
        ErrorCode::TooBig => Error::Limit("a value is too large for the database".to_owned()),
        _ => Error::broken(format!("{error} in: {}", head(sql))),
    }
}

pub(crate) fn of_postgres(error: &postgres::Error, sql: &str) -> Error {
    let Some(db) = error.as_db_error() else {
        if error.is_closed() || std::error::Error::source(error).is_some_and(|s| s.is::<std::io::Error>()) {
            return Error::Unavailable("the connection to the database was lost; try again".to_owned());
        }
        return Error::broken(format!("{} in: {}", with_source(error), head(sql)));
    };
    let code = db.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return Error::Conflict(db.constraint().unwrap_or("a unique constraint").to_owned());
    }
    if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED {
        return Error::Unavailable("two transactions were in each other's way; try again".to_owned());
    }
    if *code == SqlState::PROGRAM_LIMIT_EXCEEDED {
        return Error::Limit("a value is too large for the database".to_owned());
    }
    // Connection exceptions, lack of resources, operator intervention, lock not available.
    let away = ["08", "53", "57", "55P"].iter().any(|class| code.code().starts_with(class));
    if away {
        return Error::Unavailable(format!("the database: {}", db.message()));
    }
    Error::broken(format!("{} ({}) in: {}", db.message(), code.code(), head(sql)))
}

pub(crate) fn connecting(error: &postgres::Error) -> Error {
    let remedy = tls::why(error).map(|why| format!("; {why}")).unwrap_or_default();
    Error::Unavailable(format!("PostgreSQL: {}{remedy}", with_source(error)))
}

fn with_source(error: &postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
