//! Durable steps: tasks whose effect is recorded before and after.

use super::figure::{Figure, Goal};
use super::ground::Ground;
use super::{Kind, Places};
use anyhow::Result;
use std::sync::Arc;

const STEPS: usize = 10;

pub async fn measure(places: &Places, kind: Kind) -> Result<Option<Figure>> {
    let ground = Arc::new(Ground::fresh(places, kind).await?);
    let runs = (places.options.runs / 2).max(1);
    ground.play("ten", runs / 10).await?;
    let mut rates = Vec::new();
    for _ in 0..places.options.repeat {
        rates.push((runs * STEPS) as f64 / ground.play("ten", runs).await?);
    }
    ground.alone()?.stop().await?;
    let goal = Goal::AtLeast(if kind == Kind::Sqlite { 15_000.0 } else { 8_000.0 });
    Ok(Some(Figure::print(kind.name(), "durable steps", "steps/s", rates, goal)))
}
