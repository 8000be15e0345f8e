//! The call itself: bounded in time and size, never retried here; whoever asks falls back to local reading. A reply is taken whole, or
//! heard as it comes.

use super::cassette::{Cassette, Recorder};
use super::config::{ModelConfig, Provider};
use super::mask::{Mask, Redact, Restoring};
use super::pieces::Pieces;
use super::price::Usage;
use baton_base::{ClientId, Cost, Error, Result};
use futures::StreamExt;
use reqwest::{Response, header, redirect};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// Largest reply taken, bytes.
const REPLY_BYTES_MAX: usize = 256 * 1024;
/// Largest reply taken in pieces, bytes: each word comes with what is around it.
const PIECES_BYTES_MAX: usize = 2 * 1024 * 1024;
/// How servers answer that do not know replies in pieces: they are asked for a whole one.
const NO_PIECES: [u16; 3] = [400, 422, 501];

/// Hears words of a reply as they come; false where no more of it is wanted.
pub type Hear<'a> = dyn FnMut(&str) -> bool + Send + 'a;

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Instructions.
    pub system: &'a str,
    /// What they are about: data.
    pub user: &'a str,
    /// Most tokens of an answer.
    pub answer_tokens: u32,
    /// Longest wait for it, milliseconds.
    pub wait_ms: u64,
}

impl Ask<'_> {
    /// Bytes of what the model is sent.
    pub fn bytes(&self) -> usize {
        self.system.len().saturating_add(self.user.len())
    }
}

/// A model's reply with what it cost.
#[derive(Debug, Clone)]
pub struct Completion {
    /// What it wrote.
    pub text: String,
    /// Request as sent, without the key.
    pub request: Value,
    /// Reply as received.
    pub reply: Value,
    /// Tokens, where the model's server tells them.
    pub usage: Option<Usage>,
    /// What it cost, where the model has a price and its server tells the tokens.
    pub cost: Option<Cost>,
    /// The answer ends in the middle: it would have become too long, or the model's server has stopped it.
    pub cut: bool,
}

/// Exchanges on file.
pub(super) enum Tape {
    Record(Recorder),
    Replay(Cassette),
}

/// The models of this installation: one for all, or one per client; an agent may name its own.
pub struct Models {
    http: reqwest::Client,
    house: Option<ModelConfig>,
    by_client: RwLock<HashMap<ClientId, ModelConfig>>,
    pub(super) tape: Option<Tape>,
    pub(super) redact: Redact,
}

impl Default for Models {
    fn default() -> Self {
        // Where a model is asked, its configuration says, and no server that answers.
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build();
        Self {
            http: http.unwrap_or_default(),
            house: None,
            by_client: RwLock::default(),
            tape: None,
            redact: Redact::default(),
        }
    }
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

    /// One model for every client; of a cassette, what it holds is played and no model is asked, whichever an agent names.
    pub fn opened(house: ModelConfig) -> Result<Self> {
        let tape = match (house.provider, &house.base_url) {
            (Provider::Cassette, Some(path)) => Some(Tape::Replay(Cassette::load(Path::new(path))?)),
            _ => None,
        };
        Ok(Self { tape, ..Self::of(house) })
    }

    /// The same, with every exchange added to a cassette.
    pub fn recording(self, path: &Path) -> Result<Self> {
        if matches!(self.tape, Some(Tape::Replay(_))) {
            return Err(Error::invalid(
                "a cassette that is played is not recorded",
                "name the model itself to record it",
            ));
        }
        Ok(Self { tape: Some(Tape::Record(Recorder::open(path)?)), ..self })
    }

    /// The same, with personal data of these kinds shown to no model, whoever names it.
    #[must_use]
    pub fn redacting(self, redact: Redact) -> Self {
        Self { redact, ..self }
    }

    /// What a model is shown of instructions and what they are about.
    pub fn shown(&self, model: &ModelConfig, system: &str, user: &str) -> Value {
        let mask = self.mask(model, system, user);
        json!({"system": mask.hide(system), "user": mask.hide(user)})
    }

