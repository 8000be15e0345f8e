//! Compiled parts of releases in memory: what is live now, and what older runs are still pinned to.

use crate::{ClientId, Error, ReleaseId, Result};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

/// Per client: every loaded release's compiled part `T`, and which one is live.
pub struct Versions<T> {
    inner: RwLock<HashMap<ClientId, Loaded<T>>>,
}

struct Loaded<T> {
    live: ReleaseId,
    all: HashMap<ReleaseId, Arc<T>>,
}

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self { inner: RwLock::new(HashMap::new()) }
    }
}

impl<T> Versions<T> {
    /// Adds a release's part and makes it the live one.
    pub fn put_live(&self, client: &ClientId, release: &ReleaseId, part: Arc<T>) {
        let mut inner = self.inner.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let loaded =
            inner.entry(client.clone()).or_insert_with(|| Loaded { live: release.clone(), all: HashMap::new() });
        loaded.live = release.clone();
        loaded.all.insert(release.clone(), part);
    }

    /// Adds a release's part that runs are pinned to, without making it live.
    pub fn put_pinned(&self, client: &ClientId, release: &ReleaseId, part: Arc<T>) {
        let mut inner = self.inner.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let loaded =
            inner.entry(client.clone()).or_insert_with(|| Loaded { live: release.clone(), all: HashMap::new() });
        loaded.all.insert(release.clone(), part);
    }

    /// The live release's id and part.
    pub fn live(&self, client: &ClientId) -> Result<(ReleaseId, Arc<T>)> {
        let inner = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let loaded = inner.get(client).ok_or_else(|| Error::not_found(format!("client {client}")))?;
        let part = loaded.all.get(&loaded.live).ok_or_else(|| Error::not_found(format!("release {}", loaded.live)))?;
        Ok((loaded.live.clone(), Arc::clone(part)))
    }

    /// The part of one release.
    pub fn at(&self, client: &ClientId, release: &ReleaseId) -> Result<Arc<T>> {
        let inner = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let found = inner.get(client).and_then(|loaded| loaded.all.get(release));
        found.cloned().ok_or_else(|| Error::not_found(format!("release {release} of {client}")))
    }

    /// Every loaded release of a client with its part, in no order.
    pub fn loaded(&self, client: &ClientId) -> Vec<(ReleaseId, Arc<T>)> {
        let inner = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let all = inner.get(client).map(|loaded| loaded.all.iter());
        all.into_iter().flatten().map(|(release, part)| (release.clone(), Arc::clone(part))).collect()
    }

    /// Clients that have a live release, in id order.
    pub fn clients(&self) -> Vec<ClientId> {
        let inner = self.inner.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut clients: Vec<_> = inner.keys().cloned().collect();
        clients.sort();
        clients
    }
}
