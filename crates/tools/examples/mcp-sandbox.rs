//! Becomes a program in a sandbox: what the hidden subcommand `sandbox` of `baton` does, for tests that have no `baton`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let reaches = words.next().unwrap_or_default();
    let command: Vec<String> = words.collect();
    // It is back where that failed; whoever started it sees that nothing answers.
    let _ = baton_tools::mcp::sandbox::enter(&reaches, &command);
    ExitCode::FAILURE
}
