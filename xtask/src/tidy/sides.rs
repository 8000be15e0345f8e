//! Styles go by the direction of the text, so that a page that is read from right to left is the mirror of the other.

use super::File;

/// Properties that name a side of the screen, each with what names a side of the text.
const SIDES: [(&str, &str); 10] = [
    ("margin-left:", "margin-inline-start"),
    ("margin-right:", "margin-inline-end"),
    ("padding-left:", "padding-inline-start"),
    ("padding-right:", "padding-inline-end"),
    ("border-left:", "border-inline-start"),
    ("border-right:", "border-inline-end"),
    ("text-align: left", "text-align: start"),
    ("text-align: right", "text-align: end"),
    ("left:", "inset-inline-start"),
    ("right:", "inset-inline-end"),
];

/// Styles of the console and the chat that name a side of the screen.
pub fn of_the_screen(files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.path.starts_with("ui/src/") && holds_styles(file)) {
        for (number, line) in file.text.lines().enumerate() {
            for (side, other) in SIDES.iter().filter(|(side, _)| names(line, side)) {
                found.push(format!("{}:{}: `{side}`; write `{other}`", file.path, number + 1));
            }
        }
    }
    found
}

fn holds_styles(file: &File) -> bool {
    file.has_extension(&["css"]) || file.path == "ui/src/chat/style.ts"
}

/// Whether the property stands in the line by itself, and not as the end of another.
fn names(line: &str, side: &str) -> bool {
    line.match_indices(side)
        .any(|(at, _)| line[..at].chars().next_back().is_none_or(|c| matches!(c, ' ' | ';' | '{' | '\t')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_of_the_screen_is_found_and_one_of_the_text_is_not() {
        let file = |path: &str, text: &str| File { path: path.into(), text: text.into() };
        let text =
            ".a { margin-left: 4px; }\n.b { inset-inline-start: 0; text-align: start; }\n.c { top: 0; right: 8px; }\n";
        let found = of_the_screen(&[file("ui/src/a.module.css", text), file("docs/a.css", text)]);
        let expected = [
            "ui/src/a.module.css:1: `margin-left:`; write `margin-inline-start`",
            "ui/src/a.module.css:3: `right:`; write `inset-inline-end`",
        ];
        assert_eq!(found, expected);
    }
}
