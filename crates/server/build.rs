//! Compiles the program again when the console was built: what is embedded must not be older than what is there.

use std::path::Path;

fn main() {
    let console = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist");
    // A folder that is not there would count as changed at every build. The program says that the console is missing.
    let _ = std::fs::create_dir_all(&console);
    println!("cargo::rerun-if-changed={}", console.display());
}
