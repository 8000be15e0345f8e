//! The ledger on both databases: sealed once, proved to outsiders, and every tampering found.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{AgentName, CaseId, ClientId, EntryId, Error, Event, IdSource, ManualClock};
use baton_db::{Db, Tx, params};
use baton_govern::ledger::{self, BadEntry, Filter, SigningKey, Verified, VerifyingKey};
use baton_govern::{Ctx, Env};
use baton_testkit::databases;
use serde_json::json;
use std::sync::Arc;

fn acme() -> ClientId {
    ClientId::known("acme")
}

fn ctx() -> Ctx {
    let env = Env::new(ManualClock::at(1_700_000_000_000), Arc::new(IdSource::seeded(1)));
    Ctx::agent(&env, &acme(), &AgentName::known("concierge"), "r1")
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn public() -> VerifyingKey {
    key().verifying_key()
}

fn event(n: usize) -> Event {
    let kind = if n.is_multiple_of(2) { "action.requested" } else { "case.opened" };
    let case = CaseId::known(format!("case_{}", n % 3));
    Event::new(&acme(), kind, format!("s{n}")).in_case(&case).with(json!({"n": n, "half": 0.1, "word": "zürich \u{0}"}))
}

async fn append(db: &Db, ctx: &Ctx, range: std::ops::Range<usize>) -> Vec<EntryId> {
    let ctx = ctx.clone();
    db.write(move |tx| range.map(|n| ledger::append(tx, &ctx, event(n))).collect()).await.unwrap()
}

/// Seals all that there is; the last head, if there was anything.
async fn seal(db: &Db) -> Option<ledger::Checkpoint> {
    let mut last = None;
    while let Some(head) = db.write(|tx| ledger::seal(tx, &acme(), &key(), 5)).await.unwrap() {
        last = Some(head);
    }
    last
}

async fn verify(db: &Db) -> Verified {
    db.read(|tx| ledger::verify(tx, &acme(), &public())).await.unwrap()
}

#[tokio::test]
async fn what_is_sealed_in_pieces_verifies_as_a_whole() {
    for (name, db) in databases().await {
        let ctx = ctx();
        assert!(seal(&db).await.is_none(), "{name}: nothing to seal");
        let mut done = 0;
        for piece in [1, 2, 5, 8, 300] {
            append(&db, &ctx, done..done + piece).await;
            done += piece;
            assert_eq!(seal(&db).await.unwrap().size, i64::try_from(done).unwrap(), "{name}");
        }
        append(&db, &ctx, done..done + 3).await;
        let found = verify(&db).await;
        assert!(found.ok, "{name}: {found:?}");
        // The last piece took three transactions.
        assert_eq!((found.entries, found.unsealed, found.checkpoints), (316, 3, 7), "{name}");
    }
}

#[tokio::test]
async fn sealing_at_one_time_gives_every_entry_one_place() {
    for (name, db) in databases().await {
        let entries = usize::try_from(ledger::SEAL_ENTRIES_MAX).unwrap();
        append(&db, &ctx(), 0..entries).await;
        let sealers: Vec<_> = (0..6)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.write(|tx| ledger::seal(tx, &acme(), &key(), 5)).await })
            })
            .collect();
        for sealer in sealers {
            sealer.await.unwrap().unwrap();
        }
        let found = verify(&db).await;
        assert!(found.ok && found.entries == i64::from(ledger::SEAL_ENTRIES_MAX), "{name}: {found:?}");
        assert_eq!(found.checkpoints, 1, "{name}");
    }
}

async fn tampered(db: &Db, sql: &'static str) -> BadEntry {
    db.write(move |tx: &mut Tx| tx.execute(sql, params![acme()])).await.unwrap();
    let found = verify(db).await;
    assert!(!found.ok, "{sql}");
    found.first_bad.unwrap()
}

#[tokio::test]
async fn every_tampering_is_found_at_its_entry() {
    let cases = [
        ("UPDATE ledger SET data = '{}' WHERE client_id = $1 AND leaf_index = 4", 4, true),
        ("UPDATE ledger SET actor = 'someone' WHERE client_id = $1 AND leaf_index = 0", 0, true),
        ("UPDATE ledger SET at_ms = at_ms + 1 WHERE client_id = $1 AND leaf_index = 19", 19, true),
        ("UPDATE ledger SET case_id = NULL WHERE client_id = $1 AND leaf_index = 7", 7, true),
        ("DELETE FROM ledger WHERE client_id = $1 AND leaf_index = 9", 9, false),
        ("DELETE FROM ledger WHERE client_id = $1 AND leaf_index >= 15", 15, false),
        ("DELETE FROM ledger WHERE client_id = $1", 0, false),
        (
            "UPDATE ledger_node SET hash = (SELECT leaf_hash FROM ledger WHERE client_id = $1 AND leaf_index = 2) \
          WHERE client_id = $1 AND level = 0 AND position = 3",
            3,
            true,
        ),
        ("UPDATE ledger_checkpoint SET root = 'ff' WHERE client_id = $1 AND size = 20", 19, true),
        (
            "UPDATE ledger_checkpoint SET note = REPLACE(note, 'baton/acme', 'baton/acne') WHERE client_id = $1 AND size = 12",
            11,
            true,
        ),
    ];
    for (sql, place, names_entry) in cases {
        for (name, db) in databases().await {
            let ctx = ctx();
            append(&db, &ctx, 0..12).await;
            seal(&db).await;
            append(&db, &ctx, 12..20).await;
            seal(&db).await;
            let bad = tampered(&db, sql).await;
            assert_eq!((bad.leaf_index, bad.entry.is_some()), (place, names_entry), "{name}: {sql}: {bad:?}");
        }
    }
}

