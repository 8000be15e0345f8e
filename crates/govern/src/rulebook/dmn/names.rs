//! Names of facts: FEEL's `order.monthly income` and jq's `.order["monthly income"]`.

/// Words of FEEL that are no names, alone or inside a name.
const FEEL_WORDS: [&str; 16] = [
    "and",
    "or",
    "not",
    "in",
    "between",
    "if",
    "then",
    "else",
    "for",
    "return",
    "some",
    "every",
    "satisfies",
    "true",
    "false",
    "null",
];

/// Words of jq that do not stand behind a dot.
const JQ_WORDS: [&str; 12] =
    ["def", "elif", "end", "as", "reduce", "foreach", "try", "catch", "label", "import", "include", "__loc__"];

/// The jq expression that reads a name of FEEL; `None` where the text is more than a name.
pub(super) fn to_jq(text: &str) -> Option<String> {
    let mut jq = String::new();
    for part in text.split('.') {
        let words: Vec<_> = part.split_whitespace().collect();
        let letters = |c: char| c.is_alphanumeric() || c == '_';
        let begins = words.first()?.starts_with(|c: char| c.is_alphabetic() || c == '_');
        if !begins || !words.iter().all(|word| word.chars().all(letters) && !FEEL_WORDS.contains(word)) {
            return None;
        }
        // A test of a type, which FEEL writes without any sign.
        if words.windows(2).any(|pair| pair == ["instance", "of"]) {
            return None;
        }
        let part = words.join(" ");
        if part.is_ascii() && words.len() == 1 && !JQ_WORDS.contains(&part.as_str()) {
            jq.push_str(&format!(".{part}"));
        } else {
            jq.push_str(if jq.is_empty() { "." } else { "" });
            jq.push_str(&format!("[\"{part}\"]"));
        }
    }
    Some(jq)
}

/// The name in FEEL that is read as this very expression; `None` where there is none.
pub(super) fn to_feel(jq: &str) -> Option<String> {
    let mut parts = Vec::new();
    let mut rest = jq;
    while !rest.is_empty() {
        let dotless = rest.strip_prefix('.').unwrap_or(rest);
        if let Some(inside) = dotless.strip_prefix("[\"") {
            let (part, after) = inside.split_once("\"]")?;
            parts.push(part);
            rest = after;
        } else {
            let inside = rest.strip_prefix('.')?;
            let end = inside.find(['.', '[']).unwrap_or(inside.len());
            parts.push(&inside[..end]);
            rest = &inside[end..];
        }
    }
    let name = parts.join(".");
    (to_jq(&name).as_deref() == Some(jq)).then_some(name)
}

/// The first name of a path.
pub(super) fn root(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_both_ways_and_what_is_more_does_not() {
        for (feel, jq) in [
            ("season", ".season"),
            ("facts.order.status", ".facts.order.status"),
            ("Monthly Income", ".[\"Monthly Income\"]"),
            ("order.net total.tax", ".order[\"net total\"].tax"),
            ("größe", ".[\"größe\"]"),
            ("a.end", ".a[\"end\"]"),
        ] {
            assert_eq!(to_jq(feel).as_deref(), Some(jq));
            assert_eq!(to_feel(jq).as_deref(), Some(feel));
        }
        for more in [
            "a + 1",
            "f(x)",
            "a instance of number",
            "a and b",
            "true",
            "",
            "a..b",
            "1a",
            "a[1]",
            "if a then b else c",
            "\"a\"",
        ] {
            assert_eq!(to_jq(more), None, "{more}");
        }
        for more in [".", ".a | length", ".a[0]", ".a // 1", "\"x\"", ".[\"a\"]", ".a?", ".[\"a.b\"]"] {
            assert_eq!(to_feel(more), None, "{more}");
        }
    }
}
