//! Names of colleagues: looked up by their ids, or found by a part of the name. However many there are, few are read at once.

use crate::Right;
use baton_base::{ClientId, MemberId, Result};
use baton_db::{Tx, Value as Param};
use serde::Serialize;

/// Somebody by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Id.
    pub id: MemberId,
    /// As shown.
    pub name: String,
}

/// Whose names may be seen; the caller has found it out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Everybody's.
    Everybody,
    /// Of those with a role at one of the clients in `all`, and of those who take work at one of the clients in `workers`.
    At {
        /// Clients whose members may be seen.
        all: Vec<ClientId>,
        /// Clients whose floor may be seen.
        workers: Vec<ClientId>,
    },
}

/// Which names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Of these members, those who have left too.
    Ids(Vec<MemberId>),
    /// Of those who are active and whose name holds this text; all of them, if it is empty.
    Holding(String),
}

/// Names in order, at most so many.
pub fn names(tx: &mut Tx, seen: &Seen, wanted: &Wanted, limit: u32) -> Result<Vec<Named>> {
    let mut values: Vec<Param> = Vec::new();
    let mut bind = |value: Param| {
        values.push(value);
        format!("${}", values.len())
    };
    let mut conditions = vec![match wanted {
        Wanted::Ids(ids) if ids.is_empty() => "1 = 0".to_owned(),
        Wanted::Ids(ids) => {
            let places: Vec<_> = ids.iter().map(|id| bind(Param::Text(id.to_string()))).collect();
            format!("m.member_id IN ({})", places.join(", "))
        }
        Wanted::Holding(text) => {
            // The databases fold ASCII alone: a name is found as it is written, too.
            let (as_written, folded) = (bind(holding(text)), bind(holding(&text.to_lowercase())));
            format!(
                "m.state = 'active' AND (m.name LIKE {as_written} ESCAPE '!' OR LOWER(m.name) LIKE {folded} ESCAPE '!')"
            )
        }
    }];
    if let Seen::At { all, workers } = seen {
        let mut at = |clients: &[ClientId]| -> String {
            clients.iter().map(|client| format!(", {}", bind(Param::Text(client.to_string())))).collect()
        };
        let roles: Vec<_> = Right::WorkClaim.roles().iter().map(|role| format!("'{role}'")).collect();
        let mut grants = Vec::new();
        if !all.is_empty() {
            grants.push(format!("g.client_id IN ('house'{})", at(all)));
        }
        if !workers.is_empty() {
            grants.push(format!("(g.client_id IN ('house'{}) AND g.role IN ({}))", at(workers), roles.join(", ")));
        }
        let grants = if grants.is_empty() { "1 = 0".to_owned() } else { grants.join(" OR ") };
        conditions.push(format!("EXISTS (SELECT 1 FROM role_grant g WHERE g.member_id = m.member_id AND ({grants}))"));
    }
    let limit = bind(Param::Int(i64::from(limit)));
    let sql = format!(
        "SELECT m.member_id, m.name FROM member m WHERE m.client_id = 'house' AND {} ORDER BY m.name, m.member_id LIMIT {limit}",
        conditions.join(" AND ")
    );
    tx.query(&sql, &values, |r| Ok(Named { id: r.id(0)?, name: r.text(1)? }))
}

/// A LIKE pattern that finds a text wherever it stands.
fn holding(text: &str) -> Param {
    let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Param::Text(format!("%{text}%"))
}
