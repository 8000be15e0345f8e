//! One use case per file, each in one transaction.

pub(crate) mod claim;
pub(crate) mod complete;
pub(crate) mod fault;
pub(crate) mod give;
pub(crate) mod handoff;
pub(crate) mod hands;
pub(crate) mod late;
pub(crate) mod merge;
pub(crate) mod open;
pub(crate) mod pass;
pub(crate) mod retried;
pub(crate) mod take;
pub(crate) mod transfer;
pub(crate) mod undelivered;
pub(crate) mod withdraw;
