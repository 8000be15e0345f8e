//! `call: a2a`: a method of another agent (JSON-RPC 2.0 over HTTP), found by its card or named.

use super::exchange::{Exchange, Stream, url};
use super::going::Going;
use super::{Fault, Told, answer, auth, rpc};
use baton_engine::{A2aCall, Endpoint};
use reqwest::Url;
use serde_json::Value;

/// Methods that change nothing at the other agent.
const READING: [&str; 12] = [
    "tasks/get",
    "tasks/list",
    "tasks/resubscribe",
    "tasks/pushNotificationConfig/get",
    "tasks/pushNotificationConfig/list",
    "agent/getAuthenticatedExtendedCard",
    "GetTask",
    "ListTasks",
    "SubscribeToTask",
    "GetTaskPushNotificationConfig",
    "ListTaskPushNotificationConfigs",
    "GetExtendedAgentCard",
];
/// Methods answered by a stream of events.
const STREAMING: [&str; 4] = ["message/stream", "tasks/resubscribe", "SendStreamingMessage", "SubscribeToTask"];

pub(crate) async fn call(going: &mut Going, call: &A2aCall) -> Told {
    let (target, authentication) = agent(going, call).await?;
    let id = going.cx.call.to_string();
    let writes = !READING.contains(&call.method.as_str());
    let streaming = STREAMING.contains(&call.method.as_str());
    let mut exchange = Exchange {
        method: "POST".to_owned(),
        writes,
        repeatable: !writes,
        stream: streaming.then_some(Stream::Whole),
        ..Exchange::get(target)
    };
    let accepted = if streaming { "text/event-stream" } else { "application/json" };
    exchange.header("accept", accepted, false)?;
    if is_modern(call) {
        exchange.header("a2a-version", crate::a2a::card::VERSION, false)?;
    }
    auth::authorize(going, &mut exchange, authentication).await?;
    let exchange = exchange.json(&rpc::request(&id, &call.method, &call.parameters));
    let answered = going.exchange(&exchange).await?;
    if !streaming {
        return rpc::result(&exchange, &answered, &id);
    }
    if answered.status >= 400 {
        return Err(answer::error(&exchange, &answered));
    }
    rpc::messages(&answered).into_iter().map(rpc::of).collect::<Told<Vec<_>>>().map(Value::Array)
}

/// Methods of 1.0 are named in one word; those before it have a stroke in their names.
fn is_modern(call: &A2aCall) -> bool {
    !call.method.contains('/')
}

/// Where the agent is: as named, or as its card says.
async fn agent<'a>(going: &mut Going, call: &'a A2aCall) -> Told<(Url, Option<&'a Value>)> {
    if let Some(server) = &call.server {
        return Ok((url(&server.uri)?, server.authentication.as_ref()));
    }
    let Some(card) = &call.agent_card else {
        return Err(Fault::configuration("an a2a call names its agent by 'server' or 'agentCard'"));
    };
    let said = read_card(going, card).await?;
    let address = crate::a2a::card::address(&said, is_modern(call));
    let address = address.ok_or_else(|| Fault::garbled("the agent card names no address for JSON-RPC"))?;
    let target = url(address)?;
    // A card may lead elsewhere; the credentials that were meant for its server do not.
    let same = target.origin() == url(&card.uri)?.origin();
    Ok((target, card.authentication.as_ref().filter(|_| same)))
}

async fn read_card(going: &mut Going, card: &Endpoint) -> Told {
    let mut exchange = Exchange::get(url(&card.uri)?);
    exchange.header("accept", "application/json", false)?;
    auth::authorize(going, &mut exchange, card.authentication.as_ref()).await?;
    let answered = going.exchange(&exchange).await?;
    if answered.status != 200 {
        return Err(answer::error(&exchange, &answered));
    }
    serde_json::from_slice(&answered.body).map_err(|e| Fault::garbled(format!("the agent card is no JSON: {e}")))
}
