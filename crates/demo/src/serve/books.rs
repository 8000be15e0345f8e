//! The books of one system: its state, what was done under which idempotency key, and the journal on disk.
//!
//! The journal holds calls, not states: a restart makes the starting state again from its seed and repeats them,
//! which is exact because a system's rules read no clock and no random number.

use super::Refusal;
use baton_base::{Error, Result, digest_of};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::Path;

/// Version of the journal's lines.
pub const BOOKS_FORMAT: u32 = 1;

/// Longest idempotency key accepted, in bytes.
const KEY_BYTES_MAX: usize = 200;

/// A system's rules over its state.
pub trait System: Clone + Send + 'static {
    /// One writing operation with its arguments.
    type Call: Serialize + DeserializeOwned + Send;
    /// Does it, or says why not and changes nothing. `at_ms` is the system's own time.
    fn apply(&mut self, call: &Self::Call, key: Option<&str>, at_ms: i64) -> Result<Done, Refusal>;
    /// Whole state, for checking.
    fn state(&self) -> Value;
    /// One part of the state, such as (`orders`, `#W1234567`), for checking.
    fn part(&self, kind: &str, id: &str) -> Option<Value>;
}

/// What was done.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// The operation.
    pub operation: &'static str,
    /// What it changed.
    pub target: String,
    /// What the caller is told.
    pub body: Value,
}

/// One effect done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// Position, from 1.
    pub seq: u64,
    /// Idempotency key, if the caller sent one.
    pub key: Option<String>,
    /// The operation.
    pub operation: String,
    /// What it changed.
    pub target: String,
    /// When, by the system's clock.
    pub at_ms: i64,
}

/// What the caller is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// JSON body: the result, or a problem document.
    pub body: Value,
    /// Told before under the same key.
    pub repeated: bool,
}

#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Head {
    books: u32,
    system: String,
    origin: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line<C> {
    Call { key: Option<String>, call: C, at_ms: i64, status: u16 },
    Reset { reset_at_ms: i64 },
}

struct Told {
    digest: String,
    answer: Answer,
}

/// State, keys, effects and journal of one system.
pub struct Books<S: System> {
    start: S,
    state: S,
    told: HashMap<String, Told>,
    effects: Vec<Effect>,
    journal: Option<File>,
}

impl<S: System> Books<S> {
    /// Books that live in memory only.
    pub fn in_memory(state: S) -> Self {
        Self { start: state.clone(), state, told: HashMap::new(), effects: Vec::new(), journal: None }
    }

    /// Books with a journal in `dir`. `origin` says what the starting state was made from; a journal that began
    /// from another origin is refused.
    pub fn open(state: S, dir: &Path, system: &str, origin: &str) -> Result<Self> {
        let path = dir.join(format!("{system}.jsonl"));
        let cannot = |e: std::io::Error| {
            Error::invalid_at(path.display().to_string(), "the journal cannot be used", format!("{e}; check --state"))
        };
        std::fs::create_dir_all(dir).map_err(cannot)?;
        let text = match std::fs::read(&path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(cannot(e)),
        };
        let mut books = Self::in_memory(state);
        let head = Head { books: BOOKS_FORMAT, system: system.to_owned(), origin: origin.to_owned() };
        // A kill in the middle of a write leaves half a line: it was never answered, so it never happened.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        books.repeat(&text[..whole], &head, &path)?;
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(cannot)?;
        file.set_len(whole as u64).map_err(cannot)?;
        books.journal = Some(file);
        if whole == 0 {
            books.write_line(&head).map_err(cannot)?;
        }
        Ok(books)
    }

