//! Where things are.

use anyhow::{Context, Result};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo clippy -- -D warnings` tells its compiler.
const CLIPPY_ARGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";

/// The folders of this checkout.
#[derive(Clone)]
pub struct Workspace {
    /// The checkout.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// Whether cargo leaves out what only the next build or a debugger would use: most of the disk, and some of the time; and
    /// whether the rooms are compiled by clippy, which finds fault in the same pass that makes their code.
    pub once: bool,
}

impl Workspace {
    /// The checkout that cargo runs in: a shared build folder may hold another checkout's xtask.
    pub fn find() -> Result<Self> {
        let manifest =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().context("xtask stands in no folder")?.to_owned();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target, once: false })
    }

    /// A program that cargo built: `profile_dir` is `debug` for the profile dev.
    pub fn program(&self, profile_dir: &str, name: &str) -> PathBuf {
        self.target.join(profile_dir).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// The cargo that runs us.
    pub fn cargo(&self) -> Command {
        self.with_surroundings(Command::new(cargo()))
    }

    /// The same, which works when nothing else does.
    pub fn idle_cargo(&self) -> Command {
        let mut command = Command::new("nice");
        command.args(["-n", "19"]).arg(cargo());
        self.with_surroundings(command)
    }

    fn with_surroundings(&self, mut command: Command) -> Command {
        command.current_dir(&self.root);
        if self.once {
            let lean = [("CARGO_INCREMENTAL", "0"), ("CARGO_PROFILE_DEV_DEBUG", "false")];
            command.envs(lean.into_iter().filter(|(name, _)| env::var_os(name).is_none()));
            command.env("RUSTC_WORKSPACE_WRAPPER", clippy()).env("CLIPPY_ARGS", CLIPPY_ARGS);
        }
        // Set for us by `cargo run`; they would make the inner cargo rebuild build scripts that read them.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        command
    }
}

fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// The compiler of `cargo clippy`, beside that of the toolchain in use.
fn clippy() -> PathBuf {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).args(["--print", "sysroot"]).output();
    let sysroot = said.ok().and_then(|said| String::from_utf8(said.stdout).ok()).unwrap_or_default();
    let program = Path::new(sysroot.trim()).join("bin").join(format!("clippy-driver{}", env::consts::EXE_SUFFIX));
    if program.is_file() { program } else { "clippy-driver".into() }
}
