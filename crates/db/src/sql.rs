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

/// `$N IS NULL` and `$N IS NOT NULL` become TRUE; `None` where there is neither. PostgreSQL cannot tell the type of a
/// parameter from such a test: it is learnt from the rest of the statement.
pub(crate) fn without_null_tests(sql: &str) -> Option<String> {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    let mut found = false;
    while let Some(at) = rest.find(['$', '\'', '"']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let length = if let Some(quoted) = from.strip_prefix(['\'', '"']) {
            quoted.find(&from[..1]).map_or(from.len(), |end| end + 2)
        } else if let Some(length) = null_test_length(from) {
            out.push_str("TRUE");
            found = true;
            rest = &from[length..];
            continue;
        } else {
            1
        };
        out.push_str(&from[..length]);
        rest = &from[length..];
    }
    out.push_str(rest);
    found.then_some(out)
}

/// Bytes of a null test at the beginning of `from`, which begins with `$`.
fn null_test_length(from: &str) -> Option<usize> {
    let after = from[1..].trim_start_matches(|c: char| c.is_ascii_digit());
    let mut left = after;
    for (word, needed) in [("IS", true), ("NOT", false), ("NULL", true)] {
        let trimmed = left.trim_start();
        match trimmed.get(..word.len()).filter(|found| found.eq_ignore_ascii_case(word)) {
            Some(found) => left = &trimmed[found.len()..],
            None if needed => return None,
            None => {}
        }
    }
    Some(from.len() - left.len())
}

/// Stands, as a line of its own, above a statement of a migration that is for PostgreSQL alone.
const FOR_POSTGRES: &str = "-- PostgreSQL only:";

/// The statements of a migration, each ended by `;` at the end of a line, in the database's own words: `BYTES` is
/// BLOB or BYTEA, and text is ordered by bytes on both. One under `-- PostgreSQL only:` is for that database alone: how it
/// stores a table, never what is in it.
pub fn statements(text: &str, kind: Kind) -> Vec<String> {
    let mut statements = vec![];
    let mut current = String::new();
    let mut for_postgres = false;
    for line in text.lines() {
        for_postgres |= line.trim_end() == FOR_POSTGRES;
        let line = line.split_once("--").map_or(line, |(code, _)| code).trim_end();
        let (code, ended) = line.strip_suffix(';').map_or((line, false), |code| (code, true));
        current.push_str(code);
        current.push('\n');
        if ended {
            let statement = std::mem::take(&mut current);
            if kind == Kind::Postgres || !std::mem::take(&mut for_postgres) {
                statements.push(statement);
            }
        }
    }
    statements.push(current);
    statements.iter().map(|s| own_words(s.trim(), kind)).filter(|s| !s.is_empty()).collect()
}

fn own_words(statement: &str, kind: Kind) -> String {
    match kind {
        Kind::Sqlite => statement.replace(" BYTES", " BLOB"),
        Kind::Postgres => statement
            .replace(" BYTES", " BYTEA")
            .replace(" TEXT", " TEXT COLLATE \"C\"")
            .replace("AS TEXT COLLATE \"C\"", "AS TEXT"),
    }
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
    fn null_tests_of_parameters_are_found_outside_literals() {
        let cases = [
            ("a = $1 OR $1 IS NULL", Some("a = $1 OR TRUE")),
            ("($2 is not null AND b > $2)", Some("(TRUE AND b > $2)")),
            ("a = $1 AND b IS NULL", None),
            ("a = '$1 IS NULL'", None),
            ("a = $1 OR '' = 'ü$2' OR $10\n IS NULL", Some("a = $1 OR '' = 'ü$2' OR TRUE")),
        ];
        for (sql, expected) in cases {
            assert_eq!(without_null_tests(sql).as_deref(), expected);
        }
    }

    #[test]
    fn a_migration_is_split_at_line_ends_and_comments_go() {
        let text = "-- a; b;\nCREATE TABLE a (x BYTES, -- why;\n y TEXT);\n\nCREATE INDEX i ON a (y);\n-- end";
        assert_eq!(
            statements(text, Kind::Postgres),
            ["CREATE TABLE a (x BYTEA,\n y TEXT COLLATE \"C\")", "CREATE INDEX i ON a (y)"]
        );
        assert!(statements(text, Kind::Sqlite)[0].contains("x BLOB,"));
    }

    #[test]
    fn what_is_for_postgresql_alone_is_left_out_on_sqlite() {
        let text =
            "DROP INDEX i;\n-- room\n-- PostgreSQL only:\nALTER TABLE a\n SET (fillfactor = 60);\nDROP INDEX j;\n";
        let room = "ALTER TABLE a\n SET (fillfactor = 60)";
        assert_eq!(statements(text, Kind::Postgres), ["DROP INDEX i", room, "DROP INDEX j"]);
        assert_eq!(statements(text, Kind::Sqlite), ["DROP INDEX i", "DROP INDEX j"]);
    }
}
