//! `baton secret`.

use super::{Database, Outcome, say};
use baton_base::{ClientId, Error};
use baton_govern::vault;
use clap::Subcommand;
use std::io::Read as _;
use std::process::ExitCode;

/// Largest secret, bytes.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Secrets of a client.
#[derive(Subcommand)]
pub enum Command {
    /// Set a secret; its value is read from standard input, so that no shell history keeps it.
    Set {
        /// Id of the client.
        client: String,
        /// Name, as a process declares it in use.secrets or a connector in auth.setting.
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// List the names of a client's secrets. Their values are never shown.
    List {
        /// Id of the client.
        client: String,
        #[command(flatten)]
        database: Database,
    },
    /// Remove a secret.
    Remove {
        /// Id of the client.
        client: String,
        /// Its name.
        name: String,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::Set { client, name, database } => set(client.parse()?, name, &database).await,
        Command::List { client, database } => {
            let client: ClientId = client.parse()?;
            let db = database.open().await?;
            let found = db.read(move |tx| vault::list(tx, &client)).await?;
            db.close().await;
            found.iter().for_each(|row| say(&row.name));
            Ok(ExitCode::SUCCESS)
        }
        Command::Remove { client, name, database } => {
            let client: ClientId = client.parse()?;
            let db = database.open().await?;
            let line = format!("{client}: secret '{name}' is removed");
            let missing = Error::not_found(format!("secret '{name}' of {client}"));
            let gone = db.write(move |tx| tx.overwriting(|tx| vault::remove(tx, &client, &name))).await?;
            db.close().await;
            if !gone {
                return Err(missing);
            }
            say(&line);
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn set(client: ClientId, name: String, database: &Database) -> Outcome {
    let mut value = String::new();
    let mut input = std::io::stdin().lock().take(SECRET_BYTES_MAX + 1);
    input.read_to_string(&mut value).map_err(|e| Error::invalid("the secret cannot be read", e.to_string()))?;
    let value = value.trim_end_matches(['\r', '\n']).to_owned();
    if value.is_empty() || value.len() as u64 > SECRET_BYTES_MAX || name.trim().is_empty() {
        let detail = format!("pipe 1 to {SECRET_BYTES_MAX} bytes into standard input, and give it a name");
        return Err(Error::invalid("there is no secret to set", detail));
    }
    let db = database.open().await?;
    let line = format!("{client}: secret '{name}' is set");
    db.write(move |tx| {
        let known = baton_clients::clients(tx)?.into_iter().any(|row| row.id == client);
        if !known {
            return Err(Error::not_found(format!("client {client}")));
        }
        vault::set(tx, &client, &name, &value)
    })
    .await?;
    db.close().await;
    say(&line);
    Ok(ExitCode::SUCCESS)
}
