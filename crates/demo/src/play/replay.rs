//! Replays published tasks: each round on the shop as published, then the verdict.

use super::check::{CheckOptions, Play, Stage, play_all};
use super::report::Report;
use crate::world::from_tasks;
use baton_base::Result;
use std::path::PathBuf;
use std::sync::Arc;

/// What to replay. The demo systems must have been started with the same database as their shop.
#[derive(Clone)]
pub struct ReplayOptions {
    /// Where, and who works the desk.
    pub check: CheckOptions,
    /// Folder of the published database.
    pub db_dir: PathBuf,
    /// File of the published tasks.
    pub tasks_file: PathBuf,
}

/// Plays every task and says what came of it.
pub async fn replay(options: &ReplayOptions) -> Result<Report> {
    let rounds = from_tasks(&options.db_dir, &options.tasks_file)?;
    let stage = Stage::set(&options.check).await?;
    let mut report = Report::default();
    let mut left = options.check.needs_max;
    for round in rounds {
        let needs: Vec<_> = round.needs.into_iter().take(left).map(Arc::new).collect();
        left -= needs.len();
        if needs.is_empty() {
            break;
        }
        let play = Play { shop: Arc::new(round.shop), needs, mutual: Vec::new(), nordic: Vec::new() };
        report.add(play_all(&stage, play).await?);
    }
    Ok(report)
}
