//! A house of its own with the shop's system, in this process: for calls that go straight to the door.

use super::check::sets;
use crate::House;
use crate::cli::deploy;
use baton_agents::Models;
use baton_base::{AgentName, CaseId, ClientId, Error, MessageId, Result, SystemClock, digest_of};
use baton_cases::{Channel, Incoming, Patch, receive};
use baton_db::Tx;
use baton_demo::systems::{self, Systems};
use baton_govern::{Ctx, consent};
use baton_tools::{Call, Called};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::task::JoinHandle;

const CLIENT: &str = "larkspur";
const AGENT: &str = "concierge";

/// Where the shop's blueprint is.
#[derive(Args, Clone)]
pub struct Places {
    /// Folder with the blueprints.
    #[arg(long, default_value = "blueprints")]
    pub blueprints: PathBuf,
    /// Folder with the overlays of the demo clients.
    #[arg(long, default_value = "demo/overlays")]
    pub overlays: PathBuf,
}

/// The house and the system behind it.
pub struct Stage {
    pub(super) house: Arc<House>,
    systems: Systems,
    working: Option<JoinHandle<()>>,
    _folder: TempDir,
}

/// Who is identified in a case, and as whose customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Who {
    /// The user; nobody where nobody is identified.
    pub user: Option<String>,
    /// Their orders.
    pub orders: Vec<String>,
}

/// One call of the shop's AI agent.
pub struct Ask<'a> {
    /// The action.
    pub tool: &'a str,
    /// Its arguments.
    pub args: &'a Value,
    /// In which case.
    pub case: Option<CaseId>,
    /// Whether the customer has said yes to exactly this.
    pub confirmed: bool,
    /// What names the call.
    pub key: String,
}

impl Stage {
    /// With a published shop database, or a shop made of a seed.
    pub async fn open(places: &Places, shop_db: Option<PathBuf>, seed: u64) -> Result<Self> {
        Self::open_in(super::processes::fresh_folder()?, places, (shop_db, seed), Models::none()).await
    }

    /// The same in this folder, with these models.
    pub(super) async fn open_in(
        folder: TempDir,
        places: &Places,
        (shop_db, seed): (Option<PathBuf>, u64),
        models: Models,
    ) -> Result<Self> {
        let systems = systems::start(&systems::Options { seed, shop_db, ..systems::Options::default() }).await?;
        let database = format!("sqlite:{}", folder.path().join("baton.db").display());
        let overlay = places.overlays.join(format!("{CLIENT}.yaml"));
        let source = deploy::Source { overlays: vec![overlay], blueprints: places.blueprints.clone() };
        let set = sets(&systems.addresses).into_iter().filter(|set| set.starts_with(CLIENT));
        deploy::deploy_quietly(&database, &source, &set.collect::<Vec<_>>()).await?;
        let house = House::open(&database, Arc::new(SystemClock), models).await?;
        Ok(Self { house, systems, working: None, _folder: folder })
    }

    /// Lets the house work: turns of runs, calls, handoffs.
    #[must_use]
    pub(super) fn at_work(self) -> Self {
        let house = Arc::clone(&self.house);
        Self { working: Some(tokio::spawn(async move { house.work().await })), ..self }
    }

    /// In whose name the stage acts.
    pub(super) fn ctx(&self) -> Ctx {
        self.house.system(&ClientId::known(CLIENT), "demo:stage")
    }

    /// A new case.
    pub async fn case(&self, number: usize, who: &Who) -> Result<CaseId> {
        let (ctx, cases, who) = (self.ctx(), self.house.cases(), who.clone());
        let write = move |tx: &mut Tx| {
            let incoming = Incoming {
                channel: Channel::Api,
                address: format!("c{number}@example.com"),
                name: None,
                locale: None,
                text: "hello".to_owned(),
                external_id: Some(format!("stage-{number}")),
                case: None,
                data: Value::Null,
            };
            let received = receive(tx, &ctx, &cases, incoming)?;
            if let Who { user: Some(user), orders } = who {
                let identity = Some(json!({"how": "email", "user_id": user, "orders": orders}));
                baton_cases::record(tx, &ctx, &received.case, Patch { identity, ..Patch::default() })?;
            }
            Ok(received.case)
        };
        self.house.db.write(write).await
    }

    /// Makes a call.
    pub async fn call(&self, ask: Ask<'_>) -> Result<Called> {
        if let (true, Some(case)) = (ask.confirmed, ask.case.clone()) {
            let (ctx, tool, digest) = (self.ctx(), ask.tool.to_owned(), digest_of(ask.args));
            let message = MessageId::known(format!("msg_{}", ask.key));
            let yes = move |tx: &mut Tx| consent::record(tx, &ctx, &case, &tool, &digest, &message);
            self.house.db.write(yes).await?;
        }
        let call = Call {
            action: ask.tool.to_owned(),
            args: ask.args.clone(),
            case: ask.case,
            step_key: ask.key,
            agent: Some(AgentName::known(AGENT)),
            ..Call::default()
        };
        self.house.door.call(&self.ctx(), call).await
    }

    /// What the system says at a path.
    pub async fn fetch(&self, path: &str) -> Result<Value> {
        let answer = reqwest::get(format!("{}{path}", self.systems.addresses.shop)).await.map_err(Error::broken)?;
        answer.json().await.map_err(Error::broken)
    }

    /// Writes to the system itself, as its own people do.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<()> {
        let url = format!("{}{path}", self.systems.addresses.shop);
        let asked = reqwest::Client::new().post(url).json(body).send().await;
        asked.and_then(reqwest::Response::error_for_status).map(drop).map_err(Error::broken)
    }

    /// Puts the shop back to what it was at the start.
    pub async fn reset(&self) -> Result<()> {
        let asked = reqwest::Client::new().post(format!("{}/_reset", self.systems.addresses.shop)).send().await;
        asked.and_then(reqwest::Response::error_for_status).map(drop).map_err(Error::broken)
    }

    /// Closes the house.
    pub async fn close(self) {
        if let Some(working) = self.working {
            self.house.stop();
            // What goes wrong in it is in the log; nothing is left to be done.
            let _ = working.await;
        }
        self.house.db.close().await;
    }
}
