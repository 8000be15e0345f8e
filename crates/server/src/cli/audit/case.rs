//! `baton audit case` and `check-case`.

use super::files::{public_key, read};
use crate::case_file;
use crate::cli::run::Reach;
use crate::cli::{Outcome, say};
use baton_base::Error;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Which case, and where to.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    reach: Reach,
    /// Client whose case it is.
    #[arg(long, env = "BATON_CLIENT")]
    client: String,
    /// Id of the case.
    case: String,
    /// File to write; standard output if left out.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Which file, and by which key.
#[derive(Args)]
pub struct Check {
    /// File that `baton audit case` or the console wrote.
    file: PathBuf,
    /// File with the public key, 64 hex digits, as `baton audit key` prints it; from elsewhere than the file.
    #[arg(long)]
    key: PathBuf,
}

pub(super) async fn run(options: Options) -> Outcome {
    let path = format!("/clients/{}/cases/{}/export", options.client, options.case);
    let file = options.reach.server().await?.post(&path, &json!({})).await?;
    let text = serde_json::to_string_pretty(&file).map_err(Error::broken)?;
    match &options.out {
        Some(to) => {
            std::fs::write(to, text).map_err(|e| Error::Unavailable(format!("cannot write {}: {e}", to.display())))?;
            say(&format!("case {} is in {}", file["case"]["number"], to.display()));
        }
        None => say(&text),
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) fn check(options: &Check) -> Outcome {
    let key = public_key(&options.key)?;
    let file = serde_json::from_str(&read(&options.file)?)
        .map_err(|e| Error::invalid("the file is not JSON", e.to_string()))?;
    let found = case_file::check(&file, &key)?;
    say(&format!("case {} of {}: {} entries are proved", found.number, found.client, found.proved));
    if found.configuration > 0 {
        say(&format!("  {} entries of the configuration of its time are proved", found.configuration));
    }
    if !found.says_all {
        say("  the file does not say that these are all: the ledger has more of this case");
    }
    say("  that none was left out is shown by an export of the whole ledger alone");
    for (at, why) in &found.unproved {
        say(&format!("  entry {}: {why}", at + 1));
    }
    Ok(if found.unproved.is_empty() && found.proved > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
