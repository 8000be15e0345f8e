//! Many runs that wait for an event or for a day years ahead: what they cost while they wait, and how fast one wakes.

use super::figure::{Figure, Goal, percentile};
use super::ground::{Ends, Ground};
use super::{Kind, Places};
use crate::machine::{self, megabytes};
use anyhow::{Context as _, Result, bail};
use baton_base::RunId;
use baton_runs::publish;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Runs started in one transaction.
const BATCH: usize = 500;
/// Runs that may be ahead of the worker while they are made.
const AHEAD_MAX: i64 = 20_000;
/// Events per second.
const RATE: u64 = 500;
/// Pause between two looks at how far the worker is, milliseconds.
const LOOK_MS: u64 = 20;
/// Runs between two lines that tell how far it is.
const TELL: usize = 250_000;

pub async fn measure(places: &Places, kind: Kind) -> Result<Vec<Figure>> {
    let ground = Arc::new(Ground::fresh(places, kind).await?);
    let count = places.options.waiting;
    let events = usize::try_from(RATE * places.options.seconds)?;
    if count < events {
        bail!("{count} waiting runs are fewer than the {events} events that wake one each");
    }
    let begin = Instant::now();
    let chosen = fill(&ground, count, count / events).await?;
    println!("{:<11} {count} waiting runs made in {:.0} s", kind.name(), begin.elapsed().as_secs_f64());
    tokio::time::sleep(Duration::from_secs(places.options.seconds)).await;
    let at_rest = machine::memory(std::process::id())?.resident;
    let delays = wake(&ground, &chosen).await?;
    let after = machine::memory(std::process::id())?.resident;
    println!("{:<11} resident at rest {}, after waking {}", kind.name(), megabytes(at_rest), megabytes(after));
    ground.alone()?.stop().await?;
    let memory = at_rest.max(after) as f64 / 1_048_576.0;
    Ok(vec![
        Figure::print(kind.name(), &format!("{count} waiting runs, resident"), "MB", vec![memory], Goal::Below(300.0)),
        Figure::print(
            kind.name(),
            &format!("of them {RATE}/s woken by an event, p99"),
            "ms",
            vec![percentile(&delays, 99)],
            Goal::Below(50.0),
        ),
    ])
}

/// Makes the runs; every so manyth is chosen to be woken.
async fn fill(ground: &Arc<Ground>, count: usize, every: usize) -> Result<Vec<(usize, RunId)>> {
    let mut chosen = Vec::new();
    let begin = Instant::now();
    for from in (0..count).step_by(BATCH) {
        let numbers = from..(from + BATCH).min(count);
        let inputs = numbers.clone().map(|n| json!({"order": format!("o-{n}"), "customer": "Ada Byron"})).collect();
        let runs = ground.start_many("waiting", inputs).await?;
        chosen.extend(numbers.zip(runs).filter(|(n, _)| n % every == 0));
        ground.until_at_most(&["running"], AHEAD_MAX, LOOK_MS).await?;
        if from > 0 && from % TELL == 0 {
            println!("            {from} so far, {:.0} s", begin.elapsed().as_secs_f64());
        }
    }
    ground.until_at_most(&["running"], 0, LOOK_MS).await?;
    let waiting = ground.open(&["waiting"]).await?;
    if waiting != i64::try_from(count)? {
        bail!("of {count} runs only {waiting} wait");
    }
    Ok(chosen)
}

/// Publishes each chosen run's event, at the rate, and waits for the run's end.
async fn wake(ground: &Arc<Ground>, chosen: &[(usize, RunId)]) -> Result<Vec<f64>> {
    let ends = Ends::hear(&ground.db);
    let begin = Instant::now();
    let mut sending = Vec::new();
    for (index, (order, run)) in chosen.iter().enumerate() {
        let due = begin + Duration::from_micros(u64::try_from(index)? * 1_000_000 / RATE);
        tokio::time::sleep_until(due.into()).await;
        let (ground, run, order) = (Arc::clone(ground), run.clone(), *order);
        sending.push(tokio::spawn(async move {
            send(&ground, order).await?;
            anyhow::Ok((run.to_string(), due))
        }));
    }
    let mut begun = Vec::new();
    for sending in sending {
        begun.push(sending.await?.context("an event could not be sent")?);
    }
    ends.delays_ms(&begun).await
}

async fn send(ground: &Ground, order: usize) -> Result<()> {
    let event = json!({
        "id": format!("e-{order}"), "source": "https://example.com/bench", "specversion": "1.0", "type": "order.paid",
        "data": {"order": format!("o-{order}")},
    });
    let ctx = ground.ctx();
    let told = ground.db.write(move |tx| publish(tx, &ctx, &event)).await?;
    if told != 1 {
        bail!("the event for order {order} woke {told} runs");
    }
    Ok(())
}
