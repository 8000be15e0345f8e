//! One answer as a mail, without I/O. The same answer is the same mail however often it is made.

use super::files::File;
use super::rules::answer_subject;
use crate::Mailbox;
use baton_base::{Error, MessageId, Result};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox as Named, Message, MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};

/// Most message ids of a thread named in an answer, count.
const REFERENCES_MAX: usize = 20;

/// What becomes a mail.
pub(super) struct Answer<'a> {
    pub mailbox: &'a Mailbox,
    pub message: &'a MessageId,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
    /// Files that go along.
    pub files: &'a [(File, Vec<u8>)],
    /// Ids of the thread so far, the newest last; without brackets.
    pub thread: &'a [String],
    /// Who wrote it: `agent`, `member` or `system`.
    pub author: &'a str,
    /// Language of the case.
    pub language: &'a str,
    pub written_ms: i64,
}

/// Says that a program wrote it by itself (RFC 3834, section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(_: &str) -> std::result::Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-replied".to_owned())
    }
}

/// The id under which an answer goes out, without brackets: fixed by the message itself, so that a repeat is seen as one.
pub(super) fn rfc_id(message: &MessageId, mailbox: &Mailbox) -> String {
    format!("{message}@{}", domain(mailbox))
}

/// The message that an id of ours names.
pub(super) fn message_of(rfc_id: &str) -> Option<MessageId> {
    let (local, _) = rfc_id.split_once('@')?;
    local.starts_with("msg_").then(|| local.parse().ok()).flatten()
}

/// The domain of a mailbox.
pub(super) fn domain(mailbox: &Mailbox) -> &str {
    mailbox.address.rsplit('@').next().unwrap_or("localhost")
}

/// The mail.
pub(super) fn compose(answer: &Answer<'_>) -> Result<Message> {
    let mailbox = answer.mailbox;
    let wrong = |e: lettre::address::AddressError| Error::invalid("the answer has no valid address", e.to_string());
    let from = Named::new(mailbox.title.clone(), mailbox.address.parse().map_err(wrong)?);
    let to = Named::new(None, answer.to.parse().map_err(wrong)?);
    let written = UNIX_EPOCH + Duration::from_millis(u64::try_from(answer.written_ms).unwrap_or(0));
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .date(written)
        .subject(answer_subject(answer.subject))
        .message_id(Some(format!("<{}>", rfc_id(answer.message, mailbox))));
    if let Some(last) = answer.thread.last() {
        builder = builder.in_reply_to(format!("<{last}>")).references(references(answer.thread));
    }
    if answer.author != "member" {
        builder = builder.header(AutoSubmitted);
    }
    let made = if answer.files.is_empty() {
        builder.header(ContentType::TEXT_PLAIN).body(text(answer))
    } else {
        builder.multipart(with_files(answer)?)
    };
    made.map_err(|e| Error::invalid("the answer is no valid mail", e.to_string()))
}

/// The text, and after it the files. What parts them is made of the message's id, so that a repeat is the same mail.
fn with_files(answer: &Answer<'_>) -> Result<MultiPart> {
    let words = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text(answer));
    let mut parts = MultiPart::mixed().boundary(format!("=_{}", answer.message)).singlepart(words);
    for (file, content) in answer.files {
        let media = ContentType::parse(&file.media).map_err(|_| Error::broken("a file without a media type"))?;
        parts = parts.singlepart(Attachment::new(file.name.clone()).body(content.clone(), media));
    }
    Ok(parts)
}

/// The first mail of a thread and its newest: enough to be put in place by every program.
fn references(thread: &[String]) -> String {
    let first = thread.first().filter(|_| thread.len() > REFERENCES_MAX);
    let newest = thread.iter().skip(thread.len().saturating_sub(REFERENCES_MAX));
    first.into_iter().chain(newest).map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ")
}

fn text(answer: &Answer<'_>) -> String {
    let mut below = Vec::new();
    if answer.author == "agent" {
        below.push(answer.mailbox.ai_notice.clone().unwrap_or_else(|| notice(answer.language).to_owned()));
    }
    below.extend(answer.mailbox.footer.clone());
    if below.is_empty() {
        return format!("{}\n", answer.text);
    }
    // "-- " alone on a line: what follows is a signature, and is taken for one when it is quoted.
    format!("{}\n\n-- \n{}\n", answer.text, below.join("\n"))
}

