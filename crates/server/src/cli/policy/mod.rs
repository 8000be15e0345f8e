//! `baton policy`: check, test, prove, explain and compare what AI, people and processes may do.

mod check;
mod diff;
mod explain;
mod prove;
mod source;
mod test;

pub(super) use check::{exit, tell};
pub(super) use prove::lines as proof_lines;
pub(super) use source::Blueprint;

use super::{Outcome, block_on, set_up_expressions};
use clap::Subcommand;

/// What to do with policies.
#[derive(Subcommand)]
pub enum Command {
    /// Check the policies and decision tables of a blueprint folder: against the schema of its actions, for gaps and
    /// overlaps. Exit code 1 if something is wrong.
    Check(check::Options),
    /// Play the tables of calls (policies/NAME.test.yaml): what should be allowed, approved by a person, refused, and by
    /// which policies and rules. Exit code 1 if one is otherwise.
    Test(test::Options),
    /// Prove that the policies let nothing through that the blueprint's properties (policies/properties/*.yaml) forbid,
    /// whatever the call; a call that is let through is shown. Needs cvc5, the program or its Python bindings. Exit code 1
    /// if one is refuted.
    Prove(prove::Options),
    /// Say why a call was allowed or refused: an effect or a ledger entry by its id, or a call given as JSON.
    Explain(explain::Options),
    /// Say what other rules would have said of the calls that were made: counts and examples.
    Diff(diff::Options),
}

pub fn run(command: Command) -> Outcome {
    set_up_expressions()?;
    match command {
        Command::Check(options) => check::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Prove(options) => block_on(prove::run(options)),
        Command::Explain(options) => block_on(explain::run(options)),
        Command::Diff(options) => block_on(diff::run(options)),
    }
}
