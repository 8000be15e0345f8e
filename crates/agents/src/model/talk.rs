//! A conversation with a model that may call functions, in the OpenAI chat form (`tools`, `tool_calls`, messages of role `tool`).

use super::client::{Ask, Completion, Models, Tape, away, usage_of, within};
use super::config::ModelConfig;
use super::mask::Mask;
use baton_base::Result;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Most calls that are taken of one reply, count.
const CALLS_MAX: usize = 8;
/// Longest arguments of one call that are kept, bytes; longer ones are no JSON any more, and the model is told so.
const ARGS_BYTES_MAX: usize = 16 * 1024;
/// Longest id and name of a call that are kept, characters.
const NAME_CHARS_MAX: usize = 64;

/// A call of a function that a model asks for. Stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// As the model's server names it; the result names it too.
    pub id: String,
    /// The function.
    pub name: String,
    /// Its arguments, as the model wrote them: JSON, if it did well.
    pub args: String,
}

/// One message of such a conversation. Stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Spoken {
    /// What somebody wrote to it: data.
    User {
        /// The text.
        text: String,
    },
    /// What the model must know besides, from Baton itself.
    Note {
        /// The text.
        text: String,
    },
    /// What the model said.
    Model {
        /// Its words.
        text: String,
        /// The calls it asked for.
        calls: Vec<ToolCall>,
    },
    /// What came of a call.
    Result {
        /// The call's id.
        call: String,
        /// In words or JSON.
        text: String,
        /// The function was carried out, and this is its answer.
        done: bool,
    },
}

impl Spoken {
    fn wire(&self) -> Value {
        match self {
            Self::User { text } => json!({"role": "user", "content": text}),
            Self::Note { text } => json!({"role": "user", "content": format!("<note>\n{text}\n</note>")}),
            Self::Model { text, calls } if calls.is_empty() => json!({"role": "assistant", "content": text}),
            Self::Model { text, calls } => {
                let call = |one: &ToolCall| {
                    let function = json!({"name": one.name, "arguments": one.args});
                    json!({"id": one.id, "type": "function", "function": function})
                };
                let calls: Vec<Value> = calls.iter().map(call).collect();
                json!({"role": "assistant", "content": text, "tool_calls": calls})
            }
            Self::Result { call, text, .. } => json!({"role": "tool", "tool_call_id": call, "content": text}),
        }
    }
}

/// A function that a model may call.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
}

/// What a model is asked in a conversation.
#[derive(Debug, Clone, Copy)]
pub struct Talk<'a> {
    /// Instructions.
    pub system: &'a str,
    /// The conversation so far, oldest first.
    pub messages: &'a [Spoken],
    /// What it may call.
    pub functions: &'a [Offered],
    /// Most tokens of an answer.
    pub answer_tokens: u32,
    /// Longest wait for it, milliseconds.
    pub wait_ms: u64,
}

impl Talk<'_> {
    /// Messages and functions as they are sent.
    fn wire(&self) -> Value {
        let messages: Vec<Value> = self.messages.iter().map(Spoken::wire).collect();
        let offered = |one: &Offered| {
            let function = json!({"name": one.name, "description": one.description, "parameters": one.schema});
            json!({"type": "function", "function": function})
        };
        let tools: Vec<Value> = self.functions.iter().map(offered).collect();
        json!({"messages": messages, "tools": tools})
    }

    /// Bytes of what the model is sent.
    pub fn bytes(&self) -> usize {
        self.system.len().saturating_add(self.wire().to_string().len())
    }
}

/// A model's reply: words, calls, or both.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The calls that it asks for, at most eight.
    pub calls: Vec<ToolCall>,
    /// Its words, which may be empty where there are calls, and what it cost.
    pub done: Completion,
}

impl Models {
    /// What a model is shown of a conversation.
    pub fn shown_of(&self, model: &ModelConfig, talk: &Talk<'_>) -> Value {
        let (wire, mask) = self.masked(model, talk);
        request(model, talk, &mask, &wire)
    }

    fn masked(&self, model: &ModelConfig, talk: &Talk<'_>) -> (Value, Mask) {
        let wire = talk.wire();
        let mut texts = vec![talk.system];
        texts_in(&wire, &mut texts);
        let mask = Mask::of(texts, self.redact.and(&model.redact).kinds());
        (wire, mask)
    }

    /// Sends a conversation and takes the reply. A model that is away, gives none, or whose server knows no functions and says so is
    /// `Unavailable`; a request that a cassette does not hold is `Invalid`, and no model's fault.
    pub async fn talk(&self, model: &ModelConfig, talk: &Talk<'_>) -> Result<Reply> {
        let (wire, mask) = self.masked(model, talk);
        let request = request(model, talk, &mask, &wire);
        // A cassette finds a request by its two texts.
        let user = wire.to_string();
        let ask = Ask { system: talk.system, user: &user, answer_tokens: talk.answer_tokens, wait_ms: talk.wait_ms };
        let reply = match &self.tape {
            Some(Tape::Replay(cassette)) => cassette.reply(&model.model, &ask)?,
            Some(Tape::Record(_)) | None => within(&ask, self.send(model, &request)).await?,
        };
        let message = reply.pointer("/choices/0/message").ok_or_else(|| away("the reply holds no message".into()))?;
        let text = message.get("content").and_then(Value::as_str).map(|text| mask.restore(text)).unwrap_or_default();
        let calls = calls_of(message, &mask);
        if text.trim().is_empty() && calls.is_empty() {
            return Err(away("the reply holds neither words nor a call".into()));
        }
        if let Some(Tape::Record(recorder)) = &self.tape
            && let Err(error) = recorder.keep(&model.model, &ask, &meant(&reply, &text, &calls))
        {
            tracing::error!(%error, "an exchange with a model could not be recorded");
        }
        let usage = usage_of(&reply);
        let cost = model.price.as_ref().zip(usage).map(|(price, usage)| price.of(usage));
        let finish = reply.pointer("/choices/0/finish_reason").and_then(Value::as_str);
        let cut = matches!(finish, Some("length" | "content_filter"));
        Ok(Reply { calls, done: Completion { text, request, reply, usage, cost, cut } })
    }
}

