//! Rust text with everything blanked that is not code: comments, texts, characters.

/// The same text, same length in lines, where comments and literals are spaces.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at).unwrap_or(at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins here ends.
fn literal_end(chars: &[char], at: usize) -> Option<usize> {
    match (chars[at], chars.get(at + 1)) {
        ('/', Some('/')) => Some(find(chars, at, &['\n']).unwrap_or(chars.len())),
        ('/', Some('*')) => Some(find(chars, at + 2, &['*', '/']).map_or(chars.len(), |end| end + 2)),
        ('"', _) => Some(text_end(chars, at + 1)),
        ('r', Some('"' | '#')) if !follows_a_word(chars, at) => raw_end(chars, at + 1),
        ('\'', Some('\\')) => find(chars, at + 3, &['\'']).map(|end| end + 1),
        // A lifetime has no closing quote after one character.
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

fn follows_a_word(chars: &[char], at: usize) -> bool {
    // `br"…"` is a raw text too.
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_') && chars[at - 1] != 'b'
}

fn text_end(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn raw_end(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + hashes) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.extend(vec!['#'; hashes]);
    Some(find(chars, at + hashes + 1, &close).map_or(chars.len(), |end| end + close.len()))
}

fn find(chars: &[char], from: usize, wanted: &[char]) -> Option<usize> {
    let rest = chars.get(from..)?;
    rest.windows(wanted.len()).position(|window| window == wanted).map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_is_left() {
        let cases = [
            ("a // {\nb", "a     \nb"),
            ("a /* { \n } */ b", "a      \n      b"),
            (r#"f("{ \" }", x)"#, "f(        , x)"),
            ("f(r#\"{ \" }\"#)", "f(          )"),
            ("'{' 'a: for<'b>", "    'a: for<'b>"),
            (r"'\'' '\u{7b}' x", "              x"),
            ("for_r#type", "for_r#type"),
        ];
        for (text, expected) in cases {
            assert_eq!(code_only(text), expected, "{text}");
        }
    }
}
