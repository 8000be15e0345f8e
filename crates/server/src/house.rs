//! The whole house of one process: database, compiled releases, door, worker.

mod load;

use crate::functions::{Decide, called_by_models};
use crate::keys::{ChatKey, Conversations, LedgerKey};
use crate::parts::Parts;
use crate::weights::Weights;
use baton_agents::{AgentTurn, Encoder, ModelConfig, Models};
use baton_base::{ClientId, Clock, IdSource, Result};
use baton_cases::{Cases, Notify, Record};
use baton_channels::Channels;
use baton_db::{Db, Standing};
use baton_desk::{AgentHandoff, Approval, Desk, Escalate, HumanTask, Knows, Side};
use baton_govern::{Ctx, Env, Rulebook, ledger};
use baton_knowledge::Learner;
use baton_runs::{Function as _, Runs, RunsBuilder};
use baton_tools::catalogue::Kind;
use baton_tools::wire::{InVault, Wire, WireParts};
use baton_tools::{ActionFunction, Door};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::watch;

/// How often the ledger is sealed, milliseconds.
const SEAL_MS: u64 = 1_000;
/// Most transactions by which one client's ledger is sealed before the next client's turn; the rest follows a second later.
const SEALS_MAX: u32 = 500;
/// Names of this machine for itself.
const LOCAL_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// How often effects that were cut off are looked for, seals in between.
const SWEEP_EVERY: u32 = 60;
/// Drills that are overdue are said in the log a while after the start, and then once in this many rounds: once a day.
const REMIND_EVERY: u32 = 24 * 60 * 60;

/// What every request and every loop of this process works with.
pub struct House {
    /// The database.
    pub db: Db,
    /// Clock and ids.
    pub env: Arc<Env>,
    /// Compiled releases.
    pub parts: Parts,
    /// The door to other systems.
    pub door: Door,
    /// The worker of runs.
    pub runs: Runs,
    /// The way to the identity provider.
    pub sso: crate::sso::Sso,
    /// Mailboxes, and whatever else is carried.
    pub channels: Channels,
    /// Signs and checks the ledger.
    pub ledger_key: LedgerKey,
    /// Proves chat conversations.
    pub chat_key: ChatKey,
    /// Tools that the live releases offer over MCP.
    pub(crate) offers: crate::mcp::Offers,
    /// Who follows tasks over A2A.
    pub(crate) seats: crate::a2a::Seats,
    /// What is proven of the live releases' policies.
    pub(crate) proofs: crate::proofs::Proofs,
    /// Versions of processes in releases that are not loaded.
    pub(crate) versions: crate::versions::Read,
    hosts: OnceLock<Vec<String>>,
    pub(crate) addresses: crate::http::addresses::Addresses,
    /// Which conversation a case belongs to, as far as this process has seen.
    pub conversations: Conversations,
    /// How fast conversations are written in.
    pub(crate) pace: crate::pace::Pace,
    models: Arc<Models>,
    /// Helps the recognisers of all clients, where the installation has one.
    encoder: Option<Arc<Encoder>>,
    /// Reads the articles of all clients with it.
    learner: Option<Learner>,
    unloaded: load::Unloaded,
    weights: Arc<Weights>,
    stop: watch::Sender<bool>,
}

impl House {
    /// Opens the house on a database: migrates it, opens its vault, loads the live releases and those that runs are
    /// pinned to.
    pub async fn open(url: &str, clock: Arc<dyn Clock>, models: Models) -> Result<Arc<Self>> {
        Self::open_with(url, None, clock, models).await
    }

    /// The same with a file of master keys.
    pub async fn open_with(
        url: &str,
        key_file: Option<&Path>,
        clock: Arc<dyn Clock>,
        models: Models,
    ) -> Result<Arc<Self>> {
        Self::open_encoding(url, key_file, clock, models, None).await
    }

