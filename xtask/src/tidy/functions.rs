//! Functions a reader can hold in the head.

use super::File;
use super::source::code_only;

const FUNCTION_LINES_MAX: usize = 60;

/// Shipped functions that are too long.
pub fn long(files: &[File]) -> Vec<String> {
    files.iter().filter(|file| file.is_shipped_rust()).flat_map(in_file).collect()
}

fn in_file(file: &File) -> Vec<String> {
    let code = code_only(&file.text);
    let shipped = code.find("#[cfg(test)]\nmod ").map_or(code.as_str(), |at| &code[..at]);
    let lines: Vec<&str> = shipped.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let length = length(&lines[start..]);
        if length > FUNCTION_LINES_MAX {
            let place = format!("{}:{}", file.path, start + 1);
            found.push(format!("{place}: `{name}` has {length} lines; divide it (at most {FUNCTION_LINES_MAX})"));
        }
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let only_modifiers = before.chars().all(|c| c.is_ascii_lowercase() || matches!(c, ' ' | '(' | ')'));
    let name = after.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (only_modifiers && !name.is_empty()).then_some(name)
}

/// Lines up to the brace that closes the body; 1 for a declaration without one.
fn length(lines: &[&str]) -> usize {
    let (mut depth, mut opened) = (0_i32, false);
    for (index, line) in lines.iter().enumerate() {
        for char in line.chars() {
            match char {
                '{' => (depth, opened) = (depth + 1, true),
                '}' => depth -= 1,
                ';' if !opened => return 1,
                _ => {}
            }
        }
        if opened && depth <= 0 {
            return index + 1;
        }
    }
    lines.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: String) -> File {
        File { path: "crates/base/src/lib.rs".into(), text }
    }

    #[test]
    fn a_long_function_is_named_with_its_place() {
        let body = "    let brace = \"}\"; // }\n".repeat(FUNCTION_LINES_MAX);
        let found = in_file(&file(format!("fn short() {{}}\n\npub async fn long(\n    a: u8,\n) {{\n{body}}}\n")));
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("crates/base/src/lib.rs:3: `long` has 64 lines"), "{found:?}");
    }

    #[test]
    fn declarations_and_tests_are_left_alone() {
        let body = "    work();\n".repeat(FUNCTION_LINES_MAX);
        let text = format!(
            "trait T {{\n    fn declared(&self);\n}}\n#[cfg(test)]\nmod tests {{\nfn long() {{\n{body}}}\n}}\n"
        );
        assert!(in_file(&file(text)).is_empty());
    }
}
