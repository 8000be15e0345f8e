//! Phone calls as text: a WebSocket in the shape of Twilio's ConversationRelay, one connection a call. What the caller says is a
//! message on the channel `voice`; what they are answered is spoken; when a person has the next step, or the case has ended,
//! the call goes back to the provider with what it needs to go on.

use crate::House;
use crate::http::auth::bearer;
use crate::http::problem::{Answer, Ids};
use crate::keys::{Listening, News};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::HeaderMap;
use axum::response::Response;
use baton_base::{CaseId, ClientId, Error, Event, Result};
use baton_cases::{CaseState, Channel, Incoming, MessageRow};
use baton_channels::Line;
use baton_channels::voice::{self, Frame, Hearing, Speaking};
use baton_db::{Tx, Wall};
use baton_govern::{Ctx, ledger, vault};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How often a call looks for answers when nothing is heard, milliseconds.
const LOOK_MS: u64 = 500;
/// Pause after which keys pressed so far are an entry, milliseconds.
const ENTRY_MS: u64 = 3_000;
/// A call in which nothing is said for so long is ended, milliseconds.
const SILENT_MS_MAX: u64 = 15 * 60 * 1000;
/// Header of the provider's signature.
const SIGNATURE: &str = "x-twilio-signature";

/// Takes a call. It is signed by the provider (`X-Twilio-Signature`), or carries the line's token as a bearer token.
#[utoipa::path(get, path = "/voice/{client}/{line}", tag = "voice", params(("client" = String, Path), ("line" = String, Path)),
    responses((status = 101, description = "The connection is a WebSocket from here"), (status = 401, description = "Neither signed nor with the token")))]
pub async fn relay(
    State(house): State<Arc<House>>,
    Ids((client, line)): Ids<(ClientId, String)>,
    headers: HeaderMap,
    upgrade: std::result::Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
) -> Answer<Response> {
    let found = line_of(&house, &client, &line)?;
    proven(&house, &client, &found, &headers).await?;
    let upgrade = upgrade.map_err(|e| Error::invalid("this is a WebSocket", e.to_string()))?;
    let upgrade = upgrade.max_message_size(voice::FRAME_BYTES_MAX).max_frame_size(voice::FRAME_BYTES_MAX);
    // The connection lives on in a task of its own.
    let wall = Wall::here();
    Ok(upgrade.on_upgrade(move |socket| {
        let ctx = Ctx::system(&house.env, &client, "channel:voice");
        let call = Call {
            house,
            ctx,
            socket,
            hearing: Hearing::default(),
            speaking: Speaking::default(),
            language: None,
            said: None,
            named: None,
            caller: None,
        };
        wall.around(call.run())
    }))
}

fn line_of(house: &House, client: &ClientId, line: &str) -> Result<Line> {
    let unknown = || Error::not_found(format!("line {line}"));
    let (_, config) = house.parts.channels.live(client).map_err(|_| unknown())?;
    config.voice.get(line).cloned().ok_or_else(unknown)
}

async fn proven(house: &House, client: &ClientId, line: &Line, headers: &HeaderMap) -> Result<()> {
    let (of, name) = (client.clone(), line.secret.clone());
    let kept = house.db.read(move |tx| vault::get(tx, &of, &name)).await?.filter(|kept| !kept.is_empty());
    let kept = kept.ok_or_else(|| Error::Unavailable(format!("the secret of line {} is not set", line.name)))?;
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    let signed = line.url.as_deref().zip(signature).is_some_and(|(url, given)| voice::is_signed(&kept, url, given));
    if signed || bearer(headers).is_some_and(|given| voice::is_token(&kept, given)) {
        return Ok(());
    }
    Err(Error::Unauthenticated("the call is neither signed by the provider nor carries the line's token".to_owned()))
}

/// One call.
struct Call {
    house: Arc<House>,
    ctx: Ctx,
    socket: WebSocket,
    hearing: Hearing,
    speaking: Speaking,
    /// Of the conversation, once it is known.
    language: Option<String>,
    /// The case that is spoken about, and up to which message it was spoken.
    said: Option<(CaseId, i64)>,
    /// The case as which the caller speaks: it may have been merged into the one that is spoken about.
    named: Option<CaseId>,
    caller: Option<Caller>,
}

