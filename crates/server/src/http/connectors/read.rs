//! Connectors of a client with their health, and the inventory of all clients.

use crate::House;
use crate::http::auth::Caller;
use crate::http::problem::{Answer, Ids};
use axum::Json;
use axum::extract::State;
use baton_base::{ClientId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, vault};
use baton_tools::catalogue::{Catalogue, Does, Kind, System, Way};
use baton_tools::drift::{self, Drift, Use};
use baton_tools::mcp::Server;
use baton_tools::oauth::SignIn;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Time over which health is counted, milliseconds.
const HEALTH_MS: i64 = 24 * 60 * 60 * 1000;
/// Time over which use is looked for, milliseconds.
const USE_MS: i64 = 90 * 24 * 60 * 60 * 1000;

/// What the database says of a client's connectors.
struct Seen {
    day: BTreeMap<String, Use>,
    long: BTreeMap<String, Use>,
    users: Vec<(String, String, i64, i64)>,
    drift: Vec<Drift>,
    secrets: BTreeMap<String, Option<String>>,
}

async fn seen(house: &House, ctx: &Ctx, catalogue: &Catalogue) -> Result<Seen> {
    let (client, now_ms) = (ctx.client.clone(), ctx.now_ms());
    let auths = catalogue.systems().filter_map(|system| system.auth.as_ref());
    let names: Vec<String> = auths.flat_map(|auth| auth.settings()).map(str::to_owned).collect();
    let read = move |tx: &mut Tx| {
        let mut secrets = BTreeMap::new();
        for name in &names {
            secrets.insert(name.clone(), vault::get(tx, &client, name)?);
        }
        Ok(Seen {
            day: drift::uses(tx, &client, now_ms - HEALTH_MS)?.into_iter().collect(),
            long: drift::uses(tx, &client, now_ms - USE_MS)?.into_iter().collect(),
            users: drift::users(tx, &client, now_ms - USE_MS)?,
            drift: drift::all(tx, &client)?,
            secrets,
        })
    };
    house.db.read(read).await
}

impl Seen {
    /// How a connector stands, without its actions.
    fn row(&self, house: &House, ctx: &Ctx, catalogue: &Catalogue, system: &System) -> Value {
        let actions: Vec<&str> =
            catalogue.actions().filter(|a| a.system.name == system.name).map(|a| a.name.as_str()).collect();
        let (mut day, mut long) = (Use::default(), Use::default());
        for name in &actions {
            self.day.get(*name).into_iter().for_each(|used| day.add(used));
            self.long.get(*name).into_iter().for_each(|used| long.add(used));
        }
        let drift = self.drift.iter().filter(|drift| current(catalogue, drift) && drift.connector == system.name);
        let drift: Vec<&Drift> = drift.collect();
        let breaker = house.door.breaker(&ctx.client, &system.name);
        let sign_in = self.sign_in(system);
        let signed_out = sign_in.as_ref().is_some_and(|kept| kept["out_since_ms"].is_i64() || kept["missing"] == true);
        let missing = self.missing(system);
        let health = match () {
            () if signed_out || missing.is_some() => "signed_out",
            () if !drift.is_empty() => "drifted",
            () if breaker.state != "closed" => "down",
            () if day.success_percent().is_some_and(|percent| percent < 90) => "failing",
            () if day.calls == 0 => "unused",
            () => "healthy",
        };
        json!({
            "name": system.name, "title": system.title, "kind": kind(system), "place": system.place,
            "owner": system.owner, "actions": actions.len(), "health": health, "day": day,
            "success_percent": day.success_percent(), "last_used_ms": (long.last_ms > 0).then_some(long.last_ms),
            "breaker": breaker, "drift": drift, "sign_in": sign_in, "missing_setting": missing,
        })
    }

    fn missing(&self, system: &System) -> Option<String> {
        let auth = system.auth.as_ref()?;
        let wanted =
            auth.settings().into_iter().filter(|name| !matches!(auth.way, Way::Code(_)) || *name != auth.setting);
        wanted.into_iter().find(|name| !self.secrets.get(*name).is_some_and(Option::is_some)).map(str::to_owned)
    }

    /// A sign-in without its tokens.
    fn sign_in(&self, system: &System) -> Option<Value> {
        let auth = system.auth.as_ref().filter(|auth| matches!(auth.way, Way::Code(_)))?;
        let kept = self.secrets.get(&auth.setting).and_then(Option::as_deref).and_then(SignIn::read);
        Some(match kept {
            Some(kept) if !auth.oauth().is_some_and(|oauth| kept.is_for(oauth)) => {
                json!({"missing": true, "why": "what is kept in its setting was given for another address"})
            }
            Some(kept) => json!({
                "since_ms": kept.since_ms, "until_ms": kept.until_ms, "by": kept.by,
                "out_since_ms": kept.out_since_ms, "why": kept.why,
            }),
            None => json!({"missing": true, "why": "nobody has signed in yet"}),
        })
    }
}

