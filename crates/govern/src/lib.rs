//! Room `govern`: who acts ([`Ctx`]), what they may do ([`Right`], [`Rulebook`], [`judge`]), the one thing that lets a
//! call through ([`Permit`]), and the record of all that happened ([`ledger`]).
//!
//! Policies say *may*, decision tables say *which way*; whatever is unknown, missing or in error means no.
//! Not here: making calls, asking people (desk), and HTTP.

pub mod autonomy;
pub mod consent;
mod ctx;
mod egress;
mod evidence;
pub mod factor;
pub mod groups;
mod judge;
pub mod ledger;
pub mod members;
pub mod names;
pub mod passkey;
mod password;
mod permit;
pub mod proofs;
pub mod redact;
mod rights;
mod rulebook;
pub mod scim;
mod second;
mod secret;
pub mod sessions;
pub mod settings;
pub mod signin;
pub mod sso;
pub mod stop;
pub mod tokens;
pub mod vault;
pub mod views;

pub use autonomy::Level;
pub use ctx::{Ctx, Env, Grant};
pub use egress::{Egress, Outgoing, Terms};
pub use evidence::{APPROVED_MIN, Evidence, REVIEWED_MIN, wilson};
pub use judge::{Approved, DOOR, Judgement, Question, judge};
pub use permit::{PERMIT_MS_MAX, Permit, RulesUsed, permit};
pub use rights::{Right, Role};
pub use rulebook::{
    ActionInfo, Decided, Gap, GapKind, Grid, GridRule, Hit, PROPERTIES_MAX, PolicyFact, PolicyFacts, Property, Risk,
    Rulebook, SLICE_POLICIES_MAX, Table, Undecided, Written, day_end_ms, day_start_ms, dmn,
};
pub use second::Second;
pub use signin::{SessionToken, Signed};
pub use stop::Stop;
