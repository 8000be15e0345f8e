//! `baton sso`: single sign-on from the machine that has the database; the way back in when nobody else has one.

use super::{Database, Outcome, say, system_env};
use baton_base::{Bundle, ClientId, Error, MemberId};
use baton_db::Db;
use baton_govern::sso::{self, Provider};
use baton_govern::{Ctx, vault};
use clap::{Subcommand, ValueEnum};
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Largest secret, bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Single sign-on of the installation.
#[derive(Subcommand)]
pub enum Command {
    /// Show how it is set up. The secret is not shown.
    Show {
        #[command(flatten)]
        database: Database,
    },
    /// Set it up from a YAML file: issuer, client_id, origin, and what else the guide lists.
    Set {
        /// File with the provider.
        file: PathBuf,
        #[command(flatten)]
        database: Database,
    },
    /// Set Baton's secret at the provider, read from standard input; it goes into the vault.
    Secret {
        #[command(flatten)]
        database: Database,
    },
    /// Switch passwords off (on) or back on again (off). Administrators of the installation who have a second factor keep theirs.
    Only {
        /// on: only single sign-on. off: passwords as well.
        switch: Switch,
        #[command(flatten)]
        database: Database,
    },
    /// End single sign-on.
    Off {
        #[command(flatten)]
        database: Database,
    },
}

/// On or off.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// Only single sign-on.
    On,
    /// Passwords as well.
    Off,
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Show { database } => {
            let db = database.open().await?;
            let read = |tx: &mut baton_db::Tx| {
                Ok((sso::provider(tx)?, vault::get(tx, &ClientId::house(), sso::SECRET_NAME)?.is_some()))
            };
            let (provider, has_secret) = db.read(read).await?;
            db.close().await;
            let Some(provider) = provider else {
                say("there is no single sign-on");
                return Ok(ExitCode::SUCCESS);
            };
            let redirect = provider.redirect();
            let shown = serde_json::json!({"provider": provider, "has_secret": has_secret, "redirect": redirect});
            say(&serde_json::to_string_pretty(&shown).map_err(Error::broken)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Set { file, database } => {
            let name = file.display().to_string();
            let text = std::fs::read_to_string(&file)
                .map_err(|e| Error::invalid_at(name.clone(), "the file cannot be read", e.to_string()))?;
            let read = Bundle::yaml::<Provider>(&name, &text)
                .map_err(|finding| Error::invalid_at(name, finding.message, finding.remedy))?;
            let provider = read.checked()?;
            let line = format!("single sign-on by {}; register {} there", provider.issuer, provider.redirect());
            change(&database, line, move |tx, ctx| sso::remember(tx, ctx, &provider, None)).await
        }
        Command::Secret { database } => {
            let mut value = String::new();
            let mut input = std::io::stdin().lock().take(SECRET_BYTES_MAX + 1);
            input.read_to_string(&mut value).map_err(|e| Error::invalid("the secret cannot be read", e.to_string()))?;
            let value = value.trim_end_matches(['\r', '\n']).to_owned();
            if value.is_empty() || value.len() as u64 > SECRET_BYTES_MAX {
                let detail = format!("pipe 1 to {SECRET_BYTES_MAX} bytes into standard input");
                return Err(Error::invalid("there is no secret to set", detail));
            }
            change(&database, "the secret is set".to_owned(), move |tx, ctx| {
                let known = sso::provider(tx)?
                    .ok_or_else(|| Error::invalid("there is no single sign-on", "baton sso set FILE comes first"))?;
                sso::remember(tx, ctx, &known, Some(&value))
            })
            .await
        }
        Command::Only { switch, database } => {
            let only = switch == Switch::On;
            let line = if only { "passwords are switched off" } else { "passwords open sessions again" };
            change(&database, line.to_owned(), move |tx, ctx| sso::set_only(tx, ctx, only)).await
        }
        Command::Off { database } => change(&database, "single sign-on is off".to_owned(), sso::forget).await,
    }
}

async fn change(
    database: &Database,
    line: String,
    work: impl FnOnce(&mut baton_db::Tx, &Ctx) -> Result<Vec<MemberId>, Error> + Send + 'static,
) -> Outcome {
    let db: Db = database.open().await?;
    let ctx = Ctx::system(&system_env(), &ClientId::house(), "cli:sso");
    let changed = db.write(move |tx| {
        let lost = work(tx, &ctx)?;
        baton_desk::take_back_lost(tx, &ctx, &lost).map(|_| ())
    });
    changed.await?;
    db.close().await;
    say(&line);
    Ok(ExitCode::SUCCESS)
}
