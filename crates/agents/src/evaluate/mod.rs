//! How well a recogniser does on labelled messages: examples are read from files, split, judged and counted.

mod examples;
mod report;
mod split;
mod table;

pub use examples::{Example, read};
pub use report::{Confusion, Judged, Report, judge, report};
pub use split::{few, folds};
