//! Which room may know which: the `edges` block of ARCHITECTURE.md against the rooms' Cargo.toml files.

use super::File;
use std::collections::{BTreeMap, BTreeSet};

const PREFIX: &str = "baton-";
/// Any room's tests may use it, and no room that is shipped.
const TESTKIT: &str = "testkit";

type Edges = BTreeMap<String, BTreeSet<String>>;

/// Edges that exist and are not allowed, and edges that are allowed and no longer exist.
pub fn wrong(files: &[File]) -> Vec<String> {
    let Some(allowed) = files.iter().find(|file| file.path == "ARCHITECTURE.md").and_then(|file| allowed(&file.text))
    else {
        return vec!["ARCHITECTURE.md: no block ```edges with lines `room -> room, room`".into()];
    };
    let actual = actual(files);
    let mut found = Vec::new();
    for (room, known) in &actual {
        let Some(may_know) = allowed.get(room) else {
            found.push(format!("crates/{room}: not in the edges of ARCHITECTURE.md"));
            continue;
        };
        for other in known.difference(may_know) {
            found.push(format!("crates/{room}/Cargo.toml: must not know `{other}`; see the edges in ARCHITECTURE.md"));
        }
        for other in may_know.difference(known) {
            found.push(format!("ARCHITECTURE.md: the edge {room} -> {other} is not used; take it out"));
        }
    }
    let gone = allowed.keys().filter(|room| !actual.contains_key(*room));
    found.extend(gone.map(|room| format!("ARCHITECTURE.md: there is no room `{room}`")));
    found
}

fn allowed(architecture: &str) -> Option<Edges> {
    let (_, rest) = architecture.split_once("```edges")?;
    let (block, _) = rest.split_once("```")?;
    let lines = block.lines().filter_map(|line| line.split_once("->"));
    let names =
        |list: &str| list.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    Some(lines.map(|(room, known)| (room.trim().to_owned(), names(known))).collect())
}

fn actual(files: &[File]) -> Edges {
    let manifests = files.iter().filter_map(|file| {
        let room = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        Some((room.to_owned(), known(&file.text)))
    });
    manifests.collect()
}

/// The rooms under `[dependencies]`; what only tests use is not an edge.
fn known(manifest: &str) -> BTreeSet<String> {
    let mut in_dependencies = false;
    let mut rooms = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            in_dependencies = line == "[dependencies]";
        } else if in_dependencies && let Some(rest) = line.strip_prefix(PREFIX) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            rooms.insert(name);
        }
    }
    rooms.remove(TESTKIT).then(|| rooms.insert(format!("{TESTKIT} outside tests")));
    rooms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(architecture: &str, cases: &str) -> Vec<File> {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let db = "[package]\nname = \"baton-db\"\n";
        vec![
            file("ARCHITECTURE.md", architecture),
            file("crates/cases/Cargo.toml", cases),
            file("crates/db/Cargo.toml", db),
        ]
    }

    const CASES: &str =
        "[dependencies]\nbaton-db.workspace = true\n[dev-dependencies]\nbaton-testkit.workspace = true\n";

    #[test]
    fn allowed_edges_pass_and_tests_may_use_more() {
        assert!(wrong(&files("```edges\ncases -> db\ndb ->\n```", CASES)).is_empty());
    }

    #[test]
    fn an_edge_too_many_or_too_few_is_named() {
        let found = wrong(&files("```edges\ncases -> desk\ndb ->\n```", CASES));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("must not know `db`"));
        assert!(found[1].contains("cases -> desk is not used"));
        assert_eq!(wrong(&files("no block", CASES)).len(), 1);
    }
}
