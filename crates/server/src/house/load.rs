//! Which releases this process has loaded: what is live, and what runs are pinned to.

use super::House;
use crate::parts::{Compiled, compile};
use crate::weights;
use baton_base::{Bundle, ClientId, Error, Finding, ReleaseId, Result};
use baton_db::{Tx, Wall};
use baton_runs::Processes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// For how long a release that does not load is not tried again, milliseconds.
const REST_MS: i64 = 60_000;

impl House {
    /// Loads what is live and what runs are pinned to, as far as it is not loaded yet: at the start, and when a
    /// release was deployed since. Of every client, whoever's request it was. One that does not load keeps no other back: the log
    /// says why, and it is tried again after a minute; what was live of its client before stays so on this node.
    pub async fn load(&self) -> Result<()> {
        Wall::none().around(self.load_all()).await
    }

    async fn load_all(&self) -> Result<()> {
        self.weights.put(self.db.read(weights::read).await?);
        for (client, release, live) in self.db.read(releases_wanted).await? {
            if self.unloaded.rests(&client, &release, self.env.clock.now_ms()) {
                continue;
            }
            match self.load_one(&client, &release, live).await {
                Err(error @ Error::Invalid { .. }) => {
                    tracing::error!(%client, %release, %error, "a release is not loaded here");
                    self.unloaded.rest(client, release, self.env.clock.now_ms());
                }
                loaded => loaded?,
            }
        }
        Ok(())
    }

    async fn load_one(&self, client: &ClientId, release: &ReleaseId, live: bool) -> Result<()> {
        if !live {
            return self.pin(client, release).await;
        }
        if self.parts.processes.live(client).is_ok_and(|(loaded, _)| loaded == *release) {
            return Ok(());
        }
        let compiled = self.stored(client, release).await?;
        self.put_live(client, release, compiled).await
    }

    async fn stored(&self, client: &ClientId, release: &ReleaseId) -> Result<Compiled> {
        let (of, wanted) = (client.clone(), release.clone());
        let row = self.db.read(move |tx| baton_clients::release(tx, &of, &wanted)).await?;
        compile(&row.bundle, self.encoder.as_ref()).map_err(|findings| unloadable(client, release, &findings))
    }

    async fn put_live(&self, client: &ClientId, release: &ReleaseId, compiled: Compiled) -> Result<()> {
        let live = self.arm(client, release, Arc::clone(compiled.processes())).await?;
        self.take_in(client, release, compiled, live);
        if live {
            self.tell_unpriced(client);
        }
        Ok(())
    }

    /// Takes up a release that has just gone live and was compiled before. Where another has gone live since, the next look
    /// loads that one.
    pub(crate) async fn take_up(&self, client: &ClientId, release: &ReleaseId, compiled: Compiled) -> Result<()> {
        Wall::none().around(self.put_live(client, release, compiled)).await
    }

    /// Compiles a release on a thread of its own: recognisers are trained, which takes its time.
    pub(crate) async fn compiled(&self, bundle: Bundle) -> Result<Result<Compiled, Vec<Finding>>> {
        let encoder = self.encoder.clone();
        tokio::task::spawn_blocking(move || compile(&bundle, encoder.as_ref())).await.map_err(Error::broken)
    }

    /// Says which agents may cost so much a turn and have no model whose price is known: none is asked for them.
    fn tell_unpriced(&self, client: &ClientId) {
        let Ok((_, roster)) = self.parts.rosters.live(client) else { return };
        for (agent, spec) in roster.agents.iter().filter(|(_, spec)| spec.turn_money.is_some()) {
            let model = self.models.for_agent(client, spec.model.as_ref());
            if model.is_some_and(|model| model.price.is_none()) {
                tracing::warn!(%client, %agent, "turn_money has no price to go by: no model is asked; serve with --model-price");
            }
        }
    }

    /// Makes the schedules of a client those of a release, unless another has gone live since: false then. Every node that loads
    /// the release does it, so that it is done however the deployment ended; once is enough.
    async fn arm(&self, client: &ClientId, release: &ReleaseId, processes: Arc<Processes>) -> Result<bool> {
        let (ctx, release) = (self.system(client, "schedule"), release.clone());
        let armed = self.db.write(move |tx| {
            let live = baton_clients::hold_live_release(tx, &ctx.client)?.as_ref() == Some(&release);
            if live {
                baton_runs::arm(tx, &ctx, &release, &processes)?;
            }
            Ok(live)
        });
        armed.await
    }

    /// Loads a release that runs are pinned to, if it is not loaded: before a run that had ended is taken up again.
    pub async fn pin(&self, client: &ClientId, release: &ReleaseId) -> Result<()> {
        if self.parts.processes.at(client, release).is_ok() {
            return Ok(());
        }
        let compiled = self.stored(client, release).await?;
        self.take_in(client, release, compiled, false);
        Ok(())
    }

    /// Works with a release from now on; its articles are searched by words alone until the encoder has read them.
    fn take_in(&self, client: &ClientId, release: &ReleaseId, compiled: Compiled, live: bool) {
        self.parts.put(client, release, compiled, live);
        if let (Some(learner), Ok(shelf)) = (&self.learner, self.parts.shelves.at(client, release)) {
            learner.learn(shelf);
        }
    }
}

/// Releases that do not load here. To compile one is work, and it becomes no better by itself.
#[derive(Default)]
pub(super) struct Unloaded(Mutex<BTreeMap<(ClientId, ReleaseId), i64>>);

impl Unloaded {
    fn until(&self) -> MutexGuard<'_, BTreeMap<(ClientId, ReleaseId), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rest(&self, client: ClientId, release: ReleaseId, now_ms: i64) {
        self.until().insert((client, release), now_ms.saturating_add(REST_MS));
    }

    fn rests(&self, client: &ClientId, release: &ReleaseId, now_ms: i64) -> bool {
        let mut until = self.until();
        until.retain(|_, until_ms| now_ms < *until_ms);
        until.contains_key(&(client.clone(), release.clone()))
    }
}

/// A release that was stored and no longer loads: Baton has been renewed since.
fn unloadable(client: &ClientId, release: &ReleaseId, findings: &[Finding]) -> Error {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    let title = format!("Release {release} of {client} does not load with this version of Baton");
    Error::invalid(title, lines.join("\n"))
}

fn releases_wanted(tx: &mut Tx) -> Result<Vec<(ClientId, ReleaseId, bool)>> {
    let mut wanted = Vec::new();
    for client in baton_clients::clients(tx)? {
        let Some(live) = client.release else { continue };
        for pinned in baton_clients::in_use(tx, &client.id)? {
            if pinned != live {
                wanted.push((client.id.clone(), pinned, false));
            }
        }
        wanted.push((client.id, live, true));
    }
    Ok(wanted)
}
