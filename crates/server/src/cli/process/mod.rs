//! `baton process`: what the author of a process needs, without a server.

mod lint;

use super::Outcome;
pub use lint::Command;

pub fn run(command: Command) -> Outcome {
    lint::run(&command)
}
