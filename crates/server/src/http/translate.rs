//! Translation by a model, for people: a message of a case into theirs, and what they are about to send into the customer's.

use crate::House;
use crate::http::auth::Caller;
use crate::http::cases::note_listening;
use crate::http::problem::{Answer, Body, Ids};
use axum::Json;
use axum::extract::State;
use baton_agents::Translating;
use baton_base::{CaseId, ClientId, Error, MessageId, Result};
use baton_db::{Tx, Wall};
use baton_govern::{Ctx, Right};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of this page.
pub fn routes() -> OpenApiRouter<Arc<House>> {
    OpenApiRouter::new().routes(routes!(translate))
}

/// What is to be translated: a message of the case, or a text that is about to be sent into it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTranslation {
    /// Id of a message of the case, or of one merged into it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    message: Option<MessageId>,
    /// A text of the caller, which is not sent.
    #[serde(default)]
    text: Option<String>,
    /// Tag of the language that is wanted, such as `de`.
    to: String,
}

/// Translates a message of a case, or a text that is about to be sent into it, with the language model that is configured.
/// Nothing is sent and no message changes: the original is what is stored. The exchange is kept with its cost.
#[utoipa::path(post, path = "/clients/{client}/cases/{case}/translate", tag = "cases", request_body = NewTranslation,
    params(("client" = String, Path), ("case" = String, Path)),
    responses((status = 200, description = "The text in that language, and the model that wrote it", body = Value),
        (status = 409, description = "No language model is configured"), (status = 503, description = "The model is away")))]
pub async fn translate(
    State(house): State<Arc<House>>,
    caller: Caller,
    Ids((client, case)): Ids<(ClientId, CaseId)>,
    Body(new): Body<NewTranslation>,
) -> Answer<Json<Value>> {
    let ctx = caller.ctx(&house, &client, Right::CaseReply)?;
    if new.message.is_some() {
        note_listening(&house, &ctx, &case).await?;
    }
    let (reads, of) = (ctx.clone(), case);
    let to = new.to.clone();
    let (case, text) = house.db.read(move |tx| meant(tx, &reads, &of, new)).await?;
    let want = Translating { text, to };
    want.check()?;
    let model = house.translator(&client).ok_or_else(|| {
        Error::Conflict(
            "no language model is configured here: serve with --model, or name one in an agent's file".into(),
        )
    })?;
    let (to, label) = (want.to.clone(), model.label());
    let asked = Wall::here().around(async move {
        let done = baton_agents::translate(house.models(), &model, &ctx, &want).await;
        let kept = house.db.write(move |tx| {
            done.keep(tx, &ctx, &case)?;
            Ok(done.text.clone())
        });
        kept.await?
    });
    // In a task of its own: whoever asked may go away meanwhile, and what it cost is kept all the same.
    let text = tokio::spawn(asked).await.map_err(Error::broken)??;
    Ok(Json(json!({ "text": text, "to": to, "model": label })))
}

/// The words that are meant: the stored ones of a message of the case or of one merged into it, or the caller's own. With them the
/// case in which they stand: that of a message is its own, whose customer may be another.
fn meant(tx: &mut Tx, ctx: &Ctx, case: &CaseId, new: NewTranslation) -> Result<(CaseId, String)> {
    baton_cases::row(tx, ctx, case)?;
    match (new.message, new.text) {
        (Some(message), None) => {
            let family = baton_cases::merged::family(tx, &ctx.client, case)?;
            let found = baton_cases::message_of(tx, ctx, &family, &message)?;
            let found = found.ok_or_else(|| Error::not_found(format!("message {message}")))?;
            Ok((found.case, found.text))
        }
        (None, Some(text)) => Ok((case.clone(), text)),
        _ => Err(Error::invalid("Name one thing to translate", "give either a message or a text")),
    }
}
