//! Platform functions of this room: `notify` and `record`.

use crate::{Cases, Patch, Saying, record, say_once, store};
use baton_base::{AgentName, ArticleId, CaseId, Error, Result};
use baton_db::Tx;
use baton_runs::{CallCx, Function, Outcome};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// `notify`: sends a template or a text to the customer, as an agent or as the process.
pub struct Notify(pub Cases);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyArgs {
    template: Option<String>,
    text: Option<String>,
    #[serde(default)]
    data: Value,
    agent: Option<String>,
    #[serde(default)]
    articles: Vec<ArticleId>,
}

impl Function for Notify {
    fn name(&self) -> &'static str {
        "notify"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let args: NotifyArgs = read_args(self.name(), args)?;
        let case = case_of(self.name(), cx)?;
        let found = store::find(tx, &cx.ctx.client, case)?.ok_or_else(|| store::not_found(case))?;
        let config = self.0.config.at(&cx.ctx.client, &cx.release)?;
        let text = match (args.template, args.text) {
            (Some(key), None) => {
                let data = if args.data.is_null() { json!({}) } else { args.data };
                config.render(&found.row.language, &key, &data, cx.ctx.now_ms())?
            }
            (None, Some(text)) => text,
            _ => return Err(Error::invalid("notify needs one of template and text", "give one of them")),
        };
        let ctx = match &args.agent {
            Some(agent) => cx.ctx.as_agent(&agent.parse::<AgentName>()?, cx.release.as_str()),
            None => cx.ctx.clone(),
        };
        // The same call never speaks twice.
        let external_id = format!("call:{}", cx.call);
        let saying = Saying {
            text: &text,
            articles: &args.articles,
            external_id: Some(&external_id),
            config: Some(&config),
            ..Saying::default()
        };
        let said = say_once(tx, &ctx, case, &saying)?;
        Ok(Outcome::Done(json!({"message_id": said.message, "seq": said.seq})))
    }
}

/// `record`: writes intent, fields, identity, outcome to the case.
pub struct Record;

impl Function for Record {
    fn name(&self) -> &'static str {
        "record"
    }

    fn start(&self, tx: &mut Tx, cx: &CallCx, args: &Value) -> Result<Outcome> {
        let patch: Patch = read_args(self.name(), args)?;
        let case = record(tx, &cx.ctx, case_of(self.name(), cx)?, patch)?;
        let row = &case.row;
        Ok(Outcome::Done(
            json!({"state": row.state, "intent": row.intent, "outcome": row.outcome, "fields": case.fields}),
        ))
    }
}

fn read_args<T: DeserializeOwned>(function: &str, args: &Value) -> Result<T> {
    T::deserialize(args)
        .map_err(|e| Error::invalid_at("with", format!("the arguments of '{function}' are not valid"), e.to_string()))
}

fn case_of<'a>(function: &str, cx: &'a CallCx) -> Result<&'a CaseId> {
    let remedy = "call it only in processes that cases enter by";
    cx.case
        .as_ref()
        .ok_or_else(|| Error::invalid(format!("'{function}' works on a case, and this run has none"), remedy))
}
