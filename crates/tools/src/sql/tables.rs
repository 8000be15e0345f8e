//! What tables a database has, for whoever makes a connector to it: read as any statement that only reads, and only what the
//! role that signs in may see.

use super::places::Reach;
use super::{Bound, Dialect, Limits, Sent, mysql, postgres, sqlite};
use baton_db::tls::Address;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// Most columns that are read of one database, all tables together, count.
const COLUMNS_MAX: usize = 5_000;
/// Most that is read, bytes of JSON.
const BYTES_MAX: usize = 1024 * 1024;
/// Longest reason that is passed on, characters.
const WHY_CHARS_MAX: usize = 500;

const POSTGRES: &str = "select n.nspname as place, c.relname as relation, a.attname as field, \
    pg_catalog.format_type(a.atttypid, a.atttypmod) as kind, \
    case when exists (select 1 from pg_catalog.pg_index i \
    where i.indrelid = c.oid and i.indisprimary and a.attnum = any(i.indkey)) then 'PRI' else '' end as part \
    from pg_catalog.pg_class c \
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
    join pg_catalog.pg_attribute a on a.attrelid = c.oid \
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and a.attnum > 0 and not a.attisdropped \
    and n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_' \
    and pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
    and pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT') \
    order by n.nspname, c.relname, a.attnum";
const MYSQL: &str = "select '' as place, table_name as relation, column_name as field, column_type as kind, \
    column_key as part from information_schema.columns where table_schema = database() \
    order by table_name, ordinal_position";
const SQLITE: &str = "select '' as place, m.name as relation, p.name as field, p.type as kind, \
    case when p.pk > 0 then 'PRI' else '' end as part \
    from sqlite_master as m join pragma_table_info(m.name) as p \
    where m.type in ('table', 'view') and substr(m.name, 1, 7) <> 'sqlite_' order by m.name, p.cid";

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as the database calls it; empty where it has none.
    pub kind: String,
    /// Whether it is of the primary key.
    pub key: bool,
}

/// A table or a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The schema that it stands in; empty where the database knows none.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// What a database has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tables {
    /// Its tables and views, by name.
    pub tables: Vec<Table>,
    /// There are more than are read.
    pub more: bool,
}

/// Whether an address names a file or a socket of the machine that Baton runs on.
pub fn is_of_machine(dialect: Dialect, address: &str) -> bool {
    match dialect {
        Dialect::Sqlite => true,
        Dialect::Postgres => Address::is_of_machine(address),
        Dialect::Mysql => reqwest::Url::parse(address)
            .is_ok_and(|url| url.query_pairs().any(|(key, _)| matches!(&*key, "socket" | "ssl-ca"))),
    }
}

/// The tables that whoever the address signs in may read, within a time; at an address inside only where that is said. No
/// error holds a part of the address.
pub async fn tables(dialect: Dialect, address: &str, inside: bool, time: Duration) -> Result<Tables, String> {
    let reach = if inside { Reach::Anywhere } else { Reach::Outside };
    let limits = Limits { rows_max: COLUMNS_MAX, bytes_max: BYTES_MAX, time, reach };
    let bound = |sql: &str| Bound { sql: sql.to_owned(), values: Vec::new(), writes: false, one: false };
    // Connections are not kept: who looks at tables calls once.
    let read = match dialect {
        Dialect::Postgres => {
            postgres::call(&postgres::Pool::default(), address, &bound(POSTGRES), Vec::new(), &limits).await
        }
        Dialect::Mysql => mysql::call(&mysql::Pool::default(), address, &bound(MYSQL), Vec::new(), limits).await,
        Dialect::Sqlite => match reach.of_machine() {
            Ok(()) => sqlite::call(address, &bound(SQLITE), Vec::new(), &limits).await,
            Err(sent) => Err(sent),
        },
    };
    match read {
        Ok(found) => Ok(of_rows(&found.unwrap_or(Value::Null))),
        // The database says why, whoever it is.
        Err(Sent::Refused(why) | Sent::Nothing(why) | Sent::Unclear(why)) => {
            Err(why.chars().filter(|c| !c.is_control()).take(WHY_CHARS_MAX).collect())
        }
    }
}

