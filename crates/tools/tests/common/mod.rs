//! A shop on loopback with real state and faults, a release that connects it, and a door on a real database.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod shop;

use baton_base::{
    AgentName, Bundle, CaseId, ClientId, Clock, Currency, Error, IdSource, ManualClock, ReleaseId, Result, SystemClock,
    Versions, WorkItemId, digest_of,
};
use baton_db::{Db, Tx};
use baton_desk::{Decision, Desk, Intake};
use baton_govern::{Ctx, Env, Level, Role, Rulebook, autonomy, members};
use baton_tools::{Call, CaseFacts, Catalogue, Door, Parts, store};
use serde_json::{Value, json};
use shop::Shop;
use std::sync::Arc;

pub const CLIENT: &str = "larkspur";
pub const CASE: &str = "case_1";

pub fn bundle(address: &str, openapi: &str) -> Bundle {
    let connector = include_str!("connector.yaml").replace("{{address}}", address);
    let files = [
        ("connectors/shop.yaml", connector),
        ("connectors/shop.openapi.json", openapi.to_owned()),
        ("policies/shop.cedar", include_str!("shop.cedar").to_owned()),
        ("tables/cancel.yaml", include_str!("cancel.yaml").to_owned()),
        (
            "autonomy.yaml",
            "default: act\nrules:\n  - { action: change_address, level: act_with_approval }\n".to_owned(),
        ),
        (
            "facts.yaml",
            "facts:\n  - { key: refund.limit, value: 50000, unit: USD minor, owner: returns, source: policy 2 }\n"
                .into(),
        ),
    ];
    let files = files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect();
    Bundle { files, ..Bundle::default() }
}

pub fn desk(client: &ClientId) -> Desk {
    let desk = Desk::default();
    let intake = Intake::load(&Bundle::default()).unwrap();
    desk.intake.put_live(client, &ReleaseId::known("rel_1"), Arc::new(intake));
    desk
}

pub struct World {
    pub shop: Shop,
    pub door: Door,
    pub db: Db,
    pub env: Arc<Env>,
    pub clock: Arc<ManualClock>,
    pub client: ClientId,
}

impl World {
    pub async fn on(db: Db) -> Self {
        let shop = Shop::start().await;
        let clock = ManualClock::at(SystemClock.now_ms());
        let env = Env::new(clock.clone(), Arc::new(IdSource::seeded(7)));
        let client = ClientId::known(CLIENT);
        let door = door(&db, &env, &client, &bundle(&shop.address, &shop::openapi().to_string()));
        Self { shop, door, db, env, clock, client }
    }

    pub async fn new() -> Self {
        Self::on(baton_testkit::sqlite().await).await
    }

    /// The same release with other files beside or instead of its own; `{{address}}` is the shop's.
    pub async fn with(files: &[(&str, &str)]) -> Self {
        let mut world = Self::new().await;
        let mut bundle = bundle(&world.shop.address, &shop::openapi().to_string());
        for (path, text) in files {
            bundle.files.insert((*path).to_owned(), text.replace("{{address}}", &world.shop.address));
        }
        world.door = door(&world.db, &world.env, &world.client, &bundle);
        world
    }

    /// The case stands in the books, for work items about it.
    pub async fn open_case(&self) {
        let (client, now_ms) = (self.client.clone(), self.clock.now_ms());
        let write = self.db.write(move |tx| {
            let customer = "INSERT INTO customer (client_id, customer_id, name, locale, created_ms) \
                            VALUES ($1, 'cus_1', 'Ada', 'en', $2)";
            tx.execute(customer, baton_db::params![client, now_ms])?;
            let case = "INSERT INTO case_file (client_id, case_id, number, customer_id, channel, subject, state, \
                        actor_kind, actor, fields, language, release_id, message_count, opened_ms, changed_ms) VALUES \
                        ($1, $2, 1, 'cus_1', 'chat', 's', 'open', 'system', 'process', '{}', 'en', 'rel_1', 1, $3, $3)";
            tx.execute(case, baton_db::params![client, CASE, now_ms])
        });
        write.await.unwrap();
    }

    /// A door on the same database with another release.
    pub fn door_of(&self, bundle: &Bundle) -> Door {
        door(&self.db, &self.env, &self.client, bundle)
    }

    /// A door on the same database where the same files are the release `release`, and no other is loaded.
    pub fn door_at(&self, release: &str) -> Door {
        let bundle = bundle(&self.shop.address, &shop::openapi().to_string());
        door_at(&self.db, &self.env, &self.client, &bundle, release)
    }

    /// A supervisor takes the work item and says yes.
    pub async fn approve(&self, item: &WorkItemId) {
        let (by, item) = (self.colleague(&format!("boss-{item}"), Role::Supervisor).await, item.clone());
        let yes = move |tx: &mut Tx| {
            baton_desk::claim(tx, &by, &item)?;
            let decision = Decision { decision: "approve".to_owned(), ..Decision::default() };
            baton_desk::complete(tx, &by, &item, &decision).map(|_| ())
        };
        self.db.write(yes).await.unwrap();
    }

