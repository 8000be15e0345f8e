//! Which cases a stop covers: those that are with the AI that it stops.

use baton_base::{CaseId, ClientId, Result};
use baton_db::{Tx, Value as Param, params};
use baton_govern::stop::{Scope, Stop};

/// With the AI: nobody else has the next step.
const WITH_AI: &str = "c.state IN ('open', 'waiting_customer')";

/// What a case must be, beside its client `$1`, with the values from `$2` on.
fn condition(stop: &Stop) -> (String, Vec<Param>) {
    // A turn of an agent that names it. A call under way is judged at the door, and its process goes on by itself.
    let turn = |name: &str| {
        let text = format!("\"{name}\":{}", serde_json::Value::from(stop.target.as_str()));
        let like = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let sql = "EXISTS (SELECT 1 FROM run r JOIN run_call k ON k.client_id = r.client_id AND k.run_id = r.run_id \
                   WHERE r.client_id = c.client_id AND r.case_id = c.case_id AND k.function = 'agent-turn' \
                   AND k.args LIKE $2 ESCAPE '\\')";
        (sql, Param::from(format!("%{like}%")))
    };
    match stop.scope {
        Scope::All | Scope::Client => ("1 = 1".to_owned(), Vec::new()),
        Scope::Intent => {
            let (sql, like) = turn("intent");
            (format!("(c.intent = $3 OR {sql})"), vec![like, stop.target.clone().into()])
        }
        Scope::Agent => {
            let (sql, like) = turn("agent");
            (format!("((c.actor_kind = 'agent' AND c.actor = $3) OR {sql})"), vec![like, stop.target.clone().into()])
        }
        Scope::Action => {
            let (sql, like) = turn("action");
            (sql.to_owned(), vec![like])
        }
    }
}

fn values(client: &ClientId, own: Vec<Param>) -> Vec<Param> {
    std::iter::once(Param::from(client)).chain(own).collect()
}

/// Cases with the AI that a stop covers, oldest first, after one.
pub(super) fn cases(
    tx: &mut Tx,
    client: &ClientId,
    stop: &Stop,
    after: Option<&CaseId>,
    max: i64,
) -> Result<Vec<CaseId>> {
    let (sql, own) = condition(stop);
    let mut values = values(client, own);
    values.push(after.map_or_else(String::new, ToString::to_string).into());
    values.push(max.into());
    let (from, limit) = (values.len() - 1, values.len());
    let sql = format!(
        "SELECT c.case_id FROM case_file c WHERE c.client_id = $1 AND {WITH_AI} AND {sql} AND c.case_id > ${from} \
         ORDER BY c.case_id LIMIT ${limit}"
    );
    tx.query(&sql, &values, |r| r.id(0))
}

/// How many cases with the AI a stop covers.
pub(super) fn count(tx: &mut Tx, client: &ClientId, stop: &Stop) -> Result<i64> {
    let (sql, own) = condition(stop);
    let sql = format!("SELECT COUNT(*) FROM case_file c WHERE c.client_id = $1 AND {WITH_AI} AND {sql}");
    tx.query_one(&sql, &values(client, own), |r| r.int(0))
}

/// The same by the process that a case entered by, and how many of them a process of the case has open.
pub(super) fn by_process(tx: &mut Tx, client: &ClientId, stop: &Stop) -> Result<Vec<(String, i64)>> {
    let (sql, own) = condition(stop);
    let sql = format!(
        "SELECT COALESCE(r.process, ''), COUNT(*) FROM case_file c LEFT JOIN run r ON r.client_id = c.client_id \
         AND r.run_id = c.run_id WHERE c.client_id = $1 AND {WITH_AI} AND {sql} GROUP BY COALESCE(r.process, '') ORDER BY 1"
    );
    tx.query(&sql, &values(client, own), |r| Ok((r.text(0)?, r.int(1)?)))
}

/// Whether a stop covers one case, whoever has it now. `before` is who had it before people got it, as kind and name: a stop
/// of that agent covers it too.
pub(super) fn covers(
    tx: &mut Tx,
    client: &ClientId,
    stop: &Stop,
    case: &CaseId,
    before: Option<&(String, String)>,
) -> Result<bool> {
    if stop.scope == Scope::Agent && before.is_some_and(|(kind, name)| kind == "agent" && *name == stop.target) {
        return Ok(true);
    }
    let (sql, own) = condition(stop);
    let mut values = values(client, own);
    values.push(case.into());
    let sql = format!("SELECT 1 FROM case_file c WHERE c.client_id = $1 AND {sql} AND c.case_id = ${}", values.len());
    Ok(tx.query_opt(&sql, &values, |_| Ok(()))?.is_some())
}

/// Open runs of cases with the AI, by process.
pub(super) fn open_processes(tx: &mut Tx, client: &ClientId) -> Result<Vec<(CaseId, String)>> {
    tx.query(
        "SELECT DISTINCT c.case_id, r.process FROM case_file c JOIN run r ON r.client_id = c.client_id \
         AND r.case_id = c.case_id WHERE c.client_id = $1 AND c.state IN ('open', 'waiting_customer') \
         AND r.status IN ('running', 'waiting')",
        params![client],
        |r| Ok((r.id(0)?, r.text(1)?)),
    )
}

/// Cases of the client that people have.
pub(super) fn with_people(tx: &mut Tx, client: &ClientId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM case_file WHERE client_id = $1 AND state = 'with_person'";
    tx.query_one(sql, params![client], |r| r.int(0))
}
