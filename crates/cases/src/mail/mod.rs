//! E-mail as it comes in, read without I/O: who wrote what, in which thread, what of it is new, and whether a person wrote it
//! at all. The transport, IMAP and SMTP, is not here.

mod auto;
mod bounce;
mod read;
mod strip;

pub use bounce::{Bounce, Undelivered};
pub use read::{Address, Attachment, MAIL_BYTES_MAX, Mail, Written, read};
pub use strip::{Split, split};

use baton_base::CaseId;

/// The case that a mail belongs to: that of the nearest mail before it which is known. Message ids are looked up without
/// their angle brackets; the nearest come first: what it answers, then its references from the last to the first
/// (RFC 5322, section 3.6.4).
pub fn case_of(mail: &Mail, known: impl Fn(&str) -> Option<CaseId>) -> Option<CaseId> {
    let nearest = mail.in_reply_to.iter().chain(mail.references.iter().rev());
    // A bounce answers nothing: it carries the id of the mail that did not arrive.
    let bounced = match &mail.written {
        Written::Bounce(bounce) => bounce.original.as_ref(),
        Written::Person | Written::Auto(_) => None,
    };
    nearest.chain(bounced).find_map(|id| known(id))
}
