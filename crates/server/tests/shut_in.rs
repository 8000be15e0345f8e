//! `baton` starts the programs of connectors itself, shut in: what it finds of their tools is what they say in there.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Its one tool is named after what it can read.
const PROGRAM: &str = r#"
if cat SECRET >/dev/null 2>&1; then name=open; else name=shut; fi
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  say() { printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$1"; }
  case "$line" in
    *'"initialize"'*) say '"result":{"protocolVersion":"2025-11-25","capabilities":{}}' ;;
    *'"tools/list"'*) say "\"result\":{\"tools\":[{\"name\":\"$name\",\"inputSchema\":{\"type\":\"object\"}}]}" ;;
    *) [ -n "$id" ] && say '"error":{"code":-32601,"message":"no"}' ;;
  esac
done
"#;

fn pin(folder: &Path, reaches: &[&str]) -> Output {
    let script = folder.join("server").display().to_string();
    let out = folder.join("blueprint").display().to_string();
    let (own, program) = (["--out", &out, "--force"], ["--", "/bin/sh", &script]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["connector", "import-tools", "notes"]).args(own).args(reaches).args(program);
    command.output().unwrap()
}

#[test]
fn a_program_is_listed_within_what_is_said_to_be_in_reach_and_its_file_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret").display().to_string();
    fs::write(&secret, "s3cret").unwrap();
    fs::write(folder.path().join("server"), PROGRAM.replace("SECRET", &secret)).unwrap();
    let file = || fs::read_to_string(folder.path().join("blueprint/connectors/notes.yaml")).unwrap();
    let check = |reaches: &[&str], tool: &str, line: &str| {
        let pinned = pin(folder.path(), reaches);
        let said = String::from_utf8_lossy(&pinned.stdout).into_owned();
        assert!(pinned.status.success() && said.contains(tool), "{said}{}", String::from_utf8_lossy(&pinned.stderr));
        assert!(file().contains(&format!("tool: \"{tool}\"")), "{}", file());
        assert_eq!(file().lines().find(|found| found.starts_with("sandbox:")).unwrap_or_default(), line);
    };
    check(&[], "shut", "");
    check(&["--read", &secret], "open", &format!("sandbox: {{\"reads\":[\"{secret}\"]}}"));
    check(&["--unconfined"], "open", "sandbox: {\"unconfined\":true}");
    // What cannot be held is not begun.
    for bad in [&["--unconfined", "--network"][..], &["--read", "notes"], &["--read", "/nowhere/notes"]] {
        let refused = pin(folder.path(), bad);
        assert!(!refused.status.success() && !refused.stderr.is_empty(), "{bad:?}");
    }
}
