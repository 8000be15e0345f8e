//! `baton policy diff`.

use super::super::{Database, Outcome, say, system_env};
use super::source::with_parameters_of;
use crate::compare::{Comparison, compare};
use crate::rules::Rules;
use baton_base::{ClientId, Error, ReleaseId, Result};
use baton_db::{Db, Tx};
use clap::Args;
use std::path::Path;
use std::process::ExitCode;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What to compare.
#[derive(Args)]
pub struct Options {
    /// Rules of before: a release id, `live`, or a blueprint folder.
    old: String,
    /// Rules of after: a release id, `live`, or a blueprint folder. Folders take the live release's parameters.
    new: String,
    /// The client whose calls are judged.
    #[arg(long)]
    client: String,
    /// How far back, days.
    #[arg(long, default_value_t = 31)]
    days: u32,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(options: Options) -> Outcome {
    let client: ClientId = options.client.parse()?;
    let env = system_env();
    let since_ms = env.now_ms() - i64::from(options.days) * DAY_MS;
    let db = Db::open(&options.database.database).await?;
    let (old, new) = (options.old.clone(), options.new.clone());
    let told = db.read(move |tx| {
        let (old, new) = (side(tx, &client, &old)?, side(tx, &client, &new)?);
        compare(tx, &env, &client, &old, &new, since_ms)
    });
    let told = told.await?;
    db.close().await;
    if options.json {
        say(&serde_json::to_string(&told).map_err(Error::broken)?);
    } else {
        lines(&told, options.days).iter().for_each(|line| say(line));
    }
    Ok(ExitCode::SUCCESS)
}

fn side(tx: &mut Tx, client: &ClientId, text: &str) -> Result<Rules> {
    if text == "live" {
        return Rules::stored(tx, client, None).map(|(_, rules)| rules);
    }
    if text.starts_with(&format!("{}_", ReleaseId::PREFIX)) {
        return Rules::stored(tx, client, Some(&text.parse()?)).map(|(_, rules)| rules);
    }
    let live = baton_clients::live_release(tx, client)?.ok_or_else(|| Error::not_found(format!("client {client}")))?;
    let row = baton_clients::release(tx, client, &live)?;
    with_parameters_of(Path::new(text), &row.bundle.parameters)
}

fn lines(told: &Comparison, days: u32) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, change) in &told.changes {
        lines.push(format!("{what}: {} calls", change.count));
        for example in &change.examples {
            let by = example.policies.join(", ");
            lines.push(format!("  {} {}: {} [{by}]", example.effect, example.action, example.reason));
        }
    }
    let Comparison { calls, compared, not_repeatable, refused_not_compared, cut_off, .. } = told;
    let changed: usize = told.changes.values().map(|change| change.count).sum();
    let more = if *cut_off { ", and there were more" } else { "" };
    lines.push(format!("{calls} calls in {days} days{more}: {compared} compared, {changed} judged otherwise"));
    lines.push(format!(
        "{not_repeatable} could not be repeated; {refused_not_compared} refused calls keep no arguments"
    ));
    lines
}