fn request(model: &ModelConfig, talk: &Talk<'_>, mask: &Mask, wire: &Value) -> Value {
    let hidden = changed(wire, &|text| mask.hide(text));
    let mut messages = vec![json!({"role": "system", "content": mask.hide(talk.system)})];
    messages.extend(hidden["messages"].as_array().cloned().unwrap_or_default());
    let mut request = json!({
        "model": model.model, "temperature": 0, "max_tokens": talk.answer_tokens, "messages": messages,
    });
    if !talk.functions.is_empty() {
        request["tools"] = hidden["tools"].clone();
        request["tool_choice"] = "auto".into();
    }
    request
}

/// A reply as a cassette takes it: with the values themselves, which it hides by places of its own.
fn meant(reply: &Value, text: &str, calls: &[ToolCall]) -> Value {
    let said = Spoken::Model { text: text.to_owned(), calls: calls.to_vec() };
    let finish = reply.pointer("/choices/0/finish_reason");
    json!({"choices": [{"message": said.wire(), "finish_reason": finish}], "usage": reply.get("usage")})
}

fn calls_of(message: &Value, mask: &Mask) -> Vec<ToolCall> {
    let asked = message.get("tool_calls").and_then(Value::as_array);
    let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect::<String>();
    let call = |(at, one): (usize, &Value)| {
        let name = one.pointer("/function/name").and_then(Value::as_str)?;
        let id = one.get("id").and_then(Value::as_str).filter(|id| !id.is_empty());
        let id = id.map_or_else(|| format!("call_{at}"), short);
        // Some servers give an object where the format wants its text.
        let args = match one.pointer("/function/arguments") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Null) | None => "{}".to_owned(),
            Some(other) => other.to_string(),
        };
        let args = restored(&args, mask);
        let args = crate::text::head(&args, ARGS_BYTES_MAX).to_owned();
        Some(ToolCall { id, name: short(name), args })
    };
    asked.into_iter().flatten().take(CALLS_MAX).enumerate().filter_map(call).collect()
}

/// Arguments with their values in the places of masks, so that they are JSON still.
fn restored(args: &str, mask: &Mask) -> String {
    match serde_json::from_str::<Value>(args) {
        Ok(value) => changed(&value, &|text| mask.restore(text)).to_string(),
        Err(_) => mask.restore(args),
    }
}

fn texts_in<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts_in(item, texts)),
        Value::Object(map) => map.values().for_each(|item| texts_in(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The same value with every text in it changed.
fn changed(value: &Value, change: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(items) => items.iter().map(|item| changed(item, change)).collect(),
        Value::Object(map) => {
            let each = map.iter().map(|(name, item)| (name.clone(), changed(item, change)));
            Value::Object(each.collect::<Map<_, _>>())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use baton_govern::redact::Kind;

    fn talk(messages: &[Spoken]) -> Talk<'_> {
        Talk { system: "Help.", messages, functions: &[], answer_tokens: 100, wait_ms: 1_000 }
    }

    #[test]
    fn a_conversation_is_sent_in_the_form_of_the_chat_with_its_calls_and_their_results() {
        let call = ToolCall { id: "c1".into(), name: "look".into(), args: r#"{"order_id":"W1"}"#.into() };
        let messages = [
            Spoken::User { text: "where is W1".into() },
            Spoken::Model { text: String::new(), calls: vec![call] },
            Spoken::Result { call: "c1".into(), text: "sent".into(), done: true },
            Spoken::Note { text: "Say it.".into() },
        ];
        let wire = talk(&messages).wire();
        let roles: Vec<&str> =
            wire["messages"].as_array().unwrap().iter().map(|m| m["role"].as_str().unwrap()).collect();
        assert_eq!(roles, ["user", "assistant", "tool", "user"]);
        assert_eq!(wire["messages"][1]["tool_calls"][0]["function"]["arguments"], r#"{"order_id":"W1"}"#);
        assert_eq!(wire["messages"][2]["tool_call_id"], "c1");
        assert_eq!(wire["messages"][3]["content"], "<note>\nSay it.\n</note>");
    }

    #[test]
    fn what_a_model_is_not_shown_is_hidden_in_calls_and_results_and_comes_back_in_arguments() {
        let messages =
            [Spoken::Result { call: "c1".into(), text: r#"{"email":"ada@example.org"}"#.into(), done: true }];
        let models = Models::none().redacting("email".parse().unwrap());
        let model = ModelConfig::parse("openai:small").unwrap();
        let shown = models.shown_of(&model, &talk(&messages));
        assert_eq!(shown["messages"][1]["content"], r#"{"email":"[email-1]"}"#);
        assert!(shown.get("tools").is_none(), "an empty list is refused by some servers");
        let mask = Mask::of(["ada@example.org"], &[Kind::EmailAddress]);
        let reply = json!({"tool_calls": [
            {"id": "c2", "function": {"name": "write", "arguments": r#"{"to":"[email-1]"}"#}},
            {"function": {"name": "look", "arguments": {"n": 1}}},
            {"function": {}},
        ]});
        let calls = calls_of(&reply, &mask);
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].args, r#"{"to":"ada@example.org"}"#);
        assert_eq!((calls[1].id.as_str(), calls[1].args.as_str()), ("call_1", r#"{"n":1}"#));
    }
}
