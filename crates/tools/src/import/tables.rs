//! A table of a database, and a statement that reads one of its rows by the key.

use super::written::Statement;
use super::{names, suggest};
use crate::sql::{Dialect, KEY_PARAMETER, Table};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Words in the names of columns that nobody should read later.
const SECRETS: [&str; 6] = ["password", "passwd", "passphrase", "pwd", "secret", "apikey"];

/// A table, with what reads it.
#[derive(Debug, Clone, Serialize)]
pub struct Offered {
    /// The table.
    #[serde(flatten)]
    pub table: Table,
    /// Reads a row by the primary key, or rows where there is none. Columns that hold secrets by their names are left out.
    pub statement: Statement,
}

/// Suggests a statement for each table, under a name of its own; none for one of which nothing may be shown.
pub fn offered(dialect: Dialect, tables: Vec<Table>) -> Vec<Offered> {
    let (mut all, mut taken) = (Vec::new(), BTreeSet::new());
    for table in tables {
        if let Some(mut statement) = statement(dialect, &table) {
            statement.name = names::free(&statement.name, &mut taken);
            all.push(Offered { statement, table });
        }
    }
    all
}

fn statement(dialect: Dialect, table: &Table) -> Option<Statement> {
    let (mut taken, mut wheres) = (BTreeSet::from([KEY_PARAMETER.to_owned()]), Vec::new());
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for column in table.columns.iter().filter(|column| column.key) {
        let name = names::free(&names::cut(&names::snake(&column.name), "key"), &mut taken);
        wheres.push(format!("{} = :{name}", quoted(dialect, &column.name)));
        properties.insert(name.clone(), json!({"type": type_of(&column.kind)}));
        required.push(Value::String(name));
    }
    let shown = table.columns.iter().filter(|column| column.key || !is_secret(&column.name));
    let shown: Vec<String> = shown.map(|column| quoted(dialect, &column.name)).collect();
    if shown.is_empty() {
        return None;
    }
    let schema = if table.schema.is_empty() { String::new() } else { quoted(dialect, &table.schema) + "." };
    let mut sql = format!("select {}\nfrom {schema}{}", shown.join(", "), quoted(dialect, &table.name));
    if !wheres.is_empty() {
        sql.push_str(&format!("\nwhere {}", wheres.join(" and ")));
    }
    // The schema that everybody means is not part of the name.
    let place = if matches!(table.schema.as_str(), "" | "public") { String::new() } else { table.schema.clone() + "_" };
    let verb = if wheres.is_empty() { "list" } else { "find" };
    Some(Statement {
        name: names::cut(&names::snake(&format!("{verb}_{place}{}", table.name)), verb),
        title: String::new(),
        sql,
        one: !wheres.is_empty(),
        writes: false,
        args: (!wheres.is_empty()).then(|| json!({"properties": properties, "required": required})),
    })
}

/// Whether a column holds a secret, or what one is known by.
fn is_secret(column: &str) -> bool {
    let name = names::snake(column);
    suggest::is_secret(column) || name.contains("api_key") || name.split('_').any(|word| SECRETS.contains(&word))
}

/// A name as the database takes it whatever it holds.
fn quoted(dialect: Dialect, name: &str) -> String {
    match dialect {
        Dialect::Mysql => format!("`{}`", name.replace('`', "``")),
        Dialect::Postgres | Dialect::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// The type of JSON Schema of values of a column.
fn type_of(kind: &str) -> &'static str {
    let kind = kind.trim().to_ascii_lowercase();
    let word: String = kind.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.as_str() {
        _ if kind == "tinyint(1)" => "boolean",
        "bool" | "boolean" => "boolean",
        "int" | "integer" | "bigint" | "smallint" | "mediumint" | "tinyint" | "serial" | "bigserial" => "integer",
        "real" | "double" | "float" | "numeric" | "decimal" => "number",
        _ => "string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;
    use crate::import::{Options, statements};
    use crate::sql::Column;
    use baton_base::Bundle;

    fn table(schema: &str, columns: &[(&str, &str, bool)]) -> Table {
        let column = |(name, kind, key): &(&str, &str, bool)| Column {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
            key: *key,
        };
        Table {
            schema: schema.to_owned(),
            name: "Order Line".to_owned(),
            columns: columns.iter().map(column).collect(),
        }
    }

    #[test]
    fn a_table_is_read_by_its_key_without_its_secrets() {
        let columns = [
            ("orderId", "character varying(40)", true),
            ("at", "bigint", true),
            ("no\"te", "text", false),
            ("password", "text", false),
            ("passwordHash", "text", false),
            ("api_key", "text", false),
        ];
        for (dialect, name, words) in [
            (
                Dialect::Postgres,
                "postgresql",
                "from \"public\".\"Order Line\"\nwhere \"orderId\" = :order_id and \"at\" = :at",
            ),
            (Dialect::Mysql, "mysql", "select `orderId`, `at`, `no\"te`\n"),
            (Dialect::Sqlite, "sqlite", "select \"orderId\", \"at\", \"no\"\"te\"\n"),
        ] {
            let offered = offered(dialect, vec![table("public", &columns)]);
            let statement = &offered[0].statement;
            let told = ["password", "api_key"].iter().any(|word| statement.sql.contains(word));
            assert!(statement.sql.contains(words) && !told, "{}", statement.sql);
            assert_eq!((statement.name.as_str(), statement.one, statement.writes), ("find_order_line", true, false));
            let options = Options { name: Some("store".to_owned()), ..Options::default() };
            let done = statements(name, std::slice::from_ref(statement), &options).unwrap();
            assert!(done.report.refused.is_empty(), "{:?}", done.report.refused);
            let catalogue = Catalogue::load(&Bundle { files: done.files, ..Bundle::default() });
            let catalogue = catalogue.unwrap_or_else(|found| panic!("{found:#?}"));
            let schema = catalogue.action("find_order_line").unwrap().schema();
            assert_eq!(
                (&schema["properties"]["at"]["type"], &schema["required"]),
                (&json!("integer"), &json!(["order_id", "at"]))
            );
        }
    }

    #[test]
    fn a_table_without_a_key_is_listed_and_one_of_another_schema_says_so() {
        let offered = offered(Dialect::Postgres, vec![table("sales", &[("x", "text", false)])]);
        let statement = &offered[0].statement;
        assert_eq!((statement.name.as_str(), statement.one, &statement.args), ("list_sales_order_line", false, &None));
        assert_eq!(statement.sql, "select \"x\"\nfrom \"sales\".\"Order Line\"");
    }

    #[test]
    fn statements_have_names_of_their_own_and_nothing_is_offered_of_secrets_alone() {
        let columns = [("x", "text", false)];
        let other = Table { name: "order_line".to_owned(), ..table("", &columns) };
        let secrets = Table { name: "keys".to_owned(), ..table("", &[("password", "text", false)]) };
        let offered = offered(Dialect::Sqlite, vec![table("", &columns), secrets, other]);
        let seen: Vec<_> = offered.iter().map(|one| (one.table.name.as_str(), one.statement.name.as_str())).collect();
        assert_eq!(seen, [("Order Line", "list_order_line"), ("order_line", "list_order_line_2")]);
    }

    #[test]
    fn types_of_columns_are_types_of_arguments() {
        for (kind, is) in [
            ("interval", "string"),
            ("int(11) unsigned", "integer"),
            ("tinyint(1)", "boolean"),
            ("double precision", "number"),
            ("numeric(10,2)", "number"),
            ("", "string"),
            ("timestamp with time zone", "string"),
        ] {
            assert_eq!(type_of(kind), is, "{kind}");
        }
    }
}
