//! Runs of ten pure tasks, start to finish durable.

use super::figure::{Figure, Goal};
use super::ground::Ground;
use super::{Kind, Places};
use anyhow::Result;
use std::sync::Arc;

pub async fn measure(places: &Places, kind: Kind) -> Result<Option<Figure>> {
    let ground = Arc::new(Ground::fresh(places, kind).await?);
    let runs = places.options.runs;
    ground.play("pure", runs / 10).await?;
    let mut rates = Vec::new();
    for _ in 0..places.options.repeat {
        rates.push(runs as f64 / ground.play("pure", runs).await?);
    }
    ground.alone()?.stop().await?;
    let goal = Goal::AtLeast(if kind == Kind::Sqlite { 5_000.0 } else { 3_000.0 });
    Ok(Some(Figure::print(kind.name(), "runs of 10 pure tasks", "runs/s", rates, goal)))
}