/// Tables of rows, one a column, in order.
fn of_rows(found: &Value) -> Tables {
    let mut tables: Vec<Table> = Vec::new();
    for row in found["rows"].as_array().into_iter().flatten() {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let (schema, name) = (text("place"), text("relation"));
        let column = Column { name: text("field"), kind: text("kind"), key: text("part") == "PRI" };
        match tables.last_mut().filter(|last| last.schema == schema && last.name == name) {
            Some(last) => last.columns.push(column),
            None => tables.push(Table { schema, name, columns: vec![column] }),
        }
    }
    let more = found["more"] == true;
    if more && tables.len() > 1 {
        // Of the last one not all columns may be there.
        tables.pop();
    }
    Tables { tables, more }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TIME: Duration = Duration::from_secs(5);

    #[tokio::test]
    async fn the_tables_of_a_file_are_read_with_their_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let db = rusqlite::Connection::open(&path).unwrap();
        let sql = "create table parcel (id text primary key, size integer); \
                   create table part (parcel text, at integer, primary key (parcel, at)); \
                   create view large as select id from parcel where size > 9;";
        db.execute_batch(sql).unwrap();
        let address = format!("sqlite:{}", path.display());
        let found = tables(Dialect::Sqlite, &address, true, TIME).await.unwrap();
        let seen: Vec<_> = found
            .tables
            .iter()
            .map(|table| (table.name.as_str(), table.columns.iter().filter(|column| column.key).count()))
            .collect();
        assert_eq!((seen, found.more), (vec![("large", 0), ("parcel", 1), ("part", 2)], false));
        let size = &found.tables[1].columns[1];
        assert_eq!((size.name.as_str(), size.kind.to_lowercase().as_str(), size.key), ("size", "integer", false));
        // A file is of this machine, and nobody has said that it may be.
        assert!(tables(Dialect::Sqlite, &address, false, TIME).await.unwrap_err().contains("inside"));
        let why = tables(Dialect::Postgres, "postgres://ada:s3cret@127.0.0.1:9/x", false, TIME).await.unwrap_err();
        assert!(why.contains("inside") && !why.contains("s3cret"), "{why}");
    }

    #[test]
    fn what_is_of_this_machine_is_known_by_its_address() {
        for (dialect, address, of_machine) in [
            (Dialect::Sqlite, "sqlite:/var/store.db", true),
            (Dialect::Postgres, "postgres://ada@db.example/x", false),
            (Dialect::Postgres, "postgres://ada@127.0.0.1/x", false),
            (Dialect::Postgres, "host=/run/postgresql user=ada", true),
            (Dialect::Postgres, "postgres://ada@db.example/x?sslmode=verify-full", false),
            (Dialect::Postgres, "postgres://ada@db.example/x?sslrootcert=/etc/db.pem", true),
            (Dialect::Postgres, "host=/run/postgresql user=ada sslmode=disable", true),
            (Dialect::Postgres, "postgres://ada@%2Frun%2Fpostgresql/x", true),
            (Dialect::Mysql, "mysql://ada@db.example/x", false),
            (Dialect::Mysql, "mysql://ada@db.example/x?ssl-ca=/etc/db.pem", true),
            (Dialect::Mysql, "mysql://ada@localhost/x?socket=/run/mysqld.sock", true),
        ] {
            assert_eq!(is_of_machine(dialect, address), of_machine, "{address}");
        }
    }

    #[test]
    fn of_a_table_that_may_be_cut_off_nothing_is_said() {
        let row =
            |table: &str, field: &str| json!({"place": "", "relation": table, "field": field, "kind": "", "part": ""});
        let rows = [row("a", "x"), row("a", "y"), row("b", "x")];
        assert_eq!(of_rows(&json!({"rows": rows, "more": false})).tables.len(), 2);
        let cut = of_rows(&json!({"rows": rows, "more": true}));
        assert_eq!((cut.tables.len(), cut.tables[0].columns.len(), cut.more), (1, 2, true));
    }
}
