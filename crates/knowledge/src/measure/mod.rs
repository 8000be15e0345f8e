//! How good a search is, on questions whose right articles are known.

mod figures;
mod questions;

pub use figures::{Figures, Ranking, figures};
pub use questions::{Labelled, questions};