    fn repeat(&mut self, text: &str, head: &Head, path: &Path) -> Result<()> {
        let wrong = |number: usize, why: String| {
            let place = format!("{}:{}", path.display(), number + 1);
            Error::invalid_at(place, "the journal does not fit", format!("{why}; use another --state folder"))
        };
        for (number, line) in text.lines().enumerate() {
            if number == 0 {
                let found: Head = serde_json::from_str(line).map_err(|e| wrong(number, e.to_string()))?;
                if found != *head {
                    return Err(wrong(number, format!("it began from {}, not from {}", found.origin, head.origin)));
                }
                continue;
            }
            let line: Line<S::Call> = serde_json::from_str(line).map_err(|e| wrong(number, e.to_string()))?;
            match line {
                Line::Reset { .. } => self.state = self.start.clone(),
                Line::Call { key, call, at_ms, status } => {
                    let answer = self.settle(key.as_deref(), &call, at_ms);
                    if answer.status != status {
                        return Err(wrong(number, format!("it says {status}, the rules say {}", answer.status)));
                    }
                }
            }
        }
        Ok(())
    }

    /// Does a call once per key: the same key gets the same answer again, with no second effect.
    pub fn perform(&mut self, key: Option<&str>, call: &S::Call, at_ms: i64) -> Answer {
        if let Some(answer) = key.and_then(|key| self.told_before(key, call)) {
            return answer;
        }
        let answer = self.settle(key, call, at_ms);
        // Answers that nobody can ask for again and that changed nothing need no line.
        let line = json!({ "key": key, "call": call, "at_ms": at_ms, "status": answer.status });
        if (key.is_some() || answer.status < 300) && self.write_line(&line).is_err() {
            return refused(&Refusal { status: 500, title: "journal full".into(), detail: "see the disk".into() });
        }
        answer
    }

    /// Puts the state back to its start. Keys and effects stay: what was done was done.
    pub fn reset(&mut self, at_ms: i64) -> std::io::Result<()> {
        self.state = self.start.clone();
        self.write_line(&json!({ "reset_at_ms": at_ms }))
    }

    fn told_before(&self, key: &str, call: &S::Call) -> Option<Answer> {
        if key.is_empty() || key.len() > KEY_BYTES_MAX {
            let detail = format!("1 to {KEY_BYTES_MAX} bytes");
            return Some(refused(&Refusal::invalid("idempotency key too long or empty", detail)));
        }
        let told = self.told.get(key)?;
        if told.digest != digest_of(call) {
            let detail = "this key was used for another request; take a new key for a new request";
            return Some(refused(&Refusal::invalid("idempotency key used before", detail)));
        }
        Some(Answer { repeated: true, ..told.answer.clone() })
    }

    fn settle(&mut self, key: Option<&str>, call: &S::Call, at_ms: i64) -> Answer {
        let answer = match self.state.apply(call, key, at_ms) {
            Ok(done) => {
                self.effects.push(Effect {
                    seq: self.effects.len() as u64 + 1,
                    key: key.map(str::to_owned),
                    operation: done.operation.to_owned(),
                    target: done.target,
                    at_ms,
                });
                Answer { status: 200, body: done.body, repeated: false }
            }
            Err(refusal) => refused(&refusal),
        };
        if let Some(key) = key {
            self.told.insert(key.to_owned(), Told { digest: digest_of(call), answer: answer.clone() });
        }
        answer
    }

    fn write_line<T: Serialize>(&mut self, line: &T) -> std::io::Result<()> {
        let Some(file) = self.journal.as_mut() else { return Ok(()) };
        let mut text = serde_json::to_string(line)?;
        text.push('\n');
        file.write_all(text.as_bytes())
    }

    /// The state.
    pub fn state(&self) -> &S {
        &self.state
    }

    /// Effects after position `after`, oldest first, at most `limit`.
    pub fn effects(&self, after: u64, limit: usize) -> &[Effect] {
        let from = usize::try_from(after).unwrap_or(usize::MAX).min(self.effects.len());
        &self.effects[from..self.effects.len().min(from.saturating_add(limit))]
    }

    /// How many effects were done.
    pub fn effect_count(&self) -> usize {
        self.effects.len()
    }
}

fn refused(refusal: &Refusal) -> Answer {
    let body = super::problem(refusal.status, &refusal.title, &refusal.detail);
    Answer { status: refusal.status, body, repeated: false }
}
