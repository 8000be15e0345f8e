//! `cargo xtask dist`: the program to ship.

use crate::workspace::Workspace;
use crate::{run, signals, tools, ui};
use anyhow::Result;

const MIB: f64 = 1024.0 * 1024.0;

/// Builds the console, then `baton` with full optimisation and the console inside.
pub fn run(workspace: &Workspace) -> Result<()> {
    signals::watch()?;
    tools::node()?;
    ui::build(workspace)?;
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--locked", "--profile", "dist", "-p", "baton-server"]);
    run::show("building", &mut cargo)?;
    let program = workspace.program("dist", "baton");
    let size = std::fs::metadata(&program)?.len();
    #[expect(clippy::cast_precision_loss, reason = "a size for the eye")]
    let mib = size as f64 / MIB;
    println!("\n{} ({mib:.1} MiB)", program.display());
    Ok(())
}
