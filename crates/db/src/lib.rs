//! Room `db`: one SQL text for SQLite and PostgreSQL, transactions, group commit, jobs, migrations.
//!
//! Store functions are plain synchronous functions over `&mut Tx`; [`Db::write`] and [`Db::read`] run them.
//! On SQLite one writer thread commits all that is queued in one transaction, each closure in a savepoint of
//! its own; on PostgreSQL every closure is a transaction on one of a few connections. What a closure
//! [publishes](Tx::publish) is seen by others only after its commit. On PostgreSQL, what runs within a client's [`Wall`] has no
//! rows but that client's and the house's.
//!
//! Not here: queries of any room, and retries of a closure.

mod backup;
mod counters;
mod db;
mod error;
#[cfg(feature = "faults")]
mod fault;
mod follow;
pub mod jobs;
mod live;
pub mod migrate;
mod postgres;
mod row;
mod rows;
pub mod sql;
mod sqlite;
pub mod tls;
mod tx;
mod value;
pub mod vault;
mod wall;
mod work;

pub use backup::restore;
pub use counters::Counters;
pub use db::{Db, Kind};
#[cfg(feature = "faults")]
pub use fault::{Fault, Faults, check_file};
pub use follow::Following;
pub use live::{Live, Ready};
pub use migrate::MigrationStatus;
pub use row::Row;
pub use rows::{Column, Rows};
pub use tx::Tx;
pub use value::{ToValue, Value};
pub use wall::{Standing, Wall};
