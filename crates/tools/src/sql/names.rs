//! Named parameters of a statement become numbered ones, or MySQL's `?`. Texts, quoted names and comments are left alone, and a
//! second statement is refused.

use super::Dialect;

/// What a statement for MySQL begins with in an action that only reads.
const MYSQL_READS: [&str; 5] = ["select", "with", "values", "table", "show"];
/// The same in one that writes. A procedure is not called: it may commit by itself, so that nobody could say what came of it.
const MYSQL_WRITES: [&str; 6] = ["insert", "replace", "update", "delete", "with", "select"];
/// By these words MySQL writes a result into a file of its machine.
const MYSQL_FILES: [&str; 2] = ["outfile", "dumpfile"];

/// A statement, ready to be bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// With `$1`, `$2` in the place of names; for MySQL with `?`.
    pub sql: String,
    /// Names in the order of their numbers; for MySQL one for each `?`.
    pub names: Vec<String>,
    /// The answer is one row, or null.
    pub one: bool,
}

/// Reads a statement of an action that writes or does not; the error says what is wrong.
pub(crate) fn parse(dialect: Dialect, text: &str, one: bool, writes: bool) -> Result<Statement, String> {
    let mut reader = Reader { dialect, rest: text, out: String::new(), names: Vec::new(), words: Vec::new() };
    while !reader.rest.is_empty() {
        reader.step()?;
    }
    let sql = reader.out.trim().to_owned();
    if sql.is_empty() {
        return Err("the statement is empty".to_owned());
    }
    if dialect == Dialect::Mysql {
        is_offered(&reader.words, writes)?;
    }
    Ok(Statement { sql, names: reader.names, one })
}

/// A statement that defines tables, or is about transactions and settings, would end the transaction in which MySQL is to run it.
fn is_offered(words: &[String], writes: bool) -> Result<(), String> {
    let first = words.first().map_or("", String::as_str);
    let (offered, kind) =
        if writes { (&MYSQL_WRITES[..], "writes") } else { (&MYSQL_READS[..], "does not say writes: true") };
    if !offered.contains(&first) {
        return Err(format!("an action that {kind} begins with {}, not '{first}'", offered.join(", ")));
    }
    let out = words.iter().find(|word| MYSQL_FILES.contains(&word.as_str()) || (!writes && *word == "into"));
    out.map_or(Ok(()), |word| Err(format!("'{word}' puts the result elsewhere, which is not allowed")))
}

struct Reader<'a> {
    dialect: Dialect,
    rest: &'a str,
    out: String,
    names: Vec<String>,
    /// In small letters, outside of texts, quoted names and comments; kept for MySQL alone.
    words: Vec<String>,
}

