//! The files that a program reaches, by Landlock; it holds for root too.
//!
//! Landlock guards what stands in files and folders: that a file is there, its size, its owner and where a link leads can still be
//! asked.

use super::{Sandbox, calls};
use landlock::{
    ABI, Access as _, AccessFs, CompatLevel, Compatible as _, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use seccompiler::TargetArch;
use std::env::consts::ARCH;

/// The newest rights over files that are asked for; an older kernel holds those that it knows.
const FILES: ABI = ABI::V5;
/// The kernel from which a program neither signals others nor speaks with them by abstract sockets.
const SCOPES: ABI = ABI::V6;

/// What programs read and start: the system's own, without what holds keys, and of /proc what is their own or about the machine.
const SYSTEM: &[&str] = &[
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/crypto-policies",
    "/etc/fonts",
    "/etc/gai.conf",
    "/etc/group",
    "/etc/host.conf",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/locale.alias",
    "/etc/locale.conf",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs",
    "/etc/pki/tls/openssl.cnf",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/ssl/certs",
    "/etc/ssl/cert.pem",
    "/etc/ssl/openssl.cnf",
    "/etc/timezone",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/self",
    "/proc/stat",
    "/proc/sys/kernel",
    "/proc/sys/vm",
    "/proc/uptime",
    "/proc/version",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
];
/// What they write to as well.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

const NO_LANDLOCK: &str = "a program of a connector is started in a sandbox, and this machine's kernel has no Landlock \
    (Linux 5.13 or newer, with landlock among its security modules): start Baton on one that has, or write \
    sandbox: { unconfined: true } into the connector's file if the program may read and change all that Baton may";
const NO_FILTER: &str = "a program of a connector is started in a sandbox, whose filter of system calls there is for x86_64, \
    aarch64 and riscv64 alone: start Baton on one of these, or write sandbox: { unconfined: true } into the connector's file if \
    the program may read and change all that Baton may";

pub(super) fn supported() -> Result<(), &'static str> {
    TargetArch::try_from(ARCH).map_err(|_| NO_FILTER)?;
    if knows(ABI::V1) { Ok(()) } else { Err(NO_LANDLOCK) }
}

/// Whether the kernel holds all rights over files of this version.
fn knows(version: ABI) -> bool {
    let asked = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let asked = asked.handle_access(AccessFs::from_all(version));
    asked.and_then(Ruleset::create).is_ok()
}

/// Shuts this thread in, and what it becomes.
pub(super) fn confine(sandbox: &Sandbox) -> Result<(), String> {
    let held = files(sandbox).map_err(|e| format!("files cannot be shut off: {e}"))?;
    if held == RulesetStatus::NotEnforced {
        return Err(NO_LANDLOCK.to_owned());
    }
    // Before Linux 6.2 a file could be emptied by its name, or as it was opened, whatever rights there were.
    let empties = !knows(ABI::V3);
    calls::refuse(sandbox.network, empties).map_err(|e| format!("system calls cannot be shut off: {e}"))
}

fn files(sandbox: &Sandbox) -> Result<RulesetStatus, RulesetError> {
    let reads = AccessFs::from_read(FILES);
    let mut own = AccessFs::from_all(FILES);
    // Whoever is root could make a disk of the machine anew there, and read it.
    own.remove(AccessFs::MakeChar | AccessFs::MakeBlock);
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate;
    let held = Ruleset::default()
        .handle_access(AccessFs::from_all(FILES))?
        .scope(Scope::from_all(SCOPES))?
        .create()?
        .add_rules(path_beneath_rules(SYSTEM, reads))?
        .add_rules(path_beneath_rules(DEVICES, device))?
        .add_rules(path_beneath_rules(&sandbox.reads, reads))?
        .add_rules(path_beneath_rules(&sandbox.writes, own))?
        .restrict_self()?;
    Ok(held.ruleset)
}
