//! Definitions are read strictly.
use baton_engine::{Definition, lint};
#[test]
fn show() {
    let text = std::fs::read_to_string("/tmp/t/engine/p.yaml").unwrap();
    for f in Definition::parse("p.yaml", &text).unwrap_err() { eprintln!("{f}"); }
    for f in lint("p.yaml", "a: [\n", &[]) { eprintln!("{f}"); }
    for f in lint("p.yaml", "a: 1\na: 2\n", &[]) { eprintln!("{f}"); }
    for f in lint("p.yaml", "? [1,2]\n: 2\n", &[]) { eprintln!("{f}"); }
}
