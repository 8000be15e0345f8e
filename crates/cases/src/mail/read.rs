//! One mail from its bytes (RFC 5322, MIME).

use super::auto;
use super::bounce::{self, Bounce};
use super::strip::{Split, split};
use baton_base::{Error, Result};
use mail_parser::{HeaderValue, Message, MessageParser, MimeHeaders};

/// Largest mail read, bytes.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Most attachments listed, count.
const ATTACHMENTS_MAX: usize = 100;
/// Most message ids of a thread kept, count.
const REFERENCES_MAX: usize = 100;
/// Longest message id kept, bytes.
const ID_BYTES_MAX: usize = 500;

/// Who writes, or is written to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Name, if given.
    pub name: Option<String>,
    /// `local@domain`, lower case.
    pub address: String,
}

/// A file that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name, without folders; empty if it has none.
    pub name: String,
    /// Media type.
    pub media: String,
    /// Size, bytes.
    pub bytes: usize,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Who, or what, wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A person.
    Person,
    /// A program by itself: an absence note, a list, a notification. Never answered (RFC 3834). In words, by what it is seen.
    Auto(String),
    /// A mail server, of a mail that did not arrive (RFC 3464).
    Bounce(Bounce),
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its id, without angle brackets.
    pub message_id: Option<String>,
    /// What it answers.
    pub in_reply_to: Vec<String>,
    /// Its thread, oldest first.
    pub references: Vec<String>,
    /// Who it is from.
    pub from: Address,
    /// Where answers go, where that is elsewhere.
    pub reply_to: Option<Address>,
    /// Who it is to.
    pub to: Vec<Address>,
    /// Subject.
    pub subject: String,
    /// When it says it was written, milliseconds since the epoch.
    pub date_ms: Option<i64>,
    /// The whole text, as data.
    pub text: String,
    /// The same in its parts: what is new, what is quoted, the signature.
    pub parts: Split,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Who wrote it.
    pub written: Written,
}

/// Reads a mail.
pub fn read(bytes: &[u8]) -> Result<Mail> {
    if bytes.len() > MAIL_BYTES_MAX {
        return Err(Error::Limit(format!("a mail has at most {MAIL_BYTES_MAX} bytes; this one has {}", bytes.len())));
    }
    let unreadable = || Error::invalid("the mail cannot be read", "it has no head that is one");
    let message = MessageParser::default().parse(bytes).filter(|m| !m.headers().is_empty()).ok_or_else(unreadable)?;
    let from = message.from().and_then(|a| a.first()).map(address).filter(|a| !a.address.is_empty());
    let from = from.ok_or_else(|| Error::invalid("the mail cannot be read", "it does not say who it is from"))?;
    let text = message.body_text(0).map(|text| text.replace("\r\n", "\n")).unwrap_or_default();
    let written = match bounce::of(&message) {
        Some(bounce) => Written::Bounce(bounce),
        None => auto::why(&message).map_or(Written::Person, Written::Auto),
    };
    Ok(Mail {
        message_id: message.message_id().map(bare).filter(|id| !id.is_empty()),
        in_reply_to: ids(message.in_reply_to()),
        references: ids(message.references()),
        from,
        reply_to: message.reply_to().and_then(|a| a.first()).map(address),
        to: message.to().into_iter().flat_map(mail_parser::Address::iter).map(address).collect(),
        subject: message.subject().unwrap_or_default().trim().to_owned(),
        date_ms: message.date().map(|date| date.to_timestamp().saturating_mul(1_000)),
        parts: split(text.trim()),
        text: text.trim().to_owned(),
        attachments: attachments(&message),
        written,
    })
}

fn address(address: &mail_parser::Addr<'_>) -> Address {
    let name = address.name().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    Address { name, address: address.address().unwrap_or_default().trim().to_lowercase() }
}

/// A message id without brackets and space.
pub(super) fn bare(id: &str) -> String {
    id.trim().trim_start_matches('<').trim_end_matches('>').trim().to_owned()
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    let all = value.as_text_list().unwrap_or_default();
    let fine = |id: &String| !id.is_empty() && id.len() <= ID_BYTES_MAX;
    let mut ids: Vec<String> = all.iter().map(|id| bare(id)).filter(fine).collect();
    // Of a thread that is too long the newest count.
    ids.drain(..ids.len().saturating_sub(REFERENCES_MAX));
    ids
}

fn attachments(message: &Message<'_>) -> Vec<Attachment> {
    let one = |part: &mail_parser::MessagePart<'_>| {
        let media = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |media| format!("{}/{}", media.ctype(), media.subtype().unwrap_or("*")),
        );
        let name = part.attachment_name().unwrap_or_default();
        let name: String =
            name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|c| !c.is_control()).collect();
        Attachment { name, media: media.to_lowercase(), bytes: part.len(), content: part.contents().to_vec() }
    };
    message.attachments().take(ATTACHMENTS_MAX).map(one).collect()
}
