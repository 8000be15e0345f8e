//! What a message names: order and policy numbers, people, places, money, dates, choices, and signals.
//!
//! Everything here is a pure function of text. A value is found or it is not: nothing is guessed, and what is
//! impossible (31 February, a negative loss) is reported as a problem instead of being mended.

mod address;
mod choice;
mod dates;
mod money;
mod names;
mod number;
mod signals;
mod yes_no;

pub use address::{Address, address};
pub use choice::{CHOICES_MAX, Choice, Pick, choose_many, choose_one, named_outright};
pub use dates::{Day, FoundDate, dates};
pub use money::{FoundMoney, amounts};
pub use names::{bare_name, full_name};
pub use number::{check_pattern, email, emails, numbered, zip};
pub use signals::{Signals, is_angry, signals};
pub use yes_no::yes_no;
