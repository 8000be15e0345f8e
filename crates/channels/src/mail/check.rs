//! A mailbox is tried out: signed in at both servers, nothing read and nothing sent.

use super::read::password;
use super::{send, wire};
use crate::limits::SERVER_MS_MAX;
use crate::{Channels, Mailbox};
use baton_base::{ClientId, Result};
use serde::Serialize;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What.
    pub what: &'static str,
    /// Whether it went well.
    pub passed: bool,
    /// What was seen.
    pub detail: String,
}

impl Checked {
    fn of(what: &'static str, done: Result<String>) -> Self {
        match done {
            Ok(detail) => Self { what, passed: true, detail },
            Err(error) => Self { what, passed: false, detail: error.to_string() },
        }
    }
}

/// Tries a mailbox out.
pub async fn check(channels: &Channels, client: &ClientId, mailbox: &Mailbox) -> Vec<Checked> {
    let password = match password(channels, client, mailbox).await {
        Ok(password) => password,
        Err(error) => return vec![Checked::of("secret", Err(error))],
    };
    let reading = Checked::of("imap", reading(mailbox, &password).await);
    let to = format!("{}:{}", mailbox.smtp.host, mailbox.smtp.port);
    let sending = send::try_out(mailbox, &password, SERVER_MS_MAX).await.map(|()| format!("signed in at {to}"));
    vec![reading, Checked::of("smtp", sending)]
}

async fn reading(mailbox: &Mailbox, password: &str) -> Result<String> {
    let mut imap = wire::imap(mailbox, password).await?;
    let can_idle = wire::timed("CAPABILITY", SERVER_MS_MAX, imap.capabilities()).await?.has_str("IDLE");
    let opened = wire::timed("EXAMINE", SERVER_MS_MAX, imap.examine(&mailbox.folder)).await?;
    let _ = wire::timed("LOGOUT", SERVER_MS_MAX, imap.logout()).await;
    let how = if can_idle { "tells of new mail at once" } else { "is asked for new mail every minute" };
    Ok(format!("{} holds {} mails; the server {how}", mailbox.folder, opened.exists))
}
