//! Room `testkit` (dev only): real databases for tests.
//!
//! A test that takes [`databases`] runs on SQLite and on a real PostgreSQL, which this crate starts by itself
//! or takes from `BATON_TEST_POSTGRES`.

mod databases;
mod pg;

pub use databases::{databases, postgres, sqlite};
pub use pg::PgServer;
