//! `baton member`: from the machine that has the database. So the first administrator is made, who makes the others.

use super::{Database, Outcome, say, system_env};
use baton_base::limits::PAGE_MAX;
use baton_base::{ClientId, Error, MemberId};
use baton_db::Tx;
use baton_govern::members::{self, MemberPatch, MemberState, NewMember, PASSWORD_BYTES_MAX, PasswordHash};
use baton_govern::{Ctx, Role};
use clap::{Args, Subcommand};
use std::io::{BufRead as _, Read as _};
use std::process::ExitCode;

/// Members of the installation and of its clients.
#[derive(Subcommand)]
pub enum Command {
    /// List members: e-mail, name, state, and roles with where they hold.
    List {
        /// Only those with a role for this client, or for the installation.
        #[arg(long)]
        client: Option<String>,
        #[command(flatten)]
        database: Database,
    },
    /// Add a member.
    Add {
        /// What they sign in with.
        email: String,
        /// As shown.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        held: Held,
        /// Read a first password, in one line, from standard input. Without one they come in by single sign-on.
        #[arg(long)]
        password_stdin: bool,
        #[command(flatten)]
        database: Database,
    },
    /// Set the roles that a member has for a client, or for the installation: those named and no others.
    Roles {
        /// E-mail of the member.
        email: String,
        #[command(flatten)]
        held: Held,
        #[command(flatten)]
        database: Database,
    },
    /// Give a member another password, in one line of standard input. Every session of theirs ends.
    Password {
        /// E-mail of the member.
        email: String,
        #[command(flatten)]
        database: Database,
    },
    /// Shut a member out at once. What they have goes back to its queues.
    Disable {
        /// E-mail of the member.
        email: String,
        #[command(flatten)]
        database: Database,
    },
    /// Let a member in again.
    Enable {
        /// E-mail of the member.
        email: String,
        #[command(flatten)]
        database: Database,
    },
}

/// Roles, and where they hold.
#[derive(Args, Clone)]
pub struct Held {
    /// Where the roles hold; the installation if left out.
    #[arg(long)]
    client: Option<String>,
    /// A role, such as admin or `human_agent`; as often as there are roles.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
}

impl Held {
    fn read(&self) -> Result<(ClientId, Vec<Role>), Error> {
        let roles = self.roles.iter().map(|role| role.parse()).collect::<Result<_, Error>>()?;
        Ok((place(self.client.as_deref())?, roles))
    }
}

pub async fn run(command: Command) -> Outcome {
    match command {
        Command::List { client, database } => list(place(client.as_deref())?, &database).await?,
        Command::Add { email, name, held, password_stdin, database } => {
            let (client, roles) = held.read()?;
            let password = if password_stdin { Some(password()?) } else { None };
            let new = NewMember { email, name, password, ..NewMember::default() };
            let line = with(&database, client, move |tx, ctx| {
                let id = members::create_with_roles(tx, ctx, &new, &roles)?;
                line_of(tx, &id)
            });
            say(&line.await?);
        }
        Command::Roles { email, held, database } => {
            let (client, roles) = held.read()?;
            let line = with(&database, client, move |tx, ctx| {
                let id = members::id_of(tx, &email)?;
                members::set_roles(tx, ctx, &id, &roles)?;
                baton_desk::take_back_shut(tx, ctx, &id, "has no role for it any more")?;
                line_of(tx, &id)
            });
            say(&line.await?);
        }
        Command::Password { email, database } => {
            let patch = MemberPatch { password: Some(password()?), ..MemberPatch::default() };
            change(email, patch, &database).await?;
        }
        Command::Disable { email, database } => {
            let patch = MemberPatch { state: Some(MemberState::Disabled), ..MemberPatch::default() };
            change(email, patch, &database).await?;
        }
        Command::Enable { email, database } => {
            let patch = MemberPatch { state: Some(MemberState::Active), ..MemberPatch::default() };
            change(email, patch, &database).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(client: ClientId, database: &Database) -> Result<(), Error> {
    let db = database.open().await?;
    let lines = db.read(move |tx| {
        let ctx = there(tx, &client)?;
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let page = members::list(tx, &ctx, after.as_ref(), PAGE_MAX)?;
            let Some(last) = page.last() else { return Ok(lines) };
            after = Some(last.id.clone());
            for member in &page {
                lines.push(line_of(tx, &member.id)?);
            }
        }
    });
    let lines = lines.await;
    db.close().await;
    lines?.iter().for_each(|line| say(line));
    Ok(())
}

async fn change(email: String, patch: MemberPatch, database: &Database) -> Result<(), Error> {
    let line = with(database, ClientId::house(), move |tx, ctx| {
        let id = members::id_of(tx, &email)?;
        members::change(tx, ctx, &id, &patch)?;
        if patch.state == Some(MemberState::Disabled) {
            baton_desk::leave(tx, ctx, &id, "is disabled")?;
        }
        line_of(tx, &id)
    });
    say(&line.await?);
    Ok(())
}

fn place(client: Option<&str>) -> Result<ClientId, Error> {
    client.map_or_else(|| Ok(ClientId::house()), str::parse)
}

/// Acts for the installation, or for a client that there is.
fn there(tx: &mut Tx, client: &ClientId) -> Result<Ctx, Error> {
    if *client != ClientId::house() && !baton_clients::clients(tx)?.iter().any(|row| row.id == *client) {
        return Err(Error::not_found(format!("client {client}")));
    }
    Ok(Ctx::system(&system_env(), client, "cli:member"))
}

/// The first line of standard input, hashed: whoever types it need not end the input.
fn password() -> Result<PasswordHash, Error> {
    let mut text = String::new();
    let most = u64::try_from(PASSWORD_BYTES_MAX).map_err(Error::broken)? + 2;
    let read = std::io::stdin().lock().take(most).read_line(&mut text);
    read.map_err(|error| Error::invalid("the password cannot be read", error.to_string()))?;
    PasswordHash::of(text.lines().next().unwrap_or_default())
}

/// E-mail, name, state and roles.
fn line_of(tx: &mut Tx, id: &MemberId) -> Result<String, Error> {
    let member = members::get(tx, id)?;
    let state = if member.state == MemberState::Active { "active" } else { "disabled" };
    let roles = members::grants(tx, id)?.into_iter().map(|grant| format!("{}:{}", grant.client, grant.role));
    Ok(format!("{}\t{}\t{state}\t{}", member.email, member.name, roles.collect::<Vec<_>>().join(" ")))
}

async fn with<T: Send + 'static>(
    database: &Database,
    client: ClientId,
    work: impl FnOnce(&mut Tx, &Ctx) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let db = database.open().await?;
    let done = db.write(move |tx| {
        let ctx = there(tx, &client)?;
        work(tx, &ctx)
    });
    let done = done.await;
    db.close().await;
    done
}