/// That an AI wrote it, and how to reach a person.
fn notice(language: &str) -> &'static str {
    match language.split(['-', '_']).next() {
        Some("de") => {
            "Diese Antwort hat ein KI-Assistent geschrieben. Antworten Sie mit „Mensch“, und jemand übernimmt."
        }
        _ => "An AI assistant wrote this answer. Reply and ask for a person, and one will take over.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, Security};

    fn mailbox() -> Mailbox {
        let place = Place { host: "localhost".to_owned(), port: 1, security: Security::Tls };
        Mailbox {
            name: "support".to_owned(),
            address: "help@shop.example".to_owned(),
            title: Some("The shop".to_owned()),
            imap: place.clone(),
            smtp: place,
            user: String::new(),
            secret: String::new(),
            folder: "INBOX".to_owned(),
            takes_old: false,
            footer: Some("1 Quay Street".to_owned()),
            ai_notice: None,
            authority: None,
        }
    }

    fn made(author: &str, text: &str) -> Message {
        made_with(author, text, &[])
    }

    fn made_with(author: &str, text: &str, files: &[(File, Vec<u8>)]) -> Message {
        let (mailbox, message) = (mailbox(), MessageId::known("msg_01abc"));
        let answer = Answer {
            mailbox: &mailbox,
            message: &message,
            to: "ann@home.example",
            subject: "Late parcel",
            text,
            files,
            thread: &["first@home.example".to_owned(), "second@home.example".to_owned()],
            author,
            language: "en-US",
            written_ms: 1_700_000_000_000,
        };
        compose(&answer).unwrap()
    }

    #[test]
    fn an_answer_stands_in_its_thread_and_is_the_same_mail_each_time() {
        let mail = made("agent", "It comes today.").formatted();
        assert_eq!(mail, made("agent", "It comes today.").formatted());
        let text = String::from_utf8(mail).unwrap();
        for line in [
            "Message-ID: <msg_01abc@shop.example>",
            "In-Reply-To: <second@home.example>",
            "References: <first@home.example> <second@home.example>",
            "Subject: Re: Late parcel",
            "Auto-Submitted: auto-replied",
        ] {
            assert!(text.contains(line), "{line} in {text}");
        }
        assert_eq!(message_of("msg_01abc@shop.example"), Some(MessageId::known("msg_01abc")));
        assert_eq!(message_of("other@shop.example"), None);
    }

    #[test]
    fn an_ai_says_that_it_is_one_and_a_person_does_not() {
        let read = |mail: Message| baton_cases::mail::read(&mail.formatted()).unwrap();
        let (ai, person) = (read(made("agent", "It comes today.")), read(made("member", "It comes today.")));
        assert!(ai.text.contains("AI assistant") && !person.text.contains("AI assistant"));
        assert_eq!(ai.parts.new, "It comes today.");
        assert!(matches!(ai.written, baton_cases::mail::Written::Auto(_)), "two of us never answer each other");
        assert!(matches!(person.written, baton_cases::mail::Written::Person));
    }

    #[test]
    fn files_go_along_whole_and_the_mail_is_the_same_each_time() {
        let message = MessageId::known("msg_01abc");
        let file = |name: &str, media: &str, bytes| File {
            id: "file_1".to_owned(),
            message: message.clone(),
            name: name.to_owned(),
            media: media.to_owned(),
            bytes,
            kept: true,
        };
        let picture: Vec<u8> = (0..=255).collect();
        let files = [
            (file("Größe.txt", "text/plain", 5), b"40 cm".to_vec()),
            (file("label.png", "image/png", 256), picture.clone()),
        ];
        let mail = made_with("member", "Here is the label.", &files).formatted();
        assert_eq!(mail, made_with("member", "Here is the label.", &files).formatted());
        let read = baton_cases::mail::read(&mail).unwrap();
        assert_eq!(read.parts.new, "Here is the label.");
        let found: Vec<_> = read.attachments.iter().map(|a| (a.name.as_str(), a.content.clone())).collect();
        assert_eq!(found, [("Größe.txt", b"40 cm".to_vec()), ("label.png", picture)]);
    }

    #[test]
    fn nothing_in_an_answer_makes_a_header() {
        let text = String::from_utf8(made("member", "a\r\nBcc: eve@evil.example\r\n\r\nb").formatted()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        assert!(!head.contains("Bcc"), "{head}");
    }
}