/// Drift counts while the release pins what it is about.
fn current(catalogue: &Catalogue, drift: &Drift) -> bool {
    catalogue.action(&drift.action).is_ok_and(|action| action.pinned.as_deref() == Some(drift.pinned.as_str()))
}

fn kind(system: &System) -> &'static str {
    match &system.kind {
        Kind::Http => "http",
        Kind::Sql(_) => "sql",
        Kind::Mcp(Server::Http(_), _) => "mcp",
        Kind::Mcp(Server::Program(_, sandbox), _) if sandbox.unconfined => "mcp program, unconfined",
        Kind::Mcp(Server::Program(..), _) => "mcp program",
        Kind::A2a(_) => "a2a",
    }
}

/// Connected systems of a client's live release, with their health over the last day.
#[utoipa::path(get, path = "/clients/{client}/connectors", tag = "connectors", params(("client" = String, Path)),
    responses((status = 200, description = "Connectors", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Ids(client): Ids<ClientId>) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    let catalogue = house.door.catalogue(&client)?;
    let seen = seen(&house, &ctx, &catalogue).await?;
    let items: Vec<Value> = catalogue.systems().map(|system| seen.row(&house, &ctx, &catalogue, system)).collect();
    Ok(Json(json!({ "items": items })))
}

/// One connected system: its health, its actions, who calls them.
#[utoipa::path(get, path = "/clients/{client}/connectors/{connector}", tag = "connectors",
    params(("client" = String, Path), ("connector" = String, Path)),
    responses((status = 200, description = "The connector", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, connector)): Ids<(ClientId, String)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
    let catalogue = house.door.catalogue(&client)?;
    let system = Arc::clone(catalogue.system(&connector)?);
    let seen = seen(&house, &ctx, &catalogue).await?;
    let actions = catalogue.actions().filter(|action| action.system.name == connector).map(|action| {
        let users = seen.users.iter().filter(|(name, ..)| *name == action.name);
        let users: Vec<Value> = users
            .map(|(_, actor, calls, last_ms)| json!({"actor": actor, "calls": calls, "last_ms": last_ms}))
            .collect();
        let does = match &action.does {
            Does::Http { operation, .. } => format!("{} {}", operation.method, operation.path),
            Does::Sql(statement) => statement.sql.clone(),
            Does::Mcp(call) => format!("tool {}", call.tool),
            Does::A2a(call) => call.operation.name().to_owned(),
        };
        json!({
            "name": action.name, "title": action.title, "does": does, "writes": action.writes, "risk": action.risk,
            "idempotent": action.idempotent, "money": action.money, "compensate": action.compensate,
            "tests": action.tests.len(), "schema": action.schema(), "day": seen.day.get(&action.name),
            "last_used_ms": seen.long.get(&action.name).map(|used| used.last_ms), "users": users,
            "drift": seen.drift.iter().find(|drift| drift.action == action.name && current(&catalogue, drift)),
        })
    });
    let actions: Vec<Value> = actions.collect();
    let mut row = seen.row(&house, &ctx, &catalogue, &system);
    row["items"] = json!(actions);
    Ok(Json(row))
}

/// Every connection of every client that you may see: when it was last used, by how many, and where several clients are
/// connected to the same place; and the encoder that messages are recognised with.
#[utoipa::path(get, path = "/connectors", tag = "connectors",
    responses((status = 200, description = "Connections, and places that several clients share", body = Value)))]
pub async fn inventory(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let mut items = Vec::new();
    let mut places: BTreeMap<String, Vec<ClientId>> = BTreeMap::new();
    for client in caller.clients(&house, None, Right::ConnectorRead)? {
        let ctx = caller.ctx(&house, &client, Right::ConnectorRead)?;
        let catalogue = match house.door.catalogue(&client) {
            Ok(catalogue) => catalogue,
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let seen = seen(&house, &ctx, &catalogue).await?;
        for system in catalogue.systems() {
            let mut row = seen.row(&house, &ctx, &catalogue, system);
            let of_it = |name: &str| catalogue.action(name).is_ok_and(|action| action.system.name == system.name);
            let mut actors: Vec<&str> =
                seen.users.iter().filter(|(name, ..)| of_it(name)).map(|(_, actor, ..)| actor.as_str()).collect();
            actors.sort_unstable();
            actors.dedup();
            row["client"] = json!(client);
            row["users"] = json!(actors);
            places.entry(system.place.clone()).or_default().push(client.clone());
            items.push(row);
        }
    }
    let shared = places.into_iter().filter_map(|(place, mut clients)| {
        clients.dedup();
        (clients.len() > 1).then(|| json!({"place": place, "clients": clients}))
    });
    let shared: Vec<Value> = shared.collect();
    let encoder = house.encoder().map(|encoder| json!({"name": encoder.name(), "digest": encoder.digest()}));
    Ok(Json(json!({ "items": items, "shared": shared, "encoder": encoder })))
}
