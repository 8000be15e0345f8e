//! The call itself: bounded in time and size, never retried here; whoever asks falls back to local reading.

use super::config::ModelConfig;
use baton_base::{ClientId, Error, Result};
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Longest wait for one reply, milliseconds.
const REPLY_MS_MAX: u64 = 20_000;
/// Largest reply taken, bytes.
const REPLY_BYTES_MAX: usize = 256 * 1024;
/// Most tokens asked for.
const REPLY_TOKENS_MAX: u32 = 800;

/// A model's reply with what it cost.
#[derive(Debug, Clone)]
pub struct Completion {
    /// What it wrote.
    pub text: String,
    /// Request as sent, without the key.
    pub request: Value,
    /// Reply as received.
    pub reply: Value,
    /// Tokens read.
    pub tokens_in: i64,
    /// Tokens written.
    pub tokens_out: i64,
}

/// The models of this installation: one for all, or one per client; an agent may name its own.
#[derive(Default)]
pub struct Models {
    http: reqwest::Client,
    house: Option<ModelConfig>,
    by_client: RwLock<HashMap<ClientId, ModelConfig>>,
}

impl Models {
    /// No model at all: language is understood locally.
    pub fn none() -> Self {
        Self::default()
    }

    /// One model for every client.
    pub fn of(house: ModelConfig) -> Self {
        Self { house: Some(house), ..Self::default() }
    }

    /// Sets a client's own model.
    pub fn set(&self, client: &ClientId, model: ModelConfig) {
        self.by_client.write().unwrap_or_else(PoisonError::into_inner).insert(client.clone(), model);
    }

    /// The model that an agent of a client uses, if any.
    pub fn for_agent(&self, client: &ClientId, own: Option<&ModelConfig>) -> Option<ModelConfig> {
        let by_client = self.by_client.read().unwrap_or_else(PoisonError::into_inner);
        own.or_else(|| by_client.get(client)).or(self.house.as_ref()).cloned()
    }

    /// Sends a chat and takes the reply.
    pub async fn complete(&self, model: &ModelConfig, system: &str, user: &str) -> Result<Completion> {
        let request = json!({
            "model": model.model, "temperature": 0, "max_tokens": REPLY_TOKENS_MAX,
            "messages": [{"role": "system", "content": system}, {"role": "user", "content": user}],
        });
        let sent = tokio::time::timeout(Duration::from_millis(REPLY_MS_MAX), self.send(model, &request)).await;
        let reply = sent.map_err(|_| away(format!("no reply within {REPLY_MS_MAX} ms")))??;
        let text = reply.pointer("/choices/0/message/content").and_then(Value::as_str).map(str::to_owned);
        let text = text.ok_or_else(|| away("the reply holds no message".into()))?;
        let count = |name: &str| reply.pointer(&format!("/usage/{name}")).and_then(Value::as_i64).unwrap_or(0);
        let (tokens_in, tokens_out) = (count("prompt_tokens"), count("completion_tokens"));
        Ok(Completion { text, request, reply, tokens_in, tokens_out })
    }

    async fn send(&self, model: &ModelConfig, request: &Value) -> Result<Value> {
        let mut call = self.http.post(model.endpoint()).json(request);
        let key_env = model.key_env.as_deref().unwrap_or_else(|| model.provider.key_env());
        if let Ok(key) = std::env::var(key_env) {
            call = call.bearer_auth(key);
        }
        let response = call.send().await.map_err(|e| away(e.without_url().to_string()))?;
        if !response.status().is_success() {
            return Err(away(format!("the model answered {}", response.status())));
        }
        let mut body = Vec::new();
        let mut stream = response.bytes_stream();
        while let Some(chunk) = stream.next().await {
            body.extend_from_slice(&chunk.map_err(|e| away(e.without_url().to_string()))?);
            if body.len() > REPLY_BYTES_MAX {
                return Err(away(format!("the reply is larger than {REPLY_BYTES_MAX} bytes")));
            }
        }
        serde_json::from_slice(&body).map_err(|e| away(e.to_string()))
    }
}

fn away(why: String) -> Error {
    Error::Unavailable(format!("language model: {why}"))
}
