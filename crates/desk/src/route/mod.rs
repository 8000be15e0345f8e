//! Routing: who works on what next. Pure: values in, a plan out; no clock, no database.
//!
//! What is waiting is ordered by [`Policy::rank`], who may have it is a matter of [`Need::met_by`], and a [`Board`] brings
//! both together: what one person takes next, who gets one item, or everything at once. [`queueing`] says how long people
//! wait, [`fairness`] how evenly work lies, and [`replay()`] plays a day again under another policy or staffing.

mod board;
mod draw;
pub mod fairness;
mod fit;
mod order;
pub mod queueing;
mod replay;

pub use board::{Assignment, Board, Item, ItemAt, Person, PersonAt};
pub use draw::draw;
pub use fit::{Bits, LEVEL_MAX, Need, Vocabulary, skill_of};
pub use order::{Discipline, Policy, Pressure, Rank, Urgency, sticky_until_ms};
pub use replay::{Arrival, Day, Line, LineReport, Report, Worker, replay};
