//! The second wall between clients: while a request of one client is served, PostgreSQL itself shows and takes that
//! client's rows and the house's, whatever the SQL text says.
//!
//! A [`Wall`] stands around a future; every closure that is given to [`crate::Db`] inside runs within it. A task that is
//! spawned there begins without: whoever spawns takes [`Wall::here`] along. On SQLite nothing stands, and isolation is every
//! query's filter.

use baton_base::ClientId;
use serde::Serialize;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

tokio::task_local! {
    static HERE: Wall;
}

/// What stands around a piece of work: the wall of one client, or none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wall(Option<ClientId>);

impl Wall {
    /// Within it there are the client's rows and the house's.
    pub fn of(client: ClientId) -> Self {
        Self(Some(client))
    }

    /// No wall: the rows of every client.
    pub fn none() -> Self {
        Self(None)
    }

    /// What stands around the caller; to be taken along into a task that is spawned.
    pub fn here() -> Self {
        HERE.try_with(Self::clone).unwrap_or_default()
    }

    /// Whose wall it is.
    pub fn client(&self) -> Option<&ClientId> {
        self.0.as_ref()
    }

    /// Does a piece of work within it.
    pub async fn around<F: Future>(self, work: F) -> F::Output {
        HERE.scope(self, work).await
    }

    /// The same for what is polled by hand, such as a stream: for one poll.
    pub fn for_one_poll<T>(&self, poll: impl FnOnce() -> T) -> T {
        HERE.sync_scope(self.clone(), poll)
    }
}

/// How the wall stands in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Work within a wall runs under the role `baton_client`, to which the tables' policies apply.
    Role,
    /// The policies apply to the role that this program connects as.
    Policies,
    /// It does not: this role is above policies, and may not become another.
    Missing,
    /// An embedded database, which has no policies.
    Embedded,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Role => "the wall between clients stands: requests of a client run under the role baton_client",
            Self::Policies => "the wall between clients stands: the tables' policies apply to this role",
            Self::Missing => {
                "THERE IS NO WALL between clients in the database, only the filters of queries: this role is above \
                 row-level security and may not become baton_client. Let somebody who may run: CREATE ROLE baton_client \
                 NOLOGIN; GRANT baton_client TO this role; then start Baton again"
            }
            Self::Embedded => {
                "no wall between clients in an embedded database: isolation by client is the filter of every query"
            }
        })
    }
}

/// How it stands, as found after the migrations; nothing is known before. Shared by the threads of a database.
#[derive(Clone, Default)]
pub(crate) struct Found(Arc<RwLock<Option<Standing>>>);

impl Found {
    pub(crate) fn set(&self, standing: Standing) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(standing);
    }

    pub(crate) fn get(&self) -> Option<Standing> {
        *self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_stands_around_a_future_and_is_taken_along_by_hand_alone() {
        let acme = Wall::of(ClientId::known("acme"));
        assert_eq!(Wall::here(), Wall::none());
        let (inside, spawned, carried, lifted) = acme
            .clone()
            .around(async {
                let carried = tokio::spawn(Wall::here().around(async { Wall::here() }));
                let spawned = tokio::spawn(async { Wall::here() });
                let lifted = Wall::none().around(async { Wall::here() }).await;
                (Wall::here(), spawned.await.unwrap(), carried.await.unwrap(), lifted)
            })
            .await;
        assert_eq!((inside, carried), (acme.clone(), acme.clone()));
        assert_eq!((spawned, lifted), (Wall::none(), Wall::none()));
        assert_eq!(acme.for_one_poll(Wall::here), acme);
        assert_eq!(Wall::here(), Wall::none());
    }
}
