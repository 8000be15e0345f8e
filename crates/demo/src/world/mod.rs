//! Worlds with known right answers: needs of the shop's customers and claims of the insurers' policy holders.
//!
//! An answer is never written down by hand: it is what the systems' own rules make of the wish, so that a world
//! and its systems, made of one seed, can only agree.

mod claim_words;
mod claims;
mod dates;
mod needs;
mod retail;
mod retail_words;
mod stories;
mod tasks;
mod violations;
mod wording;

pub use claim_words::Facts;
pub use claims::{
    AUTO_LIMIT_EUR_MINOR, AUTO_LIMIT_USD_MINOR, Answer, CLAIM_COUNT, ClaimCase, ClaimKind, Decision, claims,
};
pub use dates::Day;
pub use needs::{Expected, IdentifyBy, Need, NeedKind, Right, Step, Temper, Wish};
pub use retail::{NEED_COUNT, RetailWorld, retail};
pub use retail_words::{opening, request};
pub use tasks::{Script, ScriptRound, Scripted, TaskRound, from_tasks, scripts};
pub use violations::{Violation, violations};
