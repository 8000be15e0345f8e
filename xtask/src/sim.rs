//! `cargo xtask sim`: builds the simulation and plays it.

use crate::workspace::Workspace;
use crate::{run, signals};
use anyhow::Result;
use std::process::Command;

/// Builds with the features of the whole workspace, so that nothing is compiled twice, and passes the words on.
pub fn run(workspace: &Workspace, words: impl Iterator<Item = String>) -> Result<()> {
    signals::watch()?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--locked", "--workspace", "--bin", "baton-sim"]);
    run::show("building the simulation", &mut cargo)?;
    let mut sim = Command::new(workspace.program("debug", "baton-sim"));
    run::show("the simulation", sim.current_dir(&workspace.root).args(words))
}
