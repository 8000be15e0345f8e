//! Versions of processes that were ever released to a client: runs that ended long ago are of releases that are loaded no more.

use crate::House;
use crate::functions::KNOWN;
use baton_base::{ClientId, Error, ReleaseId, Result};
use baton_runs::Processes;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Releases of a client that are looked through, the newest first.
const RELEASES_MAX: u32 = 200;

/// One process as a release has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Name of the process.
    pub process: String,
    /// As written in its definition.
    pub version: String,
    /// Digest of its definition.
    pub digest: String,
}

/// What was read of releases that are not loaded: once each, since a release never changes.
#[derive(Default)]
pub struct Read(Mutex<ByRelease>);

type ByRelease = HashMap<(ClientId, ReleaseId), Arc<Vec<Version>>>;

impl Read {
    fn get(&self, client: &ClientId, release: &ReleaseId) -> Option<Arc<Vec<Version>>> {
        let read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.get(&(client.clone(), release.clone())).cloned()
    }

    fn put(&self, client: &ClientId, release: &ReleaseId, found: Vec<Version>) -> Arc<Vec<Version>> {
        let found = Arc::new(found);
        let mut read = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read.insert((client.clone(), release.clone()), Arc::clone(&found));
        found
    }
}

/// Every version of the client's processes, of at most 200 releases besides those that are loaded; each once, in order.
///
/// # Errors
/// Those of the database.
pub async fn of_client(house: &House, client: &ClientId) -> Result<Vec<Version>> {
    let loaded = house.parts.processes.loaded(client);
    let mut all: Vec<Version> = loaded.iter().flat_map(|(_, processes)| of(processes)).collect();
    let asked = client.clone();
    let stored = house.db.read(move |tx| baton_clients::newest_releases(tx, &asked, RELEASES_MAX)).await?;
    for release in stored.iter().filter(|stored| !loaded.iter().any(|(release, _)| release == *stored)) {
        let known = match house.versions.get(client, release) {
            Some(known) => known,
            None => house.versions.put(client, release, read(house, client, release).await?),
        };
        all.extend(known.iter().cloned());
    }
    all.sort();
    all.dedup();
    Ok(all)
}

/// What a run's definition is called, if that was read before.
pub fn known(house: &House, (client, release): (&ClientId, &ReleaseId), process: &str, digest: &str) -> Option<String> {
    let read = house.versions.get(client, release)?;
    let found = read.iter().find(|version| version.process == process && version.digest == digest)?;
    Some(found.version.clone())
}

/// Reads a release that is not loaded; nothing of one that this program cannot read.
async fn read(house: &House, client: &ClientId, release: &ReleaseId) -> Result<Vec<Version>> {
    let (asked, wanted) = (client.clone(), release.clone());
    let stored = house.db.read(move |tx| baton_clients::release(tx, &asked, &wanted)).await?;
    let reading = tokio::task::spawn_blocking(move || Processes::load(&stored.bundle, KNOWN));
    Ok(reading.await.map_err(Error::broken)?.map_or_else(|_| Vec::new(), |processes| of(&processes)))
}

fn of(processes: &Processes) -> Vec<Version> {
    let each = processes.all().map(|(process, definition)| Version {
        process: process.to_owned(),
        version: definition.version().to_owned(),
        digest: definition.digest().to_owned(),
    });
    each.collect()
}
