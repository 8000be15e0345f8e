//! Answers are carried over SMTP, after the commit that owes them.

use super::compose::{Answer, compose, domain, rfc_id};
use super::files::File;
use super::read::password;
use super::rules::again_ms;
use super::store::{self, Received};
use crate::limits::{HAND_OVER_MS_MAX, SEND_ATTEMPTS_MAX, SERVER_MS_MAX};
use crate::rounds::{self, Tasks, Work};
use crate::{Channels, Mailbox, Security};
use baton_base::{ClientId, Error, Result};
use baton_cases::{Channel, Delivery, MessageRow};
use baton_govern::Ctx;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId as HelloName;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// Answers sent at the same time, and those of one client.
const AT_ONCE: u32 = 32;
const AT_ONCE_EACH: u32 = 8;
/// For how long a worker holds an answer, milliseconds: longer than a server may take.
const LEASE_MS: i64 = 5 * 60 * 1000;

/// A transport to one mail server.
pub(super) type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Why an answer did not go.
enum NotSent {
    /// It is tried again.
    Later(String),
    /// It never will.
    Never(String),
    /// There is nothing to send any more.
    Gone,
}

impl From<Error> for NotSent {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { .. } | Error::Limit(_) => Self::Never(error.to_string()),
            Error::NotFound(_) => Self::Gone,
            Error::Unauthenticated(_)
            | Error::Refused { .. }
            | Error::Conflict(_)
            | Error::TooMany(_)
            | Error::Unavailable(_)
            | Error::Broken(_) => Self::Later(error.to_string()),
        }
    }
}

/// Carries what is owed until it is stopped.
pub(super) async fn run(channels: Channels, stop: watch::Receiver<bool>) {
    let (db, worker) = (channels.db.clone(), channels.env.id("carrier"));
    let carrier = Carrier { channels, worker, tasks: Tasks::new(AT_ONCE, AT_ONCE_EACH) };
    rounds::run(&db, carrier, stop).await;
}

struct Carrier {
    channels: Channels,
    worker: String,
    tasks: Tasks,
}

impl Work for Carrier {
    const LOOK_MS: u64 = 2_000;
    const WOKEN: bool = true;
    const FAILED: &'static str = "answers that are owed by mail could not be looked for";

    async fn round(&mut self) -> Result<()> {
        let (left, now_ms) = (self.tasks.left(), self.channels.now_ms());
        if left == 0 {
            return Ok(());
        }
        let channel = Channel::Email.as_str();
        let due = self.channels.db.read(move |tx| baton_cases::due_clients(tx, channel, now_ms)).await?;
        let room = self.tasks.room(due.into_iter().map(|client| (client.to_string(), client)));
        if room.is_empty() {
            return Ok(());
        }
        let by = self.worker.clone();
        let held = self.channels.db.write(move |tx| claim(tx, &by, now_ms, &room, left)).await?;
        for held in held {
            let channels = self.channels.clone();
            self.tasks.begin(held.client.to_string(), async move { one(&channels, held).await });
        }
        Ok(())
    }

    fn tasks(&mut self) -> Option<&mut Tasks> {
        Some(&mut self.tasks)
    }
}

/// Takes answers that are due: of each client as many as there is room for, of all at most `left`.
fn claim(
    tx: &mut baton_db::Tx,
    by: &str,
    now_ms: i64,
    room: &[(ClientId, u32)],
    mut left: u32,
) -> Result<Vec<Delivery>> {
    let (channel, mut all) = (Channel::Email.as_str(), Vec::new());
    for (client, max) in room {
        let held = baton_cases::claim_deliveries(tx, client, channel, by, (now_ms, LEASE_MS), left.min(*max))?;
        left = left.saturating_sub(u32::try_from(held.len()).unwrap_or(u32::MAX));
        all.extend(held);
        if left == 0 {
            break;
        }
    }
    Ok(all)
}

/// Waits for a mail server no longer than a worker holds an answer: one that takes the connection and says nothing holds nothing up.
async fn within<T>(
    ms_max: u64,
    work: impl Future<Output = std::result::Result<T, NotSent>>,
) -> std::result::Result<T, NotSent> {
    let late = || NotSent::Later(format!("the mail server did not take it within {} s", ms_max / 1000));
    timeout(Duration::from_millis(ms_max), work).await.unwrap_or_else(|_| Err(late()))
}