    /// The same with an encoder, which helps to recognise what messages are about and to find articles.
    pub async fn open_encoding(
        url: &str,
        key_file: Option<&Path>,
        clock: Arc<dyn Clock>,
        models: Models,
        encoder: Option<Arc<Encoder>>,
    ) -> Result<Arc<Self>> {
        let db = Db::open(url).await?;
        db.migrate().await?;
        say_wall(db.standing().await?);
        crate::vault::unlock(&db, url, key_file).await?;
        crate::vault::seal_addresses(&db).await?;
        let entropy = u64::from(std::process::id()) ^ clock.now_ms().unsigned_abs().rotate_left(20);
        let env = Env::new(clock, Arc::new(IdSource::seeded(entropy)));
        let parts = Parts::default();
        let door = door(&db, &env, &parts)?;
        let wire = wire(&db, &parts)?;
        let weights = Arc::new(Weights::default());
        let weigh = Arc::clone(&weights);
        let models = Arc::new(models);
        let runs = worker(&db, &env, &parts, &door, &wire, Arc::clone(&models));
        let runs = runs.weight(move |client| weigh.of(client)).build();
        let (ledger_key, chat_key) = db.write(|tx| Ok((LedgerKey::load(tx)?, ChatKey::load(tx)?))).await?;
        let (stop, _) = watch::channel(false);
        let conversations = Conversations::default();
        let (offers, seats) = (crate::mcp::Offers::default(), crate::a2a::Seats::default());
        let (hosts, proofs) = (OnceLock::new(), crate::proofs::Proofs::default());
        let sso = crate::sso::Sso::new()?;
        let channels = channels(&db, &env, &parts, &wire);
        let learner = encoder.as_ref().map(Learner::start).transpose()?;
        let house = Self {
            db,
            env,
            parts,
            door,
            runs,
            sso,
            channels,
            ledger_key,
            chat_key,
            offers,
            seats,
            proofs,
            versions: crate::versions::Read::default(),
            hosts,
            addresses: crate::http::addresses::Addresses::default(),
            conversations,
            pace: crate::pace::Pace::default(),
            models,
            encoder,
            learner,
            unloaded: load::Unloaded::default(),
            weights,
            stop,
        };
        house.load().await?;
        Ok(Arc::new(house))
    }

    /// Works until [`House::stop`]: turns of runs, outside calls, work given to people, sealing of the ledger.
    pub async fn work(self: &Arc<Self>) {
        let sealing = tokio::spawn(seal_loop(Arc::clone(self)));
        let sweeping = tokio::spawn(vault_loop(Arc::clone(self)));
        let looking = tokio::spawn(crate::systems::look_after(Arc::clone(self)));
        let dispatching = tokio::spawn(crate::dispatch::run(Arc::clone(self)));
        let mailing = tokio::spawn(baton_channels::mail::work(self.channels.clone(), self.stopping()));
        let telling = tokio::spawn(baton_channels::hooks::work(self.channels.clone(), self.stopping()));
        let reading = tokio::spawn(crate::moods::catch_up(Arc::clone(self)));
        self.runs.work(self.stopping()).await;
        let _ = sealing.await;
        let _ = sweeping.await;
        let _ = looking.await;
        let _ = dispatching.await;
        let _ = mailing.await;
        let _ = telling.await;
        let _ = reading.await;
    }

    /// Stops the loops; calls under way are finished.
    pub fn stop(&self) {
        let _ = self.stop.send(true);
    }

    /// Changes to true when the process stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Names under which this server is asked for, besides those of this machine; once, before it serves.
    pub fn known_as(&self, names: &[String]) {
        let all = LOCAL_HOSTS.iter().map(|name| (*name).to_owned()).chain(names.iter().cloned());
        let _ = self.hosts.set(all.collect());
    }

    /// Names under which this server may be asked for, where a browser could be made to ask.
    pub fn hosts(&self) -> &[String] {
        self.hosts.get_or_init(|| LOCAL_HOSTS.iter().map(|name| (*name).to_owned()).collect())
    }

    /// How many proxies of the operator's stand before this server, each of which adds to `X-Forwarded-For` whom it was asked by; once,
    /// before it serves. None where nothing is said: then whoever connects is whoever asks.
    pub fn behind(&self, proxies: usize) {
        self.addresses.trust(proxies);
    }

    /// The encoder that helps to recognise messages, if one does.
    pub fn encoder(&self) -> Option<&Encoder> {
        self.encoder.as_deref()
    }

    /// The cases room's parts.
    pub fn cases(&self) -> Cases {
        cases(&self.parts)
    }

    /// The desk's parts.
    pub fn desk(&self) -> Desk {
        desk(&self.parts)
    }

    /// The rules of a client's live release; none for the installation.
    pub fn rules(&self, client: &ClientId) -> Option<Arc<Rulebook>> {
        self.parts.rulebooks.live(client).ok().map(|(_, rulebook)| rulebook)
    }

