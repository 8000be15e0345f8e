//! One mail is taken in: what it is, where it belongs, and that it was seen to, in one transaction.

use super::files::{File, keep_file};
use super::rules::{self, Fate};
use super::store::{self, Holder, Kept, NewMail};
use super::{compose, store::insert};
use crate::{Channels, ChannelsConfig, limits};
use baton_base::{CaseId, Error, Event, MessageId, Result, digest_of_text};
use baton_cases::mail::{self, Attachment, Bounce, Mail};
use baton_cases::{Channel, Incoming, Received, merged};
use baton_db::Tx;
use baton_govern::{Ctx, ledger};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

/// How often a transaction that stood in another's way is tried again.
const TRIES_MAX: u32 = 4;

/// A mail as it stands in its mailbox.
#[derive(Debug, Clone)]
pub(super) struct Arrived {
    pub uid_validity: i64,
    pub uid: i64,
    pub bytes: i64,
    /// What it is; or why it cannot be read.
    pub mail: std::result::Result<Arc<Mail>, String>,
}

impl Arrived {
    /// Reads a mail that was fetched.
    pub(super) fn read(uid_validity: i64, uid: i64, bytes: &[u8]) -> Self {
        let mail = mail::read(bytes).map(Arc::new).map_err(|error| error.to_string());
        Self { uid_validity, uid, bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX), mail }
    }
}

/// Takes a mail in. Two transactions that stand in each other's way undo one of them whole: it is tried again.
pub(super) async fn take(channels: &Channels, by: &Holder, arrived: Arrived) -> Result<&'static str> {
    let mut tries = 1;
    loop {
        let (parts, held, mail) = (channels.clone(), by.clone(), arrived.clone());
        match channels.db.write(move |tx| in_one(tx, &parts, &held, &mail)).await {
            Err(Error::Unavailable(why)) if tries < TRIES_MAX => {
                tracing::info!(%why, tries, "a mail is taken in again");
                tokio::time::sleep(Duration::from_millis(10 << tries)).await;
                tries += 1;
            }
            done => return done,
        }
    }
}

fn in_one(tx: &mut Tx, channels: &Channels, by: &Holder, arrived: &Arrived) -> Result<&'static str> {
    let ctx = Ctx::system(&channels.env, &by.client, &format!("mailbox:{}", by.mailbox));
    let (_, config) = channels.config.live(&by.client)?;
    store::advance(tx, by, arrived.uid, Some(ctx.now_ms()))?;
    let placed = match &arrived.mail {
        Ok(mail) => place(tx, &ctx, channels, &config, mail)?,
        Err(why) => Placed::unread(why, arrived),
    };
    let id = ctx.id("mail");
    let why = placed.fate.why().map(|why| rules::short(&why));
    let new = NewMail {
        id: &id,
        uid_validity: arrived.uid_validity,
        uid: arrived.uid,
        fate: placed.name(),
        why: why.as_deref(),
        digest: &placed.digest,
        sender: &placed.sender,
        rfc_id: placed.rfc_id.as_deref(),
        case: placed.case.as_ref(),
        message: placed.message.as_ref(),
        kept: &placed.kept,
        bytes: arrived.bytes,
        received_ms: ctx.now_ms(),
    };
    insert(tx, by, &new)?;
    if let (Ok(mail), Some(case), Some(message)) = (&arrived.mail, &placed.case, &placed.message) {
        keep_files(tx, &ctx, case, message, &mail.attachments)?;
    }
    see_to(tx, &ctx, channels, by, &placed, (&id, why.as_deref()))?;
    Ok(placed.name())
}

/// Where a mail belongs.
struct Placed {
    fate: Fate,
    again: bool,
    digest: String,
    sender: String,
    rfc_id: Option<String>,
    kept: Kept,
    case: Option<CaseId>,
    message: Option<MessageId>,
}

