//! E-mail: mailboxes are read over IMAP, answers are carried over SMTP.

mod check;
mod compose;
mod files;
mod privacy;
mod read;
mod retention;
mod rules;
mod send;
mod store;
mod supervise;
mod take;
mod wire;

pub use check::{Checked, check};
pub use files::{File, file, of_case, of_family};
pub use privacy::{Beside, beside_cases, erase_case, erase_message, erase_sender};
pub use retention::{empty_files, empty_mails};
pub use store::{Kept, MailRow, MailboxState, Received, mails, mails_of_case, mails_of_family, states};
pub(crate) use store::{name_row, place};
pub use supervise::work;
