//! The console: installed and built only when its sources have changed.

use crate::workspace::Workspace;
use crate::{run, signals, tools};
use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the last `npm ci` and the last build were made from; in `node_modules`, so that deleting that forgets them.
const INSTALLED_STAMP: &str = ".installed-from";
const BUILT_STAMP: &str = ".built-from";

/// `cargo xtask ui`.
pub fn command(workspace: &Workspace) -> Result<()> {
    signals::watch()?;
    tools::node()?;
    let built = build(workspace)?;
    println!("console: {}", if built { "built, in ui/dist" } else { "up to date, in ui/dist" });
    Ok(())
}

/// Builds the console into `ui/dist`; false when it was up to date.
pub fn build(workspace: &Workspace) -> Result<bool> {
    let ui = workspace.root.join("ui");
    install(&ui)?;
    let stamp = ui.join("node_modules").join(BUILT_STAMP);
    let now = digest(&sources(&ui)?)?;
    if stamped(&stamp, &now) && ui.join("dist/index.html").is_file() {
        return Ok(false);
    }
    run::quiet("building the console", npm(&ui).args(["run", "build"]))?;
    fs::write(&stamp, now)?;
    Ok(true)
}

/// `npm ci` in a folder, unless its lock file is the one installed before.
pub fn install(folder: &Path) -> Result<()> {
    let stamp = folder.join("node_modules").join(INSTALLED_STAMP);
    let now = digest(&[folder.join("package.json"), folder.join("package-lock.json")])?;
    if stamped(&stamp, &now) {
        return Ok(());
    }
    run::quiet("npm ci", npm(folder).arg("ci"))?;
    fs::write(&stamp, now)?;
    Ok(())
}

/// npm in a folder.
pub fn npm(folder: &Path) -> Command {
    let mut npm = Command::new("npm");
    npm.current_dir(folder).env("NO_UPDATE_NOTIFIER", "1");
    npm
}

fn stamped(stamp: &Path, digest: &str) -> bool {
    fs::read_to_string(stamp).is_ok_and(|text| text == digest)
}

/// Every file of the console but what npm and the build made.
fn sources(ui: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![ui.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            let made = path == ui.join("node_modules") || path == ui.join("dist");
            match path.is_dir() {
                true if !made => folders.push(path),
                true => {}
                false => found.push(path),
            }
        }
    }
    found.sort();
    Ok(found)
}

fn digest(files: &[PathBuf]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
