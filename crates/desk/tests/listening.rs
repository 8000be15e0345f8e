//! Who listens in on a colleague's conversation stands in the ledger, once for as long as they stay; on both databases.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, acme};
use baton_base::CaseId;
use baton_desk::{claim, listen_in, listens, take_case};
use baton_govern::ledger::{self, Entry};
use baton_govern::{Ctx, Role};
use baton_testkit::databases;
use serde_json::json;

const MINUTE_MS: i64 = 60_000;

/// Reads a conversation as the server lets it be read; true if that had to be written down.
async fn reads(w: &World, who: &Ctx, case: &CaseId) -> bool {
    let (ctx, case) = (who.clone(), case.clone());
    let work = move |tx: &mut baton_db::Tx| {
        let listens = listens(tx, &ctx, &case)?;
        if listens {
            listen_in(tx, &ctx, &case)?;
        }
        Ok(listens)
    };
    w.write(work).await.unwrap()
}

async fn entries(w: &World, case: &CaseId) -> Vec<Entry> {
    let kind = Some("case.listened".to_owned());
    let filter = ledger::Filter { clients: vec![acme()], case: Some(case.clone()), kind, ..Default::default() };
    w.write(move |tx| ledger::list(tx, &filter, None, 50)).await.unwrap().items
}

#[tokio::test]
async fn a_supervisor_who_listens_in_is_in_the_ledger_once_and_again_when_they_come_back() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let max = w.granted("max", &[]).await;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let other = w.granted_as("ops", Role::AiLead, &[]).await;
        assert!(!reads(&w, &lead, &case).await, "{name}: what waits in a queue is nobody's conversation yet");
        let (ctx, item) = (max.clone(), w.to_do().await.remove(0).id);
        w.write(move |tx| claim(tx, &ctx, &item)).await.unwrap();
        assert!(!reads(&w, &max, &case).await, "{name}: it is his own");
        let colleague = w.granted("eva", &[]).await;
        assert!(!reads(&w, &colleague, &case).await, "{name}: who does not lead reads as ever");
        assert!(entries(&w, &case).await.is_empty(), "{name}");

        assert!(reads(&w, &lead, &case).await, "{name}");
        let found = entries(&w, &case).await;
        assert_eq!((found.len(), &found[0].actor), (1, &lead.actor), "{name}");
        assert_eq!(found[0].data["to"], json!({"kind": "member", "name": max.member_id().unwrap()}), "{name}");
        assert!(!reads(&w, &lead, &case).await, "{name}: nothing is written a second later");
        for _ in 0..40 {
            w.clock.advance_ms(MINUTE_MS);
            reads(&w, &lead, &case).await;
        }
        assert_eq!(entries(&w, &case).await.len(), 1, "{name}: as long as they stay it is one entry");
        reads(&w, &other, &case).await;
        assert_eq!(entries(&w, &case).await.len(), 2, "{name}: each who listens");
        w.clock.advance_ms(31 * MINUTE_MS);
        assert!(reads(&w, &lead, &case).await, "{name}");
        assert_eq!(entries(&w, &case).await.len(), 3, "{name}: who comes back listens in anew");
    }
}

#[tokio::test]
async fn whoever_has_the_case_or_reads_one_that_has_ended_does_not_listen_in() {
    for (name, db) in databases().await {
        let w = World::new(db, "support");
        let case = w.case("ada", "a person, please", "m1").await;
        let lead = w.granted_as("lead", Role::Supervisor, &[]).await;
        let (ctx, desk, id) = (lead.clone(), w.desk.clone(), case.clone());
        w.write(move |tx| take_case(tx, &ctx, &desk, &id)).await.unwrap();
        assert!(!reads(&w, &lead, &case).await, "{name}: their own");
        let (ctx, id) = (lead.clone(), case.clone());
        let patch = baton_cases::Patch { outcome: Some("answered".to_owned()), ..Default::default() };
        w.write(move |tx| baton_cases::record(tx, &ctx, &id, patch)).await.unwrap();
        let other = w.granted_as("ops", Role::AiLead, &[]).await;
        assert!(!reads(&w, &other, &case).await, "{name}: it has ended");
        assert!(entries(&w, &case).await.is_empty(), "{name}");
    }
}
