//! `baton passkey`: from the machine that has the database; the way back in for whoever has lost theirs.

use super::{Database, Outcome, say, system_env};
use baton_base::{ClientId, Error, MemberId};
use baton_db::Tx;
use baton_govern::{Ctx, members, passkey};
use clap::Subcommand;
use std::process::ExitCode;

/// Passkeys of members.
#[derive(Subcommand)]
pub enum Command {
    /// List a member's passkeys: id, name, site, when each was made and last used (milliseconds since 1970), and whether it was
    /// flagged.
    List {
        /// E-mail of the member.
        email: String,
        #[command(flatten)]
        database: Database,
    },
    /// Give a member's passkey another name.
    Rename {
        /// E-mail of the member.
        email: String,
        /// Id of the passkey, as list prints it.
        id: String,
        /// 1 to 60 characters, such as the device's name.
        name: String,
        #[command(flatten)]
        database: Database,
    },
    /// Take a member's passkey away, or all of them.
    Remove {
        /// E-mail of the member.
        email: String,
        /// Id of the passkey, as list prints it.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All of the member's.
        #[arg(long, conflicts_with = "id")]
        all: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Set the address under which browsers reach Baton: passkeys belong to its name. Without one, print it.
    Address {
        /// Such as https://baton.example.org.
        address: Option<String>,
        /// Take it back: the address of single sign-on counts.
        #[arg(long, conflicts_with = "address")]
        none: bool,
        #[command(flatten)]
        database: Database,
    },
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::List { email, database } => {
            let all = with(&database, move |tx, ctx| {
                let member = members::id_of(tx, &email)?;
                passkey::list(tx, ctx, &member)
            });
            for one in all.await? {
                let used = one.used_ms.map_or_else(|| "never used".to_owned(), |at_ms| format!("used {at_ms}"));
                let flagged = one.flagged_ms.map_or_else(String::new, |at_ms| format!("\tflagged {at_ms}"));
                say(&format!("{}\t{}\t{}\tmade {}\t{used}{flagged}", one.id, one.name, one.site, one.created_ms));
            }
        }
        Command::Rename { email, id, name, database } => {
            let renamed = with(&database, move |tx, ctx| {
                let member = members::id_of(tx, &email)?;
                passkey::rename(tx, ctx, &member, &id, &name)
            });
            renamed.await?;
            say("the passkey is renamed");
        }
        Command::Remove { email, id, database, .. } => {
            let gone = with(&database, move |tx, ctx| {
                let member = members::id_of(tx, &email)?;
                remove(tx, ctx, &member, id.as_deref())
            });
            say(&format!("passkeys removed: {}", gone.await?));
        }
        Command::Address { address, none, database } => {
            let kept = with(&database, move |tx, ctx| {
                if none || address.is_some() {
                    passkey::set_address(tx, ctx, address.as_deref())?;
                }
                passkey::address(tx, ctx)
            });
            let kept = kept.await?;
            say(kept.address.as_deref().unwrap_or("no address is known"));
            if let Some(why) = kept.why_not {
                say(&why);
            }
            if kept.elsewhere > 0 {
                say(&format!("passkeys of another name, which open nothing here: {}", kept.elsewhere));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// One of them, or all.
fn remove(tx: &mut Tx, ctx: &Ctx, member: &MemberId, id: Option<&str>) -> Result<usize, Error> {
    let ids = match id {
        Some(id) => vec![id.to_owned()],
        None => passkey::list(tx, ctx, member)?.into_iter().map(|one| one.id).collect(),
    };
    ids.iter().try_for_each(|id| passkey::remove(tx, ctx, member, id))?;
    Ok(ids.len())
}

async fn with<T: Send + 'static>(
    database: &Database,
    work: impl FnOnce(&mut Tx, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let db = database.open().await?;
    let ctx = Ctx::system(&system_env(), &ClientId::house(), "cli:passkey");
    let done = db.write(move |tx| work(tx, &ctx)).await;
    db.close().await;
    done
}
