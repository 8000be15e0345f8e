//! Named parameters of a statement become numbered ones. Texts, quoted names and comments are left alone, and a second
//! statement is refused.

/// A statement, ready to be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// With `$1`, `$2` in the place of names.
    pub sql: String,
    /// Names in the order of their numbers.
    pub names: Vec<String>,
    /// The answer is one row, or null.
    pub one: bool,
}

/// Reads a statement; the error says what is wrong.
pub(crate) fn parse(text: &str, one: bool) -> Result<Statement, String> {
    let mut reader = Reader { rest: text, out: String::new(), names: Vec::new() };
    while !reader.rest.is_empty() {
        reader.step()?;
    }
    let sql = reader.out.trim().to_owned();
    if sql.is_empty() {
        return Err("the statement is empty".to_owned());
    }
    Ok(Statement { sql, names: reader.names, one })
}

struct Reader<'a> {
    rest: &'a str,
    out: String,
    names: Vec<String>,
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), String> {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or_default();
        match first {
            '\'' | '"' | '`' => self.quoted(first),
            '-' if rest.starts_with("--") => {
                self.keep(rest.find('\n').map_or(rest.len(), |end| end + 1));
                Ok(())
            }
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").ok_or("a comment is not closed")?;
                self.keep(end + 2);
                Ok(())
            }
            '$' if dollar_tag(rest).is_some() => {
                let tag = dollar_tag(rest).unwrap_or_default();
                let end = rest[tag.len()..].find(tag).ok_or("a quoted text is not closed")?;
                self.keep(tag.len() * 2 + end);
                Ok(())
            }
            ':' if rest.starts_with("::") => {
                self.keep(2);
                Ok(())
            }
            ':' => {
                self.name();
                Ok(())
            }
            ';' if !rest[1..].trim().is_empty() => Err("only one statement is allowed".to_owned()),
            ';' => {
                self.rest = "";
                Ok(())
            }
            other => {
                self.keep(other.len_utf8());
                Ok(())
            }
        }
    }

    fn keep(&mut self, bytes: usize) {
        self.out.push_str(&self.rest[..bytes]);
        self.rest = &self.rest[bytes..];
    }

    fn quoted(&mut self, quote: char) -> Result<(), String> {
        let end = self.rest[1..].find(quote).ok_or("a quoted text is not closed")?;
        self.keep(end + 2);
        Ok(())
    }

    fn name(&mut self) {
        let tail = &self.rest[1..];
        let length = tail.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if length == 0 || tail.starts_with(|c: char| c.is_ascii_digit()) {
            return self.keep(1);
        }
        let name = &tail[..length];
        let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        self.out.push_str(&format!("${}", at + 1));
        self.rest = &tail[length..];
    }
}

/// `$tag$` at the start, PostgreSQL's other way to quote.
fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')?;
    let tag = &text[1..=end];
    let named =
        tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    named.then(|| &text[..end + 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers_and_texts_stay_texts() {
        for (text, sql, names) in [
            ("select :a, :b, :a", "select $1, $2, $1", vec!["a", "b"]),
            (
                "select ':a', \":b\", x::int, 'it''s :c' -- :d\n, :e;",
                "select ':a', \":b\", x::int, 'it''s :c' -- :d\n, $1",
                vec!["e"],
            ),
            ("select $$:a$$, $t$ ; :b $t$ /* :c ; */", "select $$:a$$, $t$ ; :b $t$ /* :c ; */", vec![]),
            ("select a[1:2], :é", "select a[1:2], :é", vec![]),
        ] {
            let parsed = parse(text, false).unwrap();
            assert_eq!((parsed.sql.as_str(), parsed.names), (sql, names.into_iter().map(str::to_owned).collect()));
        }
        for bad in ["", " ; ", "select 1; drop table x", "select 'x", "select /* x"] {
            assert!(parse(bad, false).is_err(), "{bad}");
        }
    }
}
