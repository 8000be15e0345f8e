//! A reply that comes in pieces: server-sent events of the OpenAI chat format (`stream: true`), put together to what the server
//! would have answered in one.

use serde_json::{Value, json};

/// How much of what a server says of its own fault is told, characters.
const TOLD_CHARS_MAX: usize = 200;

/// What has come so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// The line that is not at its end.
    line: Vec<u8>,
    text: String,
    finish: Value,
    usage: Value,
    done: bool,
}

impl Pieces {
    /// Takes bytes as they come, cut anywhere; the words in them. An error is why the reply cannot go on, in words.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<String, String> {
        let mut words = String::new();
        for byte in bytes {
            if *byte == b'\n' {
                let line = std::mem::take(&mut self.line);
                words.push_str(&self.event(&String::from_utf8_lossy(&line))?);
            } else {
                self.line.push(*byte);
            }
        }
        self.text.push_str(&words);
        Ok(words)
    }

    fn event(&mut self, line: &str) -> Result<String, String> {
        let Some(data) = line.trim().strip_prefix("data:").map(str::trim) else { return Ok(String::new()) };
        if data == "[DONE]" {
            self.done = true;
            return Ok(String::new());
        }
        let chunk: Value = serde_json::from_str(data).map_err(|e| e.to_string())?;
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            let told: String = error.to_string().chars().take(TOLD_CHARS_MAX).collect();
            return Err(format!("the reply was broken off: {told}"));
        }
        let given = |place: &str| chunk.pointer(place).filter(|value| !value.is_null()).cloned();
        if let Some(finish) = given("/choices/0/finish_reason") {
            self.finish = finish;
        }
        // Some servers count along, others in the last event alone, which has no words.
        if let Some(usage) = given("/usage") {
            self.usage = usage;
        }
        let words = chunk.pointer("/choices/0/delta/content").and_then(Value::as_str);
        Ok(words.unwrap_or_default().to_owned())
    }

    /// The server has said that this is all.
    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Whether the reply came to its end: a connection that is lost ends it in the middle.
    pub(super) fn is_whole(&self) -> bool {
        self.done || !self.finish.is_null()
    }

    /// What has come, as one reply.
    pub(super) fn reply(self) -> Value {
        let message = json!({"role": "assistant", "content": self.text});
        json!({"choices": [{"message": message, "finish_reason": self.finish}], "usage": self.usage})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(words: &str) -> String {
        format!("data: {}\n\n", json!({"choices": [{"delta": {"content": words}, "finish_reason": null}]}))
    }

    #[test]
    fn pieces_cut_anywhere_are_one_reply_with_what_it_took() {
        let end = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
        let usage = json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}});
        let whole = format!(": hi\n\n{}{}data: {end}\r\n\r\ndata: {usage}\n\n", chunk("Grüß "), chunk("dich"));
        let mut pieces = Pieces::default();
        let mut heard = String::new();
        for byte in whole.as_bytes() {
            heard.push_str(&pieces.take(&[*byte]).unwrap());
        }
        assert!(pieces.is_whole() && !pieces.is_done());
        assert_eq!(pieces.take(b"data: [DONE]\n"), Ok(String::new()));
        assert!(pieces.is_done());
        let reply = pieces.reply();
        assert_eq!(heard, "Grüß dich");
        assert_eq!(reply.pointer("/choices/0/message/content"), Some(&json!("Grüß dich")));
        assert_eq!(reply.pointer("/choices/0/finish_reason"), Some(&json!("stop")));
        assert_eq!(reply.pointer("/usage/completion_tokens"), Some(&json!(2)));
    }

    #[test]
    fn a_reply_that_is_lost_in_the_middle_is_not_whole_and_a_fault_is_told() {
        let mut pieces = Pieces::default();
        pieces.take(chunk("It takes").as_bytes()).unwrap();
        assert!(!pieces.is_whole());
        let why = pieces.take(b"data: {\"error\": {\"message\": \"overloaded\"}}\n").unwrap_err();
        assert!(why.contains("overloaded"), "{why}");
        assert!(pieces.take(b"data: {nonsense\n").is_err());
    }
}
