//! What connected systems send by themselves: `POST /hooks/{client}/{name}`, as the live release's `webhooks/NAME.yaml`
//! declares it. The signature says who sends; there is no sign-in.

use crate::House;
use crate::http::problem::{Answer, Ids};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use baton_base::{ClientId, Error};
use baton_cases::{Channel, Incoming};
use baton_govern::vault;
use baton_tools::webhook::{Delivery, Meant, Webhook};
use serde_json::{Value, json};
use std::sync::Arc;

/// Takes a delivery in: 202 if it is new, 200 if it was here before.
#[utoipa::path(post, path = "/hooks/{client}/{name}", tag = "connectors", request_body = Value,
    params(("client" = String, Path), ("name" = String, Path)),
    responses((status = 202, description = "Taken in", body = Value), (status = 200, description = "Was here already", body = Value),
        (status = 401, description = "The signature or the time is not in order")))]
pub async fn receive(
    State(house): State<Arc<House>>,
    Ids((client, name)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<(StatusCode, Json<Value>)> {
    let unknown = || Error::not_found(format!("webhook {name}"));
    let (_, hooks) = house.parts.webhooks.live(&client).map_err(|_| unknown())?;
    let hook = hooks.get(&name)?.clone();
    let (of, setting) = (client.clone(), hook.signature.setting.clone());
    let secret = house.db.read(move |tx| vault::get(tx, &of, &setting)).await?;
    let secret = secret.filter(|secret| !secret.is_empty());
    let secret = secret.ok_or_else(|| Error::Unavailable(format!("the secret of webhook {name} is not set")))?;
    let meant = read(&hook, &secret, &headers, &body, house.env.now_ms())?;
    let (id, new) = take(&house, &client, &name, meant).await?;
    let status = if new { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(json!({ "id": id, "new": new }))))
}

fn read(hook: &Webhook, secret: &str, headers: &HeaderMap, body: &[u8], now_ms: i64) -> Result<Meant, Error> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    hook.read(secret, &Delivery { header: &header, body, now_ms })
}

async fn take(house: &House, client: &ClientId, name: &str, meant: Meant) -> Result<(String, bool), Error> {
    let ctx = house.system(client, &format!("webhook:{name}"));
    let id = meant.id.clone();
    if let Some(kind) = &meant.event {
        let event = meant.cloud_event(name, kind);
        let sent = house.db.write(move |tx| baton_runs::send_event(tx, &ctx, &event, None)).await?;
        return Ok((id, sent.new));
    }
    let Some((address, customer, text)) = meant.case else { return Err(Error::broken("a webhook without a use")) };
    let incoming = Incoming {
        channel: Channel::Api,
        address,
        name: customer,
        locale: None,
        text,
        external_id: Some(format!("hook:{name}:{id}")),
        case: None,
        data: meant.data,
    };
    let cases = house.cases();
    let received = house.db.write(move |tx| baton_cases::receive(tx, &ctx, &cases, incoming.clone())).await?;
    Ok((id, !received.duplicate))
}