impl Placed {
    fn unread(why: &str, arrived: &Arrived) -> Self {
        Self {
            fate: Fate::Aside(why.to_owned()),
            again: false,
            digest: digest_of_text(&format!("{}/{}", arrived.uid_validity, arrived.uid)),
            sender: String::new(),
            rfc_id: None,
            kept: Kept::default(),
            case: None,
            message: None,
        }
    }

    fn name(&self) -> &'static str {
        if self.again { "again" } else { self.fate.name() }
    }
}

fn place(tx: &mut Tx, ctx: &Ctx, channels: &Channels, config: &ChannelsConfig, mail: &Mail) -> Result<Placed> {
    let content = rules::digest(mail);
    let digest = store::mail_digest(tx, &ctx.client, &content)?;
    let writer = rules::writer(mail);
    let sender = store::sender_digest(tx, &ctx.client, &writer.address)?;
    let recent = store::recent(tx, &ctx.client, &sender, ctx.now_ms())?;
    let is_own = rules::is_own(mail, |address| config.is_own(address));
    let mut placed = Placed {
        fate: rules::fate(mail, is_own, recent),
        again: store::is_known(tx, &ctx.client, &digest, &content)?,
        rfc_id: mail.message_id.clone(),
        kept: kept(mail),
        digest,
        sender,
        case: None,
        message: None,
    };
    if placed.again {
        return Ok(placed);
    }
    let thread = case_of(tx, ctx, mail)?;
    if placed.fate != Fate::Contact {
        placed.case = thread;
        return Ok(placed);
    }
    let incoming = incoming(tx, ctx, mail, thread, &placed.digest)?;
    match tx.attempt(|tx| baton_cases::receive(tx, ctx, &channels.cases, incoming)) {
        Ok(Received { case, message, duplicate, .. }) => {
            placed.again = duplicate;
            (placed.case, placed.message) = (Some(case), Some(message).filter(|_| !duplicate));
        }
        // It is tried again: the mail stays where it is.
        Err(error @ (Error::Unavailable(_) | Error::TooMany(_))) => return Err(error),
        Err(error) => placed.fate = Fate::Aside(error.to_string()),
    }
    Ok(placed)
}

fn kept(mail: &Mail) -> Kept {
    let writer = rules::writer(mail);
    Kept {
        name: rules::name(mail),
        from: writer.address.clone(),
        to: mail.to.iter().map(|to| to.address.clone()).collect(),
        subject: mail.subject.clone(),
        references: if mail.references.is_empty() { mail.in_reply_to.clone() } else { mail.references.clone() },
        text: rules::cut(&mail.text, limits::WHOLE_TEXT_BYTES_MAX).replace('\0', ""),
    }
}

/// The case of the thread that a mail is in.
fn case_of(tx: &mut Tx, ctx: &Ctx, mail: &Mail) -> Result<Option<CaseId>> {
    let state = RefCell::new((tx, None));
    let found = mail::case_of(mail, |id| {
        let (tx, failed) = &mut *state.borrow_mut();
        let looked = match compose::message_of(id) {
            Some(message) => baton_cases::case_of_said(tx, &ctx.client, &message),
            None => store::case_of(tx, &ctx.client, id),
        };
        looked.unwrap_or_else(|error| {
            *failed = Some(error);
            None
        })
    });
    match state.into_inner().1 {
        Some(error) => Err(error),
        None => Ok(found),
    }
}

