//! What a durable step costs with a short and with a long history: two databases, measured in turns.

use super::figure::{Figure, Goal};
use super::ground::{Ground, client};
use super::{Kind, Places};
use anyhow::Result;
use baton_db::params;
use std::sync::Arc;
use std::time::Instant;

/// Ledger rows of the short history.
const SHORT: u64 = 10_000;
/// Rows written in one transaction.
const BATCH: u64 = 100_000;
const STEPS: usize = 10;
/// Ledger rows per run that has ended.
const ROWS_PER_RUN: u64 = 20;

/// Entries as runs of claims leave them: eight kinds, ten to a case, a seal's place for each.
const LEDGER: &str = "
WITH RECURSIVE fresh (i) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT i + 1 FROM fresh WHERE i + 1 < $3)
INSERT INTO ledger (client_id, entry_id, at_ms, actor_kind, actor, actor_version, on_behalf_of, kind, subject, case_id,
  run_id, data, leaf_hash, leaf_index)
SELECT $1, 'entry_00' || (1000000000000000000 + i), 1600000000000 + i * 9, 'system',
  CASE WHEN i % 3 = 0 THEN 'process:claim' WHEN i % 3 = 1 THEN 'process:support' ELSE 'channel:chat' END, NULL, NULL,
  CASE i % 8 WHEN 0 THEN 'run.started' WHEN 1 THEN 'message.received' WHEN 2 THEN 'rule.decided'
    WHEN 3 THEN 'action.requested' WHEN 4 THEN 'action.finished' WHEN 5 THEN 'work_item.opened'
    WHEN 6 THEN 'work_item.done' ELSE 'run.completed' END,
  'run_00' || (1000000000000000000 + i / 20), 'case_00' || (1000000000000000000 + i / 10),
  'run_00' || (1000000000000000000 + i / 20),
  '{\"process\":\"claim\",\"digest\":\"4b227777d4dd1fc61c6f884f48641d02\",\"release\":\"rel_bench\",\"n\":' || i || '}',
  '4e07408562bedb8b60ce05c1decfe3ad16b72230967de01f640b7e47' || (10000000 + i), i
FROM fresh";

/// Runs that have ended, each with the state it ended in.
const RUNS: &str = "
WITH RECURSIVE fresh (i) AS (SELECT CAST($2 AS BIGINT) UNION ALL SELECT i + 1 FROM fresh WHERE i + 1 < $3)
INSERT INTO run (client_id, run_id, process, process_digest, release_id, case_id, status, ready, lease_until_ms, state,
  output, started_ms, changed_ms, ended_ms)
SELECT $1, 'run_00' || (1000000000000000000 + i), 'claim', '4b227777d4dd1fc61c6f884f48641d02', 'rel_bench',
  'case_00' || (1000000000000000000 + i * 2), 'completed', 0, 0,
  '{\"engine\":{\"v\":1,\"status\":\"completed\",\"calls\":10,\"input\":{\"n\":' || i || '},\"context\":{}},\"journal\":11}',
  '{\"outcome\":\"paid\"}', 1600000000000 + i * 180, 1600000000100 + i * 180, 1600000000100 + i * 180
FROM fresh";

pub async fn measure(places: &Places, kind: Kind) -> Result<Option<Figure>> {
    let rows = places.options.history;
    let (short, long) = (Arc::new(Ground::fresh(places, kind).await?), Arc::new(Ground::fresh(places, kind).await?));
    fill(&short, SHORT.min(rows)).await?;
    let begin = Instant::now();
    fill(&long, rows).await?;
    println!("{:<11} {rows} ledger rows written in {:.0} s", kind.name(), begin.elapsed().as_secs_f64());
    let runs = (places.options.runs / 5).max(1);
    for ground in [&short, &long] {
        ground.play("ten", runs).await?;
    }
    let mut ratios = Vec::new();
    let (mut of_short, mut of_long) = (Vec::new(), Vec::new());
    for turn in 0..places.options.repeat.max(3) {
        // Each goes first as often as the other: what else the machine does falls on both.
        let (a, b) = if turn % 2 == 0 {
            (short.play("ten", runs).await?, long.play("ten", runs).await?)
        } else {
            let b = long.play("ten", runs).await?;
            (short.play("ten", runs).await?, b)
        };
        ratios.push(b / a);
        of_short.push((runs * STEPS) as f64 / a);
        of_long.push((runs * STEPS) as f64 / b);
    }
    for (name, mut rates) in [("short", of_short), ("long", of_long)] {
        rates.sort_by(f64::total_cmp);
        println!("{:<11} steps/s with the {name} history: median {:.0}", kind.name(), rates[rates.len() / 2]);
    }
    println!("{:<11} the short history has {} ledger rows in the end", kind.name(), entries(&short).await?);
    short.alone()?.stop().await?;
    long.alone()?.stop().await?;
    let name = format!("a step with {rows} ledger rows against {}", SHORT.min(rows));
    Ok(Some(Figure::print(kind.name(), &name, "x", ratios, Goal::Below(1.3))))
}

async fn fill(ground: &Arc<Ground>, rows: u64) -> Result<()> {
    insert(ground, LEDGER, rows).await?;
    insert(ground, RUNS, rows / ROWS_PER_RUN).await?;
    // As the database's own upkeep does in time.
    let statistics = |tx: &mut baton_db::Tx| tx.execute("ANALYZE", params![]);
    ground.db.write(statistics).await?;
    Ok(())
}

async fn entries(ground: &Ground) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM ledger WHERE client_id = $1";
    Ok(ground.db.read(move |tx| tx.query_one(sql, params![&client()], |r| r.int(0))).await?)
}

async fn insert(ground: &Arc<Ground>, sql: &'static str, rows: u64) -> Result<()> {
    for from in (0..rows).step_by(usize::try_from(BATCH)?) {
        let (from, to) = (i64::try_from(from)?, i64::try_from((from + BATCH).min(rows))?);
        ground.db.write_large(move |tx| tx.execute(sql, params![&client(), from, to])).await?;
    }
    Ok(())
}
