//! Exchanges with a model on file: recorded once, played again in tests, where no model is asked.
//!
//! A cassette holds one exchange a line, as JSON. Personal data that has a form of its own stands in it as `[email-1]` and the
//! like, in the request and in the reply alike; when it is played, the values of the request that is made then take these
//! places again. Keys are never in it: they are in no request.

use super::client::Ask;
use super::mask::Mask;
use baton_base::{Error, Result, digest_of};
use baton_govern::redact::{self, Kind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Largest cassette that is played, bytes.
const CASSETTE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How much of a request that was not recorded is told, characters.
const TOLD_CHARS_MAX: usize = 200;

/// One exchange, as it stands in a line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    /// Digest of the model's name and the request, both as they stand here.
    key: String,
    model: String,
    system: String,
    user: String,
    reply: Value,
}

/// Where exchanges are written.
pub(super) struct Recorder {
    path: PathBuf,
    file: Mutex<File>,
}

impl Recorder {
    /// Opens a file to add to; it is made if it is not there, for its owner alone.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
        let file = file
            .map_err(|e| Error::invalid(format!("the cassette {} cannot be written", path.display()), e.to_string()))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Adds an exchange.
    pub(super) fn keep(&self, model: &str, ask: &Ask<'_>, reply: &Value) -> Result<()> {
        let mask = Mask::of([ask.system, ask.user], Kind::ALL);
        let (system, user) = (mask.hide(ask.system), mask.hide(ask.user));
        let content = reply.pointer("/choices/0/message/content").and_then(Value::as_str).unwrap_or_default();
        // What the model wrote of the kind and was not told has no place to come back to, and is masked for good.
        let content = redact::masked(&mask.hide(content), Kind::ALL).into_owned();
        let mut message = json!({"role": "assistant", "content": content});
        let calls: Vec<Value> = calls(reply).map(|call| masked_call(call, &mask)).collect();
        if !calls.is_empty() {
            message["tool_calls"] = calls.into();
        }
        let reply = json!({
            "choices": [{
                "message": message,
                "finish_reason": reply.pointer("/choices/0/finish_reason"),
            }],
            "usage": reply.get("usage"),
        });
        let key = key(model, &system, &user);
        let recorded = Recorded { key, model: model.to_owned(), system, user, reply };
        let mut line = serde_json::to_string(&recorded).map_err(Error::broken)?;
        // In one piece: another process may record in the same file.
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(|e| Error::broken(format!("cassette {}: {e}", self.path.display())))
    }
}

/// What was recorded.
pub(super) struct Cassette {
    path: PathBuf,
    by_key: HashMap<String, Recorded>,
}

impl Cassette {
    /// Reads a cassette. Of two exchanges with the same request the later one is played.
    pub(super) fn load(path: &Path) -> Result<Self> {
        let name = path.display();
        let unreadable = |why: &dyn std::fmt::Display| {
            Error::invalid(format!("the cassette {name} cannot be read"), why.to_string())
        };
        let bytes = std::fs::metadata(path).map_err(|e| unreadable(&e))?.len();
        if bytes > CASSETTE_BYTES_MAX {
            return Err(Error::Limit(format!("the cassette {name} is larger than {CASSETTE_BYTES_MAX} bytes")));
        }
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(&e))?;
        let mut by_key = HashMap::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let one: Recorded = serde_json::from_str(line).map_err(|e| unreadable(&format!("line {}: {e}", at + 1)))?;
            if one.key != key(&one.model, &one.system, &one.user) {
                return Err(unreadable(&format!("line {}: its request was changed; record it anew", at + 1)));
            }
            by_key.insert(one.key.clone(), one);
        }
        Ok(Self { path: path.to_owned(), by_key })
    }

    /// The reply that was recorded to this request. One that was not recorded is an error that no fallback takes.
    pub(super) fn reply(&self, model: &str, ask: &Ask<'_>) -> Result<Value> {
        let mask = Mask::of([ask.system, ask.user], Kind::ALL);
        let (system, user) = (mask.hide(ask.system), mask.hide(ask.user));
        let wanted = key(model, &system, &user);
        let Some(found) = self.by_key.get(&wanted) else {
            let told: String = user.chars().take(TOLD_CHARS_MAX).collect();
            let known = if self.by_key.values().any(|one| one.user == user) {
                "the same message is there, under other instructions or another model"
            } else {
                "the message is not there either"
            };
            let title = format!("the cassette {} holds no answer to this request", self.path.display());
            return Err(Error::invalid(title, format!("model {model}: {known}; record it anew. It begins: {told}")));
        };
        let mut reply = found.reply.clone();
        if let Some(content) = reply.pointer_mut("/choices/0/message/content") {
            *content = mask.restore(content.as_str().unwrap_or_default()).into();
        }
        let calls = reply.pointer_mut("/choices/0/message/tool_calls").and_then(Value::as_array_mut);
        for arguments in calls.into_iter().flatten().filter_map(|call| call.pointer_mut("/function/arguments")) {
            *arguments = mask.restore(arguments.as_str().unwrap_or_default()).into();
        }
        Ok(reply)
    }
}

