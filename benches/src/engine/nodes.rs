//! Two nodes against one on the same PostgreSQL, with steps that take a while outside: a node is limited by its
//! calls in flight, the database by nothing.

use super::figure::{Figure, Goal};
use super::ground::{Ground, fresh_postgres};
use super::{Kind, Places};
use anyhow::Result;
use baton_runs::limits;
use std::sync::Arc;

const STEPS: usize = 10;

pub async fn measure(places: &Places) -> Result<Option<Figure>> {
    // Enough that every node is full until shortly before the end.
    let runs = if places.options.quick { 100 } else { limits::CALLS_IN_FLIGHT_MAX * 6 };
    let (mut one, mut two, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..places.options.repeat.min(3) {
        let (with_one, with_two) = (rate(places, 1, runs).await?, rate(places, 2, runs).await?);
        one.push(with_one);
        two.push(with_two);
        ratios.push(with_two / with_one);
    }
    for (name, mut rates) in [("one node", one), ("two nodes", two)] {
        rates.sort_by(f64::total_cmp);
        let outside = places.options.outside_ms;
        println!("{:<11} steps/s of {outside} ms outside, {name}: median {:.0}", "", rates[rates.len() / 2]);
    }
    Ok(Some(Figure::print(Kind::Postgres.name(), "two nodes against one", "x", ratios, Goal::AtLeast(1.6))))
}

async fn rate(places: &Places, count: usize, runs: usize) -> Result<f64> {
    let url = fresh_postgres(places)?;
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(Arc::new(Ground::at(&url, places.options.outside_ms).await?));
    }
    let seconds = nodes[0].play("slow", runs).await?;
    for node in nodes {
        node.alone()?.stop().await?;
    }
    Ok((runs * STEPS) as f64 / seconds)
}
