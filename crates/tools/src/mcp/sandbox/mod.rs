//! What a program that is an MCP server may reach: the system's own programs and libraries, its own folder, and what its connector's
//! file names; nothing else of this machine, and no network.
//!
//! Baton's own program is started in its place, shuts itself in (`confine`, `calls`) and becomes the program: what is shut off
//! stays so for it and for whatever it starts. Where the kernel cannot do that, no program is started, unless its file says that
//! it may run `unconfined`.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod confine;

use super::stdio::PATH;
use serde::{Deserialize, Serialize};
use std::os::unix::process::CommandExt as _;
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Paths that a connector's file may name, count.
const PATHS_MAX: usize = 20;

/// Variables of the environment by which the shell, or the loader of programs, does something else before a program is shut in; those
/// of the loader begin with `LD_`.
const BEFORE: [&str; 11] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "IFS",
    "ENV",
    "BASH_ENV",
    "SHELLOPTS",
    "BASHOPTS",
    "GLIBC_TUNABLES",
    "GCONV_PATH",
    "LOCPATH",
];

static LAUNCHER: OnceLock<Vec<String>> = OnceLock::new();

/// What a program may reach besides what every program needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// Sockets of IPv4 and IPv6.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub network: bool,
    /// Files, and folders with all that is in them, that it reads and starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Those that it changes too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
    /// No sandbox at all: it reads, changes and reaches what Baton may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfined: bool,
}

/// How Baton's own program is started so that it calls [`enter`] with what comes behind these words. Said once, before any program
/// of a connector is started; without it none is.
pub fn launch_by(launcher: Vec<String>) {
    // Whoever says it again says the same.
    let _ = LAUNCHER.set(launcher);
}

/// Whether a variable of the environment can tell a program something, and nobody who starts it.
pub(crate) fn is_for_programs(variable: &str) -> bool {
    // Others can be functions of a shell.
    let plain = variable.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    let is_before = variable.starts_with("LD_") || BEFORE.contains(&variable);
    plain && !is_before
}

/// Whether this machine can shut programs in; otherwise why not, and what to do.
///
/// # Errors
/// In words, for people.
pub fn supported() -> Result<(), &'static str> {
    static SUPPORTED: OnceLock<Result<(), &'static str>> = OnceLock::new();
    *SUPPORTED.get_or_init(look)
}

#[cfg(target_os = "linux")]
fn look() -> Result<(), &'static str> {
    confine::supported()
}

#[cfg(not(target_os = "linux"))]
fn look() -> Result<(), &'static str> {
    Err("a program of a connector is started in a sandbox, which Linux alone has: run Baton there, or write \
         sandbox: { unconfined: true } into the connector's file if the program may read all that Baton may")
}

/// Shuts this process in and becomes the program: returns only where that fails, with why. For a process that does nothing else and
/// has one thread.
pub fn enter(sandbox: &str, command: &[String]) -> String {
    let Ok(sandbox) = serde_json::from_str::<Sandbox>(sandbox) else {
        return "it is not said what the program may reach".to_owned();
    };
    let Some((program, args)) = command.split_first() else {
        return "no program is named".to_owned();
    };
    if let Err(why) = shut_in(&sandbox) {
        return why;
    }
    let failed = Command::new(program).args(args).exec();
    format!("{program}: {failed}")
}

#[cfg(target_os = "linux")]
fn shut_in(sandbox: &Sandbox) -> Result<(), String> {
    confine::confine(sandbox)
}

#[cfg(not(target_os = "linux"))]
fn shut_in(_: &Sandbox) -> Result<(), String> {
    look().map_err(str::to_owned)
}

impl Sandbox {
    /// Whether it says something that can be held.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn check(&self) -> Result<(), String> {
        let paths: Vec<&String> = self.reads.iter().chain(&self.writes).collect();
        if self.unconfined && (self.network || !paths.is_empty()) {
            return Err("a program that is unconfined reaches everything: nothing else stands beside it".to_owned());
        }
        if paths.len() > PATHS_MAX {
            return Err(format!("it names {} paths, and may name {PATHS_MAX}", paths.len()));
        }
        let named = |path: &&&String| {
            let mut parts = Path::new(path.as_str()).components();
            let plain = parts.next() == Some(Component::RootDir);
            let rest: Vec<_> = parts.collect();
            plain && !rest.is_empty() && rest.iter().all(|part| matches!(part, Component::Normal(_)))
        };
        match paths.iter().find(|path| !named(path)) {
            Some(path) => Err(format!("'{path}' is no path from the root to a file or folder, without ..")),
            None => Ok(()),
        }
    }

    /// Names nothing inside a folder that the program changes, where it is reached anyway: a link that the program left there would
    /// be followed to whatever it wants to reach next time.
    fn leave_links(&mut self) {
        let folders = self.writes.clone();
        self.reads.retain(|path| !is_inside(path, &folders));
        self.writes.retain(|path| !is_inside(path, &folders));
    }

    /// What is started so that the command runs in it, with this folder as its own.
    pub(super) fn launch(&self, command: &[String], folder: &Path) -> Result<Vec<String>, String> {
        let program = found(command)?;
        if self.unconfined {
            return Ok(command.to_vec());
        }
        supported()?;
        let launcher = LAUNCHER.get().ok_or("nothing here starts programs in a sandbox")?;
        let mut named = self.reads.iter().chain(&self.writes);
        if let Some(path) = named.find(|path| !Path::new(path.as_str()).exists()) {
            return Err(format!("{path}, which its file names, is not there"));
        }
        let mut sandbox = self.clone();
        // What stands in the command is named too: the program, wherever a link leads to it, a script, or a file of settings.
        sandbox.reads.push(program);
        sandbox.reads.extend(command.iter().skip(1).filter(|word| is_file(word)).cloned());
        sandbox.leave_links();
        sandbox.writes.push(folder.to_string_lossy().into_owned());
        let said = [serde_json::to_string(&sandbox).map_err(|e| e.to_string())?];
        Ok([launcher.as_slice(), said.as_slice(), command].concat())
    }
}

