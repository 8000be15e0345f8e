//! Rows of `event_delivery`: events of which not all listeners were told yet.

use baton_base::{ClientId, Error, Result, RunId};
use baton_db::{Row, Tx, params};
use baton_govern::Ctx;
use std::collections::BTreeSet;

/// How listeners are found: a type (empty for listens to any), and the digest of what an event must agree on (empty for nothing).
pub(crate) type Arm = (String, String);

/// An event of which not all listeners were told yet.
pub(crate) struct Delivery {
    pub id: String,
    /// The event as inputs of runs have it.
    pub input: String,
    pub arms: Vec<Arm>,
    /// Listeners up to this one were told; empty for none.
    pub after: String,
    /// The last that listened when the event came.
    pub to: String,
    /// A run that is not told: the event is about it.
    pub except: Option<RunId>,
    /// Source and id, where it is counted who was told.
    pub counted: Option<(String, String)>,
}

/// Writes an event down, behind those of the client that wait.
pub(crate) fn insert_delivery(tx: &mut Tx, ctx: &Ctx, new: &Delivery) -> Result<()> {
    let arms = serde_json::to_string(&new.arms).map_err(Error::broken)?;
    let (source, event_id) = match &new.counted {
        Some((source, event_id)) => (Some(source.as_str()), Some(event_id.as_str())),
        None => (None, None),
    };
    tx.execute(
        "INSERT INTO event_delivery (client_id, delivery_id, seq, input, arms, after_run, to_run, except_run, source, \
         event_id, at_ms) VALUES ($1, $2, (SELECT COALESCE(MAX(d.seq), 0) + 1 FROM event_delivery d \
         WHERE d.client_id = $1), $3, $4, $5, $6, $7, $8, $9, $10)",
        params![
            &ctx.client,
            new.id,
            new.input,
            arms,
            new.after,
            new.to,
            new.except.as_ref(),
            source,
            event_id,
            ctx.now_ms()
        ],
    )?;
    Ok(())
}

/// The client's event that came first; its row is locked until the commit. `None` if there is none, or somebody else is at it.
pub(crate) fn first_delivery(tx: &mut Tx, client: &ClientId) -> Result<Option<Delivery>> {
    let read = |r: &Row| {
        let counted = r.text_opt(6)?.zip(r.text_opt(7)?);
        Ok(Delivery {
            id: r.text(0)?,
            input: r.text(1)?,
            arms: r.json_as(2)?,
            after: r.text(3)?,
            to: r.text(4)?,
            except: r.id_opt(5)?,
            counted,
        })
    };
    let sql = format!(
        "SELECT delivery_id, input, arms, after_run, to_run, except_run, source, event_id FROM event_delivery \
         WHERE client_id = $1 AND delivery_id = (SELECT d.delivery_id FROM event_delivery d WHERE d.client_id = $1 \
         ORDER BY d.seq, d.delivery_id LIMIT 1) {}",
        tx.skip_locked()
    );
    tx.query_opt(&sql, params![client], read)
}

/// Writes down how far the listeners were told; to the end if `after` is `None`.
pub(crate) fn told_to(tx: &mut Tx, client: &ClientId, delivery: &str, after: Option<&str>) -> Result<()> {
    match after {
        Some(after) => tx.execute(
            "UPDATE event_delivery SET after_run = $3 WHERE client_id = $1 AND delivery_id = $2",
            params![client, delivery, after],
        )?,
        None => tx.execute(
            "DELETE FROM event_delivery WHERE client_id = $1 AND delivery_id = $2",
            params![client, delivery],
        )?,
    };
    Ok(())
}

/// Counts runs that were told of an event from outside.
pub(crate) fn count_told(tx: &mut Tx, client: &ClientId, (source, id): &(String, String), told: usize) -> Result<()> {
    tx.execute(
        "UPDATE event_received SET runs = runs + $4 WHERE client_id = $1 AND source = $2 AND event_id = $3",
        params![client, source, id, i64::try_from(told).unwrap_or(i64::MAX)],
    )?;
    Ok(())
}

