//! What an agent is about to have said, for whoever follows the conversation live. Nothing of it is kept: the message is, once it
//! is said.

use crate::actions::say::cleaned;
use baton_base::{CaseId, ClientId, Result};
use baton_db::vault::{Class, Place};
use baton_db::{Live, Tx};

/// Kind of the live event. It is for those who talk alone: consoles are not told.
pub const SAYING: &str = "saying";
/// Longest text told, bytes: sealed, it is a subject of a live event.
pub const SAYING_BYTES_MAX: usize = 1_200;

/// Tells, after the commit, what an agent has begun to say in a case: all of it so far, so that what is lost on the way is made good by
/// the next. An empty text takes it back; a longer one than may be told is not told. It is told as the message will say it, and nodes
/// tell each other by the database: it goes there sealed, as a message does.
pub fn tell_saying(tx: &mut Tx, client: &ClientId, case: &CaseId, text: &str) -> Result<()> {
    let text = cleaned(text);
    if text.len() > SAYING_BYTES_MAX {
        return Ok(());
    }
    let sealed = tx.seal(&place(client, case), &text)?;
    let subject = Some(format!("{case} {sealed}"));
    tx.publish(Live { client: client.clone(), kind: SAYING.to_owned(), case: None, subject, seq: None });
    Ok(())
}

/// The case that such an event is about, and what [`said_so_far`] reads.
pub fn saying_of(live: &Live) -> Option<(CaseId, String)> {
    let (case, sealed) = live.subject.as_deref().filter(|_| live.kind == SAYING)?.split_once(' ')?;
    Some((case.parse().ok()?, sealed.to_owned()))
}

/// What an agent has begun to say in a case; empty where that was taken back.
pub fn said_so_far(tx: &mut Tx, client: &ClientId, case: &CaseId, sealed: &str) -> Result<String> {
    tx.unseal(&place(client, case), sealed)
}

fn place<'a>(client: &'a ClientId, case: &'a CaseId) -> Place<'a> {
    Place { client, class: Class::Message, table: "saying", row: case.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_told_is_what_the_message_would_say() {
        let db = baton_testkit::sqlite().await;
        let mut live = db.live();
        let (client, case) = (ClientId::known("acme"), CaseId::known("case_00000000000000000000000001"));
        let (of, about) = (client.clone(), case.clone());
        let text = "It is\u{7} paid with 4111 1111 1111 1111.";
        db.write(move |tx| tell_saying(tx, &of, &about, text)).await.unwrap();
        let (told, sealed) = saying_of(&live.recv().await.unwrap()).unwrap();
        assert_eq!(told, case);
        let said = db.read(move |tx| said_so_far(tx, &client, &told, &sealed)).await.unwrap();
        assert_eq!(said, "It is paid with [card ending 1111].");
    }
}
