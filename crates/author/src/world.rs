//! The installation of one play: a database of its own, one client, one release.

use crate::project::{Project, STAND_IN};
use crate::scripted::{Scripted, Shared};
use baton_base::{ClientId, Clock, Error, IdSource, ReleaseId, Result, Versions};
use baton_db::{Db, Tx};
use baton_govern::{Ctx, Egress, Env};
use baton_runs::{Processes, Runs, RunsBuilder};
use baton_tools::wire::{KINDS, Secrets, Wire, WireParts};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How a play is set up.
pub struct Wanted {
    /// `sqlite:PATH` or a path; without it, a temporary file that goes away.
    pub database: Option<String>,
    /// Calls of the language that the script does not answer go out for real.
    pub real_calls: bool,
    /// Secrets by name, for real calls; what is not here is looked for in the environment.
    pub secrets: BTreeMap<String, String>,
}

/// Secrets given by hand, or by the environment: `BATON_SECRET_` and the name in capitals.
pub struct EnvSecrets(pub BTreeMap<String, String>);

impl Secrets for EnvSecrets {
    fn get(&self, _tx: &mut Tx, _client: &ClientId, name: &str) -> Result<Option<String>> {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let variable = format!("BATON_SECRET_{}", name.chars().map(plain).collect::<String>());
        Ok(self.0.get(name).cloned().or_else(|| std::env::var(variable).ok()))
    }
}

pub(crate) struct World {
    pub db: Db,
    pub env: Arc<Env>,
    pub processes: Arc<Versions<Processes>>,
    pub runs: Runs,
}

pub(crate) fn client() -> ClientId {
    ClientId::known("author")
}

impl World {
    pub(crate) async fn open(
        project: &Project,
        clock: Arc<dyn Clock>,
        stage: &Shared,
        stand_ins: &BTreeSet<&str>,
        wanted: &Wanted,
    ) -> Result<Self> {
        let db = Db::open(wanted.database.as_deref().unwrap_or("sqlite::memory:")).await?;
        db.migrate().await?;
        let entropy = u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs().rotate_left(20);
        let env = Env::new(clock, Arc::new(IdSource::seeded(entropy)));
        let (compiled, functions) = project.compiled(stand_ins)?;
        let (processes, egress) = (Arc::new(Versions::default()), Arc::new(Versions::default()));
        let release = ReleaseId::known("rel_author");
        processes.put_live(&client(), &release, Arc::new(compiled));
        egress.put_live(&client(), &release, Arc::new(Egress::anywhere()));
        let parts = WireParts {
            db: db.clone(),
            egress,
            processes: Arc::clone(&processes),
            secrets: Arc::new(EnvSecrets(wanted.secrets.clone())),
        };
        let real = Wire::new(parts)?.functions();
        let mut builder = RunsBuilder::new(db.clone(), Arc::clone(&env), Arc::clone(&processes));
        for (kind, real) in KINDS.into_iter().zip(real) {
            let real = wanted.real_calls.then_some(real);
            builder =
                builder.function(Scripted { name: kind, known_as: kind.to_owned(), stage: Arc::clone(stage), real });
        }
        for function in functions {
            let known_as = function.strip_prefix(STAND_IN).unwrap_or(&function).to_owned();
            // A play is short, and a name is a few bytes.
            let name: &'static str = Box::leak(function.into_boxed_str());
            builder = builder.function(Scripted { name, known_as, stage: Arc::clone(stage), real: None });
        }
        Ok(Self { db, env, processes, runs: builder.build() })
    }

    pub(crate) fn ctx(&self) -> Ctx {
        Ctx::system(&self.env, &client(), "author")
    }

    /// Changes the database.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx, &Ctx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let ctx = self.ctx();
        self.db.write(move |tx| work(tx, &ctx)).await
    }
}

/// The error of a clock that ran too long.
pub(crate) fn time_up(limit_ms: i64) -> Error {
    Error::Limit(format!("the run has not ended after {limit_ms} ms; give it more time, or look what it waits for"))
}