#[tokio::test]
async fn a_rewritten_entry_with_its_hashes_rewritten_too_is_found_by_the_signed_head() {
    for (name, db) in databases().await {
        let ctx = ctx();
        append(&db, &ctx, 0..8).await;
        seal(&db).await;
        // An entry that is right in itself, put in the place of another together with its hashes.
        append(&db, &ctx, 8..9).await;
        db.write(|tx| {
            tx.execute("DELETE FROM ledger WHERE client_id = $1 AND leaf_index = 5", params![acme()])?;
            tx.execute(
                "UPDATE ledger SET leaf_index = 5 WHERE client_id = $1 AND leaf_index IS NULL",
                params![acme()],
            )?;
            tx.execute(
                "UPDATE ledger_node SET hash = (SELECT leaf_hash FROM ledger WHERE client_id = $1 AND leaf_index = 5) \
                 WHERE client_id = $1 AND level = 0 AND position = 5",
                params![acme()],
            )
        })
        .await
        .unwrap();
        let bad = verify(&db).await.first_bad.unwrap();
        assert_eq!(bad.leaf_index, 7, "{name}: the head after the eighth entry signs another tree");
        assert!(bad.what.contains("signs another tree"), "{name}: {bad:?}");
    }
}

#[tokio::test]
async fn every_entry_is_proved_offline_against_the_newest_head() {
    for (name, db) in databases().await {
        let ctx = ctx();
        let ids = append(&db, &ctx, 0..21).await;
        let id = ids[20].clone();
        let early = db.read(move |tx| ledger::prove(tx, &acme(), &id)).await;
        assert!(matches!(early, Err(Error::Conflict(_))), "{name}: not sealed yet");
        seal(&db).await;
        for id in ids {
            let proof = db.read(move |tx| ledger::prove(tx, &acme(), &id)).await.unwrap();
            ledger::check_inclusion(&acme(), &proof, &public()).unwrap();
            let mut other = proof.clone();
            other.leaf_index = (other.leaf_index + 1) % 21;
            assert!(ledger::check_inclusion(&acme(), &other, &public()).is_err(), "{name}");
        }
    }
}

#[tokio::test]
async fn the_list_is_newest_first_filtered_and_paged() {
    for (name, db) in databases().await {
        let ids = append(&db, &ctx(), 0..30).await;
        let filter = Filter { clients: vec![acme()], kind: Some("action.".to_owned()), ..Filter::default() };
        let (f, g) = (filter.clone(), filter);
        let first = db.read(move |tx| ledger::list(tx, &f, None, 10)).await.unwrap();
        assert_eq!(first.items[0].id, ids[28], "{name}");
        let next = first.next.clone().unwrap();
        let second = db.read(move |tx| ledger::list(tx, &g, Some(&next), 10)).await.unwrap();
        assert_eq!((second.items.len(), second.next), (5, None), "{name}");
        assert_eq!(second.items[4].id, ids[0], "{name}");

        let case = Filter {
            clients: vec![acme()],
            case: Some(CaseId::known("case_1")),
            q: Some("ZÜRICH".to_lowercase()),
            ..Filter::default()
        };
        let of_case = db.read(move |tx| ledger::list(tx, &case, None, 50)).await.unwrap();
        assert_eq!(of_case.items.len(), 10, "{name}");
        assert_eq!(of_case.items[0].data["word"], "zürich \u{0}", "{name}");

        let other = Filter { clients: vec![ClientId::known("globex")], ..Filter::default() };
        assert!(db.read(move |tx| ledger::list(tx, &other, None, 50)).await.unwrap().items.is_empty(), "{name}");
        let percent = Filter { clients: vec![acme()], q: Some("%".to_owned()), ..Filter::default() };
        let none = db.read(move |tx| ledger::list(tx, &percent, None, 50)).await.unwrap();
        assert!(none.items.is_empty(), "{name}: a per cent sign is text");
    }
}

#[tokio::test]
async fn an_entry_lives_and_dies_with_its_transaction_and_belongs_to_the_contexts_client() {
    for (name, db) in databases().await {
        let mut live = db.live();
        let c = ctx();
        let undone: baton_base::Result<()> = db
            .write(move |tx| {
                ledger::append(tx, &c, event(1))?;
                Err(Error::Conflict("no".to_owned()))
            })
            .await;
        assert!(undone.is_err());
        let c = ctx();
        let strange =
            db.write(move |tx| ledger::append(tx, &c, Event::new(&ClientId::known("globex"), "x", "y"))).await;
        assert!(strange.is_err(), "{name}");
        append(&db, &ctx(), 4..5).await;
        let heard = live.recv().await.unwrap();
        assert_eq!((heard.kind.as_str(), heard.subject.as_deref()), ("action.requested", Some("s4")), "{name}");
        let all = Filter { clients: vec![acme()], ..Filter::default() };
        assert_eq!(db.read(move |tx| ledger::list(tx, &all, None, 50)).await.unwrap().items.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_signing_key_is_made_once() {
    for (name, db) in databases().await {
        let one = db.write(ledger::signing_key).await.unwrap();
        let two = db.write(ledger::signing_key).await.unwrap();
        assert_eq!(one.to_bytes(), two.to_bytes(), "{name}");
    }
}
