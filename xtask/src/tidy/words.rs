//! Words that must not be committed.

use super::File;
use super::source::code_only;

/// Calls that say that something is missing, or that somebody looked for a fault.
const UNDONE: &[&str] = &["todo!", "unimplemented!", "dbg!"];
const UNDONE_COMMENTS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];
/// Folders that exist on one machine only. Joined here, so that this file does not find itself.
const MACHINE: &[&str] = &[concat!("/", "work/"), concat!("/", "tmp/"), concat!("/", "root/"), concat!("/", "home/")];
const CARGO_REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Code that is not finished.
pub fn undone(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.has_extension(&["rs"])) {
        let code = code_only(&file.text);
        for (number, (text, code)) in file.text.lines().zip(code.lines()).enumerate() {
            let macros = UNDONE.iter().filter(|word| stands_alone(code, word));
            let comments = UNDONE_COMMENTS.iter().filter(|word| stands_alone(text, word));
            found.extend(macros.chain(comments).map(|word| format!("{}:{}: `{word}`", file.path, number + 1)));
        }
    }
    found
}

/// Paths of one machine. A text that must name such a place builds it from parts and says why.
pub fn machine(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            for word in MACHINE.iter().filter(|word| stands_alone(line, word)) {
                found.push(format!("{}:{}: names `{word}`", file.path, number + 1));
            }
        }
    }
    found
}

/// Lock files that send people to some other registry.
pub fn registries(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().map(str::trim).enumerate() {
            let foreign = if file.path.ends_with("Cargo.lock") {
                line.strip_prefix("source = ").is_some_and(|source| source.trim_matches('"') != CARGO_REGISTRY)
            } else {
                file.path.ends_with("package-lock.json") && line.starts_with("\"resolved\"")
            };
            if foreign {
                found.push(format!("{}:{}: {line}", file.path, number + 1));
            }
        }
    }
    found
}

/// Whether the word occurs where no other word runs into it.
fn stands_alone(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '}'));
        !joined(before) && (word.ends_with(['!', '/']) || !joined(after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    #[test]
    fn unfinished_code_is_found_and_talk_about_it_is_not() {
        let text = "fn f() { todo!() }\n// todo!() is not allowed\nlet s = \"dbg!\";\n";
        assert_eq!(undone(&[file("crates/base/src/lib.rs", text)]), ["crates/base/src/lib.rs:1: `todo!`"]);
    }

    #[test]
    fn paths_of_one_machine_are_found_and_addresses_are_not() {
        let home = format!("see {}name/notes\n", MACHINE[3]);
        assert_eq!(machine(&[file("README.md", &home)]).len(), 1);
        let fine = format!("GET https://example.com{0} and desk{0}\n", MACHINE[0]);
        assert!(machine(&[file("README.md", &fine)]).is_empty());
    }

    #[test]
    fn a_lock_file_of_another_registry_is_found() {
        let lock = format!("source = \"{CARGO_REGISTRY}\"\nsource = \"registry+https://mirror.example/index\"\n");
        assert_eq!(registries(&[file("Cargo.lock", &lock)]).len(), 1);
        assert_eq!(
            registries(&[file("ui/package-lock.json", "  \"resolved\": \"https://mirror.example/a.tgz\"")]).len(),
            1
        );
    }
}
