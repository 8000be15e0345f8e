//! How well AI and people serve: the catalogue of KPIs, reports by intent, and failed cases in groups.
//!
//! The KPIs are pure functions over what happened in a conversation ([`facts`], [`rules`], [`tally`], [`catalogue`]); the
//! reports read these facts of real cases out of the tables of other rooms, some cases at a time, and count. Nothing here
//! writes.

pub mod alike;
pub mod catalogue;
mod days;
pub mod effort;
pub mod facts;
mod failures;
pub mod mix;
mod report;
pub mod rules;
mod said;
pub mod spend;
mod store;
pub mod tally;

pub use catalogue::{CATALOGUE, Figure, Kpi, Unit};
pub use days::{Day, Hour};
pub use failures::{Example, FailureGroup, FailureKind, Failures, FixOf, failures};
pub use report::{
    Asked, Behind, ByChannel, Counts, Found, KpiFigure, Line, LineKey, Performance, Wanted, cases_behind, performance,
};
pub use said::{SaidAlike, SaidOf};
pub use spend::{MONEY, MoneyFigure, MoneyKpi, Spend, Spending};

/// Limits of this room.
pub mod limits {
    /// Cases of one report, over all clients asked for; the window before has as many again.
    pub const CASES_MAX: i64 = 20_000;
    /// Cases read at once.
    pub const PAGE: usize = 200;
    /// Longest time of one report, milliseconds: 400 days.
    pub const WINDOW_MS_MAX: i64 = 400 * 86_400_000;
    /// Cases listed behind one figure: the newest.
    pub const BEHIND_MAX: usize = 200;
    /// Groups of failed cases listed: the biggest.
    pub const GROUPS_MAX: usize = 100;
    /// Cases listed of one group: the newest.
    pub const EXAMPLES_MAX: usize = 100;
    /// Failed cases whose customers' words are compared in one report, over all needs: those of the needs with the most first.
    pub const TEXTS_MAX: usize = 2_000;
    /// The same of one need: the newest.
    pub const INTENT_TEXTS_MAX: usize = 300;
    /// Characters read of what a customer wrote first.
    pub const TEXT_CHARS_MAX: usize = 600;
    /// Groups that texts of one need begin; with the three above a report compares at most 2,000 × 60 times.
    pub const ALIKE_MAX: usize = 60;
    /// Fixes looked through for those of a group: the ones changed last.
    pub const FIXES_MAX: i64 = 2_000;
    /// Cases of one customer within the time looked at, above which nothing is taken for a repeat: whoever sends so many
    /// sends for others.
    pub const CUSTOMER_CASES_MAX: i64 = 50;
}
