//! A phone call as text, in the shape of Twilio's ConversationRelay: what the other side says and is told, without I/O. Speech
//! is turned into text and back by the provider.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use baton_base::{Error, Result};
use serde::Deserialize;
use serde_json::{Value, json};

/// Largest frame taken, bytes.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;
/// Longest piece of speech that is put together, bytes.
const SPEECH_BYTES_MAX: usize = 16 * 1024;
/// Most digits of one entry, count.
const DIGITS_MAX: usize = 64;
/// The key that ends an entry of digits.
const END_KEY: char = '#';
/// Callers whose number is withheld share these.
const WITHHELD: [&str; 5] = ["", "anonymous", "unknown", "+266696687", "+86282452253"];

/// A frame of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Frame {
    /// The call begins.
    Setup {
        /// Id of this connection.
        #[serde(default)]
        session_id: String,
        /// Id of the call.
        call_sid: String,
        /// Who calls.
        #[serde(default)]
        from: String,
        /// Name of who calls, if the network tells.
        #[serde(default)]
        caller_name: Option<String>,
    },
    /// The caller said something.
    Prompt {
        /// What.
        voice_prompt: String,
        /// In which language.
        #[serde(default)]
        lang: Option<String>,
        /// Whether it is the end of it.
        #[serde(default = "yes")]
        last: bool,
    },
    /// The caller pressed a key.
    Dtmf {
        /// Which.
        digit: String,
    },
    /// The caller spoke while they were spoken to.
    Interrupt {
        /// What had been said by then.
        #[serde(default)]
        utterance_until_interrupt: String,
        /// For how long, milliseconds.
        #[serde(default)]
        duration_until_interrupt_ms: Value,
    },
    /// Something failed at the provider.
    Error {
        /// What.
        #[serde(default)]
        description: String,
    },
    /// Something that is not known here, which says nothing of the call.
    #[serde(other)]
    Other,
}

fn yes() -> bool {
    true
}

/// Reads a frame.
pub fn read(text: &str) -> Result<Frame> {
    serde_json::from_str(text).map_err(|e| Error::invalid("the frame is not understood", e.to_string()))
}

/// By what a caller is known: the number, or where it is withheld the call.
pub fn caller(from: &str, call_sid: &str) -> String {
    if WITHHELD.contains(&from.trim().to_lowercase().as_str()) { call_sid.to_owned() } else { from.trim().to_owned() }
}

/// What a caller says, put together from its pieces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hearing {
    speech: String,
    digits: String,
}

impl Hearing {
    /// A piece of speech; the whole where it was the last.
    pub fn speech(&mut self, piece: &str, last: bool) -> Option<String> {
        if self.speech.len() + piece.len() <= SPEECH_BYTES_MAX {
            self.speech.push_str(piece);
        }
        if !last {
            return None;
        }
        let whole = std::mem::take(&mut self.speech).trim().to_owned();
        (!whole.is_empty()).then_some(whole)
    }

    /// A key; the whole entry where it was the one that ends it.
    pub fn key(&mut self, digit: &str) -> Option<String> {
        for key in digit.chars().filter(|key| key.is_ascii_digit() || "*#ABCD".contains(*key)) {
            if key == END_KEY || self.digits.len() >= DIGITS_MAX {
                return self.entered();
            }
            self.digits.push(key);
        }
        None
    }

    /// The keys so far, after a pause.
    pub fn entered(&mut self) -> Option<String> {
        let digits = std::mem::take(&mut self.digits);
        (!digits.is_empty()).then_some(digits)
    }

    /// Whether an entry of digits is under way.
    pub fn is_entering(&self) -> bool {
        !self.digits.is_empty()
    }
}

/// An answer as frames, sentence by sentence, so that speaking begins before all is there.
pub fn spoken(text: &str, language: &str) -> Vec<String> {
    let pieces = sentences(text);
    let count = pieces.len();
    let frame = |(at, piece): (usize, String)| {
        json!({"type": "text", "token": piece, "last": at + 1 == count, "lang": language}).to_string()
    };
    pieces.into_iter().enumerate().map(frame).collect()
}

