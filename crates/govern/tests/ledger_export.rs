//! An export is verified from its files and the public key alone; what was tampered with is found and named.

#![allow(clippy::unwrap_used, reason = "a test may")]

use baton_base::{AgentName, CaseId, ClientId, Error, Event, IdSource, ManualClock};
use baton_db::{Db, params};
use baton_govern::ledger::{self, Files, Most, Offline, SigningKey, verify_files};
use baton_govern::{Ctx, Env};
use baton_testkit::databases;
use serde_json::{Value, json};
use std::sync::Arc;

fn acme() -> ClientId {
    ClientId::known("acme")
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

async fn grow(db: &Db, range: std::ops::Range<usize>) {
    let env = Env::new(ManualClock::at(1_700_000_000_000), Arc::new(IdSource::seeded(range.start as u64 + 1)));
    let ctx = Ctx::agent(&env, &acme(), &AgentName::known("concierge"), "r1");
    let work = move |tx: &mut baton_db::Tx| {
        for n in range {
            ledger::append(tx, &ctx, Event::new(&acme(), "case.opened", format!("s{n}")).with(json!({"n": n})))?;
        }
        ledger::seal(tx, &acme(), &key(), 5).map(|_| ())
    };
    db.write(work).await.unwrap();
}

async fn export(db: &Db, first: u64) -> Files {
    part(db, first, Most::ALL).await.0
}

/// A part of the ledger, and where the next one begins; none after the last.
async fn part(db: &Db, first: u64, most: Most) -> (Files, Option<u64>) {
    let exported = db.read(move |tx| ledger::export(tx, &acme(), first, most)).await.unwrap();
    let next = Some(exported.size).filter(|size| *size < exported.sealed);
    (exported.files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect(), next)
}

fn verify(files: &Files) -> Offline {
    verify_files(files, &key().verifying_key(), &[]).unwrap()
}

fn changed(files: &Files, name: &str, change: impl FnOnce(&str) -> String) -> Files {
    let mut files = files.clone();
    let text = change(&files[name]);
    files.insert(name.to_owned(), text);
    files
}

fn without_line(text: &str, line: usize) -> String {
    text.lines().enumerate().filter(|(at, _)| *at != line).map(|(_, text)| format!("{text}\n")).collect()
}

#[tokio::test]
async fn an_export_is_whole_and_a_later_one_goes_on_from_it() {
    for (name, db) in databases().await {
        for range in [0..5, 5..6, 6..17, 17..40] {
            grow(&db, range).await;
        }
        let files = export(&db, 0).await;
        let found = verify(&files);
        assert!(found.ok, "{name}: {found:?}");
        assert_eq!((found.entries, found.checkpoints, found.consistency), (40, 4, 3), "{name}");

        let kept: Value = serde_json::from_str(files["checkpoints.jsonl"].lines().nth(1).unwrap()).unwrap();
        let kept = [kept["note"].as_str().unwrap().to_owned()];
        assert!(verify_files(&files, &key().verifying_key(), &kept).unwrap().ok, "{name}");

        let later = verify(&export(&db, 6).await);
        assert!(later.ok, "{name}: {later:?}");
        assert_eq!((later.first, later.entries, later.consistency), (6, 34, 2), "{name}");
        let none = db.read(|tx| ledger::export(tx, &acme(), 40, Most::ALL)).await;
        assert!(none.is_err(), "{name}");
        let sealed = db.read(|tx| ledger::sealed_after(tx, &acme(), 38, 10)).await.unwrap();
        assert_eq!(sealed.iter().map(|e| e.leaf_index).collect::<Vec<_>>(), [Some(38), Some(39)], "{name}");
    }
}

#[tokio::test]
async fn a_large_ledger_is_exported_part_by_part_and_each_part_is_whole() {
    for (name, db) in databases().await {
        for range in [0..5, 5..6, 6..17, 17..40, 40..43] {
            grow(&db, range).await;
        }
        // As many entries as may be, up to a signed head; of one sealing all.
        for (most, expect) in [
            (Most { entries: 12, bytes: usize::MAX }, vec![6, 17, 40, 43]),
            (Most { entries: 40, bytes: usize::MAX }, vec![40, 43]),
            (Most { entries: 1_000, bytes: 1 }, vec![43]),
            (Most { entries: 1, bytes: 1 }, vec![5, 6, 17, 40, 43]),
            (Most::ALL, vec![43]),
        ] {
            let (mut ends, mut from) = (Vec::new(), Some(0));
            while let Some(first) = from {
                let (files, next) = part(&db, first, most).await;
                let found = verify(&files);
                assert!(found.ok, "{name} {most:?} from {first}: {found:?}");
                assert_eq!(found.first, first, "{name} {most:?}");
                ends.push(first + found.entries);
                from = next;
            }
            assert_eq!(ends, expect, "{name} {most:?}");
        }
        // The parts hang together: each later one begins with the head that the one before ended with.
        let (one, next) = part(&db, 0, Most { entries: 12, bytes: usize::MAX }).await;
        let (two, _) = part(&db, next.unwrap(), Most::ALL).await;
        assert_eq!(one["checkpoints.jsonl"].lines().last(), two["checkpoints.jsonl"].lines().next(), "{name}");
    }
}

#[tokio::test]
async fn every_tampering_is_found_at_its_place() {
    let db = baton_testkit::sqlite().await;
    grow(&db, 0..9).await;
    grow(&db, 9..20).await;
    let files = export(&db, 0).await;
    let at = |files: &Files| verify(files).first_bad.map(|bad| bad.leaf_index);

    let word = changed(&files, "entries.jsonl", |text| text.replace("\\\"n\\\":7}", "\\\"n\\\":8}"));
    let found = verify(&word).first_bad.unwrap();
    let line: Value = serde_json::from_str(word["entries.jsonl"].lines().nth(7).unwrap()).unwrap();
    assert_eq!((found.leaf_index, found.entry.as_deref()), (7, line["entry_id"].as_str()));

    assert_eq!(at(&changed(&files, "entries.jsonl", |text| without_line(text, 12))), Some(12), "taken out");
    assert_eq!(at(&changed(&files, "entries.jsonl", |text| without_line(text, 19))), Some(19), "the last cut off");
    assert_eq!(at(&changed(&files, "checkpoints.jsonl", |text| without_line(text, 1))), Some(20), "its head too");
    let twice = |text: &str| format!("{text}{}\n", text.lines().last().unwrap());
    assert_eq!(at(&changed(&files, "entries.jsonl", twice)), Some(20), "put in");
    assert!(at(&changed(&files, "checkpoints.jsonl", |text| text.replace("\"size\":9", "\"size\":8"))).is_some());
    assert!(at(&changed(&files, "consistency.jsonl", |_| String::new())).is_some(), "no proof from head to head");
    assert!(at(&changed(&files, "inclusion.jsonl", |text| without_line(text, 3))) == Some(3));
    assert!(at(&changed(&files, "manifest.json", |text| text.replace("acme", "globex"))).is_some(), "another client");

    let other = verify_files(&files, &SigningKey::from_bytes(&[8; 32]).verifying_key(), &[]).unwrap();
    assert!(!other.ok, "another key");
}

#[tokio::test]
async fn history_that_was_rewritten_with_the_key_does_not_lead_to_a_head_that_was_kept() {
    let (db, again) = (baton_testkit::sqlite().await, baton_testkit::sqlite().await);
    grow(&db, 0..9).await;
    let kept: Value = serde_json::from_str(export(&db, 0).await["checkpoints.jsonl"].lines().next().unwrap()).unwrap();
    grow(&again, 1..12).await;
    let files = export(&again, 0).await;
    assert!(verify(&files).ok, "by itself it is whole");
    let kept = [kept["note"].as_str().unwrap().to_owned()];
    let found = verify_files(&files, &key().verifying_key(), &kept).unwrap();
    assert!(found.first_bad.unwrap().what.contains("rewritten"));
}

#[tokio::test]
async fn every_entry_of_a_case_has_its_proof_and_a_lost_part_of_the_tree_is_an_error() {
    for (name, db) in databases().await {
        grow(&db, 0..9).await;
        let env = Env::new(ManualClock::at(1_700_000_000_000), Arc::new(IdSource::seeded(99)));
        let ctx = Ctx::agent(&env, &acme(), &AgentName::known("concierge"), "r1");
        let case = CaseId::known("case_1");
        let of = case.clone();
        db.write(move |tx| {
            let say = |tx: &mut baton_db::Tx| {
                ledger::append(tx, &ctx, Event::new(&acme(), "case.opened", &of).in_case(&of)).map(|_| ())
            };
            (0..3).try_for_each(|_| say(tx))?;
            ledger::seal(tx, &acme(), &key(), 5)?;
            say(tx)
        })
        .await
        .unwrap();
        let read = async || {
            let of = case.clone();
            db.read(move |tx| ledger::of_case(tx, &acme(), &of)).await
        };
        let (entries, complete) = read().await.unwrap();
        assert!(complete, "{name}");
        let proved =
            entries.iter().filter(|entry| ledger::check_proved(&acme(), entry, &key().verifying_key()).is_ok());
        assert_eq!((entries.len(), proved.count()), (4, 3), "{name}: one is not sealed yet");
        let lose = "DELETE FROM ledger_node WHERE client_id = $1 AND level = 3";
        db.write(move |tx| tx.execute(lose, params![acme()])).await.unwrap();
        assert!(matches!(read().await, Err(Error::Broken(_))), "{name}");
    }
}
