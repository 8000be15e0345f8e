//! Calls from outside that waited for a person: what was done is told whatever was taken out since, and what nobody needs
//! goes.

#![allow(clippy::unwrap_used, reason = "test helpers may unwrap")]

use crate::common::{CASE, World, call};
use baton_base::{CaseId, Clock, WorkItemId};
use baton_db::{Tx, params};
use baton_govern::Level;
use baton_tools::{Call, Called};
use serde_json::json;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn bell(step: &str) -> Call {
    Call { via: Some("mcp:token:x".into()), ..call("ring_bell", json!({}), step) }
}

async fn asked(world: &World, step: &str) -> WorkItemId {
    match world.door.call(&world.ctx(), bell(step)).await.unwrap() {
        Called::NeedsApproval { work_item, .. } => work_item,
        other => panic!("nobody was asked: {other:?}"),
    }
}

async fn rung(world: &World, step: &str) -> WorkItemId {
    let item = asked(world, step).await;
    world.approve(&item).await;
    let called = world.door.call(&world.ctx(), bell(step)).await.unwrap();
    assert!(matches!(called, Called::Done { .. }), "{called:?}");
    item
}

async fn task(world: &World, item: &WorkItemId) -> Called {
    let waiting = world.door.waiting(&world.ctx(), item).await.unwrap();
    world.door.go_on(&world.ctx(), &waiting).await.unwrap()
}

async fn world() -> World {
    let world = World::new().await;
    world.open_case().await;
    world.level("ring_bell", Level::ActWithApproval).await;
    world
}

#[tokio::test]
async fn what_was_done_before_uses_were_noted_is_told() {
    let world = world().await;
    let item = rung(&world, "s").await;
    let client = world.client.clone();
    let gone = move |tx: &mut Tx| tx.execute("DELETE FROM approval_use WHERE client_id = $1", params![client]);
    world.db.write(gone).await.unwrap();
    world.clock.advance_ms(DAY_MS + 1);
    let called = task(&world, &item).await;
    assert!(matches!(called, Called::Done { .. }), "{called:?}");
}

#[tokio::test]
async fn an_erased_case_tells_what_was_done_and_ends_what_was_not() {
    let world = world().await;
    let (made, open) = (rung(&world, "s").await, asked(&world, "t").await);
    let (client, case) = (world.client.clone(), CaseId::known(CASE));
    let erase = move |tx: &mut Tx| {
        baton_desk::erase_case(tx, &client, &case)?;
        baton_tools::erase_case(tx, &client, &case)
    };
    world.db.write(erase).await.unwrap();
    let called = task(&world, &made).await;
    assert!(matches!(called, Called::Done { .. }), "{called:?}");
    let called = world.door.call(&world.ctx(), bell("s")).await.unwrap();
    assert!(matches!(called, Called::Done { .. }), "{called:?}");
    let called = task(&world, &open).await;
    assert!(matches!(called, Called::Refused { .. }), "{called:?}");
    // Sent again, a person is asked anew.
    assert_ne!(asked(&world, "t").await, open);
    assert_eq!(world.shop.effects().len(), 1);
}

#[tokio::test]
async fn the_sweep_forgets_what_nobody_waits_for_and_what_callers_do_not_remember() {
    let world = world().await;
    asked(&world, "s").await;
    let (client, now_ms) = (world.client.clone(), world.clock.now_ms());
    let note = move |tx: &mut Tx| {
        let sql = "INSERT INTO taint (client_id, case_id, actor, action, effect_id, since_ms) \
                   VALUES ($1, $2, $3, 'a', 'e', $4)";
        tx.execute(sql, params![client, "", "caller:x", now_ms])?;
        tx.execute(sql, params![client, CASE, "*", now_ms])
    };
    world.db.write(note).await.unwrap();
    let kept = async || {
        let client = world.client.clone();
        let read = move |tx: &mut Tx| {
            let words = "SELECT COUNT(*) FROM waiting_call WHERE client_id = $1 AND args IS NOT NULL AND reason <> ''";
            let words = tx.query_one(words, params![client], |row| row.int(0))?;
            let taint = "SELECT COUNT(*) FROM taint WHERE client_id = $1";
            Ok((words, tx.query_one(taint, params![client], |row| row.int(0))?))
        };
        world.db.read(read).await.unwrap()
    };
    world.door.sweep(&world.ctx()).await.unwrap();
    assert_eq!(kept().await, (1, 2));
    world.clock.advance_ms(DAY_MS);
    world.door.sweep(&world.ctx()).await.unwrap();
    assert_eq!(kept().await, (1, 1));
    world.clock.advance_ms(30 * DAY_MS + 1);
    world.door.sweep(&world.ctx()).await.unwrap();
    assert_eq!(kept().await, (0, 1));
}
