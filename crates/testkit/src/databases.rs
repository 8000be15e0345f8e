//! Fresh, migrated databases of both kinds.

use crate::PgServer;
use baton_db::Db;
use baton_db::vault::Master;

/// A fresh, migrated SQLite database in a temporary file.
///
/// # Panics
/// When it cannot be made.
pub async fn sqlite() -> Db {
    migrated("sqlite::memory:").await
}

/// A fresh, migrated PostgreSQL database; `None` when `BATON_SKIP_POSTGRES=1`.
///
/// # Panics
/// When PostgreSQL is not found or does not start.
pub async fn postgres() -> Option<Db> {
    let url = tokio::task::spawn_blocking(|| PgServer::shared().map(PgServer::fresh_database)).await;
    match url.expect("PostgreSQL for tests") {
        Some(url) => Some(migrated(&url).await),
        None => None,
    }
}

/// Both, each with its name, for a test that runs on one after the other.
///
/// # Panics
/// As [`postgres()`].
pub async fn databases() -> Vec<(&'static str, Db)> {
    let mut all = vec![("sqlite", sqlite().await)];
    all.extend(postgres().await.map(|db| ("postgres", db)));
    all
}

async fn migrated(url: &str) -> Db {
    let db = Db::open(url).await.expect("a fresh database opens");
    db.migrate().await.expect("a fresh database migrates");
    if !db.is_unlocked() {
        db.unlock(vec![Master::fresh().expect("a master key")], None).await.expect("a fresh vault opens");
    }
    db
}
