//! Answers are carried over SMTP, after the commit that owes them.

use super::compose::{Answer, compose, domain, rfc_id};
use super::read::password;
use super::rules::again_ms;
use super::store::{self, Received};
use crate::limits::{SEND_ATTEMPTS_MAX, SERVER_MS_MAX};
use crate::{Channels, Mailbox, Security};
use baton_base::{Error, Result};
use baton_cases::{Channel, Delivery, MessageRow};
use baton_govern::Ctx;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId as HelloName;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use serde_json::json;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked for answers without a reason, milliseconds.
const LOOK_MS: u64 = 2_000;
/// Answers sent at the same time.
const AT_ONCE: u32 = 16;
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
pub(super) async fn run(channels: Channels, mut stop: watch::Receiver<bool>) {
    let worker = channels.env.id("carrier");
    let mut wake = channels.db.on_wake();
    while !*stop.borrow() {
        match round(&channels, &worker).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "answers that are owed by mail could not be looked for"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(LOOK_MS)) => {}
            changed = wake.changed() => if changed.is_err() { break },
            _ = stop.wait_for(|stop| *stop) => break,
        }
    }
}

async fn round(channels: &Channels, worker: &str) -> Result<usize> {
    let (by, now_ms) = (worker.to_owned(), channels.now_ms());
    let channel = Channel::Email.as_str();
    let due = channels.db.read(move |tx| baton_cases::any_due(tx, channel, now_ms)).await?;
    if !due {
        return Ok(0);
    }
    let claim = move |tx: &mut baton_db::Tx| baton_cases::claim_deliveries(tx, &by, channel, now_ms, LEASE_MS, AT_ONCE);
    let held = channels.db.write(claim).await?;
    let count = held.len();
    futures::future::join_all(held.into_iter().map(|held| one(channels, held))).await;
    Ok(count)
}

async fn one(channels: &Channels, held: Delivery) {
    let ctx = Ctx::system(&channels.env, &held.client, "channel:email");
    let sent = if held.attempts > SEND_ATTEMPTS_MAX {
        Err(NotSent::Never(format!("it was tried {SEND_ATTEMPTS_MAX} times")))
    } else {
        send(channels, &ctx, &held).await
    };
    let (message, parts) = (held.message.clone(), channels.clone());
    let noted = channels.db.write(move |tx| match sent {
        Ok(facts) => baton_cases::delivered(tx, &ctx, &held, facts),
        Err(NotSent::Gone) => baton_cases::delivered(tx, &ctx, &held, json!({"erased": true})),
        Err(NotSent::Later(why)) if held.attempts < SEND_ATTEMPTS_MAX => {
            tracing::info!(client = %held.client, message = %held.message, why, "an answer is sent again later");
            baton_cases::put_off(tx, &held, &why, again_ms(held.attempts, ctx.now_ms()))
        }
        Err(NotSent::Later(why) | NotSent::Never(why)) => {
            baton_cases::give_up(tx, &ctx, &held, &why)?;
            baton_desk::reply_failed(tx, &ctx, &parts.desk, &held.case, "the mail server did not take it").map(|_| ())
        }
    });
    if let Err(error) = noted.await {
        // The lease runs out, and the answer is sent again: under the same id, so that a repeat is seen as one.
        tracing::warn!(%message, %error, "what came of an answer could not be written down");
    }
}

/// What an answer is made of.
struct Found {
    message: MessageRow,
    last: Option<Received>,
    address: Option<String>,
    subject: String,
    language: String,
}

async fn send(channels: &Channels, ctx: &Ctx, held: &Delivery) -> std::result::Result<serde_json::Value, NotSent> {
    let (reader, of) = (ctx.clone(), held.clone());
    let found = channels.db.read(move |tx| find(tx, &reader, &of)).await?;
    if found.message.text.is_empty() {
        return Err(NotSent::Gone);
    }
    let (_, config) = channels.config.live(&held.client).map_err(|e| NotSent::Later(e.to_string()))?;
    let by = found.last.as_ref().and_then(|last| config.mail.get(&last.mailbox));
    let mailbox = by.or_else(|| config.mail.values().next());
    let mailbox = mailbox.ok_or_else(|| NotSent::Later(format!("{} has no mailbox", held.client)))?;
    let address = found.last.as_ref().map(|last| last.kept.from.clone()).or_else(|| found.address.clone());
    let address = address.ok_or_else(|| NotSent::Never("the customer has no e-mail address".to_owned()))?;
    let thread = thread(found.last.as_ref());
    let answer = Answer {
        mailbox,
        message: &held.message,
        to: &address,
        subject: found.last.as_ref().map_or(found.subject.as_str(), |last| last.kept.subject.as_str()),
        text: &found.message.text,
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
    let row = baton_cases::row(tx, ctx, &held.case)?;
    let addresses = baton_cases::addresses(tx, &ctx.client, &row.customer.id)?;
    let address = addresses.into_iter().find(|(channel, _)| channel == Channel::Email.as_str());
    Ok(Found {
        message,
        last: store::last_of_case(tx, &ctx.client, &held.case)?,
        address: address.map(|(_, address)| address),
        subject: row.subject,
        language: row.language,
    })
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
pub(super) async fn try_out(mailbox: &Mailbox, password: &str) -> Result<()> {
    let transport = transport(mailbox, password)?;
    match transport.test_connection().await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Unavailable("the SMTP server does not answer".to_owned())),
        Err(error) => Err(Error::Unavailable(format!("SMTP: {}", words(&error)))),
    }
}
