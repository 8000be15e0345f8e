//! The stop switch: what pressing it would do, what it has done, pressing and releasing it, and its last drills.

use crate::http::auth::Caller;
use crate::http::problem::{Answer, Body, Query};
use crate::{House, drill};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{ClientId, Error, Result};
use baton_db::Tx;
use baton_govern::{Ctx, Right, stop};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(stops, engage, release)).routes(routes!(preview)).routes(routes!(targets))
}

/// A stop with how far it has come.
fn shown(tx: &mut Tx, stop: &stop::Stop, clients: &[ClientId]) -> Result<Value> {
    let own = [stop.client.clone()];
    let all = stop.scope == stop::Scope::All;
    let mut shown = json!(stop);
    shown["progress"] = json!(baton_desk::progress(tx, stop, if all { clients } else { &own })?);
    Ok(shown)
}

/// What would be stopped.
#[derive(Deserialize, IntoParams)]
pub struct Wanted {
    /// Left out only for the scope `all`.
    client: Option<String>,
    /// `all`, `client`, `intent`, `agent` or `action`; the client if left out.
    #[serde(default = "whole_client")]
    scope: String,
    /// Name of the intent, agent or action.
    #[serde(default)]
    target: String,
}

fn whole_client() -> String {
    stop::Scope::Client.name().to_owned()
}

/// What pressing a stop would do: how many open cases go to people, to which queues, and whether those who are there now have
/// room for them.
#[utoipa::path(get, path = "/stop-switch/preview", tag = "admin", params(Wanted),
    responses((status = 200, description = "The effect, in figures and in words", body = Value)))]
pub async fn preview(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Answer<Json<Value>> {
    let order = StopOrder { client: wanted.client, scope: wanted.scope, target: wanted.target, reason: String::new() };
    let (ctx, scope) = order.ctx(&house, &caller)?;
    order.may_press(&house, &ctx, scope)?;
    let clients = match scope {
        stop::Scope::All => house.parts.clients(),
        _ => vec![ctx.client.clone()],
    };
    let stop = stop::Stop {
        client: ctx.client.clone(),
        scope,
        target: stop::target(scope, &order.target).to_owned(),
        reason: String::new(),
        engaged_by: String::new(),
        engaged_ms: 0,
    };
    let desk = house.desk();
    let effect = house.db.read(move |tx| baton_desk::preview(tx, &ctx, &desk, &stop, &clients)).await?;
    Ok(Json(json!(effect)))
}

/// For which client.
#[derive(Deserialize, IntoParams)]
pub struct Whose {
    client: ClientId,
}

/// What can be stopped at a client, by name: its agents, intents and actions that write.
#[utoipa::path(get, path = "/stop-switch/targets", tag = "admin", params(Whose),
    responses((status = 200, description = "Names by scope", body = Value)))]
pub async fn targets(
    State(house): State<Arc<House>>,
    caller: Caller,
    Query(whose): Query<Whose>,
) -> Answer<Json<Value>> {
    // Who may press which of them, policies say of each by itself.
    let ctx = caller.ctx(&house, &whose.client, Right::FloorRead)?;
    let (_, roster) = house.parts.rosters.live(&ctx.client)?;
    let (_, catalogue) = house.parts.catalogues.live(&ctx.client)?;
    let actions: Vec<String> = catalogue.infos().into_iter().filter(|info| info.writes).map(|info| info.name).collect();
    let agents: Vec<&String> = roster.agents.keys().collect();
    let intents: Vec<&String> = roster.intents.keys().collect();
    Ok(Json(json!({"agent": agents, "intent": intents, "action": actions})))
}

/// Stops that are engaged at the caller's clients, and when the switch of each was last drilled.
#[utoipa::path(get, path = "/stop-switch", tag = "admin", responses((status = 200, description = "Engaged stops; drills by client, with whether one is due", body = Value)))]
pub async fn stops(State(house): State<Arc<House>>, caller: Caller) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, None, Right::FloorRead)?;
    let now_ms = house.env.now_ms();
    let found = house
        .db
        .read(move |tx| {
            let mut items = Vec::new();
            for client in &clients {
                items.extend(stop::engaged(tx, client)?);
            }
            items.sort_by(|a, b| (&a.client, a.scope.name(), &a.target).cmp(&(&b.client, b.scope.name(), &b.target)));
            items.dedup();
            let items = items.iter().map(|stop| shown(tx, stop, &clients)).collect::<Result<Vec<_>>>()?;
            let drills = clients.iter().map(|client| drill::last(tx, client, now_ms)).collect::<Result<Vec<_>>>()?;
            Ok(json!({"items": items, "drills": drills}))
        })
        .await?;
    Ok(Json(found))
}

