//! Pure decisions: what becomes of a mail, what is put into the case, when it is tried again.

use super::compose::message_of;
use crate::limits::{AWAY_MS, SEND_AGAIN_MS, SENDER_MAILS_PER_HOUR_MAX};
use baton_base::digest_of_text;
use baton_base::limits::MESSAGE_BYTES_MAX;
use baton_cases::mail::{Address, Bounce, Mail, Written};

/// What becomes of a mail before anybody asks which case it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// A customer wrote it.
    Contact,
    /// It is one of ours that came back to us.
    Own,
    /// A program wrote it by itself; kept, never answered.
    Auto(String),
    /// A report of one that did not arrive.
    Bounce(Bounce),
    /// A person has to look.
    Aside(String),
}

impl Fate {
    /// As stored.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Contact => "case",
            Self::Own => "own",
            Self::Auto(_) => "auto",
            Self::Bounce(_) => "bounce",
            Self::Aside(_) => "aside",
        }
    }

    /// Why it is no contact.
    pub(super) fn why(&self) -> Option<String> {
        match self {
            Self::Contact | Self::Own => None,
            Self::Auto(why) | Self::Aside(why) => Some(why.clone()),
            Self::Bounce(bounce) => {
                let told = bounce.recipients.iter().map(|to| format!("{} {}: {}", to.action, to.status, to.why));
                Some(told.collect::<Vec<_>>().join("; "))
            }
        }
    }
}

/// Decides. `recent` is how many mails the sender wrote in the last hour.
pub(super) fn fate(mail: &Mail, is_own: bool, recent: i64) -> Fate {
    if is_own {
        return Fate::Own;
    }
    match &mail.written {
        Written::Auto(why) => Fate::Auto(why.clone()),
        Written::Bounce(bounce) => Fate::Bounce(bounce.clone()),
        Written::Person if recent >= SENDER_MAILS_PER_HOUR_MAX => {
            Fate::Aside(format!("more than {SENDER_MAILS_PER_HOUR_MAX} mails of one sender in an hour"))
        }
        Written::Person => Fate::Contact,
    }
}

/// Who is answered, and whose case it is: where the mail says answers go, else who it is from. Both are one, so that nobody is
/// told what belongs to another by writing another's address into the head.
pub(super) fn writer(mail: &Mail) -> &Address {
    mail.reply_to.as_ref().filter(|to| !to.address.is_empty()).unwrap_or(&mail.from)
}

/// The name of who is answered. A form's own name is not its customer's.
pub(super) fn name(mail: &Mail) -> Option<String> {
    let writer = writer(mail);
    let beside = mail.from.name.as_ref().filter(|_| mail.from.address == writer.address);
    writer.name.as_ref().or(beside).cloned()
}

/// Whether a mail is one of ours that came back: it is from an address of ours, and so are its answers. One that is from us and wants
/// its answers elsewhere is what a contact form hands on; but one that bears an id of ours, or answers another mail, as no form's
/// does, is ours for all that, sent back by some program.
pub(super) fn is_own(mail: &Mail, owns: impl Fn(&str) -> bool) -> bool {
    let bears_our_id = || mail.message_id.as_deref().and_then(message_of).is_some();
    let is_answer = || !mail.in_reply_to.is_empty() || !mail.references.is_empty();
    owns(&writer(mail).address) || (owns(&mail.from.address) && (bears_our_id() || is_answer()))
}

/// One mail, however often and in however many mailboxes it arrives.
pub(super) fn digest(mail: &Mail) -> String {
    let id = mail.message_id.as_deref().unwrap_or_default();
    let date = mail.date_ms.unwrap_or_default();
    digest_of_text(&format!("{id}\n{date}\n{}\n{}\n{}", mail.from.address, mail.subject, mail.text))
}

/// What stands in the case: what is new of the text. The subject says what a thread is about, and stands above its first mail.
pub(super) fn said(mail: &Mail, opens: bool) -> String {
    let new = match mail.parts.new.trim() {
        "" => mail.text.trim(),
        new => new,
    };
    let subject = mail.subject.trim();
    let text = match (opens && !subject.is_empty() && !new.starts_with(subject), new.is_empty()) {
        (true, true) => subject.to_owned(),
        (true, false) => format!("{subject}\n\n{new}"),
        (false, _) => new.to_owned(),
    };
    if !text.is_empty() {
        return text;
    }
    match mail.attachments.len() {
        0 => "(an empty mail)".to_owned(),
        1 => "(a mail without text, with 1 file)".to_owned(),
        files => format!("(a mail without text, with {files} files)"),
    }
}

