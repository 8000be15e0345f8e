//! Reports of mails that did not arrive (RFC 3464 in the frame of RFC 6522).

use super::read::bare;
use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// Longest diagnosis kept, characters.
const WHY_CHARS_MAX: usize = 500;
/// Most recipients of a report, count.
const RECIPIENTS_MAX: usize = 100;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// Id of the mail that it is about, without angle brackets.
    pub original: Option<String>,
    /// Who did not get it.
    pub recipients: Vec<Undelivered>,
}

/// One recipient of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Address, lower case.
    pub address: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: String,
    /// Status code, such as `5.1.1` (RFC 3463).
    pub status: String,
    /// What the server said.
    pub why: String,
}

impl Undelivered {
    /// Whether it will never arrive.
    pub fn is_final(&self) -> bool {
        self.action == "failed" && !self.status.starts_with("4.")
    }
}

/// The report, where the mail is one.
pub(super) fn of(message: &Message<'_>) -> Option<Bounce> {
    let media = message.root_part().content_type()?;
    let is_report = media.ctype().eq_ignore_ascii_case("multipart")
        && media.subtype().is_some_and(|kind| kind.eq_ignore_ascii_case("report"))
        && media.attribute("report-type").is_some_and(|kind| kind.eq_ignore_ascii_case("delivery-status"));
    if !is_report {
        return None;
    }
    let status = message.parts.iter().find(|part| is(part, "message", "delivery-status"))?;
    let status = String::from_utf8_lossy(status.contents()).replace("\r\n", "\n");
    // The first block is about the mail, each other about one recipient.
    let recipients = status.split("\n\n").filter_map(recipient).take(RECIPIENTS_MAX).collect();
    Some(Bounce { original: original(message), recipients })
}

fn is(part: &MessagePart<'_>, kind: &str, sub: &str) -> bool {
    let media = part.content_type();
    media.is_some_and(|m| {
        m.ctype().eq_ignore_ascii_case(kind) && m.subtype().is_some_and(|s| s.eq_ignore_ascii_case(sub))
    })
}

fn recipient(block: &str) -> Option<Undelivered> {
    let fields = unfolded(block);
    let field = |name: &str| fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    // `rfc822; name@domain`
    let after = |value: &str| value.split_once(';').map_or(value, |(_, rest)| rest).trim().to_owned();
    let address = field("final-recipient").or(field("original-recipient")).map(after)?;
    let why: String = field("diagnostic-code").map(after).unwrap_or_default().chars().take(WHY_CHARS_MAX).collect();
    Some(Undelivered {
        address: address.trim_start_matches('<').trim_end_matches('>').to_lowercase(),
        action: field("action").unwrap_or_default().to_lowercase(),
        status: field("status").and_then(|s| s.split_whitespace().next()).unwrap_or_default().to_owned(),
        why,
    })
}

/// Fields of a block; a line that begins with a space goes on with the one before.
fn unfolded(block: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.starts_with([' ', '\t']), line.split_once(':')) {
            (true, _) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            (false, Some((name, value))) => fields.push((name.trim().to_lowercase(), value.trim().to_owned())),
            (false, None) => {}
        }
    }
    fields
}

/// The id of the mail that came back with the report, whole or by its head.
fn original(message: &Message<'_>) -> Option<String> {
    let id = |part: &MessagePart<'_>| match &part.body {
        PartType::Message(inner) => inner.message_id().map(bare),
        _ if is(part, "text", "rfc822-headers") || is(part, "message", "rfc822") => {
            MessageParser::default().parse_headers(part.contents()).and_then(|inner| inner.message_id().map(bare))
        }
        _ => None,
    };
    message.parts.iter().find_map(id).filter(|id| !id.is_empty())
}