    /// The locale of a client's live release.
    pub fn locale(&self, client: &ClientId) -> Option<String> {
        self.parts.cases.live(client).ok().map(|(_, config)| config.locale.clone())
    }

    /// The name under which an agent speaks to customers.
    pub fn agent_title(&self, client: &ClientId, name: &str) -> String {
        let live = self.parts.rosters.live(client).ok();
        let title = live.and_then(|(_, roster)| roster.agents.get(name).map(|agent| agent.title.clone()));
        title.unwrap_or_else(|| name.to_owned())
    }

    /// Whether an agent (`*`: any of the client's) has a language model, and so can read what is whispered to it.
    pub fn reads_whispers(&self, client: &ClientId, agent: &str) -> bool {
        let Ok((_, roster)) = self.parts.rosters.live(client) else { return false };
        let mut named = roster.agents.iter().filter(|(name, _)| agent == "*" || name.as_str() == agent);
        named.any(|(_, spec)| self.models.for_agent(client, spec.model.as_ref()).is_some())
    }

    /// The model that translates for people at a client: the installation's, or else the first that one of its agents names.
    pub fn translator(&self, client: &ClientId) -> Option<ModelConfig> {
        let ours = self.models.for_agent(client, None);
        ours.or_else(|| {
            let (_, roster) = self.parts.rosters.live(client).ok()?;
            roster.agents.values().find_map(|agent| agent.model.clone())
        })
    }

    /// Whether an agent of a client has a model, and a price of it is known; `None` where it has no model.
    pub fn is_priced(&self, client: &ClientId, agent: &str) -> Option<bool> {
        let (_, roster) = self.parts.rosters.live(client).ok()?;
        let own = roster.agents.get(agent)?.model.as_ref();
        self.models.for_agent(client, own).map(|model| model.price.is_some())
    }

    /// The models of this installation.
    pub fn models(&self) -> &Models {
        &self.models
    }

    /// Acts for the installation.
    pub fn system(&self, client: &ClientId, name: &str) -> Ctx {
        Ctx::system(&self.env, client, name)
    }
}

/// Says at the start how the wall between clients stands: that there is none must not go unseen.
fn say_wall(standing: Standing) {
    match standing {
        Standing::Role | Standing::Policies => tracing::info!("{standing}"),
        Standing::Missing => tracing::error!("{standing}"),
        Standing::Embedded => {}
    }
}

fn cases(parts: &Parts) -> Cases {
    Cases {
        config: Arc::clone(&parts.cases),
        processes: Arc::clone(&parts.processes),
        is_upset: Some(baton_agents::entities::is_angry),
    }
}

fn desk(parts: &Parts) -> Desk {
    Desk { intake: Arc::clone(&parts.intakes), cases: cases(parts) }
}

fn channels(db: &Db, env: &Arc<Env>, parts: &Parts, wire: &Wire) -> Channels {
    Channels {
        db: db.clone(),
        env: Arc::clone(env),
        config: Arc::clone(&parts.channels),
        cases: cases(parts),
        desk: desk(parts),
        wire: wire.clone(),
    }
}

fn door(db: &Db, env: &Arc<Env>, parts: &Parts) -> Result<Door> {
    Door::new(baton_tools::Parts {
        db: db.clone(),
        env: Arc::clone(env),
        catalogues: Arc::clone(&parts.catalogues),
        rulebooks: Arc::clone(&parts.rulebooks),
        cases: Arc::new(crate::case_facts::CaseFacts { env: Arc::clone(env) }),
        desk: desk(parts),
    })
}

fn wire(db: &Db, parts: &Parts) -> Result<Wire> {
    Wire::new(WireParts {
        db: db.clone(),
        egress: Arc::clone(&parts.egress),
        processes: Arc::clone(&parts.processes),
        secrets: Arc::new(InVault),
    })
}