/// A text cut at a character.
pub(super) fn cut(text: &str, bytes_max: usize) -> &str {
    let end = (0..=bytes_max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

/// A reason short enough to be kept.
pub(super) fn short(why: &str) -> String {
    cut(&why.replace('\0', ""), MESSAGE_BYTES_MAX / 16).to_owned()
}

/// When an answer is tried again after so many attempts.
pub(super) fn again_ms(attempts: i64, now_ms: i64) -> i64 {
    let doubled = SEND_AGAIN_MS.0.saturating_mul(1 << attempts.clamp(1, 20).saturating_sub(1));
    now_ms.saturating_add(doubled.min(SEND_AGAIN_MS.1))
}

/// How long a mailbox that is away is left alone after so many failures.
pub(super) fn away_ms(failures: u32) -> u64 {
    (AWAY_MS.0 << failures.saturating_sub(1).min(16)).min(AWAY_MS.1)
}

/// The subject of an answer.
pub(super) fn answer_subject(subject: &str) -> String {
    let lower = subject.trim().to_lowercase();
    let answered = ["re:", "aw:", "antw:", "sv:", "rif:"].iter().any(|mark| lower.starts_with(mark));
    if answered { subject.trim().to_owned() } else { format!("Re: {}", subject.trim()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(head: &str, text: &str) -> Mail {
        baton_cases::mail::read(format!("From: Ann <ann@home.example>\r\n{head}\r\n\r\n{text}").as_bytes()).unwrap()
    }

    #[test]
    fn programs_own_mails_and_floods_are_never_contacts() {
        let person = mail("Subject: Late", "Where is it?");
        assert_eq!(fate(&person, false, 0), Fate::Contact);
        assert_eq!(fate(&person, true, 0), Fate::Own);
        assert!(matches!(fate(&person, false, SENDER_MAILS_PER_HOUR_MAX), Fate::Aside(_)));
        assert!(matches!(fate(&mail("Auto-Submitted: auto-replied", "Away"), false, 0), Fate::Auto(_)));
    }

    #[test]
    fn the_subject_stands_above_the_first_mail_only_and_something_always_stands() {
        let first = mail("Subject: Late parcel", "Where is it?\n\n> old");
        assert_eq!(said(&first, true), "Late parcel\n\nWhere is it?");
        assert_eq!(said(&first, false), "Where is it?");
        assert_eq!(said(&mail("Subject: Call me", ""), true), "Call me");
        assert_eq!(said(&mail("X-A: b", ""), false), "(an empty mail)");
    }

    #[test]
    fn who_is_answered_is_whose_case_it_is() {
        let form = mail("Reply-To: bob@home.example", "hi");
        assert_eq!(writer(&form).address, "bob@home.example");
        assert_eq!(writer(&mail("X-A: b", "hi")).address, "ann@home.example");
    }

    #[test]
    fn a_contact_form_of_our_own_hands_on_its_customers_words_and_nothing_of_ours_comes_round_again() {
        let from_us = |head: &str| {
            let text = format!("From: The shop <help@shop.example>\r\n{head}\r\n\r\nhi");
            baton_cases::mail::read(text.as_bytes()).unwrap()
        };
        let owns = |address: &str| ["help@shop.example", "info@shop.example"].contains(&address);
        let form = from_us("Reply-To: bob@home.example\r\nMessage-ID: <form-1@shop.example>");
        assert!(!is_own(&form, owns));
        assert_eq!(
            (writer(&form).address.as_str(), name(&form)),
            ("bob@home.example", None),
            "the shop is not his name"
        );
        assert_eq!(name(&from_us("X-A: b")).as_deref(), Some("The shop"));
        for ours in [
            "X-A: b",
            "Reply-To: help@shop.example",
            "Reply-To: info@shop.example",
            "Reply-To: bob@home.example\r\nMessage-ID: <msg_01abc@shop.example>",
            "Reply-To: bob@home.example\r\nIn-Reply-To: <first@home.example>",
            "Reply-To: bob@home.example\r\nReferences: <first@home.example>",
        ] {
            assert!(is_own(&from_us(ours), owns), "{ours}");
        }
        assert!(is_own(&mail("Reply-To: help@shop.example", "hi"), owns), "an answer to it would come to us");
        assert!(!is_own(&mail("Message-ID: <msg_01abc@shop.example>", "hi"), owns), "anybody may write such an id");
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!((again_ms(1, 0), again_ms(2, 0), again_ms(20, 0)), (10_000, 20_000, SEND_AGAIN_MS.1));
        assert_eq!((away_ms(1), away_ms(3), away_ms(60)), (1_000, 4_000, AWAY_MS.1));
    }

    #[test]
    fn an_answer_keeps_its_subject() {
        assert_eq!(answer_subject("Late parcel"), "Re: Late parcel");
        assert_eq!(answer_subject("AW: Late parcel"), "AW: Late parcel");
    }
}