#[derive(Clone)]
struct Caller {
    address: String,
    name: Option<String>,
    conversation: String,
}

/// Whether a call goes on.
type Goes = Result<bool>;

impl Call {
    async fn run(mut self) {
        match self.talk().await {
            Ok(()) => {}
            Err(error) => {
                tracing::warn!(client = %self.ctx.client, %error, "a call cannot go on");
                self.end(&json!({"reason": "fault"})).await;
            }
        }
    }

    async fn talk(&mut self) -> Result<()> {
        let Some(caller) = self.setup().await? else { return Ok(()) };
        let mut listening = self.house.conversations.listen(&caller.conversation);
        self.caller = Some(caller);
        let mut stop = self.house.stopping();
        let (mut silent_ms, mut entering_ms) = (0, 0);
        loop {
            listening.catch_up();
            if !self.speak(&mut listening).await? {
                return Ok(());
            }
            let waited = tokio::select! {
                frame = self.socket.recv() => {
                    (silent_ms, entering_ms) = (0, 0);
                    if !self.hear(frame).await? { return Ok(()) }
                    0
                }
                news = listening.heard() => {
                    if !self.begin(news).await { return Ok(()) }
                    0
                }
                () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => LOOK_MS,
                _ = stop.changed() => return Ok(()),
            };
            (silent_ms, entering_ms) = (silent_ms + waited, entering_ms + waited);
            if entering_ms >= ENTRY_MS && self.hearing.is_entering() {
                let entered = self.hearing.entered();
                self.take(entered, None).await?;
            }
            if silent_ms >= SILENT_MS_MAX {
                self.end(&json!({"reason": "silent"})).await;
                return Ok(());
            }
        }
    }

    /// The first frame says who calls.
    async fn setup(&mut self) -> Result<Option<Caller>> {
        let wait = Duration::from_secs(10);
        let Ok(Some(Ok(Message::Text(text)))) = tokio::time::timeout(wait, self.socket.recv()).await else {
            return Ok(None);
        };
        let Frame::Setup { call_sid, from, caller_name, .. } = voice::read(&text)? else {
            return Err(Error::invalid("the call does not begin", "the first frame is setup"));
        };
        let address = voice::caller(&from, &call_sid);
        let name = caller_name.filter(|name| !name.trim().is_empty());
        Ok(Some(Caller { address, name, conversation: format!("voice:{}", self.ctx.id("call")) }))
    }

