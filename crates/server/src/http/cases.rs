//! Cases: list, look, open through the API channel, write into, take and return.

use crate::House;
use crate::http::auth::Caller;
use crate::http::files::Sent;
use crate::http::page::limit;
use crate::http::problem::{Answer, Body, Ids, Query};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use baton_base::{CaseId, ClientId, CustomerId, Error, Result};
use baton_cases::{CaseFilter, CaseState, Channel, Incoming, Page};
use baton_channels::mail;
use baton_db::Tx;
use baton_desk as desk;
use baton_govern::{Ctx, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Which cases to list.
#[derive(Deserialize, IntoParams)]
pub struct Which {
    client: Option<ClientId>,
    /// One state, or several with commas.
    state: Option<String>,
    intent: Option<String>,
    actor_kind: Option<String>,
    actor: Option<String>,
    customer: Option<CustomerId>,
    /// Case number, or part of the subject or of the customer's name.
    q: Option<String>,
    due_before_ms: Option<i64>,
    /// Only cases whose customer sounds angry in what they wrote last: `1`.
    upset: Option<u8>,
    /// Only cases that ended at this time or later.
    closed_from_ms: Option<i64>,
    /// Only cases that ended today, by the day of their client: `1`.
    closed_today: Option<u8>,
    /// Only cases that a person ended (`1`), or that none did (`0`).
    ended_by_person: Option<u8>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Cases, newest first.
#[utoipa::path(get, path = "/cases", tag = "cases", params(Which),
    responses((status = 200, description = "Cases of the clients that the caller may see", body = Value)))]
pub async fn list(State(house): State<Arc<House>>, caller: Caller, Query(which): Query<Which>) -> Answer<Json<Value>> {
    let clients = caller.clients(&house, which.client.as_ref(), Right::CaseRead)?;
    let states = which.state.as_deref().unwrap_or_default().split(',').filter(|s| !s.is_empty());
    let filter = CaseFilter {
        clients,
        states: states.map(str::parse::<CaseState>).collect::<Result<_>>()?,
        intent: which.intent,
        actor_kind: which.actor_kind,
        actor: which.actor,
        customer: which.customer,
        q: which.q,
        due_before_ms: which.due_before_ms,
        upset: which.upset.is_some_and(|upset| upset != 0),
        closed_from_ms: which.closed_from_ms,
        closed_today_at_ms: which.closed_today.is_some_and(|today| today != 0).then(|| house.env.now_ms()),
        ended_by_person: which.ended_by_person.map(|person| person != 0),
    };
    let page = Page { after: which.after, limit: Some(limit(which.limit)?) };
    let found = house.db.read(move |tx| baton_cases::list(tx, &filter, &page)).await?;
    Ok(Json(json!(found)))
}

/// One case, with its work items and those of cases merged into it, its last packet, and the cases that it hangs together
/// with; `translates` where the caller may have texts of it translated by a model.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The case", body = Value)))]
pub async fn show(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    let sla = house.parts.cases.live(&client)?.1.sla.clone();
    let translates = house.translator(&client).is_some() && ctx.allow(Right::CaseReply).is_ok();
    let shown = house
        .db
        .read(move |tx| {
            let found = baton_cases::get(tx, &ctx, &case)?;
            let mut items = Vec::new();
            for one in baton_cases::merged::family(tx, &ctx.client, &case)? {
                items.extend(desk::of_case(tx, &ctx, &one)?);
            }
            let packet = desk::packet_of_case(tx, &ctx, &case)?;
            let mut shown = json!(found);
            shown["work_items"] = json!(items);
            shown["packet"] = json!(packet);
            shown["links"] = json!(baton_cases::merged::links(tx, &ctx, &case)?);
            shown["translates"] = translates.into();
            shown["clocks"] = json!(baton_cases::clocks_of(tx, &ctx, &sla, &case)?);
            Ok(shown)
        })
        .await?;
    Ok(Json(shown))
}

/// One case as one file: messages, what AI, people and systems did, effects, and every ledger entry with its proof. That it was
/// asked for is in the ledger.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/export", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The file", body = Value)))]
pub async fn export(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::LedgerExport)?;
    Ok(Json(crate::case_file::of(&house, &ctx, &case).await?))
}

/// Messages with their files, events and tasks of a case, and of cases merged into it, in order of time. That a supervisor or an AI
/// lead listens in on a live conversation so is in the ledger, once for as long as they stay.
#[utoipa::path(get, path = "/clients/{client}/cases/{case}/timeline", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The timeline", body = Value)))]
pub async fn timeline(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseRead)?;
    note_listening(&house, &ctx, &case).await?;
    let read = move |tx: &mut Tx| Ok((baton_cases::timeline(tx, &ctx, &case)?, mail::of_family(tx, &ctx, &case)?));
    let (mut items, files) = house.db.read(read).await?;
    for item in items.iter_mut().filter(|item| item.kind == "message") {
        let theirs: Vec<_> = files.iter().filter(|file| file.message.as_str() == item.id).collect();
        if !theirs.is_empty() {
            item.data["files"] = json!(theirs);
        }
    }
    Ok(Json(json!({ "items": items })))
}

