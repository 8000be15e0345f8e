//! One request to an outside agent, and its answer.

use super::Agent;
use super::card::VERSION;
use crate::mcp::{Credential, Trouble, is_fault, result_or};
use crate::wire::rpc_messages;
use reqwest::{Client, Response, Url};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Largest answer taken in, bytes.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Whom to ask, as whom, and until when.
pub(super) struct Place<'a> {
    pub client: &'a Client,
    pub agent: &'a Agent,
    pub credential: Credential,
    pub until: Instant,
}

impl Place<'_> {
    /// The time that is left.
    pub fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// A method of the agent. `acts`: whether a lost answer leaves open what happened.
    pub async fn rpc(&self, method: &str, mut params: Value, acts: bool) -> Result<Value, Trouble> {
        if let Some(tenant) = &self.agent.tenant {
            params["tenant"] = json!(tenant);
        }
        let unclear = |why: &str| match acts {
            true => Trouble::Unclear(why.to_owned()),
            false => Trouble::Nothing(why.to_owned()),
        };
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let left = self.left();
        if left.is_zero() {
            return Err(Trouble::Nothing("its card took all the time".to_owned()));
        }
        let mut request = self.client.post(self.agent.url.clone()).timeout(left);
        request = request.header("content-type", "application/json").header("accept", "application/json");
        request = request.header("a2a-version", VERSION);
        if let Some((name, value)) = &self.credential {
            request = request.header(name, value);
        }
        let response = match request.body(body.to_string()).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(Trouble::Nothing("it cannot be reached".to_owned())),
            Err(error) if error.is_timeout() => return Err(unclear("it did not answer in time")),
            Err(_) => return Err(unclear("the connection broke before it had answered")),
        };
        let status = response.status().as_u16();
        match status {
            200..=299 => {}
            // Gone from where it was: that says nothing of the task that was asked for.
            404 | 410 | 429 | 503 => return Err(Trouble::Nothing(format!("it answered {status}"))),
            500..=599 => return Err(unclear(&format!("it answered {status}"))),
            _ => return Err(Trouble::Refused(status, json!(format!("it answered {status}")))),
        }
        let bytes = body_of(response).await.map_err(|why| unclear(&why))?;
        let own = |message: &Value| message.get("id") == Some(&json!(1));
        let message = rpc_messages(&bytes, false).into_iter().find(own);
        result_of(message.ok_or_else(|| unclear("it did not answer the request"))?, acts)
    }
}

/// The result of an answer, or the error that it is. An error of the protocol says what is wrong with the request; an agent
/// that failed by itself may have done something before.
fn result_of(message: Value, acts: bool) -> Result<Value, Trouble> {
    result_or(message, |code, words| {
        let of_protocol = (-32009..=-32001).contains(&code);
        if acts && is_fault(code) && !of_protocol {
            // Its words may repeat what the action withholds, and this goes into the ledger.
            return Trouble::Unclear(format!("it answered with its own fault {code}"));
        }
        // A task that is not there is not there, as anywhere else.
        let status = if code == -32001 { 404 } else { 400 };
        Trouble::Refused(status, json!({"code": code, "message": words}))
    })
}

/// The card at an address.
pub(super) async fn card(client: &Client, url: &Url, time: Duration) -> Result<Value, String> {
    let response = client.get(url.clone()).timeout(time).header("accept", "application/json").send().await;
    let response = response.map_err(|_| "its card cannot be reached".to_owned())?;
    if !response.status().is_success() {
        return Err(format!("its card answered {}", response.status().as_u16()));
    }
    let bytes = body_of(response).await?;
    let card: Value = serde_json::from_slice(&bytes).map_err(|e| format!("its card is no JSON: {e}"))?;
    if card.is_object() { Ok(card) } else { Err("its card is no object".to_owned()) }
}

async fn body_of(mut response: Response) -> Result<Vec<u8>, String> {
    let mut bytes: Vec<u8> = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > ANSWER_BYTES_MAX => {
                return Err("its answer is too large".into());
            }
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Ok(bytes),
            Err(_) => return Err("its answer broke off".into()),
        }
    }
}
