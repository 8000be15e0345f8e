//! Files that customers and colleagues send along, where no mail brings them: what they are is read from their bytes, they wait
//! unsent for the message that takes them, and then lie where the files of mails do.

mod rules;
mod store;

pub use rules::{Refusal, parenthesised};
pub use store::{Checked, Owner, Unsent, check, content_of, drop_unsent, keep, send, wanted};

/// Largest file, bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most files of one message, count.
pub const MESSAGE_FILES_MAX: usize = 5;
/// Most bytes of all files of one message: mail servers take no more in one mail.
pub const MESSAGE_BYTES_MAX: i64 = 15 * 1024 * 1024;
/// Most files that one conversation, or one person in one case, sends in an hour, count.
pub const HOUR_FILES_MAX: i64 = 30;
/// Most bytes that lie unsent at one client.
pub const UNSENT_BYTES_MAX: i64 = 512 * 1024 * 1024;
/// For how long a file waits for its message, milliseconds.
pub const UNSENT_MS_MAX: i64 = 60 * 60 * 1000;
/// Longest name kept, characters.
pub const NAME_CHARS_MAX: usize = 120;
