//! Delimited text (RFC 4180, and the semicolons and tabs that spreadsheets write), with the line of every row.

/// One row: the line it begins on, and its cells.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub line: usize,
    pub cells: Vec<String>,
}

/// All rows that are not blank. The error is the line of a quote that is never closed.
pub(super) fn rows(text: &str) -> Result<Vec<Row>, usize> {
    let separator = separator(text);
    let mut reader = Reader::default();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if reader.quoted && chars.peek() == Some(&'"') => {
                chars.next();
                reader.cell.push('"');
            }
            '"' if reader.quoted => reader.quoted = false,
            '"' if reader.cell.trim().is_empty() => {
                reader.cell.clear();
                reader.quoted = true;
                reader.quoted_from = reader.line;
            }
            '\r' if !reader.quoted && chars.peek() == Some(&'\n') => {}
            '\n' | '\r' if !reader.quoted => reader.end_row(),
            c if c == separator && !reader.quoted => reader.end_cell(),
            c => {
                reader.line += usize::from(c == '\n');
                reader.cell.push(c);
            }
        }
    }
    if reader.quoted {
        return Err(reader.quoted_from);
    }
    reader.end_row();
    Ok(reader.rows)
}

/// What parts the cells of the first line.
fn separator(text: &str) -> char {
    let first = text.lines().next().unwrap_or_default();
    let count = |c: &char| first.matches(*c).count();
    [',', ';', '\t'].into_iter().rev().max_by_key(count).unwrap_or(',')
}

struct Reader {
    rows: Vec<Row>,
    cells: Vec<String>,
    cell: String,
    quoted: bool,
    quoted_from: usize,
    line: usize,
    row_from: usize,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            cells: Vec::new(),
            cell: String::new(),
            quoted: false,
            quoted_from: 1,
            line: 1,
            row_from: 1,
        }
    }
}

impl Reader {
    fn end_cell(&mut self) {
        self.cells.push(std::mem::take(&mut self.cell));
    }

    fn end_row(&mut self) {
        self.end_cell();
        let cells = std::mem::take(&mut self.cells);
        if cells.len() > 1 || cells.iter().any(|c| !c.trim().is_empty()) {
            self.rows.push(Row { line: self.row_from, cells });
        }
        self.line += 1;
        self.row_from = self.line;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_separators_and_line_ends_of_all_kinds_are_read() {
        let check = |text: &str, expected: &[(usize, &[&str])]| {
            let found = rows(text).unwrap();
            let found: Vec<(usize, Vec<&str>)> =
                found.iter().map(|r| (r.line, r.cells.iter().map(String::as_str).collect())).collect();
            let expected: Vec<(usize, Vec<&str>)> = expected.iter().map(|(l, c)| (*l, c.to_vec())).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("a,b\nc,d\n", &[(1, &["a", "b"]), (2, &["c", "d"])]);
        check("a;b\r\nc, or e;d", &[(1, &["a", "b"]), (2, &["c, or e", "d"])]);
        check("a\tb\n\n\nc\td", &[(1, &["a", "b"]), (4, &["c", "d"])]);
        check("a,b\n\"x \"\"y\"\",\nz\",d\ne,f", &[(1, &["a", "b"]), (2, &["x \"y\",\nz", "d"]), (4, &["e", "f"])]);
        check("a,b\nit's 5\" wide,d", &[(1, &["a", "b"]), (2, &["it's 5\" wide", "d"])]);
        check("", &[]);
        assert_eq!(rows("a,b\nc,\"d\ne,f"), Err(2));
    }
}
