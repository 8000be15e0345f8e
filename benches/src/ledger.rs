//! The ledger and the vault, in this process: sealing, proofs, an export verified, texts sealed and opened.

use crate::{machine, verdict};
use anyhow::{Context as _, Result};
use baton_base::{AgentName, ClientId, EntryId, Event, IdSource, SystemClock};
use baton_db::Db;
use baton_db::vault::{Class, Master, Place};
use baton_govern::ledger::{self, Files, SigningKey};
use baton_govern::{Ctx, Env};
use clap::Args;
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// Aims: entries sealed per second, and one proof, milliseconds.
const SEALED_AIM: f64 = 50_000.0;
const PROOF_AIM_MS: f64 = 1.0;
/// Entries appended in one transaction.
const CHUNK: usize = 1_000;

/// How much.
#[derive(Args)]
pub struct Options {
    /// Entries.
    #[arg(long, default_value_t = 200_000)]
    entries: usize,
    /// Proofs that are timed.
    #[arg(long, default_value_t = 2_000)]
    proofs: usize,
    /// Texts of 400 bytes that are sealed and opened.
    #[arg(long, default_value_t = 50_000)]
    texts: usize,
}

fn client() -> ClientId {
    ClientId::known("bench")
}

/// Measures, prints, and says whether the aims were met.
pub async fn measure(options: &Options) -> Result<bool> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bench.db");
    let db = Db::open(&path.to_string_lossy()).await?;
    db.migrate().await?;
    db.unlock(vec![Master::fresh()?], None).await?;
    let key = db.write(ledger::signing_key).await?;
    let ids = fill(&db, options.entries).await?;
    println!("ledger of {} entries on SQLite, load {}", ids.len(), machine::load());
    let sealed = seal(&db, &key, ids.len()).await?;
    let proof_ms = prove(&db, &ids, options.proofs).await?;
    export(&db, &key).await?;
    vault(&db, options.texts).await?;
    println!("  load {}\n", machine::load());
    db.close().await;
    Ok(sealed && proof_ms < PROOF_AIM_MS)
}

async fn fill(db: &Db, entries: usize) -> Result<Vec<EntryId>> {
    let env = Env::new(Arc::new(SystemClock), Arc::new(IdSource::seeded(1)));
    let ctx = Ctx::agent(&env, &client(), &AgentName::known("bench"), "r1");
    let mut ids = Vec::with_capacity(entries);
    for begin in (0..entries).step_by(CHUNK) {
        let (ctx, end) = (ctx.clone(), (begin + CHUNK).min(entries));
        let made = db.write_large(move |tx| {
            let append = |n| {
                let data = json!({"n": n, "policies": ["claims.pay.limit"], "args_digest": "3b2f".repeat(16)});
                ledger::append(tx, &ctx, Event::new(&client(), "action.requested", format!("eff_{n}")).with(data))
            };
            (begin..end).map(append).collect::<baton_base::Result<Vec<_>>>()
        });
        ids.extend(made.await?);
    }
    Ok(ids)
}

async fn seal(db: &Db, key: &SigningKey, entries: usize) -> Result<bool> {
    let begin = Instant::now();
    loop {
        let key = key.clone();
        if db.write(move |tx| ledger::seal(tx, &client(), &key, 1)).await?.is_none() {
            break;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count for the eye")]
    let rate = entries as f64 / begin.elapsed().as_secs_f64();
    let met = rate >= SEALED_AIM;
    println!("  sealed {rate:.0} entries/s; aim {SEALED_AIM:.0}: {}", verdict(met));
    Ok(met)
}

async fn prove(db: &Db, ids: &[EntryId], proofs: usize) -> Result<f64> {
    let wanted: Vec<EntryId> = ids.iter().step_by((ids.len() / proofs.max(1)).max(1)).cloned().collect();
    let took = db.read(move |tx| {
        let mut took = Vec::with_capacity(wanted.len());
        for id in &wanted {
            let begin = Instant::now();
            ledger::prove(tx, &client(), id)?;
            took.push(begin.elapsed().as_secs_f64() * 1_000.0);
        }
        Ok(took)
    });
    let mut took = took.await?;
    took.sort_by(f64::total_cmp);
    let (median, p99) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!("  proof p50 {median:.3} ms, p99 {p99:.3} ms; aim < {PROOF_AIM_MS} ms: {}", verdict(p99 < PROOF_AIM_MS));
    Ok(p99)
}

async fn export(db: &Db, key: &SigningKey) -> Result<()> {
    let begin = Instant::now();
    let exported = db.read(|tx| ledger::export(tx, &client(), 0, ledger::Most::ALL)).await?;
    let wrote_s = begin.elapsed().as_secs_f64();
    let files: Files = exported.files.into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    let bytes: usize = files.values().map(String::len).sum();
    let begin = Instant::now();
    let found = ledger::verify_files(&files, &key.verifying_key(), &[])?;
    found.ok.then_some(()).context("the export is not whole")?;
    println!(
        "  export {wrote_s:.2} s, {} MB; verified offline in {:.2} s",
        bytes / 1_000_000,
        begin.elapsed().as_secs_f64()
    );
    Ok(())
}

/// What encryption costs a text: the key is read from its row for each that is sealed.
async fn vault(db: &Db, texts: usize) -> Result<()> {
    let text = "My parcel has not come, and ".repeat(15);
    let took = db.write_large(move |tx| {
        let place = |row| Place { client: CLIENT.get_or_init(client), class: Class::Message, table: "message", row };
        let rows: Vec<String> = (0..texts).map(|n| format!("case_1/{n}")).collect();
        let begin = Instant::now();
        let sealed = rows.iter().map(|row| tx.seal(&place(row), &text)).collect::<baton_base::Result<Vec<_>>>()?;
        let seal_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        for (row, stored) in rows.iter().zip(&sealed) {
            tx.unseal(&place(row), stored)?;
        }
        Ok((seal_s, begin.elapsed().as_secs_f64(), sealed.first().map_or(0, String::len), text.len()))
    });
    let (seal_s, open_s, stored, clear) = took.await?;
    #[expect(clippy::cast_precision_loss, reason = "a count for the eye")]
    let each = |seconds: f64| seconds * 1_000_000.0 / texts.max(1) as f64;
    println!(
        "  vault: a text of {clear} bytes is sealed in {:.1} us, opened in {:.1} us, stored in {stored} bytes",
        each(seal_s),
        each(open_s)
    );
    Ok(())
}

static CLIENT: std::sync::OnceLock<ClientId> = std::sync::OnceLock::new();
