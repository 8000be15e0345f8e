//! Start to finish of a run of five durable steps, while 100 runs start per second, whatever is still under way.

use super::figure::{Figure, Goal, percentile};
use super::ground::{Ends, Ground};
use super::{Kind, Places};
use anyhow::Result;
use std::sync::Arc;
use std::time::{Duration, Instant};

const RATE: u64 = 100;

pub async fn measure(places: &Places, kind: Kind) -> Result<Vec<Figure>> {
    let ground = Arc::new(Ground::fresh(places, kind).await?);
    ground.play("five", 50).await?;
    let (mut middle, mut slow) = (Vec::new(), Vec::new());
    for _ in 0..places.options.repeat.min(3) {
        let delays = once(&ground, places.options.seconds).await?;
        middle.push(percentile(&delays, 50));
        slow.push(percentile(&delays, 99));
    }
    ground.alone()?.stop().await?;
    let name = "run of 5 durable steps at 100 runs/s";
    Ok(vec![
        Figure::print(kind.name(), &format!("{name}, p50"), "ms", middle, Goal::Below(4.0)),
        Figure::print(kind.name(), &format!("{name}, p99"), "ms", slow, Goal::Below(20.0)),
    ])
}

async fn once(ground: &Arc<Ground>, seconds: u64) -> Result<Vec<f64>> {
    let ends = Ends::hear(&ground.db);
    let begin = Instant::now();
    let mut starting = Vec::new();
    for n in 0..RATE * seconds {
        let due = begin + Duration::from_micros(n * 1_000_000 / RATE);
        tokio::time::sleep_until(due.into()).await;
        let ground = Arc::clone(ground);
        starting.push(tokio::spawn(async move {
            let run = ground.start_many("five", vec![serde_json::json!({"n": n})]).await?;
            anyhow::Ok((run[0].to_string(), due))
        }));
    }
    let mut begun = Vec::new();
    for starting in starting {
        begun.push(starting.await??);
    }
    ends.delays_ms(&begun).await
}