/// Whether a path goes through one of these folders, by whatever name.
fn is_inside(path: &str, folders: &[String]) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    let above: Vec<PathBuf> = Path::new(path).ancestors().skip(1).filter_map(real).collect();
    let mut others =
        folders.iter().filter(|folder| folder.as_str() != path).filter_map(|folder| real(Path::new(folder)));
    others.any(|folder| above.iter().any(|above| above.starts_with(&folder)))
}

/// The program's own file.
fn found(command: &[String]) -> Result<String, String> {
    let name = command.first().ok_or("it names no program")?;
    let file = match name.contains('/') {
        true => Some(name.clone()),
        false => PATH.split(':').map(|folder| format!("{folder}/{name}")).find(|file| is_file(file)),
    };
    file.filter(|file| is_file(file))
        .ok_or_else(|| format!("there is no program {name} here, in {PATH} or by its whole path"))
}

fn is_file(word: &str) -> bool {
    let path = Path::new(word);
    path.is_absolute() && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(reads: &[&str]) -> Sandbox {
        Sandbox { reads: reads.iter().map(|path| (*path).to_owned()).collect(), ..Sandbox::default() }
    }

    #[test]
    fn a_file_names_paths_from_the_root_and_not_the_root() {
        for good in ["/srv/notes", "/opt/a b/c.json", "/srv/notes/"] {
            assert_eq!(of(&[good]).check(), Ok(()), "{good}");
        }
        for bad in ["", "/", "//", "srv", "./srv", "/srv/../etc", "~/notes"] {
            assert!(of(&[bad]).check().is_err(), "{bad}");
        }
        assert!(of(&["/srv"; PATHS_MAX + 1]).check().is_err());
        let all = Sandbox { unconfined: true, ..Sandbox::default() };
        assert_eq!(all.check(), Ok(()));
        assert!(Sandbox { network: true, ..all.clone() }.check().is_err());
        assert!(Sandbox { unconfined: true, ..of(&["/srv"]) }.check().is_err());
    }

    #[test]
    fn a_link_that_a_program_left_in_its_folder_leads_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir(at("own")).unwrap();
        std::fs::create_dir(at("other")).unwrap();
        std::os::unix::fs::symlink("/etc", at("own/settings")).unwrap();
        std::os::unix::fs::symlink(at("own"), at("alias")).unwrap();
        let mut sandbox = Sandbox {
            reads: vec![at("other"), at("own/settings"), at("own/settings/passwd"), at("alias/settings")],
            writes: vec![at("own"), at("own/settings")],
            ..Sandbox::default()
        };
        sandbox.leave_links();
        assert_eq!((sandbox.reads, sandbox.writes), (vec![at("other")], vec![at("own")]));
    }

    #[test]
    fn a_program_is_looked_for_where_it_is_started_from() {
        let found = |name: &str| found(&[name.to_owned(), "-x".to_owned()]);
        assert_eq!(found("/bin/sh"), Ok("/bin/sh".to_owned()));
        assert!(found("sh").is_ok_and(|file| file.ends_with("/sh")));
        for bad in ["no-such-program", "/nowhere/program", "bin/sh", "/bin"] {
            assert!(found(bad).is_err_and(|why| why.contains(bad)), "{bad}");
        }
    }

    #[test]
    fn what_is_not_said_is_not_allowed() {
        assert_eq!(serde_json::from_str::<Sandbox>("{}").unwrap(), Sandbox::default());
        assert_eq!(serde_json::to_string(&Sandbox::default()).unwrap(), "{}");
        assert!(serde_json::from_str::<Sandbox>(r#"{"reads":["/a"],"read":["/b"]}"#).is_err());
        assert!(enter("{", &["/bin/true".to_owned()]).contains("not said"));
        assert!(enter("{}", &[]).contains("no program"));
    }
}
