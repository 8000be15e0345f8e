//! Answers that a channel carries: one client's never keep another's waiting, and one that comes back is not taken for sent.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme, chat, globex};
use baton_base::{AgentName, ClientId, Error};
use baton_cases::{
    Channel, Delivery, Incoming, JOIN_MS, OwedState, bounced, claim_deliveries, delivered, due_clients, owed, put_off,
    say,
};
use baton_db::params;
use baton_govern::Ctx;
use baton_testkit::databases;
use serde_json::Value;

const EMAIL: &str = "email";
const LEASE_MS: i64 = 60_000;

fn mail(from: &str, id: &str) -> Incoming {
    Incoming { channel: Channel::Email, ..chat(from, "Where is my parcel?", id) }
}

/// Opens a case by mail, to which the process says a greeting: the answer that is owed.
async fn contact(w: &World, client: &ClientId, from: &str) {
    w.receive(client, mail(from, from)).await.unwrap();
    w.settle().await;
    // It waits a moment for what the same turn says next.
    w.clock.advance_ms(JOIN_MS);
}

async fn claim(w: &World, client: &ClientId, max: u32) -> Vec<Delivery> {
    let (client, now_ms) = (client.clone(), w.env.now_ms());
    w.write(move |tx| claim_deliveries(tx, &client, EMAIL, "carrier", (now_ms, LEASE_MS), max)).await.unwrap()
}

async fn due(w: &World) -> Vec<ClientId> {
    let now_ms = w.env.now_ms();
    w.write(move |tx| due_clients(tx, EMAIL, now_ms)).await.unwrap()
}

#[tokio::test]
async fn answers_are_taken_client_by_client() {
    for (name, db) in databases().await {
        let w = World::new(db);
        assert!(due(&w).await.is_empty(), "{name}");
        for from in ["ann@home.example", "bob@home.example", "cleo@home.example"] {
            contact(&w, &acme(), from).await;
        }
        contact(&w, &globex(), "ann@home.example").await;
        assert_eq!(due(&w).await, [acme(), globex()], "{name}");
        let held = claim(&w, &acme(), 2).await;
        assert!(held.len() == 2 && held.iter().all(|held| held.client == acme()), "{name}: {held:?}");
        assert_eq!(claim(&w, &acme(), 2).await.len(), 1, "{name}: what is held is not taken again");
        assert_eq!(due(&w).await, [globex()], "{name}");
        assert_eq!(claim(&w, &globex(), 2).await.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_back_before_it_is_noted_as_sent_came_back_all_the_same() {
    for (name, db) in databases().await {
        let w = World::new(db);
        contact(&w, &acme(), "ann@home.example").await;
        let (ctx, message) = (w.system(&acme()), claim(&w, &acme(), 1).await.remove(0));
        let (by, of) = (ctx.clone(), message.message.clone());
        let case = w.write(move |tx| bounced(tx, &by, &of, "failed 5.1.1: no such mailbox")).await.unwrap();
        assert_eq!(case.as_ref(), Some(&message.case), "{name}: its case is told");
        let (by, held) = (ctx.clone(), message.clone());
        let noted = w.write(move |tx| delivered(tx, &by, &held, Value::Null)).await;
        assert!(matches!(noted, Err(Error::Conflict(_))), "{name}: {noted:?}");
        let held = message.clone();
        let again = w.write(move |tx| put_off(tx, &held, "later", 0)).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{name}: it is not sent again: {again:?}");
        let (by, of) = (ctx.clone(), message.message.clone());
        assert_eq!(w.write(move |tx| bounced(tx, &by, &of, "again")).await.unwrap(), None, "{name}: it is told once");
        w.clock.advance_ms(2 * LEASE_MS);
        assert!(claim(&w, &acme(), 1).await.is_empty(), "{name}");
        let listed = w.write(move |tx| owed(tx, &ctx, OwedState::Bounced, 10)).await.unwrap();
        assert_eq!(listed.len(), 1, "{name}");
        assert_eq!(listed[0].error.as_deref(), Some("failed 5.1.1: no such mailbox"), "{name}");
        let sql = "SELECT error FROM delivery WHERE client_id = $1";
        let stored = w.write(move |tx| tx.query_one(sql, params![acme()], |r| r.text(0))).await.unwrap();
        assert!(stored.starts_with("bv1:"), "{name}: what a server says does not stand in clear: {stored}");
    }
}

#[tokio::test]
async fn nothing_comes_back_that_was_never_sent() {
    for (name, db) in databases().await {
        let w = World::new(db);
        contact(&w, &acme(), "ann@home.example").await;
        let (ctx, sql) = (w.system(&acme()), "SELECT message_id FROM delivery WHERE client_id = $1");
        let message = w.write(move |tx| tx.query_one(sql, params![acme()], |r| r.id(0))).await.unwrap();
        let case = w.write(move |tx| bounced(tx, &ctx, &message, "failed 5.1.1")).await.unwrap();
        assert_eq!(case, None, "{name}");
        assert_eq!(claim(&w, &acme(), 1).await.len(), 1, "{name}: it is sent");
    }
}

#[tokio::test]
async fn what_one_turn_says_is_one_mail_in_which_each_answer_keeps_its_state() {
    for (name, db) in databases().await {
        let w = World::new(db);
        let case = w.receive(&acme(), mail("ann@home.example", "m1")).await.unwrap().case;
        w.settle().await;
        let agent = Ctx::agent(&w.env, &acme(), &AgentName::known("concierge"), "r1");
        for text in ["I have found your parcel.", "It comes today."] {
            let (ctx, of) = (agent.clone(), case.clone());
            w.write(move |tx| say(tx, &ctx, &of, text, &[])).await.unwrap();
        }
        assert!(due(&w).await.is_empty(), "{name}: it waits for what the turn says next");
        w.clock.advance_ms(JOIN_MS);
        let (ctx, of) = (agent.clone(), case.clone());
        w.write(move |tx| say(tx, &ctx, &of, "Anything else?", &[])).await.unwrap();
        let held = claim(&w, &acme(), 10).await;
        assert_eq!(held.len(), 1, "{name}: of one case one mail: {held:?}");
        let seqs: Vec<_> = held[0].joined.iter().map(|joined| joined.seq).collect();
        assert_eq!((held[0].seq, seqs.as_slice()), (2, [3, 4, 5].as_slice()), "{name}: the greeting and what followed");
        let (ctx, all) = (w.system(&acme()), held[0].clone());
        w.write(move |tx| put_off(tx, &all, "later", 0)).await.unwrap();
        let again = claim(&w, &acme(), 10).await;
        assert_eq!((again.len(), again[0].joined.len()), (1, 3), "{name}: a repeat is the same mail");
        let (by, all) = (ctx.clone(), again[0].clone());
        w.write(move |tx| delivered(tx, &by, &all, Value::Null)).await.unwrap();
        let by = ctx.clone();
        let sent = w.write(move |tx| owed(tx, &by, OwedState::Sent, 10)).await.unwrap();
        assert_eq!(sent.len(), 4, "{name}: each has its own state: {sent:?}");
        let (by, first) = (ctx.clone(), again[0].message.clone());
        w.write(move |tx| bounced(tx, &by, &first, "failed 5.1.1: no such mailbox")).await.unwrap();
        let back = w.write(move |tx| owed(tx, &ctx, OwedState::Bounced, 10)).await.unwrap();
        assert_eq!(back.len(), 4, "{name}: what comes back comes back for all that was in it");
        assert!(back.iter().all(|owed| owed.error.as_deref() == Some("failed 5.1.1: no such mailbox")), "{name}");
    }
}
