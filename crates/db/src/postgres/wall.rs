//! Building the wall between clients, looking whether it stands, and putting a transaction behind it.

use crate::wall::Standing;
use crate::{Kind, Tx};
use baton_base::{ClientId, Error, Result};

const BUILD: &str = include_str!("wall.sql");

/// Takes the wall away for the rest of the transaction.
pub(crate) const LIFT: &str = "RESET ROLE; SET LOCAL baton.client = ''";

const ASSUME: &str = "SELECT set_config('role', 'baton_client', true)";

/// Tables of the catalogue with a client_id; what is asked of each follows.
const TABLES: &str = "SELECT COUNT(*) FROM pg_class c \
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema() \
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped \
    WHERE c.relkind IN ('r', 'p') AND NOT (row_security_active(c.oid) \
    AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'baton_wall')";

/// What work within a wall does with a table.
const USES: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];

/// A transaction's wall, where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Within {
    client: ClientId,
    standing: Standing,
}

impl Within {
    /// The wall of a client in a database where it stands so; `None` where there is none to stand behind. Before it was
    /// looked at, nothing is known, and nothing is done.
    pub(crate) fn of(client: &ClientId, standing: Option<Standing>) -> Result<Option<Self>> {
        let within = |standing| Some(Self { client: client.clone(), standing });
        match standing {
            None => Err(Error::broken("work within a wall, and the database was not migrated by this program yet")),
            Some(standing @ (Standing::Role | Standing::Policies)) => Ok(within(standing)),
            Some(Standing::Missing | Standing::Embedded) => Ok(None),
        }
    }

    /// Puts the transaction behind it, until it ends.
    pub(crate) fn sql(&self) -> String {
        // An id has no quotes; one that was made up has no effect beyond the literal.
        let client = self.client.as_str().replace('\'', "''");
        let role = if self.standing == Standing::Role { "; SET LOCAL ROLE baton_client" } else { "" };
        format!("SET LOCAL baton.client = '{client}'{role}")
    }
}

/// Builds what is missing of it, as far as this role may. Nothing to do on SQLite.
pub(crate) fn build(tx: &mut Tx) -> Result<()> {
    if tx.kind() == Kind::Postgres { tx.batch(BUILD) } else { Ok(()) }
}

/// Looks how it stands, for the role that this program connects as: by becoming the role, and by PostgreSQL's own word on
/// whether policies apply.
pub(crate) fn look(tx: &mut Tx) -> Result<Standing> {
    if tx.kind() == Kind::Sqlite {
        return Ok(Standing::Embedded);
    }
    let apart = tx.attempt(|tx| {
        tx.query(ASSUME, &[], |_| Ok(()))?;
        let uses = USES.iter().map(|used| format!(" AND has_table_privilege(c.oid, '{used}')"));
        let open = open_tables(tx, &uses.collect::<String>())?;
        tx.batch("RESET ROLE")?;
        Ok(open == 0)
    });
    match apart {
        Ok(true) => return Ok(Standing::Role),
        // It cannot become the role, which may not be there.
        Ok(false) | Err(Error::Broken(_)) => {}
        Err(error) => return Err(error),
    }
    Ok(if open_tables(tx, "")? == 0 { Standing::Policies } else { Standing::Missing })
}

/// Tables on which the policy does not apply to whoever asks, or which lack what else is asked.
fn open_tables(tx: &mut Tx, and: &str) -> Result<i64> {
    tx.query_one(&format!("{TABLES}{and})"), &[], |row| row.int(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_put_behind_the_wall_as_it_stands() {
        let check = |client: &str, standing, expect: Option<&str>| {
            let within = Within::of(&ClientId::known(client), Some(standing)).unwrap();
            assert_eq!(within.map(|within| within.sql()).as_deref(), expect);
        };
        check("acme", Standing::Role, Some("SET LOCAL baton.client = 'acme'; SET LOCAL ROLE baton_client"));
        check("acme", Standing::Policies, Some("SET LOCAL baton.client = 'acme'"));
        check("a'; RESET ROLE", Standing::Policies, Some("SET LOCAL baton.client = 'a''; RESET ROLE'"));
        check("acme", Standing::Missing, None);
        assert!(Within::of(&ClientId::known("acme"), None).is_err(), "nothing goes on without knowing");
    }
}
