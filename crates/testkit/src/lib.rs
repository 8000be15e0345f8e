//! Room `testkit` (dev only): real databases, mail servers and a small language model for tests, and a device that holds passkeys.
//!
//! A test that takes [`databases`] runs on SQLite and on a real PostgreSQL, which this crate starts by itself
//! or takes from `BATON_TEST_POSTGRES`. [`MailServer`] is a real mail server of a test's own, [`MysqlServer`] a real MariaDB,
//! [`SmallModel`] a real language model.
//! [`Device`] makes passkeys and signs with them as a browser with a security key does.

mod databases;
mod mail;
mod mysql;
mod passkey;
mod pg;
mod process;
mod small_model;

pub use databases::{databases, postgres, sqlite};
pub use mail::MailServer;
pub use mysql::MysqlServer;
pub use passkey::{Device, KeyKind, Said, base64url};
pub use pg::PgServer;
pub use process::certificate;
pub use small_model::SmallModel;