async fn one(channels: &Channels, held: Delivery) {
    let ctx = Ctx::system(&channels.env, &held.client, "channel:email");
    let sent = if held.attempts > SEND_ATTEMPTS_MAX {
        Err(NotSent::Never(format!("it was tried {SEND_ATTEMPTS_MAX} times")))
    } else {
        within(HAND_OVER_MS_MAX, send(channels, &ctx, &held)).await
    };
    let (message, parts) = (held.message.clone(), channels.clone());
    let noted = channels.db.write(move |tx| match sent {
        Ok(facts) => baton_cases::delivered(tx, &ctx, &held, facts),
        Err(NotSent::Gone) => baton_cases::delivered(tx, &ctx, &held, json!({"erased": true})),
        Err(NotSent::Later(why)) if held.attempts < SEND_ATTEMPTS_MAX => {
            // Not why: what a server says often names the customer. It stands at the answer.
            let (client, message, attempts) = (&held.client, &held.message, held.attempts);
            tracing::info!(%client, %message, attempts, "an answer is sent again later");
            baton_cases::put_off(tx, &held, &why, again_ms(held.attempts, ctx.now_ms()))
        }
        Err(NotSent::Later(why) | NotSent::Never(why)) => {
            baton_cases::give_up(tx, &ctx, &held, &why)?;
            baton_desk::reply_failed(tx, &ctx, &parts.desk, &held.case, "the mail server did not take it").map(|_| ())
        }
    });
    match noted.await {
        Ok(()) => {}
        // Another worker has it by now; or it came back before this was written down, which says more.
        Err(error @ Error::Conflict(_)) => {
            tracing::info!(%message, %error, "what came of an answer is not written down")
        }
        // The lease runs out, and the answer is sent again: under the same id, so that a repeat is seen as one.
        Err(error) => tracing::warn!(%message, %error, "what came of an answer could not be written down"),
    }
}

/// What an answer is made of.
struct Found {
    message: MessageRow,
    /// The text of everything that goes out in this mail.
    text: String,
    files: Vec<(File, Vec<u8>)>,
    last: Option<Received>,
    /// The mailbox by which the customer wrote last.
    mailbox: Option<String>,
    /// The address that a person has chosen.
    chosen: bool,
    address: Option<String>,
    subject: String,
    language: String,
}

async fn send(channels: &Channels, ctx: &Ctx, held: &Delivery) -> std::result::Result<serde_json::Value, NotSent> {
    let (reader, of) = (ctx.clone(), held.clone());
    let found = channels.db.read(move |tx| find(tx, &reader, &of)).await?;
    if found.text.is_empty() && found.files.is_empty() {
        return Err(NotSent::Gone);
    }
    let (_, config) = channels.config.live(&held.client).map_err(|e| NotSent::Later(e.to_string()))?;
    let by = found.mailbox.as_ref().and_then(|name| config.mail.get(name));
    let mailbox = by.or_else(|| config.mail.values().next());
    let mailbox = mailbox.ok_or_else(|| NotSent::Later(format!("{} has no mailbox", held.client)))?;
    let written = found.last.as_ref().map(|last| last.kept.from.clone());
    let address =
        if found.chosen { found.address.clone().or(written) } else { written.or_else(|| found.address.clone()) };
    let address = address.ok_or_else(|| NotSent::Never("the customer has no e-mail address".to_owned()))?;
    let thread = thread(found.last.as_ref());
    let answer = Answer {
        mailbox,
        message: &held.message,
        to: &address,
        subject: found.last.as_ref().map_or(found.subject.as_str(), |last| last.kept.subject.as_str()),
        text: &found.text,
        files: &found.files,
        thread: &thread,
        author: &found.message.author.kind,
        language: &found.language,
        written_ms: found.message.sent_ms,
    };
    let mail = compose(&answer)?;
    let password = password(channels, &held.client, mailbox).await?;
    hand_over(mailbox, &password, mail).await?;
    Ok(json!({"channel": Channel::Email, "mailbox": mailbox.name, "mail": rfc_id(&held.message, mailbox)}))
}

fn find(tx: &mut baton_db::Tx, ctx: &Ctx, held: &Delivery) -> Result<Found> {
    let gone = || Error::not_found(format!("message {}", held.message));
    let message = baton_cases::message(tx, ctx, &held.case, held.seq)?.ok_or_else(gone)?;
    let mut texts = vec![message.text.clone()];
    for more in &held.joined {
        texts.extend(baton_cases::message(tx, ctx, &held.case, more.seq)?.map(|message| message.text));
    }
    texts.retain(|text| !text.is_empty());
    let mut files = Vec::new();
    for message in held.messages() {
        files.extend(crate::files::content_of(tx, &ctx.client, message)?);
    }
    let case = baton_cases::get(tx, ctx, &held.case)?;
    let address = baton_cases::people::answer_address(tx, &ctx.client, &case)?;
    let (chosen, row) = (case.is_reply_chosen(), case.row);
    // A mail to an address that has not written in this case begins a thread; so does one after a mail that is here no longer.
    let last = store::last_of_case(tx, &ctx.client, &held.case)?;
    let last = last.filter(|last| !chosen || address.as_ref() == Some(&last.kept.from));
    let mailbox = last.as_ref().map(|last| last.mailbox.clone());
    let last = last.filter(|last| !last.kept.from.is_empty());
    let (text, subject, language) = (texts.join("\n\n"), row.subject, row.language);
    Ok(Found { message, text, files, last, mailbox, chosen, address, subject, language })
}

