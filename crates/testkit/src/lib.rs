//! Room `testkit` (dev only): real databases and mail servers for tests, and a device that holds passkeys.
//!
//! A test that takes [`databases`] runs on SQLite and on a real PostgreSQL, which this crate starts by itself
//! or takes from `BATON_TEST_POSTGRES`. [`MailServer`] is a real mail server of a test's own, [`MysqlServer`] a real MariaDB.
//! [`Device`] makes passkeys and signs with them as a browser with a security key does.

mod databases;
mod mail;
mod mysql;
mod passkey;
mod pg;
mod process;

pub use databases::{databases, postgres, sqlite};
pub use mail::MailServer;
pub use mysql::MysqlServer;
pub use passkey::{Device, KeyKind, Said, base64url};
pub use pg::PgServer;
