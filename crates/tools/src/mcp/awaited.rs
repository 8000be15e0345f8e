//! An answer over HTTP: one JSON text, or a stream of events. With a handshake, a stream that ends before its answer is taken
//! up again where it stood, and what the server asks meanwhile is answered; without one, a stream that ends has lost it.

use super::http::{POLITE_MS_MAX, Session, Talk};
use super::{LATE, MESSAGE_BYTES_MAX, UNSAID, reply};
use crate::wire::{Point, rpc_messages, take_whole};
use reqwest::Response;
use serde_json::Value;
use std::time::{Duration, Instant};

/// How often a stream is taken up again, count.
const RESUMED_MAX: u32 = 20;
/// Wait before that where the server does not say, milliseconds.
const RESUMED_AFTER_MS: u64 = 1_000;
const BROKE: &str = "its answer broke off";

/// An answer that is awaited: out of one JSON text, or of a stream of events, which may end before and be taken up again.
/// To end a stream is not to give the request up.
pub(super) struct Awaited<'a> {
    pub talk: &'a Talk<'a>,
    /// The session; none in the handshake.
    pub session: Option<&'a Session>,
    /// Of the request.
    pub id: &'a Value,
    pub until: Instant,
}

impl Awaited<'_> {
    pub(super) async fn answer(&self, mut response: Response) -> Result<Value, &'static str> {
        let mut point = Point::default();
        if self.is_stateless() {
            return self.read(response, &mut point).await?.ok_or(BROKE);
        }
        for _ in 0..RESUMED_MAX {
            match self.read(response, &mut point).await? {
                Some(message) => return Ok(message),
                None => response = self.resumed(&point).await?,
            }
        }
        Err(BROKE)
    }

    fn is_stateless(&self) -> bool {
        self.session.is_some_and(Session::is_stateless)
    }

    /// What comes after a point of the stream.
    async fn resumed(&self, point: &Point) -> Result<Response, &'static str> {
        let Some(event) = &point.event else { return Err(UNSAID) };
        let wait = Duration::from_millis(point.wait_ms.unwrap_or(RESUMED_AFTER_MS));
        let left = self.left().checked_sub(wait).filter(|left| !left.is_zero()).ok_or(LATE)?;
        tokio::time::sleep(wait).await;
        let request = self.talk.headed(self.talk.client.get(self.talk.place.url.clone()), self.session);
        let sent = request.header("last-event-id", event).timeout(left).send().await;
        let response = sent.map_err(|error| if error.is_timeout() { LATE } else { BROKE })?;
        if response.status().is_success() && is_stream(&response) { Ok(response) } else { Err(BROKE) }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// The answer in a body; none where a stream ended before it, at `point`.
    async fn read(&self, mut response: Response, point: &mut Point) -> Result<Option<Value>, &'static str> {
        let stream = is_stream(&response);
        let own = |message: &Value| message.get("id") == Some(self.id) && message.get("method").is_none();
        let (mut bytes, mut heard): (Vec<u8>, usize) = (Vec::new(), 0);
        loop {
            let known = bytes.len();
            match response.chunk().await {
                Ok(Some(chunk)) if heard + chunk.len() > MESSAGE_BYTES_MAX => {
                    return Err("its answer is too large");
                }
                Ok(Some(chunk)) => {
                    heard += chunk.len();
                    bytes.extend_from_slice(&chunk);
                }
                Err(error) if error.is_timeout() => return Err(LATE),
                Err(_) if !stream => return Err(BROKE),
                Ok(None) | Err(_) => break,
            }
            if !stream {
                continue;
            }
            let part = take_whole(&mut bytes, known);
            point.follow(&part);
            let mut messages = rpc_messages(&part, true);
            if let Some(at) = messages.iter().position(own) {
                return Ok(Some(messages.swap_remove(at)));
            }
            // Without a handshake nobody answers a server (2026-07-28, sending messages).
            for asked in messages.iter().filter(|_| !self.is_stateless()) {
                self.reply(asked).await;
            }
        }
        if stream {
            return Ok(None);
        }
        rpc_messages(&bytes, false).into_iter().find(own).map(Some).ok_or(UNSAID)
    }

    /// Answers what a server asks before it answers itself.
    async fn reply(&self, asked: &Value) {
        let Some(reply) = reply(asked) else { return };
        let time = self.left().min(Duration::from_millis(POLITE_MS_MAX));
        let _ = self.talk.post(self.session, &reply).timeout(time).send().await;
    }
}

fn is_stream(response: &Response) -> bool {
    response.headers().get("content-type").is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"))
}
