//! A language model that plays a script: an OpenAI-compatible server on loopback, asked over HTTP like any other.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use baton_agents::ModelConfig;
use baton_base::{Error, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const DATA_BEGINS: &str = "<data>\n";
const DATA_ENDS: &str = "\n</data>";

/// What a model is asked in a goal `act`.
pub struct Asked {
    /// What the process knows.
    pub data: Value,
    /// The conversation, oldest first; the first message is the model's instructions.
    pub messages: Vec<Value>,
}

/// The reply to what is asked: a message of the role `assistant`. The same question has the same reply, however often it is put.
pub type Reply = Arc<dyn Fn(&Asked) -> Value + Send + Sync>;

/// The running server; dropping it ends it.
pub struct Scripted {
    /// How it is named to Baton.
    pub model: ModelConfig,
    serving: JoinHandle<()>,
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Serves a script on a free port of this machine.
pub async fn serve(reply: Reply) -> Result<Scripted> {
    let app = Router::new().route("/v1/chat/completions", post(answer)).with_state(reply);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(Error::broken)?;
    let address = listener.local_addr().map_err(Error::broken)?;
    let model = ModelConfig::parse(&format!("openai:scripted@http://{address}/v1")).map_err(Error::broken)?;
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, app).await {
            tracing::error!(%error, "the scripted model has ended");
        }
    });
    Ok(Scripted { model, serving })
}

async fn answer(State(reply): State<Reply>, Json(body): Json<Value>) -> Json<Value> {
    // Where it may call nothing it is asked to read a message, and makes nothing of it.
    let message = match Asked::of(&body) {
        Some(asked) => reply(&asked),
        None => says("{}"),
    };
    Json(json!({"choices": [{"message": message, "finish_reason": "stop"}]}))
}

impl Asked {
    fn of(body: &Value) -> Option<Self> {
        body.get("tools").filter(|tools| !tools.is_null())?;
        let messages = body["messages"].as_array().cloned().unwrap_or_default();
        let known = messages.iter().find(|one| one["role"] == "user").and_then(|one| one["content"].as_str());
        let data = known
            .and_then(|text| text.split_once(DATA_BEGINS)?.1.split_once(DATA_ENDS))
            .and_then(|(data, _)| serde_json::from_str(data).ok());
        Some(Self { data: data.unwrap_or_default(), messages })
    }

    /// Replies that the model has given so far.
    pub fn replies(&self) -> usize {
        self.messages.iter().filter(|one| one["role"] == "assistant").count()
    }

    /// What was written in a role, oldest first.
    pub fn of_role<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a str> {
        self.messages.iter().filter(move |one| one["role"] == role).filter_map(|one| one["content"].as_str())
    }
}

/// A reply in words.
pub fn says(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

/// A reply that asks for one call.
pub fn calls(name: &str, args: &Value) -> Value {
    let function = json!({"name": name, "arguments": args.to_string()});
    json!({"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function", "function": function}]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_with_functions_is_read_and_one_without_is_no_goal() {
        let known = "<data>\n{\"task\":7}\n</data>\n<conversation>\n</conversation>";
        let mut body = json!({"messages": [
            {"role": "system", "content": "Help."}, {"role": "user", "content": known},
            calls("look", &json!({})), {"role": "tool", "content": "seen"},
        ]});
        assert!(Asked::of(&body).is_none());
        body["tools"] = json!([{"type": "function"}]);
        let asked = Asked::of(&body).unwrap();
        assert_eq!((asked.data["task"].as_u64(), asked.replies()), (Some(7), 1));
        assert_eq!(asked.of_role("tool").collect::<Vec<_>>(), ["seen"]);
    }
}