/// The thread that an answer goes on with: the customer's last mail and what it names.
fn thread(last: Option<&Received>) -> Vec<String> {
    let Some(last) = last else { return Vec::new() };
    last.kept.references.iter().chain(&last.rfc_id).cloned().collect()
}

async fn hand_over(mailbox: &Mailbox, password: &str, mail: Message) -> std::result::Result<(), NotSent> {
    match transport(mailbox, password)?.send(mail).await {
        Ok(_) => Ok(()),
        // What the server says of this mail; that a sign-in is refused says nothing of it.
        Err(error) if error.is_permanent() && !is_sign_in(&error) => Err(NotSent::Never(words(&error))),
        Err(error) => Err(NotSent::Later(words(&error))),
    }
}

fn is_sign_in(error: &lettre::transport::smtp::Error) -> bool {
    // 530, 534, 535, 538: RFC 4954, section 6.
    error.status().is_some_and(|code| matches!(code.to_string().as_str(), "530" | "534" | "535" | "538"))
}

/// An error with what lies below it.
fn words(error: &lettre::transport::smtp::Error) -> String {
    let mut words = error.to_string();
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        let more = cause.to_string();
        if !words.contains(&more) {
            words = format!("{words}: {more}");
        }
        below = cause.source();
    }
    words
}

/// A transport for a mailbox.
pub(super) fn transport(mailbox: &Mailbox, password: &str) -> Result<Smtp> {
    let place = &mailbox.smtp;
    let tls = match place.security {
        Security::None => Tls::None,
        Security::Tls => Tls::Wrapper(tls(mailbox)?),
        Security::StartTls => Tls::Required(tls(mailbox)?),
    };
    let builder = Smtp::builder_dangerous(&place.host)
        .port(place.port)
        .timeout(Some(Duration::from_millis(SERVER_MS_MAX)))
        .hello_name(HelloName::Domain(domain(mailbox).to_owned()))
        .tls(tls);
    // A server on this machine that is spoken to in clear offers no sign-in.
    let builder = match place.security {
        Security::None => builder,
        Security::Tls | Security::StartTls => {
            builder.credentials(Credentials::new(mailbox.user.clone(), password.to_owned()))
        }
    };
    Ok(builder.build())
}

fn tls(mailbox: &Mailbox) -> Result<TlsParameters> {
    let wrong = |e: lettre::transport::smtp::Error| Error::Unavailable(format!("TLS to {}: {e}", mailbox.smtp.host));
    let mut builder = TlsParameters::builder(mailbox.smtp.host.clone());
    if let Some(authority) = &mailbox.authority {
        builder = builder.add_root_certificate(Certificate::from_pem(authority.as_bytes()).map_err(wrong)?);
    }
    builder.build_rustls().map_err(wrong)
}

/// Connects and signs in, and sends nothing.
pub(super) async fn try_out(mailbox: &Mailbox, password: &str, ms_max: u64) -> Result<()> {
    let transport = transport(mailbox, password)?;
    let no_answer = || Error::Unavailable("the SMTP server does not answer".to_owned());
    match timeout(Duration::from_millis(ms_max), transport.test_connection()).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) | Err(_) => Err(no_answer()),
        Ok(Err(error)) => Err(Error::Unavailable(format!("SMTP: {}", words(&error)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;
    use tokio::net::TcpListener;

    fn mailbox(port: u16) -> Mailbox {
        let place = Place { host: "127.0.0.1".to_owned(), port, security: Security::None };
        Mailbox {
            name: "support".to_owned(),
            address: "help@shop.example".to_owned(),
            title: None,
            imap: place.clone(),
            smtp: place,
            user: "help@shop.example".to_owned(),
            secret: "mail_password".to_owned(),
            folder: "INBOX".to_owned(),
            takes_old: false,
            footer: None,
            ai_notice: None,
            authority: None,
        }
    }

    #[tokio::test]
    async fn a_server_that_takes_the_connection_and_says_nothing_is_not_waited_for() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mailbox = mailbox(silent.local_addr().unwrap().port());
        let error = try_out(&mailbox, "", 100).await.unwrap_err();
        assert!(error.to_string().contains("does not answer"), "{error}");
        let answer = Answer {
            mailbox: &mailbox,
            message: &baton_base::MessageId::known("msg_01abc"),
            to: "ann@home.example",
            subject: "Late parcel",
            text: "It comes today.",
            files: &[],
            thread: &[],
            author: "agent",
            language: "en-US",
            written_ms: 0,
        };
        let sent = within(100, hand_over(&mailbox, "", compose(&answer).unwrap())).await;
        assert!(matches!(sent, Err(NotSent::Later(why)) if why.contains("did not take it")), "it is tried again");
    }
}