impl Reader<'_> {
    fn step(&mut self) -> Result<(), String> {
        let rest = self.rest;
        let first = rest.chars().next().unwrap_or_default();
        if self.dialect == Dialect::Mysql && self.step_of_mysql(first)? {
            return Ok(());
        }
        match first {
            '\'' | '"' | '`' => self.quoted(first),
            '-' if rest.starts_with("--") && !self.is_double_minus() => {
                self.line();
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

    /// What MySQL reads otherwise; false where it does not.
    fn step_of_mysql(&mut self, first: char) -> Result<bool, String> {
        match first {
            '\'' | '"' => self.escaped(first)?,
            '#' => self.line(),
            '/' if self.rest.starts_with("/*!") || self.rest.starts_with("/*M!") => {
                return Err("a comment that is run, /*! or /*M!, is not allowed".to_owned());
            }
            '?' => return Err("write a :name in the place of '?'".to_owned()),
            first if is_of_word(first) => self.word(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// MySQL takes `--` for two signs, unless a space follows; of spaces it knows those of ASCII.
    fn is_double_minus(&self) -> bool {
        let follows = self.rest[2..].chars().next();
        self.dialect == Dialect::Mysql && follows.is_some_and(|c| !c.is_ascii_whitespace() && !c.is_ascii_control())
    }

    fn keep(&mut self, bytes: usize) {
        self.out.push_str(&self.rest[..bytes]);
        self.rest = &self.rest[bytes..];
    }

    fn line(&mut self) {
        self.keep(self.rest.find('\n').map_or(self.rest.len(), |end| end + 1));
    }

    fn quoted(&mut self, quote: char) -> Result<(), String> {
        let end = self.rest[1..].find(quote).ok_or("a quoted text is not closed")?;
        self.keep(end + 2);
        Ok(())
    }

    /// A text in which a backslash takes the next character along.
    fn escaped(&mut self, quote: char) -> Result<(), String> {
        let mut taken = false;
        let end = self.rest.char_indices().skip(1).find(|(_, c)| {
            let ends = *c == quote && !taken;
            taken = *c == '\\' && !taken;
            ends
        });
        let (end, _) = end.ok_or("a quoted text is not closed")?;
        self.keep(end + 1);
        Ok(())
    }

    fn word(&mut self) {
        let length = self.rest.find(|c: char| !is_of_word(c)).unwrap_or(self.rest.len());
        self.words.push(self.rest[..length].to_ascii_lowercase());
        self.keep(length);
    }

    fn name(&mut self) {
        let tail = &self.rest[1..];
        let length = tail.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if length == 0 || tail.starts_with(|c: char| c.is_ascii_digit()) {
            return self.keep(1);
        }
        let name = &tail[..length];
        if self.dialect == Dialect::Mysql {
            self.names.push(name.to_owned());
            self.out.push('?');
        } else {
            let at = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
                self.names.push(name.to_owned());
                self.names.len() - 1
            });
            self.out.push_str(&format!("${}", at + 1));
        }
        self.rest = &tail[length..];
    }
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
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
            let parsed = parse(Dialect::Postgres, text, false, false).unwrap();
            assert_eq!((parsed.sql.as_str(), parsed.names), (sql, names.into_iter().map(str::to_owned).collect()));
        }
        for bad in ["", " ; ", "select 1; drop table x", "select 'x", "select /* x"] {
            assert!(parse(Dialect::Postgres, bad, false, false).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_statement_for_mysql_is_read_as_mysql_reads_it() {
        for (text, sql, names) in [
            ("select :a, :b, :a", "select ?, ?, ?", vec!["a", "b", "a"]),
            ("(select 1 - :n);", "(select 1 - ?)", vec!["n"]),
            (
                r#"select 'it\'s :a', "\":b", 'it''s', `:c` # :d ; x
                , 2--:e -- :f"#,
                r#"select 'it\'s :a', "\":b", 'it''s', `:c` # :d ; x
                , 2--? -- :f"#,
                vec!["e"],
            ),
            ("with q as (select 1) select @x := :a, cost$ from q /* :b ; ? */", "", vec!["a"]),
            ("show status like :a", "show status like ?", vec!["a"]),
        ] {
            let parsed = parse(Dialect::Mysql, text, false, false).unwrap();
            assert!(sql.is_empty() || parsed.sql == sql, "{}", parsed.sql);
            assert_eq!(parsed.names, names, "{text}");
        }
        for bad in [
            "select 1; drop table x",
            r"select 'x\'",
            "select ?",
            "select /*!50000 1 */ 1",
            "/*M! drop table x */ select 1",
            "select * from t into outfile '/x'",
            "select a into @b from t",
            "select 1 --\u{a0} into outfile '/x' from t",
            "delete from t",
            "create table x (i int)",
            "call p()",
            "set global x = 1",
            "commit",
            "`select` 1",
        ] {
            assert!(parse(Dialect::Mysql, bad, false, false).is_err(), "{bad}");
        }
        for good in
            ["insert into t values (:a)", "with q as (select 1) delete from t", "update t set into_ = 'outfile'"]
        {
            assert!(parse(Dialect::Mysql, good, false, true).is_ok(), "{good}");
        }
        for bad in [
            "call p()",
            "drop table t",
            "select 1 into dumpfile '/x'",
            "truncate t",
            "load data infile 'x' into table t",
        ] {
            assert!(parse(Dialect::Mysql, bad, false, true).is_err(), "{bad}");
        }
    }
}