fn worker(db: &Db, env: &Arc<Env>, parts: &Parts, door: &Door, wire: &Wire, models: Arc<Models>) -> RunsBuilder {
    let (at_fault, handing) = (desk(parts), AgentHandoff { desk: desk(parts), knows: agents_of(parts) });
    let builder = RunsBuilder::new(db.clone(), Arc::clone(env), Arc::clone(&parts.processes))
        .function(
            AgentTurn::new(db.clone(), Arc::clone(&parts.rosters), Arc::clone(&parts.shelves), cases(parts), models)
                .delegating(Arc::new(move |tx, cx, args| handing.start(tx, cx, args)))
                .acting(called_by_models(parts, door)),
        )
        .function(ActionFunction::new(door.clone()))
        .function(Notify(cases(parts)))
        .function(Record)
        .function(HumanTask(desk(parts)))
        .function(Approval(desk(parts)))
        .function(Escalate(desk(parts)))
        .function(AgentHandoff { desk: desk(parts), knows: agents_of(parts) })
        .function(Decide { rulebooks: Arc::clone(&parts.rulebooks) })
        .is_stored(baton_clients::has_release)
        .on_fault(move |tx, faulted| baton_desk::run_faulted(tx, &at_fault, faulted));
    wire.functions().into_iter().fold(builder, RunsBuilder::function)
}

/// Who may be handed a case: the agents of a release, and the outside agents that it is connected to.
fn agents_of(parts: &Parts) -> Knows {
    let (rosters, catalogues) = (Arc::clone(&parts.rosters), Arc::clone(&parts.catalogues));
    Arc::new(move |client, release, name| {
        if rosters.at(client, release)?.agents.contains_key(name) {
            return Ok(Some(Side::Inside));
        }
        let catalogue = catalogues.at(client, release)?;
        let outside = catalogue.systems().any(|system| system.name == name && matches!(system.kind, Kind::A2a(_)));
        Ok(outside.then_some(Side::Outside))
    })
}

async fn seal_loop(house: Arc<House>) {
    let mut stop = house.stopping();
    let mut round = 0_u32;
    while !*stop.borrow() {
        if let Err(error) = seal_all(&house).await {
            tracing::warn!(%error, "the ledger could not be sealed and will be tried again");
        }
        if let Err(error) = crate::changes::publish_due(&house).await {
            tracing::warn!(%error, "proposals whose time has come could not be looked for");
        }
        if let Err(error) = house.load().await {
            tracing::error!(%error, "what is live could not be looked for");
        }
        round = round.wrapping_add(1);
        if round.is_multiple_of(SWEEP_EVERY) {
            sweep(&house).await;
        }
        if round.wrapping_sub(SWEEP_EVERY).is_multiple_of(REMIND_EVERY)
            && let Err(error) = crate::drill::warn(&house).await
        {
            tracing::warn!(%error, "it could not be looked up when the stop switches were drilled");
        }
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(SEAL_MS)) => {}
            _ = stop.changed() => {}
        }
    }
    if let Err(error) = seal_all(&house).await {
        tracing::warn!(%error, "the last entries of the ledger are sealed at the next start");
    }
}

/// Seals what has come into every client's ledger, in small transactions: what others have to write goes in between.
pub async fn seal_all(house: &Arc<House>) -> Result<()> {
    let mut clients = house.parts.clients();
    clients.push(ClientId::house());
    for client in clients {
        for _ in 0..SEALS_MAX {
            let (client, key, now_ms) = (client.clone(), house.ledger_key.signing_key(), house.env.now_ms());
            if house.db.write(move |tx| ledger::seal(tx, &client, &key, now_ms)).await?.is_none() {
                break;
            }
        }
    }
    Ok(())
}

async fn sweep(house: &Arc<House>) {
    for client in house.parts.clients() {
        let ctx = house.system(&client, "door");
        if let Err(error) = house.door.sweep(&ctx).await {
            tracing::warn!(%client, %error, "effects that were cut off could not be looked for");
        }
        if let Err(error) = crate::drift::watch(house, &client).await {
            tracing::warn!(%client, %error, "how the calls of AI end could not be looked at");
        }
    }
    if let Err(error) = crate::privacy::retain(house).await {
        tracing::warn!(%error, "what is to be erased by now waits for the next round");
    }
}

/// Brings texts under the newest key; by itself, since the first time can take long, and nothing else is to wait for it.
async fn vault_loop(house: Arc<House>) {
    let mut stop = house.stopping();
    while !*stop.borrow() {
        tokio::select! {
            swept = crate::vault::sweep(&house) => {
                if let Err(error) = swept {
                    tracing::warn!(%error, "what is under an older key, or in clear, waits for the next round");
                }
            }
            _ = stop.changed() => return,
        }
        tokio::select! {
            _ = tokio::time::sleep(Duration::from_millis(SEAL_MS * u64::from(SWEEP_EVERY))) => {}
            _ = stop.changed() => {}
        }
    }
}