/// Before anything of a conversation is shown: whoever listens in is in the ledger.
pub(super) async fn note_listening(house: &House, ctx: &Ctx, case: &CaseId) -> Result<()> {
    if ctx.allow(Right::CaseWhisper).is_err() {
        return Ok(());
    }
    let (reader, of) = (ctx.clone(), case.clone());
    if house.db.read(move |tx| desk::listens(tx, &reader, &of)).await? {
        let (reader, of) = (ctx.clone(), case.clone());
        house.db.write(move |tx| desk::listen_in(tx, &reader, &of)).await?;
    }
    Ok(())
}

/// Who the case is about, as the sending system knows them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    address: String,
    name: Option<String>,
    locale: Option<String>,
}

/// A contact that comes in through the API.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCase {
    /// `api`.
    channel: String,
    /// The sender's own id: the same id never opens a second case.
    external_id: String,
    customer: Sender,
    text: String,
    #[serde(default)]
    data: Value,
}

/// Opens a case through the API channel. 201 if it is new, 200 with the same case if the id was sent before.
#[utoipa::path(post, path = "/clients/{client}/cases", tag = "cases", request_body = NewCase, params(("client" = String, Path)),
    responses((status = 201, description = "Opened", body = Value), (status = 200, description = "Was here already", body = Value)))]
pub async fn open(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids(client): Ids<ClientId>,
    Body(new): Body<NewCase>,
) -> Answer<(StatusCode, Json<Value>)> {
    let ctx = caller.ctx(&house, &client, Right::CaseCreate)?;
    if new.channel != "api" {
        let detail = "contacts through this address have the channel 'api'";
        return Err(Error::invalid_at("channel", "channel does not fit", detail).into());
    }
    let incoming = Incoming {
        channel: Channel::Api,
        address: new.customer.address,
        name: new.customer.name,
        locale: new.customer.locale,
        text: new.text,
        external_id: Some(new.external_id),
        case: None,
        data: new.data,
    };
    let cases = house.cases();
    let (received, row) = house
        .db
        .write(move |tx| {
            let received = baton_cases::receive(tx, &ctx, &cases, incoming)?;
            let row = baton_cases::row(tx, &ctx, &received.case)?;
            Ok((received, row))
        })
        .await?;
    let status = if received.duplicate { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(json!(row))))
}

/// A message into a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// May be empty where files go along.
    text: String,
    /// Ids of files that the caller has uploaded to this case.
    #[serde(default)]
    files: Vec<String>,
    /// The sender's own id: the same id is the same message.
    external_id: Option<String>,
    /// `member` (default): a reply to the customer; `customer`: what the customer wrote, from a channel's system.
    r#as: Option<String>,
}

/// Writes into a case: a member's reply, or the customer's words from a channel's system.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/messages", tag = "cases", request_body = NewMessage,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 201, description = "Taken", body = Value)))]
pub async fn write(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(new): Body<NewMessage>,
) -> Answer<(StatusCode, Json<Value>)> {
    let from_customer = match new.r#as.as_deref() {
        None | Some("member") => false,
        Some("customer") => true,
        Some(_) => return Err(Error::invalid_at("as", "'as' does not fit", "use 'member' or 'customer'").into()),
    };
    let right = if from_customer { Right::CaseCreate } else { Right::CaseReply };
    let ctx = caller.ctx(&house, &client, right)?;
    let (cases, parts) = (house.cases(), house.desk());
    let sent = Sent::by_writer(&ctx, &case, new.files);
    let (id, seq) = house
        .db
        .write(move |tx| {
            if from_customer {
                let incoming = Incoming {
                    channel: Channel::Api,
                    address: String::new(),
                    name: None,
                    locale: None,
                    text: new.text,
                    external_id: new.external_id,
                    case: Some(case),
                    data: Value::Null,
                };
                let received = sent.take_in(tx, &ctx, &cases, incoming)?;
                return Ok((received.message, received.seq));
            }
            let said = sent.say(tx, &ctx, &case, (&new.text, new.external_id.as_deref()))?;
            if !said.duplicate {
                desk::note_reply(tx, &ctx, &parts, &case, &new.text)?;
            }
            Ok((said.message, said.seq))
        })
        .await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id, "seq": seq }))))
}

/// A person takes a case that the AI has.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/take", tag = "cases",
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 200, description = "The work item that is now the caller's", body = Value)))]
pub async fn take(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseTake)?;
    let parts = house.desk();
    let item = house.db.write(move |tx| desk::take_case(tx, &ctx, &parts, &case)).await?;
    Ok(Json(json!({ "work_item": item })))
}

/// What the agent should know when it goes on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Instruction {
    #[serde(default)]
    instruction: String,
}

/// Gives a case back to the AI, at the step where it stands.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/return", tag = "cases", request_body = Instruction,
    params(("client" = String, Path), ("case" = String, Path)), responses((status = 204, description = "Given back")))]
pub async fn give_back(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(body): Body<Instruction>,
) -> Answer<StatusCode> {
    let ctx = caller.ctx(&house, &client, Right::WorkComplete)?;
    house.db.write(move |tx| desk::return_case(tx, &ctx, &case, &body.instruction)).await?;
    Ok(StatusCode::NO_CONTENT)
}
