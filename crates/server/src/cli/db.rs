//! `baton db`.

use super::serve::prepare_folder;
use super::{Database, Outcome, say};
use baton_base::Error;
use baton_db::Db;
use clap::Subcommand;
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with the database.
#[derive(Subcommand)]
pub enum Command {
    /// Bring the schema up to date.
    Migrate(Database),
    /// Show which migrations are applied, and how the wall between clients stands. Exit code 1 if some are not applied.
    Status(Database),
    /// Copy an SQLite database while it is in use, and check the copy.
    Backup {
        #[command(flatten)]
        database: Database,
        /// File to write; must not exist.
        to: PathBuf,
    },
    /// Put a backup in place of a database that does not exist.
    Restore {
        #[command(flatten)]
        database: Database,
        /// File made by `backup`.
        from: PathBuf,
    },
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Migrate(at) => {
            prepare_folder(&at.database)?;
            let db = Db::open(&at.database).await?;
            let applied = db.migrate().await?;
            applied.iter().for_each(|name| say(&format!("applied {name}")));
            say(&format!("{} migrations applied", applied.len()));
            say(&db.standing().await?.to_string());
            Ok(ExitCode::SUCCESS)
        }
        Command::Status(at) => {
            let db = Db::open(&at.database).await?;
            let status = db.migration_status().await?;
            let open = status.iter().filter(|m| m.applied_ms.is_none()).count();
            for migration in &status {
                let state = migration.applied_ms.map_or("not applied".to_owned(), |ms| format!("applied at {ms} ms"));
                say(&format!("{}  {state}", migration.name));
            }
            say(&db.standing().await?.to_string());
            Ok(if open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Backup { database, to } => {
            Db::open(&database.database).await?.backup(&to).await?;
            say(&format!("written and checked: {}", to.display()));
            Ok(ExitCode::SUCCESS)
        }
        Command::Restore { database, from } => {
            prepare_folder(&database.database)?;
            let (at, source) = (database.database.clone(), from.clone());
            tokio::task::spawn_blocking(move || baton_db::restore(&source, &at)).await.map_err(Error::broken)??;
            say(&format!("restored from {}", from.display()));
            Ok(ExitCode::SUCCESS)
        }
    }
}