/// A part of an answer as a frame; the provider waits for more of it.
pub fn spoken_part(text: &str, language: &str) -> String {
    json!({"type": "text", "token": text.replace('\n', " "), "last": false, "lang": language}).to_string()
}

/// The end of an answer whose parts were spoken before.
pub fn spoken_end(language: &str) -> String {
    json!({"type": "text", "token": "", "last": true, "lang": language}).to_string()
}

/// What is spoken of an answer while it is made: each part of it once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Speaking {
    so_far: String,
    /// The caller has spoken in between: what is left of it is not said.
    cut: bool,
    /// The last whole answer: what comes late of it is not said again.
    said: String,
}

impl Speaking {
    /// What is new in an answer of which this has been made so far; nothing, where it was taken back or said before.
    pub fn more(&mut self, so_far: &str) -> Option<String> {
        if self.cut || self.said.starts_with(so_far) {
            return None;
        }
        let new = so_far.strip_prefix(self.so_far.as_str()).filter(|new| !new.trim().is_empty())?.to_owned();
        so_far.clone_into(&mut self.so_far);
        Some(new)
    }

    /// The caller speaks in between: of an answer that was begun no more is said, as of one that the provider has whole.
    pub fn interrupted(&mut self) {
        self.cut = !self.so_far.is_empty();
    }

    /// The frames that are left of an answer: all of it, unless it began as it was spoken.
    pub fn whole(&mut self, text: &str, language: &str) -> Vec<String> {
        let (so_far, cut) = (std::mem::take(&mut self.so_far), std::mem::take(&mut self.cut));
        text.clone_into(&mut self.said);
        match text.strip_prefix(so_far.as_str()).filter(|_| !so_far.is_empty()) {
            Some(rest) if cut || rest.trim().is_empty() => vec![spoken_end(language)],
            Some(rest) => spoken(rest, language),
            None => spoken(text, language),
        }
    }
}

/// Sentences with what stands between them; together they are the text.
fn sentences(text: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut chars = text.trim().chars().peekable();
    while let Some(c) = chars.next() {
        if let Some(piece) = pieces.last_mut() {
            piece.push(if c == '\n' { ' ' } else { c });
        }
        let ends =
            matches!(c, '.' | '!' | '?' | '\n') && chars.peek().is_some_and(|next| next.is_whitespace() || c == '\n');
        if ends {
            pieces.push(String::new());
        }
    }
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

/// The end of the call on this side; the provider goes on with what it is handed.
pub fn end(handoff: &Value) -> String {
    json!({"type": "end", "handoffData": handoff.to_string()}).to_string()
}

/// Whether a request for a connection is signed by the provider: HMAC-SHA1 of the address that it calls, under the account's
/// token, in Base64.
pub fn is_signed(token: &str, url: &str, signature: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, token.as_bytes());
    BASE64.decode(signature).is_ok_and(|given| hmac::verify(&key, url.as_bytes(), &given).is_ok())
}

