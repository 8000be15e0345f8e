//! The SQL text itself: parameters for SQLite, statements of a migration.

use crate::Kind;
use std::iter::Peekable;
use std::str::Chars;

/// `$N` becomes `?N` outside string literals, quoted names and comments: SQLite would read `$1` as a name.
pub fn for_sqlite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut chars = sql.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => copy_until(c, &mut chars, &mut out, c),
            '-' if chars.peek() == Some(&'-') => copy_until(c, &mut chars, &mut out, '\n'),
            '$' if chars.peek().is_some_and(char::is_ascii_digit) => out.push('?'),
            other => out.push(other),
        }
    }
    out
}

// A doubled quote inside a literal ends one stretch and begins the next, which comes to the same.
fn copy_until(first: char, chars: &mut Peekable<Chars<'_>>, out: &mut String, end: char) {
    out.push(first);
    for c in chars.by_ref() {
        out.push(c);
        if c == end {
            return;
        }
    }
}

/// The statements of a migration, each ended by `;` at the end of a line, with `BYTES` in the database's own word.
pub fn statements(text: &str, kind: Kind) -> Vec<String> {
    let bytes = match kind {
        Kind::Sqlite => "BLOB",
        Kind::Postgres => "BYTEA",
    };
    let mut statements = vec![];
    let mut current = String::new();
    for line in text.lines() {
        let line = line.split_once("--").map_or(line, |(code, _)| code).trim_end();
        let (code, ended) = line.strip_suffix(';').map_or((line, false), |code| (code, true));
        current.push_str(code);
        current.push('\n');
        if ended {
            statements.push(std::mem::take(&mut current));
        }
    }
    statements.push(current);
    let own_words = |s: String| s.trim().replace(" BYTES", &format!(" {bytes}"));
    statements.into_iter().map(own_words).filter(|s| !s.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_rewritten_outside_literals_names_and_comments() {
        let cases = [
            ("SELECT $1, $12", "SELECT ?1, ?12"),
            ("SELECT 'costs $1' WHERE a = $1", "SELECT 'costs $1' WHERE a = ?1"),
            ("SELECT 'it''s $1', $2", "SELECT 'it''s $1', ?2"),
            ("SELECT \"$1\" -- $2\n, $3", "SELECT \"$1\" -- $2\n, ?3"),
            ("SELECT '$.a' || $1 || '€$2'", "SELECT '$.a' || ?1 || '€$2'"),
            ("SELECT 5 - $1, 'open $1", "SELECT 5 - ?1, 'open $1"),
        ];
        for (sql, expected) in cases {
            assert_eq!(for_sqlite(sql), expected);
        }
    }

    #[test]
    fn a_migration_is_split_at_line_ends_and_comments_go() {
        let text = "-- a; b;\nCREATE TABLE a (x BYTES, -- why;\n y TEXT);\n\nCREATE INDEX i ON a (y);\n-- end";
        assert_eq!(statements(text, Kind::Postgres), ["CREATE TABLE a (x BYTEA,\n y TEXT)", "CREATE INDEX i ON a (y)"]);
        assert!(statements(text, Kind::Sqlite)[0].contains("x BLOB,"));
    }
}