    /// The level of an action, whatever its release says.
    pub async fn level(&self, action: &'static str, level: Level) {
        let lead = self.member("mem_lead", &[Role::AiLead]);
        self.db.write(move |tx| autonomy::set(tx, &lead, "*", action, level, "a test")).await.unwrap();
    }

    /// Another door on the same database, as after a restart.
    pub fn reopened(&self) -> Door {
        door(&self.db, &self.env, &self.client, &bundle(&self.shop.address, &shop::openapi().to_string()))
    }

    pub fn ctx(&self) -> Ctx {
        Ctx::agent(&self.env, &self.client, &AgentName::known("concierge"), "rel_1")
    }

    pub async fn call(&self, action: &str, args: Value, step: &str) -> baton_tools::Called {
        self.door.call(&self.ctx(), call(action, args, step)).await.unwrap()
    }

    /// The customer says yes to exactly these arguments.
    pub async fn consent(&self, action: &str, args: &Value) {
        let (ctx, action, digest) = (self.ctx(), action.to_owned(), digest_of(args));
        let write = self.db.write(move |tx| {
            let (case, message) = (CaseId::known(CASE), baton_base::MessageId::known("msg_1"));
            baton_govern::consent::record(tx, &ctx, &case, &action, &digest, &message)
        });
        write.await.unwrap();
    }

    pub async fn effects(&self) -> Vec<store::Effect> {
        let client = self.client.clone();
        let read = self.db.read(move |tx| store::list(tx, &client, &store::Filter::default(), None, 200));
        read.await.unwrap()
    }

    pub async fn writes(&self) -> Vec<store::Effect> {
        self.effects().await.into_iter().filter(|e| e.writes).collect()
    }

    /// Kinds and data of the client's ledger, oldest first.
    pub async fn ledger(&self) -> Vec<(String, Value)> {
        let client = self.client.clone();
        let sql = "SELECT kind, data FROM ledger WHERE client_id = $1 ORDER BY entry_id";
        let read = self.db.read(move |tx| tx.query(sql, baton_db::params![client], |r| Ok((r.text(0)?, r.json(1)?))));
        read.await.unwrap()
    }

    /// A member who has signed up and holds this role here.
    pub async fn colleague(&self, email: &str, role: Role) -> Ctx {
        let (env, client, email) = (Arc::clone(&self.env), self.client.clone(), email.to_owned());
        let write = self.db.write(move |tx| {
            let house = Ctx::system(&env, &ClientId::house(), "setup");
            let new = members::NewMember {
                name: email.clone(),
                email: format!("{email}@baton.example"),
                password: None,
                skills: vec![],
                languages: vec![],
                licences: vec![],
            };
            let id = members::create(tx, &house, &new)?;
            members::grant(tx, &house.for_client(&client)?, &id, role)?;
            Ok(Ctx::member(&env, &client, &id, &[role]))
        });
        write.await.unwrap()
    }

    pub fn member(&self, id: &str, roles: &[Role]) -> Ctx {
        Ctx::member(&self.env, &self.client, &baton_base::MemberId::known(id), roles)
    }
}

fn door(db: &Db, env: &Arc<Env>, client: &ClientId, bundle: &Bundle) -> Door {
    door_at(db, env, client, bundle, "rel_1")
}

fn door_at(db: &Db, env: &Arc<Env>, client: &ClientId, bundle: &Bundle, release: &str) -> Door {
    let release = ReleaseId::known(release);
    let catalogue = Catalogue::load(bundle).unwrap();
    let rulebook = Rulebook::load(bundle, &catalogue.infos()).unwrap_or_else(|f| panic!("{f:#?}"));
    let (catalogues, rulebooks) = (Arc::new(Versions::default()), Arc::new(Versions::default()));
    catalogues.put_live(client, &release, Arc::new(catalogue));
    rulebooks.put_live(client, &release, Arc::new(rulebook));
    let parts = Parts {
        db: db.clone(),
        env: Arc::clone(env),
        catalogues,
        rulebooks,
        cases: Arc::new(case_facts),
        desk: desk(client),
    };
    Door::new(parts).unwrap()
}

/// One case, of the customer who is user `ada_1` of the shop.
fn case_facts(_tx: &mut Tx, _client: &ClientId, case: Option<&CaseId>) -> Result<CaseFacts> {
    match case {
        Some(case) if case.as_str() != CASE => Err(Error::not_found(format!("case {case}"))),
        _ => Ok(CaseFacts {
            case: case.map_or(Value::Null, |case| json!({"id": case, "channel": "chat"})),
            intent: Some("cancel_order".to_owned()),
            identity: json!({"how": "email", "user_id": "ada_1"}),
            customer: None,
            currency: Currency::USD,
        }),
    }
}

pub fn call(action: &str, args: Value, step: &str) -> Call {
    Call {
        action: action.to_owned(),
        args,
        case: Some(CaseId::known(CASE)),
        step_key: step.to_owned(),
        ..Call::default()
    }
}

pub fn cancel_args(order: &str) -> Value {
    json!({"order_id": order, "reason": "no longer needed"})
}
