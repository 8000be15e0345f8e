//! A customer in Baton's web chat: the state machine of [`Customer`] with a network and a clock.

use super::api::Api;
use super::customer::{Customer, Reply};
use crate::shop::Shop;
use crate::world::Need;
use baton_base::{Error, Result};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;

/// How quickly people play.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// Thinking time before each message, in milliseconds.
    pub think_ms: u64,
    /// Shortest pause between two looks at the chat, in milliseconds.
    pub look_ms_min: u64,
    /// Longest pause between two looks at the chat, in milliseconds.
    pub look_ms_max: u64,
    /// How long a silent customer stays away, in milliseconds.
    pub silent_ms: u64,
    /// After so long without an answer that serves them a customer asks again, in milliseconds.
    pub nudge_ms: u64,
    /// How long a customer waits for an answer before leaving, in milliseconds.
    pub patience_ms: u64,
}

/// At full speed.
pub(super) const FULL_SPEED: Pace =
    Pace { think_ms: 0, look_ms_min: 15, look_ms_max: 400, silent_ms: 1_500, nudge_ms: 3_000, patience_ms: 240_000 };

/// At the speed of people.
pub(super) const LIFELIKE: Pace = Pace {
    think_ms: 4_000,
    look_ms_min: 500,
    look_ms_max: 2_000,
    silent_ms: 45_000,
    nudge_ms: 25_000,
    patience_ms: 1_800_000,
};

/// How a conversation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Talk {
    /// The customer was served, or knows that they are not.
    Over,
    /// Nobody answered for longer than the customer's patience.
    GaveUp,
}

/// Messages before the last that are asked for again: one written at the same moment may show up late.
const OVERLAP: usize = 4;

struct Chat {
    api: Api,
    path: String,
    name: String,
    sent: usize,
    heard: Vec<String>,
}

/// Plays one need from the first message to the end.
pub(super) async fn converse(api: &Api, client: &str, need: &Need, shop: &Shop, pace: Pace) -> Result<Talk> {
    let mut chat = open(api, client, need).await?;
    let mut customer = Customer::new(need, shop);
    chat.say(&need.opening).await?;
    let mut heard_at = Instant::now();
    let mut look_ms = pace.look_ms_min;
    loop {
        tokio::time::sleep(Duration::from_millis(look_ms)).await;
        let messages = chat.news().await?;
        if messages.is_empty() {
            if heard_at.elapsed() > Duration::from_millis(pace.patience_ms) {
                return Ok(Talk::GaveUp);
            }
            if heard_at.elapsed() > Duration::from_millis(pace.nudge_ms)
                && let Reply::Say(words) = customer.nudge()
            {
                chat.say(&words).await?;
            }
            look_ms = (look_ms * 3 / 2).min(pace.look_ms_max);
            continue;
        }
        heard_at = Instant::now();
        look_ms = pace.look_ms_min;
        // Everything is read; only the last question is answered.
        let mut reply = Reply::Wait;
        for message in &messages {
            match customer.hear(message) {
                Reply::Wait => {}
                other => reply = other,
            }
        }
        match reply {
            Reply::Wait => {}
            Reply::Leave => return Ok(Talk::Over),
            Reply::Say(words) => {
                tokio::time::sleep(Duration::from_millis(pace.think_ms)).await;
                chat.say(&words).await?;
            }
            Reply::SayLate(words) => {
                tokio::time::sleep(Duration::from_millis(pace.silent_ms)).await;
                chat.say(&words).await?;
            }
        }
    }
}

async fn open(api: &Api, client: &str, need: &Need) -> Result<Chat> {
    let name = format!("{} {}", need.name.first_name, need.name.last_name);
    let path = format!("/chat/v1/{client}/conversations");
    let opened = api.send(&path, &json!({ "name": name, "locale": "en" })).await?;
    match (opened["conversation"].as_str(), opened["token"].as_str()) {
        (Some(id), Some(token)) => {
            let path = format!("{path}/{id}/messages");
            Ok(Chat { api: api.with_token(token), path, name, sent: 0, heard: Vec::new() })
        }
        _ => Err(Error::Broken(format!("{path} answers without conversation and token: {opened}"))),
    }
}

impl Chat {
    async fn say(&mut self, words: &str) -> Result<()> {
        self.sent += 1;
        // The same external id is the same message, however often it is sent.
        let body =
            json!({ "text": words, "external_id": format!("m{}", self.sent), "name": self.name, "locale": "en" });
        self.api.send(&self.path, &body).await.map(|_| ())
    }

    /// What was said since the last look, by anyone but the customer.
    async fn news(&mut self) -> Result<Vec<String>> {
        let known = self.heard.len().checked_sub(OVERLAP).and_then(|at| self.heard.get(at));
        let after = known.map(|id| format!("?after={id}")).unwrap_or_default();
        let page = self.api.fetch(&format!("{}{after}", self.path)).await?;
        let mut out = Vec::new();
        for item in page["items"].as_array().map_or(&[] as &[Value], Vec::as_slice) {
            let Some(id) = item["id"].as_str() else { continue };
            if self.heard.iter().rev().any(|heard| heard == id) {
                continue;
            }
            self.heard.push(id.to_owned());
            if item["author"] != "customer"
                && let Some(text) = item["text"].as_str()
            {
                out.push(text.to_owned());
            }
        }
        Ok(out)
    }
}