/// Whether a token is the one that is kept, compared in constant time.
pub fn is_token(kept: &str, given: &str) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"voice");
    hmac::verify(&key, given.as_bytes(), hmac::sign(&key, kept.as_bytes()).as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_provider_are_read_and_others_say_nothing() {
        let setup = read(
            r#"{"type":"setup","sessionId":"VX1","callSid":"CA1","from":"+15550100","to":"+15550199","direction":"inbound"}"#,
        );
        assert!(
            matches!(setup.unwrap(), Frame::Setup { call_sid, from, .. } if call_sid == "CA1" && from == "+15550100")
        );
        let prompt = read(r#"{"type":"prompt","voicePrompt":"Hello","lang":"en-US","last":true}"#).unwrap();
        assert!(matches!(prompt, Frame::Prompt { last: true, .. }));
        let cut = read(r#"{"type":"interrupt","utteranceUntilInterrupt":"Your par","durationUntilInterruptMs":"460"}"#);
        assert!(matches!(cut.unwrap(), Frame::Interrupt { .. }));
        assert_eq!(read(r#"{"type":"tokens-played"}"#).unwrap(), Frame::Other);
        assert!(read("hello").is_err());
    }

    #[test]
    fn what_is_said_and_entered_is_put_together() {
        let mut hearing = Hearing::default();
        assert_eq!(hearing.speech("Where is ", false), None);
        assert_eq!(hearing.speech("my parcel?", true).as_deref(), Some("Where is my parcel?"));
        assert_eq!(hearing.speech("  ", true), None);
        assert_eq!((hearing.key("4"), hearing.key("2")), (None, None));
        assert!(hearing.is_entering());
        assert_eq!(hearing.key("#").as_deref(), Some("42"));
        assert_eq!(hearing.entered(), None);
    }

    #[test]
    fn an_answer_is_spoken_sentence_by_sentence() {
        let frames = spoken("It comes today. Order #W1.5 is\non its way!", "en-US");
        let tokens: Vec<Value> = frames.iter().map(|frame| serde_json::from_str(frame).unwrap()).collect();
        let said: String = tokens.iter().filter_map(|token| token["token"].as_str()).collect();
        assert_eq!(said, "It comes today. Order #W1.5 is on its way!");
        let last: Vec<_> = tokens.iter().map(|token| token["last"] == true).collect();
        assert!(last.last() == Some(&true) && last.iter().filter(|last| **last).count() == 1, "{frames:?}");
    }

    #[test]
    fn an_answer_that_is_spoken_while_it_is_made_is_spoken_once() {
        let tokens = |frames: Vec<String>| -> Vec<(String, bool)> {
            let read = |frame: &String| serde_json::from_str::<Value>(frame).unwrap();
            let of = |frame: Value| (frame["token"].as_str().unwrap().to_owned(), frame["last"] == true);
            frames.iter().map(read).map(of).collect()
        };
        let made = |whole: &str| {
            let mut speaking = Speaking::default();
            assert_eq!(speaking.more("It takes 5 days.").as_deref(), Some("It takes 5 days."));
            assert_eq!(speaking.more("It takes 5 days."), None, "told twice");
            assert_eq!(speaking.more("It takes 5 days. Or 7.").as_deref(), Some(" Or 7."));
            assert_eq!(speaking.more(""), None);
            let left = tokens(speaking.whole(whole, "en"));
            assert_eq!(speaking.more(whole), None, "told late");
            assert_eq!(speaking.more("Another.").as_deref(), Some("Another."), "the next answer begins anew");
            left
        };
        assert_eq!(made("It takes 5 days. Or 7."), [(String::new(), true)]);
        assert_eq!(made("It takes 5 days. Or 7. Bye."), [("Bye.".to_owned(), true)]);
        assert_eq!(made("At once."), [("At once.".to_owned(), true)], "what was begun was taken back");
        assert_eq!(tokens(vec![spoken_part("a\nb", "en")]), [("a b".to_owned(), false)]);
    }

    #[test]
    fn what_is_left_of_an_answer_is_not_spoken_after_the_caller_has_spoken_in_between() {
        let mut speaking = Speaking::default();
        speaking.interrupted();
        assert!(speaking.more("It takes 5 days.").is_some(), "nothing of it had been spoken");
        speaking.interrupted();
        assert_eq!(speaking.more("It takes 5 days. Or 7."), None);
        assert_eq!(speaking.whole("It takes 5 days. Or 7.", "en"), [spoken_end("en")]);
        assert_eq!(speaking.more("Another.").as_deref(), Some("Another."), "the next answer is spoken");
        speaking.interrupted();
        assert_eq!(speaking.whole("At once.", "en"), spoken("At once.", "en"), "what was begun was taken back");
    }

    #[test]
    fn callers_without_a_number_are_known_by_their_call() {
        assert_eq!(caller("+15550100", "CA1"), "+15550100");
        assert_eq!(caller("Anonymous", "CA1"), "CA1");
    }

    #[test]
    fn only_whoever_has_the_token_signs() {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, b"token");
        let signed = BASE64.encode(hmac::sign(&key, b"wss://b.example/voice/a/b").as_ref());
        assert!(is_signed("token", "wss://b.example/voice/a/b", &signed));
        assert!(
            !is_signed("token", "wss://b.example/voice/a/c", &signed)
                && !is_signed("other", "wss://b.example/voice/a/b", &signed)
        );
        assert!(is_token("a", "a") && !is_token("a", "b"));
    }
}
