//! A message of an outside agent, read and checked.

use super::no::{Kind, No, Told};
use baton_base::CaseId;
use baton_cases::outside::Ask;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// What a message may be made of: words, and data as JSON.
pub(super) const INPUT_MODES: [&str; 2] = ["text/plain", "application/json"];
/// What an answer is made of.
pub(super) const OUTPUT_MODES: [&str; 1] = ["text/plain"];
/// Parts of one message.
const PARTS_MAX: usize = 50;

/// Parameters of `SendMessage` and `SendStreamingMessage`. Names are taken in both forms in which ProtoJSON writes them.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Send {
    message: Message,
    #[serde(default)]
    configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(alias = "message_id")]
    message_id: String,
    #[serde(default, alias = "context_id")]
    context_id: Option<String>,
    #[serde(default, alias = "task_id")]
    task_id: Option<String>,
    role: String,
    parts: Vec<Map<String, Value>>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    #[serde(default, alias = "accepted_output_modes")]
    accepted_output_modes: Vec<String>,
    #[serde(default, alias = "task_push_notification_config")]
    task_push_notification_config: Option<Value>,
    #[serde(default, alias = "history_length")]
    history_length: Option<i64>,
    #[serde(default, alias = "return_immediately")]
    return_immediately: bool,
}

impl Send {
    /// Whether the answer is to come at once.
    pub fn at_once(&self) -> bool {
        self.configuration.as_ref().is_some_and(|set| set.return_immediately)
    }

    /// How many messages the answer may hold.
    pub fn history(&self) -> Told<Option<usize>> {
        super::ops::history(self.configuration.as_ref().and_then(|set| set.history_length))
    }

    /// The message as the cases room takes it.
    pub fn ask(&self) -> Told<Ask> {
        let message = &self.message;
        if message.role != "ROLE_USER" {
            return Err(No::params("message.role", "a message that you send has the role ROLE_USER"));
        }
        if message.message_id.trim().is_empty() {
            return Err(No::params("message.messageId", "a message has an id of its sender"));
        }
        self.configured()?;
        let (text, data) = read(&message.parts)?;
        let of = |id: &Option<String>| id.clone().filter(|id| !id.is_empty());
        let task = match of(&message.task_id) {
            None => None,
            Some(id) => Some(id.parse::<CaseId>().map_err(|_| No::task(&id))?),
        };
        let metadata = message.metadata.clone().unwrap_or_default();
        let locale = metadata.get("locale").and_then(Value::as_str).map(str::to_owned);
        Ok(Ask {
            sent_id: message.message_id.clone(),
            context: of(&message.context_id),
            task,
            text,
            data: json!({"a2a": {"message_id": message.message_id, "metadata": metadata}, "parts": data}),
            locale,
        })
    }

    fn configured(&self) -> Told<()> {
        let Some(set) = &self.configuration else { return Ok(()) };
        if set.task_push_notification_config.as_ref().is_some_and(|wanted| !wanted.is_null()) {
            return Err(no_push());
        }
        let takes = |mode: &String| ["*/*", "text/*"].contains(&mode.as_str()) || OUTPUT_MODES.contains(&mode.as_str());
        if set.accepted_output_modes.is_empty() || set.accepted_output_modes.iter().any(takes) {
            return Ok(());
        }
        let words = format!("answers are {}", OUTPUT_MODES.join(" and "));
        Err(No::new(Kind::ContentType, words))
    }
}

pub(super) fn no_push() -> No {
    let words = "there are no push notifications here: subscribe to the task, or ask for it";
    No::new(Kind::PushNotSupported, words)
}

/// The words of a message, and the data in it. A message of data alone is read as its JSON.
fn read(parts: &[Map<String, Value>]) -> Told<(String, Vec<Value>)> {
    if parts.is_empty() || parts.len() > PARTS_MAX {
        return Err(No::params("message.parts", format!("a message has 1 to {PARTS_MAX} parts")));
    }
    let (mut words, mut data) = (Vec::new(), Vec::new());
    for part in parts {
        const CONTENTS: [&str; 4] = ["text", "raw", "url", "data"];
        let held: Vec<&str> = CONTENTS.into_iter().filter(|name| part.contains_key(*name)).collect();
        let [held] = held[..] else {
            return Err(No::params("message.parts", "a part has exactly one of text, raw, url and data"));
        };
        let media = part.get("mediaType").or_else(|| part.get("media_type")).and_then(Value::as_str);
        let media = media.unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if matches!(held, "raw" | "url") || !(media.is_empty() || INPUT_MODES.contains(&media)) {
            let what = if media.is_empty() { held } else { media };
            let words = format!("'{what}' is not taken here; send {}", INPUT_MODES.join(" or "));
            return Err(No::new(Kind::ContentType, words).fact("mediaType", what));
        }
        match (held, part.get(held)) {
            ("text", Some(Value::String(text))) => words.push(text.clone()),
            ("data", Some(value)) => data.push(value.clone()),
            _ => return Err(No::params("message.parts", "the text of a part is text")),
        }
    }
    if words.iter().all(|text| text.trim().is_empty()) {
        words = data.iter().map(Value::to_string).collect();
    }
    Ok((words.join("\n"), data))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(message: Value) -> Told<Ask> {
        serde_json::from_value::<Send>(json!({ "message": message })).unwrap().ask()
    }

    fn kind(parts: Value) -> Result<(String, Vec<Value>), Kind> {
        let read = sent(json!({"messageId": "m", "role": "ROLE_USER", "parts": parts}));
        read.map(|ask| (ask.text, ask.data["parts"].as_array().unwrap().clone())).map_err(|no| no.kind)
    }

    #[test]
    fn a_message_is_its_words_and_its_data_and_files_are_not_taken() {
        let said = |text: &str, data: &[Value]| Ok((text.to_owned(), data.to_vec()));
        assert_eq!(kind(json!([{"text": "a"}, {"text": "b"}])), said("a\nb", &[]));
        assert_eq!(kind(json!([{"text": "a"}, {"data": {"x": 1}}])), said("a", &[json!({"x": 1})]));
        assert_eq!(kind(json!([{"data": [1, 2]}])), said("[1,2]", &[json!([1, 2])]));
        assert_eq!(kind(json!([{"text": "a", "mediaType": "text/plain; charset=utf-8"}])), said("a", &[]));
        for parts in
            [json!([{"raw": "AA=="}]), json!([{"url": "https://x"}]), json!([{"text": "a", "mediaType": "text/html"}])]
        {
            assert_eq!(kind(parts), Err(Kind::ContentType));
        }
        for parts in [json!([]), json!([{}]), json!([{"text": "a", "data": 1}]), json!([{"text": 7}])] {
            assert_eq!(kind(parts), Err(Kind::Params));
        }
    }

    #[test]
    fn what_cannot_be_a_task_here_is_none() {
        let of = |id: &str| json!({"messageId": "m", "role": "ROLE_USER", "parts": [{"text": "a"}], "taskId": id});
        assert_eq!(sent(of("no such thing")).unwrap_err().kind, Kind::TaskNotFound);
        assert!(sent(of("")).unwrap().task.is_none());
    }
}
