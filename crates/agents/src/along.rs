//! Reading along with a model while a person has the case, where the agent's file says so: what the agent would have taken a message
//! for with its model, instead of without. Nothing of it is sent, and nothing is done.

use crate::agent::AgentSpec;
use crate::model::{Ask, ModelConfig, Models, Taken};
use crate::question::{Answered, Question};
use crate::roster::Roster;
use crate::shadow::{Along, Would};
use crate::store::{exchanges_since, insert_exchange, set_draft, set_intent};
use crate::text::{READ_BYTES_MAX, head};
use crate::turn::{MESSAGES_SHOWN, READING_TOKENS_MAX, need_in, shown, told};
use baton_base::Result;
use baton_cases::CaseState;
use baton_db::{Db, Tx};
use baton_govern::Ctx;
use baton_knowledge::Shelf;
use serde_json::json;

/// The time in which the messages of a day are counted, milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Longest wait for it, milliseconds: nobody waits for it.
const READING_MS_MAX: u64 = 30_000;

/// What a model is asked about.
struct Seen {
    before: String,
    text: String,
    language: String,
}

/// Reads a message with the agent's model too, and keeps what the agent would have made of it with that reading. False where its file
/// does not say so, there is no model, the model has read as many as it may in 24 hours or costs more than one goal may, no person
/// has the case any more, or the model is not sure enough: then what was kept stands.
pub async fn read_along(
    db: &Db,
    models: &Models,
    ctx: &Ctx,
    (roster, shelf): (&Roster, &Shelf),
    along: &Along,
) -> Result<bool> {
    let Some(agent) = roster.agents.get(along.agent.as_str()).filter(|agent| agent.shadow.model) else {
        return Ok(false);
    };
    let Some(model) = models.for_agent(&ctx.client, agent.model.as_ref()) else { return Ok(false) };
    let name = format!("shadow:{}", agent.name);
    let (reads, of, under, most) = (ctx.clone(), along.clone(), name.clone(), i64::from(agent.shadow.a_day));
    let Some(seen) = db.read(move |tx| seen(tx, &reads, &of, (under.as_str(), most))).await? else { return Ok(false) };
    let (system, user) = shown(agent, roster, &seen.before, &seen.text)?;
    let asked = asked((models, &model), ctx, (agent, name.as_str()), (system.as_str(), user.as_str())).await?;
    let Some(Answered { text: reply, exchange, .. }) = asked else { return Ok(false) };
    let need = reply.and_then(|reply| need_in(&reply, roster));
    let need = need.filter(|(intent, confidence)| *confidence >= roster.threshold(agent, intent));
    let taken = need.map(|(intent, confidence)| {
        let text = head(&seen.text, READ_BYTES_MAX);
        let would = Would { roster, shelf, agent, language: &seen.language, text, at_ms: ctx.now_ms() };
        let mut draft = would.have(&intent, true);
        draft["by"] = model.label().into();
        draft["local"] = json!({"intent": along.local.0, "confidence": along.local.1});
        (roster.threshold(agent, &intent), intent, confidence, draft)
    });
    let (ctx, along, is_read) = (ctx.clone(), along.clone(), taken.is_some());
    let keep = move |tx: &mut Tx| {
        insert_exchange(tx, &ctx, Some(&along.case), &exchange)?;
        let Some((threshold, intent, confidence, draft)) = &taken else { return Ok(()) };
        set_intent(tx, &ctx, &along.reading, (intent.as_str(), *confidence, *threshold))?;
        set_draft(tx, &ctx, &along.reading, draft)
    };
    db.write(keep).await?;
    Ok(is_read)
}

/// The message with what came before it; none where a model may read no more today, or no person has the case any more.
fn seen(tx: &mut Tx, ctx: &Ctx, along: &Along, (name, most): (&str, i64)) -> Result<Option<Seen>> {
    let row = baton_cases::row(tx, ctx, &along.case)?;
    let read = exchanges_since(tx, &ctx.client, name, ctx.now_ms() - DAY_MS)?;
    if row.state != CaseState::WithPerson || read >= most {
        return Ok(None);
    }
    let found = baton_cases::message_of(tx, ctx, std::slice::from_ref(&along.case), &along.message)?;
    let Some(found) = found else { return Ok(None) };
    let all = baton_cases::messages(tx, ctx, &along.case, (found.seq - 1 - MESSAGES_SHOWN).max(0))?;
    let before = told(all.iter().filter(|one| one.seq < found.seq));
    Ok(Some(Seen { before, text: found.text, language: row.language }))
}

/// One exchange, and what came back; none where it may not be made. A request that a cassette does not hold is an error.
async fn asked(
    (models, model): (&Models, &ModelConfig),
    ctx: &Ctx,
    (agent, name): (&AgentSpec, &str),
    (system, user): (&str, &str),
) -> Result<Option<Answered>> {
    let ask = Ask { system, user, answer_tokens: READING_TOKENS_MAX, wait_ms: READING_MS_MAX };
    let shown = models.shown(model, system, user);
    let question = match Question::within((agent.bounds(), Taken::default()), ctx, (name, model), (ask, shown)) {
        Ok(question) => question,
        Err(why) => {
            tracing::debug!(agent = name, %why, "a model does not read along");
            return Ok(None);
        }
    };
    let completed = models.complete(model, &question.ask).await;
    question.answered(ctx, completed).map(Some)
}