    fn mask(&self, model: &ModelConfig, system: &str, user: &str) -> Mask {
        Mask::of([system, user], self.redact.and(&model.redact).kinds())
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

    /// Sends a chat and takes the reply. A model that is away, or gives none, is `Unavailable`; a request that a cassette does
    /// not hold is `Invalid`, and no model's fault.
    pub async fn complete(&self, model: &ModelConfig, ask: &Ask<'_>) -> Result<Completion> {
        let mask = self.mask(model, ask.system, ask.user);
        let (system, user) = (mask.hide(ask.system), mask.hide(ask.user));
        let request = request(model, &Ask { system: &system, user: &user, ..*ask });
        let reply = match &self.tape {
            Some(Tape::Replay(cassette)) => cassette.reply(&model.model, ask)?,
            Some(Tape::Record(_)) | None => within(ask, self.send(model, &request)).await?,
        };
        self.completed(model, (ask, &mask), request, reply)
    }

    /// The same, and `hear` is given the words of the reply as they come; where it wants no more, the reply is broken off, and what
    /// has come is the reply, `cut`. A server that does not know replies in pieces is asked for a whole one, as one piece.
    pub async fn stream(&self, model: &ModelConfig, ask: &Ask<'_>, hear: &mut Hear<'_>) -> Result<Completion> {
        let mask = self.mask(model, ask.system, ask.user);
        let (system, user) = (mask.hide(ask.system), mask.hide(ask.user));
        let shown = Ask { system: &system, user: &user, ..*ask };
        let mut words = Restoring::of(&mask);
        let (request, reply, heard) = match &self.tape {
            Some(Tape::Replay(cassette)) => (request(model, &shown), cassette.reply(&model.model, ask)?, None),
            Some(Tape::Record(_)) | None => {
                let mut restored = |piece: &str| {
                    let said = words.take(piece);
                    said.is_empty() || hear(&said)
                };
                within(ask, self.hear(model, &shown, &mut restored)).await?
            }
        };
        let mut done = self.completed(model, (ask, &mask), request, reply)?;
        let rest = words.rest();
        let wanted = match heard {
            Some(wanted) => wanted && (rest.is_empty() || hear(&rest)),
            None => hear(&done.text),
        };
        done.cut |= !wanted;
        Ok(done)
    }

    /// A reply as it is kept, and what it says: what the model was not shown stands in its place again.
    fn completed(
        &self,
        model: &ModelConfig,
        (ask, mask): (&Ask<'_>, &Mask),
        request: Value,
        reply: Value,
    ) -> Result<Completion> {
        let text = reply.pointer("/choices/0/message/content").and_then(Value::as_str).map(|text| mask.restore(text));
        let text = text.ok_or_else(|| away("the reply holds no message".into()))?;
        if let Some(Tape::Record(recorder)) = &self.tape {
            // A cassette counts places of its own, of every kind: it takes the values, and hides them itself.
            let mut meant = reply.clone();
            if let Some(content) = meant.pointer_mut("/choices/0/message/content") {
                *content = text.clone().into();
            }
            if let Err(error) = recorder.keep(&model.model, ask, &meant) {
                tracing::error!(%error, "an exchange with a model could not be recorded");
            }
        }
        let usage = usage_of(&reply);
        let cost = model.price.as_ref().zip(usage).map(|(price, usage)| price.of(usage));
        let finish = reply.pointer("/choices/0/finish_reason").and_then(Value::as_str);
        let cut = matches!(finish, Some("length" | "content_filter"));
        Ok(Completion { text, request, reply, usage, cost, cut })
    }

    /// The request as it was sent, the reply, and whether all of it was wanted; `None` where it came whole and nobody has heard it.
    async fn hear(
        &self,
        model: &ModelConfig,
        ask: &Ask<'_>,
        hear: &mut Hear<'_>,
    ) -> Result<(Value, Value, Option<bool>)> {
        let whole = request(model, ask);
        let mut request = whole.clone();
        request["stream"] = true.into();
        request["stream_options"] = json!({"include_usage": true});
        let response = self.post(model, &request).await?;
        if NO_PIECES.contains(&response.status().as_u16()) {
            let reply = self.send(model, &whole).await?;
            return Ok((whole, reply, None));
        }
        let response = answered(response)?;
        let media = response.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok());
        if !media.is_some_and(|media| media.starts_with("text/event-stream")) {
            return Ok((request, json_of(response).await?, None));
        }
        let (mut pieces, mut bytes, mut stream) = (Pieces::default(), 0, response.bytes_stream());
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|e| away(e.without_url().to_string()))?;
            bytes += chunk.len();
            if bytes > PIECES_BYTES_MAX {
                return Err(away(format!("the reply is larger than {PIECES_BYTES_MAX} bytes")));
            }
            let words = pieces.take(&chunk).map_err(away)?;
            if !words.is_empty() && !hear(&words) {
                return Ok((request, pieces.reply(), Some(false)));
            }
            if pieces.is_done() {
                break;
            }
        }
        if !pieces.is_whole() {
            return Err(away("the reply ends in the middle".into()));
        }
        Ok((request, pieces.reply(), Some(true)))
    }

    pub(super) async fn send(&self, model: &ModelConfig, request: &Value) -> Result<Value> {
        json_of(answered(self.post(model, request).await?)?).await
    }

    async fn post(&self, model: &ModelConfig, request: &Value) -> Result<Response> {
        let mut call = self.http.post(model.endpoint()).json(request);
        if let Some(Ok(key)) = model.key().map(std::env::var) {
            call = call.bearer_auth(key);
        }
        call.send().await.map_err(|e| away(e.without_url().to_string()))
    }
}

fn request(model: &ModelConfig, ask: &Ask<'_>) -> Value {
    json!({
        "model": model.model, "temperature": 0, "max_tokens": ask.answer_tokens,
        "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.user}],
    })
}

/// What comes within the time that there is.
pub(super) async fn within<T>(ask: &Ask<'_>, sent: impl Future<Output = Result<T>>) -> Result<T> {
    let sent = tokio::time::timeout(Duration::from_millis(ask.wait_ms), sent).await;
    sent.map_err(|_| away(format!("no reply within {} ms", ask.wait_ms)))?
}

fn answered(response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() { Ok(response) } else { Err(away(format!("the model answered {status}"))) }
}

async fn json_of(response: Response) -> Result<Value> {
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

/// The tokens that a model's server counts. Some count what a model thinks before it answers in the total alone; it is paid like
/// what it writes.
pub(super) fn usage_of(reply: &Value) -> Option<Usage> {
    let count = |name: &str| reply.pointer(&format!("/usage/{name}")).and_then(Value::as_i64);
    let (read, wrote) = count("prompt_tokens").zip(count("completion_tokens"))?;
    let beside = count("total_tokens").map_or(0, |total| total.saturating_sub(read));
    Some(Usage::told(read, wrote.max(beside)))
}

pub(super) fn away(why: String) -> Error {
    Error::Unavailable(format!("language model: {why}"))
}
