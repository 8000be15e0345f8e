//! The solver: a program that reads SMT-LIB, as a child process with limits of time and memory. `cvc5` itself, or a Python
//! that has its bindings (package `cvc5`), to which `solver.py` lends the same voice.

use cedar_policy_symcc::solver::{Decision, LocalSolver, Solver as _};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::time::timeout;

/// Names the solver: a `cvc5`, or a `python` in which `import cvc5` works.
pub const SOLVER_VARIABLE: &str = "BATON_SOLVER";
/// What is looked for in PATH without it.
const NAMES: [&str; 2] = ["cvc5", "python3"];
/// Speaks SMT-LIB over the Python bindings.
const BINDINGS: &str = include_str!("solver.py");
/// What it may hold, KiB.
const MEMORY_KIB_MAX: u32 = 2 * 1024 * 1024;
/// Processor time of one process, seconds.
const CPU_S_MAX: u32 = 60;
/// How long it may think about one question, milliseconds.
const THINK_MS_MAX: u32 = 8_000;
/// How long it may take to start, milliseconds.
const START_MS_MAX: u64 = 15_000;
/// Of this process's environment it sees only where programs and libraries are.
const ENVIRONMENT: [&str; 7] =
    ["PATH", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "PYENV_ROOT", "PYENV_VERSION"];

/// A solver that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solver {
    program: PathBuf,
}

impl Solver {
    /// The solver that `BATON_SOLVER` names, else a `cvc5` in PATH, else a `python3` with its bindings; it has been started
    /// and has answered. The error says what was looked for and how to get one.
    pub async fn find() -> Result<Self, String> {
        let named = std::env::var_os(SOLVER_VARIABLE).filter(|path| !path.is_empty());
        let programs = named.map_or_else(|| NAMES.map(PathBuf::from).to_vec(), |path| vec![PathBuf::from(path)]);
        let mut tried = Vec::new();
        for program in programs {
            match Self::at(&program).await {
                Ok(solver) => return Ok(solver),
                Err(why) => tried.push(format!("{}: {why}", program.display())),
            }
        }
        Err(format!(
            "no solver is here ({}); install cvc5, or its Python bindings with `python3 -m pip install cvc5`, or name one in \
             {SOLVER_VARIABLE}",
            tried.join("; ")
        ))
    }

    /// A solver of this program, once it has answered.
    pub async fn at(program: &Path) -> Result<Self, String> {
        let solver = Self { program: program.to_owned() };
        let mut started = solver.start()?;
        match timeout(Duration::from_millis(START_MS_MAX), started.check_sat()).await {
            Ok(Ok(Decision::Sat)) => Ok(solver),
            Ok(Ok(_)) => Err("it answers wrongly".to_owned()),
            Ok(Err(_)) => Err("it is not there, or does not speak SMT-LIB".to_owned()),
            Err(_) => Err(format!("it has not answered within {} s", START_MS_MAX / 1_000)),
        }
    }

    /// A process of its own; it ends when what is returned is dropped.
    pub(super) fn start(&self) -> Result<LocalSolver, String> {
        let name = self.program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // `ulimit` in a shell that then becomes the child: resource limits without unsafe code.
        let limits =
            format!("ulimit -v {MEMORY_KIB_MAX}; ulimit -t {CPU_S_MAX}; ulimit -c 0; ulimit -f 0; exec \"$0\" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(limits).arg(&self.program);
        if name.starts_with("python") {
            command.args(["-B", "-c", BINDINGS]).arg(THINK_MS_MAX.to_string());
        } else {
            command.args(["--lang", "smt"]).arg(format!("--tlimit-per={THINK_MS_MAX}"));
        }
        command.env_clear().kill_on_drop(true);
        command.envs(ENVIRONMENT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        LocalSolver::from_command(&mut command).map_err(|e| format!("it cannot be started: {e}"))
    }
}