/// The mail as a contact. It goes on with the case of its thread only where that case is its writer's, or one of theirs was
/// merged into it: whoever has seen a mail of ours, in copy or forwarded, speaks in a case of their own.
fn incoming(tx: &mut Tx, ctx: &Ctx, mail: &Mail, thread: Option<CaseId>, digest: &str) -> Result<Incoming> {
    let writer = rules::writer(mail);
    let customer = baton_cases::customer_at(tx, &ctx.client, Channel::Email, &writer.address)?;
    let (mut case, mut about) = (None, Value::Null);
    if let Some(found) = thread {
        case = match &customer {
            Some(customer) => merged::voices(tx, &ctx.client, &found, customer)?,
            None => None,
        };
        if case.is_none() {
            about = json!(baton_cases::row(tx, ctx, &found)?.number);
        }
    }
    let opens = match &case {
        Some(case) => {
            let end = merged::works_in(tx, &ctx.client, case)?.map_or_else(|| case.clone(), |(end, _)| end);
            !baton_cases::row(tx, ctx, &end)?.state.is_live()
        }
        None => true,
    };
    let files = mail.attachments.iter().take(limits::FILES_MAX);
    let files: Vec<_> =
        files.map(|file| json!({"name": file.name, "media": file.media, "bytes": file.bytes})).collect();
    let mut data = json!({"mail": {"subject": mail.subject, "files": files}});
    if !about.is_null() {
        data["mail"]["answers_case"] = about;
    }
    Ok(Incoming {
        channel: Channel::Email,
        address: writer.address.clone(),
        name: rules::name(mail),
        locale: None,
        text: rules::said(mail, opens),
        external_id: Some(format!("mail:{digest}")),
        case,
        data,
    })
}

fn keep_files(tx: &mut Tx, ctx: &Ctx, case: &CaseId, message: &MessageId, files: &[Attachment]) -> Result<()> {
    for (at, file) in files.iter().enumerate() {
        let kept = at < limits::FILES_MAX && file.content.len() <= limits::FILE_BYTES_MAX;
        let row = File {
            id: ctx.id("file"),
            message: message.clone(),
            name: file.name.replace('\0', ""),
            media: file.media.clone(),
            bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
            kept,
        };
        keep_file(tx, &ctx.client, case, &row, &file.content)?;
    }
    Ok(())
}

/// What a mail that is no contact leaves: a line in the case it belongs to, and somebody who knows where one has to.
fn see_to(
    tx: &mut Tx,
    ctx: &Ctx,
    channels: &Channels,
    by: &Holder,
    placed: &Placed,
    (id, why): (&str, Option<&str>),
) -> Result<()> {
    if placed.again {
        return Ok(());
    }
    let kind = match &placed.fate {
        Fate::Contact => return Ok(()),
        Fate::Own | Fate::Auto(_) => "mail.not_answered",
        Fate::Bounce(bounce) => {
            came_back(tx, ctx, channels, bounce, why)?;
            "mail.bounce"
        }
        Fate::Aside(reason) => {
            if store::recent_asides(tx, by, ctx.now_ms())? <= limits::ASIDE_ITEMS_PER_HOUR_MAX {
                let title = format!("A mail in {} was set aside: {}", by.mailbox, rules::short(reason));
                // Who has no queue yet is told by the list of mails alone.
                let _ = tx.attempt(|tx| baton_desk::not_taken_in(tx, ctx, &channels.desk, title));
            }
            "mail.set_aside"
        }
    };
    let mut event = Event::new(&ctx.client, kind, id).with(json!({"mailbox": by.mailbox, "fate": placed.name()}));
    event.case.clone_from(&placed.case);
    ledger::append(tx, ctx, event).map(|_| ())
}

/// A mail of ours did not arrive: its case gets an owner.
fn came_back(tx: &mut Tx, ctx: &Ctx, channels: &Channels, bounce: &Bounce, why: Option<&str>) -> Result<()> {
    if !bounce.recipients.iter().any(mail::Undelivered::is_final) {
        return Ok(());
    }
    let Some(message) = bounce.original.as_deref().and_then(compose::message_of) else { return Ok(()) };
    let why = why.unwrap_or("it came back");
    if let Some(case) = baton_cases::bounced(tx, ctx, &message, why)? {
        baton_desk::reply_failed(tx, ctx, &channels.desk, &case, "the mail came back")?;
    }
    Ok(())
}