/// Clients with events of which not all listeners were told yet.
pub(crate) fn clients_with_deliveries(tx: &mut Tx) -> Result<Vec<ClientId>> {
    // every client: a worker tells the listeners of the whole installation
    let sql = "WITH RECURSIVE found(client_id) AS (SELECT MIN(client_id) FROM event_delivery \
               UNION ALL SELECT (SELECT MIN(d.client_id) FROM event_delivery d WHERE d.client_id > found.client_id) \
               FROM found WHERE found.client_id IS NOT NULL) \
               SELECT client_id FROM found WHERE client_id IS NOT NULL";
    tx.query(sql, params![], |r| r.id(0))
}

/// At most `max` of those who listen so, after the one and up to the other, in the order of their ids; each once. Also the last
/// of them, if there may be more.
pub(crate) fn listening(
    tx: &mut Tx,
    client: &ClientId,
    arms: &[Arm],
    (after, to): (&str, &str),
    max: usize,
) -> Result<(Vec<RunId>, Option<String>)> {
    let limit = i64::try_from(max).unwrap_or(i64::MAX);
    let by_key = "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2 AND match_key = $3 \
                  AND run_id > $4 AND run_id <= $5 ORDER BY run_id LIMIT $6";
    // Listens that a node of the previous version wrote down.
    let old = "SELECT run_id FROM run_listen WHERE client_id = $1 AND event_type = $2 \
               AND run_id > $3 AND run_id <= $4 ORDER BY run_id LIMIT $5";
    let (mut found, mut seen_to) = (BTreeSet::new(), None::<String>);
    for (kind, match_key) in arms {
        let mut asked = vec![tx.query(by_key, params![client, kind, match_key, after, to, limit], |r| r.text(0))?];
        if match_key.is_empty() {
            asked.push(tx.query(old, params![client, kind, after, to, limit], |r| r.text(0))?);
        }
        for rows in asked {
            if rows.len() >= max {
                // Beyond the last of them others may listen so.
                let last = rows.last().cloned();
                seen_to = seen_to.into_iter().chain(last).min();
            }
            found.extend(rows);
        }
    }
    let is_cut = seen_to.is_some() || found.len() > max;
    let mut told: Vec<String> = found.into_iter().filter(|run| seen_to.as_ref().is_none_or(|to| run <= to)).collect();
    told.truncate(max);
    let last = told.last().filter(|_| is_cut).cloned();
    Ok((told.into_iter().map(RunId::known).collect(), last))
}

/// The last run that listens so, below an id.
pub(crate) fn last_listening(tx: &mut Tx, client: &ClientId, arms: &[Arm], below: &str) -> Result<Option<String>> {
    let by_key = "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2 AND match_key = $3 \
                  AND run_id < $4 ORDER BY run_id DESC LIMIT 1";
    let old = "SELECT run_id FROM run_listen WHERE client_id = $1 AND event_type = $2 AND run_id < $3 \
               ORDER BY run_id DESC LIMIT 1";
    let mut last = None::<String>;
    for (kind, match_key) in arms {
        let found = tx.query_opt(by_key, params![client, kind, match_key, below], |r| r.text(0))?;
        last = last.max(found);
        if match_key.is_empty() {
            last = last.max(tx.query_opt(old, params![client, kind, below], |r| r.text(0))?);
        }
    }
    Ok(last)
}

/// Those of ids from the one to below the other that listen so, each once: the schedules of processes.
pub(crate) fn listening_between(
    tx: &mut Tx,
    client: &ClientId,
    arms: &[Arm],
    (from, below): (&str, &str),
) -> Result<Vec<String>> {
    let sql = "SELECT run_id FROM run_subscription WHERE client_id = $1 AND event_type = $2 AND match_key = $3 \
               AND run_id >= $4 AND run_id < $5";
    let mut found = BTreeSet::new();
    for (kind, match_key) in arms {
        found.extend(tx.query(sql, params![client, kind, match_key, from, below], |r| r.text(0))?);
    }
    Ok(found.into_iter().collect())
}