/// What to stop.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StopOrder {
    /// Left out only for the scope `all`.
    client: Option<String>,
    /// `all`, `client`, `intent`, `agent` or `action`.
    scope: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    reason: String,
}

impl StopOrder {
    /// Where, as whom, and what. Whether they may is asked by [`stop::judge`].
    fn ctx(&self, house: &House, caller: &Caller) -> Result<(Ctx, stop::Scope)> {
        let scope: stop::Scope = self.scope.parse()?;
        let client = match (&self.client, scope) {
            (_, stop::Scope::All) => ClientId::house(),
            (Some(client), _) => client.parse()?,
            (None, _) => {
                return Err(Error::invalid_at("client", "client is missing", "name the client whose AI is stopped"));
            }
        };
        Ok((caller.at(house, &client)?, scope))
    }

    /// Before anything is told of what is there.
    fn may_press(&self, house: &House, ctx: &Ctx, scope: stop::Scope) -> Result<()> {
        let target = stop::target(scope, &self.target);
        let asked = stop::Use { step: stop::Step::Press, scope, target, own: false };
        stop::judge(house.rules(&ctx.client).as_deref(), ctx, &asked).map(|_| ())
    }

    /// A stop of what the client does not have would hold nothing: it is refused.
    fn names_something(&self, house: &House, client: &ClientId, scope: stop::Scope) -> Result<()> {
        let Some(names) = names(house, client, scope)? else { return Ok(()) };
        let named = stop::target(scope, &self.target);
        if named.is_empty() || names.iter().any(|name| name == named) {
            return Ok(());
        }
        let title = format!("{client} has no {} '{named}', so nothing would be stopped", scope.name());
        Err(Error::invalid_at("target", title, format!("known: {}", names.join(", "))))
    }
}

/// What a client has of a scope, by name; none where the scope takes no name.
fn names(house: &House, client: &ClientId, scope: stop::Scope) -> Result<Option<Vec<String>>> {
    let roster = || house.parts.rosters.live(client).map(|(_, roster)| roster);
    Ok(match scope {
        stop::Scope::All | stop::Scope::Client => None,
        stop::Scope::Intent => Some(roster()?.intents.keys().cloned().collect()),
        stop::Scope::Agent => Some(roster()?.agents.keys().cloned().collect()),
        stop::Scope::Action => {
            let (_, catalogue) = house.parts.catalogues.live(client)?;
            Some(catalogue.infos().into_iter().map(|info| info.name).collect())
        }
    })
}

/// Engages a stop: from the next call on, people only.
#[utoipa::path(post, path = "/stop-switch", tag = "admin", request_body = StopOrder, responses((status = 204, description = "Engaged")))]
pub async fn engage(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(order): Body<StopOrder>,
) -> Answer<StatusCode> {
    let (ctx, scope) = order.ctx(&house, &caller)?;
    order.may_press(&house, &ctx, scope)?;
    order.names_something(&house, &ctx.client, scope)?;
    let rules = house.rules(&ctx.client);
    let work = move |tx: &mut Tx| stop::engage(tx, &ctx, rules.as_deref(), scope, &order.target, &order.reason);
    house.db.write(work).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Releases a stop.
#[utoipa::path(delete, path = "/stop-switch", tag = "admin", request_body = StopOrder, responses((status = 204, description = "Released")))]
pub async fn release(
    State(house): State<Arc<House>>,
    caller: Caller,
    Body(order): Body<StopOrder>,
) -> Answer<StatusCode> {
    let (ctx, scope) = order.ctx(&house, &caller)?;
    let rules = house.rules(&ctx.client);
    house.db.write(move |tx| stop::release(tx, &ctx, rules.as_deref(), scope, &order.target)).await?;
    Ok(StatusCode::NO_CONTENT)
}
