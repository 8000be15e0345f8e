//! What a message names: order and policy numbers, accounts, telephones, people, places, money, dates, choices, and signals.
//!
//! Everything here is a pure function of text. A value is found or it is not: nothing is guessed, and what is
//! impossible (31 February, a negative loss) is reported as a problem instead of being mended.

mod address;
mod checked;
mod choice;
mod dates;
mod forms;
mod money;
mod names;
mod number;
mod phone;
mod signals;
mod yes_no;

pub use address::{Address, address};
pub use checked::{Check, Iban, iban};
pub use choice::{CHOICES_MAX, Choice, Pick, choose_many, choose_one, named_outright};
pub use dates::{Day, FoundDate, Side, dates};
pub use money::{FoundMoney, amounts};
pub use names::{bare_name, full_name};
pub use number::{check_pattern, email, emails, numbered, zip};
pub use phone::phones;
pub use signals::{Signals, is_angry, signals};
pub use yes_no::yes_no;
