//! One use case per file, each in one transaction.

pub(crate) mod assign;
pub(crate) mod override_outcome;
pub(crate) mod receive;
pub(crate) mod record;
pub(crate) mod say;
