//! `baton connector import-agent`.

use super::super::{Outcome, say};
use super::tools::{named, write};
use baton_base::Error;
use baton_tools::a2a::card;
use baton_tools::a2a::card::files;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Time for the agent to give its card, seconds.
const CARD_S_MAX: u64 = 20;

/// Which agent.
#[derive(Args)]
pub struct Options {
    /// The connector's name.
    name: String,
    /// Address of its Agent Card.
    #[arg(long)]
    card: reqwest::Url,
    /// Blueprint folder to write `connectors/NAME.yaml` and the pinned card into. A connector's file that is there already
    /// stays as it is, and the card is pinned anew.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Write the connector's file anew too.
    #[arg(long, requires = "out")]
    force: bool,
}

pub async fn run(options: &Options) -> Outcome {
    named(&options.name)?;
    let said = baton_tools::a2a::card(&options.card, Duration::from_secs(CARD_S_MAX)).await;
    let said = said.map_err(|why| Error::Unavailable(format!("the agent does not give its card: {why}")))?;
    let made = files(&options.name, &options.card, &said);
    let made = made.map_err(|why| Error::invalid("this agent cannot be asked", why))?;
    let skills = said.get("skills").and_then(serde_json::Value::as_array).into_iter().flatten();
    for skill in skills {
        let text = |name: &str| skill.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
        say(&format!("  {}  {}", text("id"), text("name")));
    }
    if let Some(folder) = &options.out {
        write(folder, &made, options.force)?;
    }
    say(&format!("pinned as {}", card::digest(&said)));
    Ok(ExitCode::SUCCESS)
}
