//! One mailbox is read: by number, from where the database says, and listened to.

use super::rules;
use super::store::{self, At, Holder};
use super::take::{Arrived, take};
use super::wire::{self, Imap, timed};
use crate::limits::{FETCH_MS_MAX, IDLE_MS_MAX, LEASE_MS, POLL_MS, SERVER_MS_MAX};
use crate::{Channels, Mailbox};
use async_imap::extensions::idle::IdleResponse;
use baton_base::{Error, Result};
use baton_cases::mail::MAIL_BYTES_MAX;
use baton_govern::vault;
use futures::TryStreamExt as _;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;

/// How often a node says that it still reads a mailbox, milliseconds.
const RENEW_MS: u64 = 30_000;
/// How long another node's mailbox is left alone, milliseconds.
const OTHER_MS: u64 = 10_000;
/// How far the clock of a mail server may be from ours, milliseconds.
const SKEW_MS: i64 = 24 * 60 * 60 * 1000;
/// Mails whose sizes are asked for at once.
const BATCH: usize = 50;

/// What a reader works with.
pub(super) struct Reader {
    pub channels: Channels,
    pub mailbox: Mailbox,
    pub by: Holder,
    pub stop: watch::Receiver<bool>,
}

/// Why a reader came back from its work without an error.
enum Done {
    /// It is to stop.
    Stopped,
    /// Another node reads the mailbox.
    Other,
}

impl Reader {
    /// Reads until it is stopped; what fails is tried again, with growing pauses.
    pub(super) async fn run(mut self) {
        let mut failures = 0_u32;
        while !*self.stop.borrow() {
            let pause_ms = match self.session(&mut failures).await {
                Ok(Done::Stopped) => break,
                Ok(Done::Other) => OTHER_MS,
                Err(error) => {
                    failures = failures.saturating_add(1);
                    let (client, mailbox) = (&self.by.client, &self.by.mailbox);
                    tracing::warn!(%client, mailbox, %error, failures, "a mailbox cannot be read and will be tried again");
                    self.note_away(&error).await;
                    rules::away_ms(failures)
                }
            };
            self.pause(pause_ms).await;
        }
        let by = self.by.clone();
        let _ = self.channels.db.write(move |tx| store::let_go(tx, &by)).await;
    }

