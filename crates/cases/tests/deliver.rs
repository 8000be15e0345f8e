//! Answers that a channel carries: one client's never keep another's waiting, and one that comes back is not taken for sent.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use baton_base::{ClientId, Error};
use baton_cases::{
    Channel, Delivery, Incoming, OwedState, bounced, claim_deliveries, delivered, due_clients, owed, put_off,
};
use baton_db::params;
use baton_testkit::databases;
use common::{World, acme, chat, globex};
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
