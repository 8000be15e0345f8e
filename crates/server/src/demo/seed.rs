//! The demo's members: one sign-in for each role.

use baton_base::{ClientId, Clock, IdSource, Result, SystemClock};
use baton_db::Db;
use baton_govern::{Ctx, Env, Role, members, tokens};
use std::sync::Arc;

/// Password of every demo member.
pub const PASSWORD: &str = "baton-demo";

/// A demo member.
pub struct Person {
    /// Sign-in.
    pub email: &'static str,
    /// Name.
    pub name: &'static str,
    /// Roles, and where; `house` is everywhere.
    pub grants: &'static [(&'static str, Role)],
    /// Licences.
    pub licences: &'static [&'static str],
    /// Languages.
    pub languages: &'static [&'static str],
}

/// All of them.
pub const PEOPLE: &[Person] = &[
    Person {
        email: "adjuster@baton.example",
        name: "Ada Jensen",
        grants: &[("harbor-mutual", Role::HumanAgent), ("nordlicht", Role::HumanAgent)],
        licences: &["adjuster-us", "adjuster-de"],
        languages: &["en", "de"],
    },
    Person {
        email: "agent@baton.example",
        name: "Sam Okafor",
        grants: &[("larkspur", Role::HumanAgent)],
        licences: &[],
        languages: &["en"],
    },
    Person {
        email: "supervisor@baton.example",
        name: "Mira Castellan",
        grants: &[("house", Role::Supervisor)],
        licences: &["adjuster-us", "adjuster-de"],
        languages: &["en", "de"],
    },
    Person {
        email: "auditor@baton.example",
        name: "Jonas Weidner",
        grants: &[("house", Role::Auditor)],
        licences: &[],
        languages: &["en", "de"],
    },
    Person {
        email: "ai-lead@baton.example",
        name: "Priya Nair",
        grants: &[("house", Role::AiLead)],
        licences: &[],
        languages: &["en"],
    },
    Person {
        email: "integrator@baton.example",
        name: "Leo Brandt",
        grants: &[("house", Role::Integrator)],
        licences: &[],
        languages: &["en", "de"],
    },
    Person {
        email: "admin@baton.example",
        name: "Tove Lindqvist",
        grants: &[("house", Role::Admin)],
        licences: &[],
        languages: &["en"],
    },
];

async fn open(url: &str) -> Result<(Db, Arc<Env>)> {
    let db = Db::open(url).await?;
    db.migrate().await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let entropy = u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs().rotate_left(17);
    Ok((db, Env::new(clock, Arc::new(IdSource::seeded(entropy)))))
}

/// Makes a token that opens cases; returns its text.
pub async fn token(url: &str) -> Result<String> {
    let (db, env) = open(url).await?;
    let made = db
        .write(move |tx| {
            let ctx = Ctx::system(&env, &ClientId::house(), "cli:demo-token");
            tokens::create(tx, &ctx, "demo-traffic", &[Role::Service], None)
        })
        .await?;
    db.close().await;
    Ok(made.token)
}

/// Adds the members that are not there; returns how many.
pub async fn seed(url: &str) -> Result<usize> {
    let (db, env) = open(url).await?;
    let hash = members::PasswordHash::of(PASSWORD)?;
    let made = db
        .write(move |tx| {
            let ctx = Ctx::system(&env, &ClientId::house(), "cli:demo-seed");
            let known = members::list(tx, &ctx, None, baton_base::limits::PAGE_MAX)?;
            let new = PEOPLE.iter().filter(|p| !known.iter().any(|m| m.email == p.email));
            let mut made = 0;
            for person in new {
                add(tx, &ctx, person, &hash)?;
                made += 1;
            }
            Ok(made)
        })
        .await?;
    db.close().await;
    Ok(made)
}

fn add(tx: &mut baton_db::Tx, ctx: &Ctx, person: &Person, hash: &members::PasswordHash) -> Result<()> {
    let owned = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
    let new = members::NewMember {
        email: person.email.to_owned(),
        name: person.name.to_owned(),
        password: Some(hash.clone()),
        skills: Vec::new(),
        languages: owned(person.languages),
        licences: owned(person.licences),
    };
    let id = members::create(tx, ctx, &new)?;
    for (client, role) in person.grants {
        members::grant(tx, &ctx.for_client(&ClientId::known(*client))?, &id, *role)?;
    }
    Ok(())
}