/// The calls of functions in a reply.
fn calls(reply: &Value) -> impl Iterator<Item = &Value> {
    reply.pointer("/choices/0/message/tool_calls").and_then(Value::as_array).into_iter().flatten()
}

fn masked_call(call: &Value, mask: &Mask) -> Value {
    let text = |place: &str| call.pointer(place).and_then(Value::as_str).unwrap_or_default();
    let arguments = redact::masked(&mask.hide(text("/function/arguments")), Kind::ALL).into_owned();
    let function = json!({"name": text("/function/name"), "arguments": arguments});
    json!({"id": text("/id"), "type": "function", "function": function})
}

fn key(model: &str, system: &str, user: &str) -> String {
    digest_of(&json!([model, system, user]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(user: &str) -> Ask<'_> {
        Ask { system: "Read it.", user, answer_tokens: 10, wait_ms: 10 }
    }

    fn says(content: &str) -> Value {
        json!({"id": "chatcmpl-7", "choices": [{"message": {"content": content}, "finish_reason": "stop"}], "usage": null})
    }

    #[test]
    fn personal_data_is_not_on_file_and_comes_back_from_the_request_that_is_made() {
        let path = std::env::temp_dir().join(format!("baton-cassette-{}.jsonl", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let recorder = Recorder::open(&path).unwrap();
        let user = "I am at ada@example.org, not at bob@example.org";
        let reply = says(r#"{"email": "ada@example.org", "seen": "eve@example.org"}"#);
        recorder.keep("small", &ask(user), &reply).unwrap();
        let file = std::fs::read_to_string(&path).unwrap();
        for secret in ["ada@", "bob@", "eve@", "chatcmpl"] {
            assert!(!file.contains(secret), "{secret}: {file}");
        }
        let cassette = Cassette::load(&path).unwrap();
        let same_form = "I am at cyd@example.net, not at dan@example.net";
        let played = cassette.reply("small", &ask(same_form)).unwrap();
        let content = played.pointer("/choices/0/message/content").unwrap();
        assert_eq!(content, r#"{"email": "cyd@example.net", "seen": "[email]"}"#);
        for (model, user) in [("large", same_form), ("small", "Something else")] {
            let missing = cassette.reply(model, &ask(user)).unwrap_err();
            assert!(matches!(missing, Error::Invalid { .. }), "{missing}");
            assert!(missing.to_string().contains("holds no answer to this request"), "{missing}");
        }
        std::fs::write(&path, file.replace("I am", "We are")).unwrap();
        assert!(Cassette::load(&path).err().unwrap().to_string().contains("was changed"));
        std::fs::remove_file(&path).unwrap();
    }
}