    async fn pause(&mut self, ms: u64) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => {}
            () = stopped(&mut self.stop) => {}
        }
    }

    async fn note_away(&self, error: &Error) {
        let (by, why, now_ms) = (self.by.clone(), rules::short(&error.to_string()), self.channels.now_ms());
        let _ = self.channels.db.write(move |tx| store::away(tx, &by, &why, now_ms)).await;
    }

    async fn hold(&self, seen_ms: Option<i64>) -> Result<Option<At>> {
        let (by, now_ms) = (self.by.clone(), self.channels.now_ms());
        self.channels.db.write(move |tx| store::hold(tx, &by, (now_ms, LEASE_MS), seen_ms)).await
    }

    async fn session(&mut self, failures: &mut u32) -> Result<Done> {
        let Some(at) = self.hold(None).await? else { return Ok(Done::Other) };
        let password = password(&self.channels, &self.by.client, &self.mailbox).await?;
        let mut imap = wire::imap(&self.mailbox, &password).await?;
        let can_idle = timed("CAPABILITY", SERVER_MS_MAX, imap.capabilities()).await?.has_str("IDLE");
        let opened = timed("EXAMINE", SERVER_MS_MAX, imap.examine(&self.mailbox.folder)).await?;
        let next = opened.uid_next.map_or(1, i64::from);
        let validity = opened.uid_validity.map(i64::from);
        let validity =
            validity.ok_or_else(|| Error::Unavailable("the server gives mails no lasting numbers".into()))?;
        let here = place(&self.mailbox);
        let start = start(&at, here, (validity, next), self.mailbox.takes_old, self.channels.now_ms());
        self.note_connected(&start).await?;
        *failures = 0;
        let mut last = start.uid_last;
        loop {
            let seen_ms = self.channels.now_ms();
            last = self.catch_up(&mut imap, validity, last, start.since_ms).await?;
            if *self.stop.borrow() {
                let _ = timed("LOGOUT", 2_000, imap.logout()).await;
                return Ok(Done::Stopped);
            }
            imap = if can_idle { self.listen(imap).await? } else { self.poll(imap).await? };
            if self.hold(Some(seen_ms)).await?.is_none() {
                return Ok(Done::Other);
            }
        }
    }

    async fn note_connected(&self, at: &At) -> Result<()> {
        let (by, at, now_ms) = (self.by.clone(), at.clone(), self.channels.now_ms());
        self.channels.db.write(move |tx| store::connected(tx, &by, &at, now_ms)).await
    }

    /// Takes in what came after a number, in order; returns the last.
    async fn catch_up(&self, imap: &mut Imap, validity: i64, after: i64, since_ms: Option<i64>) -> Result<i64> {
        let mut last = after;
        loop {
            let query = format!("UID {}:*", last + 1);
            let found = timed("SEARCH", SERVER_MS_MAX, imap.uid_search(&query)).await?;
            // `*` is the last mail even where its number is smaller.
            let mut uids: Vec<i64> = found.into_iter().map(i64::from).filter(|uid| *uid > last).collect();
            uids.sort_unstable();
            uids.truncate(BATCH);
            if uids.is_empty() {
                return Ok(last);
            }
            let heads = heads(imap, &uids).await?;
            for uid in uids {
                if *self.stop.borrow() {
                    return Ok(last);
                }
                self.one(imap, validity, uid, heads.get(&uid), since_ms).await?;
                last = uid;
            }
            if self.hold(None).await?.is_none() {
                return Err(Error::Conflict("another node reads the mailbox by now".to_owned()));
            }
        }
    }

    async fn one(
        &self,
        imap: &mut Imap,
        validity: i64,
        uid: i64,
        head: Option<&Head>,
        since_ms: Option<i64>,
    ) -> Result<()> {
        // Somebody deleted it meanwhile; or it is from before Baton, and found again because the server numbers anew.
        let skip = head.is_none_or(|head| {
            since_ms.zip(head.came_ms).is_some_and(|(since_ms, came_ms)| came_ms < since_ms - SKEW_MS)
        });
        let arrived = match head.filter(|_| !skip) {
            None => None,
            Some(head) if head.bytes > MAIL_BYTES_MAX => {
                let why = format!("it has {} bytes; at most {MAIL_BYTES_MAX} are read", head.bytes);
                let bytes = i64::try_from(head.bytes).unwrap_or(i64::MAX);
                Some(Arrived { uid_validity: validity, uid, bytes, mail: Err(why) })
            }
            Some(head) => Some(match body(imap, uid).await? {
                Some(bytes) => Arrived::read(validity, uid, &bytes),
                None => {
                    let bytes = i64::try_from(head.bytes).unwrap_or(i64::MAX);
                    let why = "the mail server did not hand it over".to_owned();
                    Arrived { uid_validity: validity, uid, bytes, mail: Err(why) }
                }
            }),
        };
        let Some(arrived) = arrived else {
            let by = self.by.clone();
            return self.channels.db.write(move |tx| store::advance(tx, &by, uid, None)).await;
        };
        let fate = match take(&self.channels, &self.by, arrived.clone()).await {
            Err(error @ (Error::Invalid { .. } | Error::Refused { .. } | Error::Limit(_) | Error::Broken(_))) => {
                tracing::error!(%error, uid, "a mail could not be taken in and is set aside");
                let aside = Arrived { mail: Err("a fault of Baton's own, which its log tells".to_owned()), ..arrived };
                take(&self.channels, &self.by, aside).await?
            }
            done => done?,
        };
        tracing::debug!(client = %self.by.client, mailbox = self.by.mailbox, uid, fate, "a mail was seen to");
        Ok(())
    }

    /// Waits until the server says that something has changed (RFC 2177).
    async fn listen(&mut self, imap: Imap) -> Result<Imap> {
        let mut idle = imap.idle();
        timed("IDLE", SERVER_MS_MAX, idle.init()).await?;
        {
            let (waiting, interrupt) = idle.wait_with_timeout(Duration::from_millis(IDLE_MS_MAX));
            tokio::pin!(waiting);
            let mut stop = self.stop.clone();
            let mut renew = tokio::time::interval(Duration::from_millis(RENEW_MS));
            loop {
                tokio::select! {
                    told = &mut waiting => match told.map_err(|e| Error::Unavailable(format!("IDLE: {e}")))? {
                        IdleResponse::ManualInterrupt | IdleResponse::Timeout | IdleResponse::NewData(_) => break,
                    },
                    _ = renew.tick() => if self.hold(None).await?.is_none() { break },
                    () = stopped(&mut stop) => break,
                }
            }
            drop(interrupt);
        }
        timed("DONE", SERVER_MS_MAX, idle.done()).await
    }

    /// The same where the server cannot: waits, and asks.
    async fn poll(&mut self, mut imap: Imap) -> Result<Imap> {
        for _ in 0..POLL_MS.div_ceil(RENEW_MS) {
            self.pause(RENEW_MS.min(POLL_MS)).await;
            if *self.stop.borrow() || self.hold(None).await?.is_none() {
                break;
            }
        }
        timed("NOOP", SERVER_MS_MAX, imap.noop()).await?;
        Ok(imap)
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Whoever could say so going away says so too.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// What the numbers of a mailbox are of: another user, server or folder numbers other mails, though it be by the same numbers.
fn place(mailbox: &Mailbox) -> String {
    format!("{}@{}/{}", mailbox.user, mailbox.imap.host, mailbox.folder)
}

/// From where a mailbox is read on. At first only what comes from now on, unless old mail is wanted; where the server numbers
/// its mails anew, from the beginning: what was taken before is known by its content. So it is where the mailbox is elsewhere by
/// now, of what came there since all was last seen to.
fn start(at: &At, place: String, (validity, next): (i64, i64), takes_old: bool, now_ms: i64) -> At {
    let or_all = |since_ms: Option<i64>| since_ms.filter(|_| !takes_old);
    let is_elsewhere = at.place.as_ref().is_some_and(|known| *known != place);
    let (uid_last, since_ms) = match at.uid_validity {
        Some(_) if is_elsewhere => (0, or_all(at.seen_ms.or(at.since_ms).or(Some(now_ms)))),
        Some(known) if known == validity => (at.uid_last, at.since_ms),
        Some(_) => (0, at.since_ms),
        None if takes_old => (0, None),
        None => (next - 1, Some(now_ms)),
    };
    At { place: Some(place), uid_validity: Some(validity), uid_last, since_ms, seen_ms: at.seen_ms }
}

/// What is asked of a mail before it is fetched.
struct Head {
    bytes: usize,
    came_ms: Option<i64>,
}

async fn heads(imap: &mut Imap, uids: &[i64]) -> Result<BTreeMap<i64, Head>> {
    let set = uids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let asked = async {
        let rows = imap.uid_fetch(&set, "(UID RFC822.SIZE INTERNALDATE)").await?;
        rows.try_collect::<Vec<_>>().await
    };
    let rows = timed("FETCH", FETCH_MS_MAX, asked).await?;
    let heads = rows.iter().filter_map(|row| {
        let came_ms = row.internal_date().map(|date| date.timestamp_millis());
        let bytes = usize::try_from(row.size.unwrap_or(0)).unwrap_or(usize::MAX);
        Some((i64::from(row.uid?), Head { bytes, came_ms }))
    });
    Ok(heads.collect())
}

async fn body(imap: &mut Imap, uid: i64) -> Result<Option<Vec<u8>>> {
    let asked = async {
        let rows = imap.uid_fetch(uid.to_string(), "(UID BODY.PEEK[])").await?;
        rows.try_collect::<Vec<_>>().await
    };
    let rows = timed("FETCH", FETCH_MS_MAX, asked).await?;
    let wanted = rows.iter().find(|row| row.uid.map(i64::from) == Some(uid));
    Ok(wanted.and_then(|row| row.body().map(<[u8]>::to_vec)))
}

/// The password of a mailbox.
pub(super) async fn password(channels: &Channels, client: &baton_base::ClientId, mailbox: &Mailbox) -> Result<String> {
    let (of, name) = (client.clone(), mailbox.secret.clone());
    let found = channels.db.read(move |tx| vault::get(tx, &of, &name)).await?;
    found.filter(|password| !password.is_empty()).ok_or_else(|| {
        let how = format!("baton secret set {client} {}", mailbox.secret);
        Error::Unavailable(format!("the secret '{}' is not set: {how}", mailbox.secret))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_is_read_on_from_where_it_was() {
        let here = || "help@mail.example/INBOX".to_owned();
        let at = |uid_validity, uid_last, since_ms| At {
            place: Some(here()),
            uid_validity,
            uid_last,
            since_ms,
            seen_ms: None,
        };
        let new = At { place: None, ..at(None, 0, None) };
        let begin = |at: &At, numbers, takes_old, now_ms| start(at, here(), numbers, takes_old, now_ms);
        assert_eq!(begin(&new, (7, 100), false, 5), at(Some(7), 99, Some(5)), "only what comes from now on");
        assert_eq!(begin(&new, (7, 100), true, 5), at(Some(7), 0, None), "all there is");
        let known = at(Some(7), 99, Some(5));
        assert_eq!(begin(&known, (7, 200), false, 9), known, "nothing in between is left out");
        assert_eq!(begin(&known, (8, 3), false, 9), at(Some(8), 0, Some(5)), "numbered anew: from the beginning");
        let unnamed = At { place: None, ..known.clone() };
        assert_eq!(begin(&unnamed, (7, 200), false, 9), known, "read before its place was written down");
    }

    #[test]
    fn the_same_numbers_of_another_folder_are_other_mails() {
        let place = || Some("a".to_owned());
        let known = At { place: place(), uid_validity: Some(7), uid_last: 99, since_ms: Some(5), seen_ms: Some(8) };
        let moved = start(&known, "b".to_owned(), (7, 12), false, 90);
        let wanted = At { place: Some("b".to_owned()), uid_last: 0, since_ms: Some(8), ..known.clone() };
        assert_eq!(moved, wanted, "what came while nobody looked is not left out");
        let all = start(&known, "b".to_owned(), (7, 12), true, 9);
        assert_eq!((all.uid_last, all.since_ms), (0, None), "with old mail, where that is wanted");
    }
}