    async fn hear(&mut self, frame: Option<std::result::Result<Message, axum::Error>>) -> Goes {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => return Ok(true),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Ok(false),
        };
        match voice::read(&text)? {
            Frame::Prompt { voice_prompt, lang, last } => {
                let whole = self.hearing.speech(&voice_prompt, last);
                self.take(whole, lang).await?;
            }
            Frame::Dtmf { digit } => {
                let entered = self.hearing.key(&digit);
                self.take(entered, None).await?;
            }
            Frame::Interrupt { utterance_until_interrupt, duration_until_interrupt_ms } => {
                self.speaking.interrupted();
                self.interrupted(&utterance_until_interrupt, duration_until_interrupt_ms).await?;
            }
            Frame::Error { description } => {
                tracing::warn!(client = %self.ctx.client, description, "the provider tells of an error in a call");
            }
            Frame::Setup { .. } | Frame::Other => {}
        }
        Ok(true)
    }

    /// Takes in what the caller said.
    async fn take(&mut self, whole: Option<String>, language: Option<String>) -> Result<()> {
        let (Some(text), Some(caller)) = (whole, self.caller.clone()) else { return Ok(()) };
        let incoming = Incoming {
            channel: Channel::Voice,
            address: caller.address,
            name: caller.name,
            locale: language.filter(|tag| (2..=35).contains(&tag.len())),
            text,
            external_id: Some(self.ctx.id("said")),
            case: self.named.clone(),
            data: Value::Null,
        };
        let received = super::chat::taken(&self.house, &self.ctx, incoming).await?;
        self.house.conversations.bind(&received.case, &caller.conversation);
        self.named.get_or_insert_with(|| received.case.clone());
        if self.said.as_ref().is_none_or(|(case, _)| *case != received.case) {
            self.said = Some((received.case, received.seq));
        }
        Ok(())
    }

    /// Speaks what was answered since; ends the call where it goes on elsewhere.
    async fn speak(&mut self, listening: &mut Listening) -> Goes {
        let Some((case, after)) = self.said.clone() else { return Ok(true) };
        let ctx = self.ctx.clone();
        let of = case.clone();
        let read = move |tx: &mut Tx| {
            let row = baton_cases::row(tx, &ctx, &of)?;
            let handoff = handoff(tx, &ctx, &of, &row)?;
            let next = baton_cases::merged::works_in(tx, &ctx.client, &of)?;
            Ok((baton_cases::messages(tx, &ctx, &of, after)?, row, handoff, next))
        };
        let (messages, row, handoff, next) = self.house.db.read(read).await?;
        self.language = Some(row.language.clone());
        if let Some(last) = messages.last() {
            self.said = Some((case, last.seq));
        }
        for message in messages.iter().filter(|message| message.author.kind != "customer") {
            listening.said();
            if !self.say(message, &row.language).await {
                return Ok(false);
            }
        }
        if let (Some((case, after)), Some(caller)) = (next, &self.caller) {
            // It was merged into another case: the call goes on there.
            self.house.conversations.bind(&case, &caller.conversation);
            self.said = Some((case, after));
            return Ok(true);
        }
        match handoff {
            Some(handoff) => {
                self.end(&handoff).await;
                Ok(false)
            }
            None => Ok(true),
        }
    }

    /// Speaks what an agent has begun to say; false where the call is gone.
    async fn begin(&mut self, news: News) -> bool {
        let (News::Saying(so_far), Some(language)) = (news, self.language.clone()) else { return true };
        let Some(new) = self.speaking.more(&so_far) else { return true };
        self.send(voice::spoken_part(&new, &language)).await
    }

    /// Speaks a message, or what is left of it; false where the call is gone.
    async fn say(&mut self, message: &MessageRow, language: &str) -> bool {
        for frame in self.speaking.whole(&message.text, language) {
            if !self.send(frame).await {
                return false;
            }
        }
        true
    }

    async fn send(&mut self, frame: String) -> bool {
        self.socket.send(Message::Text(frame.into())).await.is_ok()
    }

    /// What the caller did not hear any more is told in the case.
    async fn interrupted(&mut self, heard: &str, after_ms: Value) -> Result<()> {
        let Some((case, seq)) = self.said.clone() else { return Ok(()) };
        let after_ms = after_ms.as_i64().or_else(|| after_ms.as_str().and_then(|text| text.parse().ok()));
        let facts = json!({"seq": seq, "heard_chars": heard.chars().count(), "after_ms": after_ms});
        let ctx = self.ctx.clone();
        let event = Event::new(&ctx.client, "message.interrupted", &case).in_case(&case).with(facts);
        self.house.db.write(move |tx| ledger::append(tx, &ctx, event).map(|_| ())).await
    }

    async fn end(&mut self, handoff: &Value) {
        // The provider may be gone already.
        let _ = self.socket.send(Message::Text(voice::end(handoff).into())).await;
        let _ = self.socket.send(Message::Close(None)).await;
    }
}

/// With what the provider goes on, once this side is done: a person has the next step, or the case has ended.
fn handoff(tx: &mut Tx, ctx: &Ctx, case: &CaseId, row: &baton_cases::CaseRow) -> Result<Option<Value>> {
    let about = |reason: &str| json!({"reason": reason, "client": ctx.client, "case": case, "number": row.number, "language": row.language});
    Ok(match row.state {
        CaseState::Open | CaseState::WaitingCustomer => None,
        CaseState::WithPerson => {
            let mut about = about("person");
            if let Some(packet) = baton_desk::packet_of_case(tx, ctx, case)? {
                about["trigger"] = packet["trigger"].clone();
                about["intent"] = packet["intent"].clone();
            }
            about["queue"] = json!(row.actor.name.strip_prefix("queue:"));
            Some(about)
        }
        CaseState::Resolved | CaseState::Closed => {
            let mut about = about("ended");
            about["outcome"] = json!(row.outcome);
            Some(about)
        }
    })
}
