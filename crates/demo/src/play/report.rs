//! What came of a check, as a table for people and as a value for programs.

use serde::Serialize;
use std::fmt;

/// Most single findings that a report lists of one kind.
const FINDINGS_MAX: usize = 12;

/// One line of the table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What was played.
    pub name: String,
    /// Cases in.
    pub cases: usize,
    /// Ended by the AI alone.
    pub by_ai: usize,
    /// Ended by a person.
    pub by_people: usize,
    /// Ended with a question to the customer that nobody answers.
    pub waiting: usize,
    /// Whose end is not the known right one.
    pub wrong: usize,
    /// That never ended.
    pub lost: usize,
    /// Effects done more than once.
    pub duplicates: usize,
    /// Effects of the systems without a permit in Baton's books.
    pub unpermitted: usize,
}

/// What is wrong with one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Its end is not the right one.
    Wrong,
    /// It has no end.
    Lost,
    /// It was done more than once.
    Duplicate,
    /// It has no permit.
    Unpermitted,
    /// It could not be sent, or nobody answered.
    Sender,
    /// The desk could not do it.
    Desk,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Kind.
    pub fault: Fault,
    /// In words.
    pub what: String,
}

/// What came of a check.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// One line per client.
    pub rows: Vec<Row>,
    /// Wall time from the first message to the last end, in milliseconds.
    pub elapsed_ms: u64,
    /// What was wrong, one by one, at most twelve of each kind.
    pub findings: Vec<Finding>,
    /// How many findings there were.
    pub findings_count: usize,
}

impl Report {
    /// Whether every zero is a zero.
    pub fn passed(&self) -> bool {
        self.findings_count == 0
            && self.rows.iter().all(|r| r.wrong + r.lost + r.duplicates + r.unpermitted == 0 && r.cases > 0)
    }

    /// Cases of all rows.
    pub fn cases(&self) -> usize {
        self.rows.iter().map(|row| row.cases).sum()
    }

    /// Cases ended per second, in thousandths.
    pub fn cases_per_second_milli(&self) -> u64 {
        (self.cases() as u64 * 1_000_000) / self.elapsed_ms.max(1)
    }

    pub(super) fn finding(&mut self, fault: Fault, what: String) {
        self.findings_count += 1;
        if self.findings.iter().filter(|finding| finding.fault == fault).count() < FINDINGS_MAX {
            self.findings.push(Finding { fault, what });
        }
    }

    /// Adds another report's rows and findings, row by row where the names are the same.
    pub fn add(&mut self, other: Self) {
        for row in other.rows {
            match self.rows.iter_mut().find(|mine| mine.name == row.name) {
                Some(mine) => {
                    mine.cases += row.cases;
                    mine.by_ai += row.by_ai;
                    mine.by_people += row.by_people;
                    mine.waiting += row.waiting;
                    mine.wrong += row.wrong;
                    mine.lost += row.lost;
                    mine.duplicates += row.duplicates;
                    mine.unpermitted += row.unpermitted;
                }
                None => self.rows.push(row),
            }
        }
        self.elapsed_ms += other.elapsed_ms;
        let unlisted = other.findings_count - other.findings.len();
        for Finding { fault, what } in other.findings {
            self.finding(fault, what);
        }
        self.findings_count += unlisted;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24} {:>6} {:>6} {:>9} {:>8} {:>6} {:>5} {:>10} {:>10}",
            "", "cases", "by AI", "by people", "waiting", "wrong", "lost", "duplicates", "no permit"
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "{:<24} {:>6} {:>6} {:>9} {:>8} {:>6} {:>5} {:>10} {:>10}",
                row.name,
                row.cases,
                row.by_ai,
                row.by_people,
                row.waiting,
                row.wrong,
                row.lost,
                row.duplicates,
                row.unpermitted
            )?;
        }
        let rate = self.cases_per_second_milli();
        writeln!(
            f,
            "{} cases in {}.{} s: {}.{} cases/s",
            self.cases(),
            self.elapsed_ms / 1_000,
            self.elapsed_ms % 1_000 / 100,
            rate / 1_000,
            rate % 1_000 / 100
        )?;
        for finding in &self.findings {
            writeln!(f, "- {:?}: {}", finding.fault, finding.what)?;
        }
        if self.findings_count > self.findings.len() {
            writeln!(f, "- and {} more", self.findings_count - self.findings.len())?;
        }
        writeln!(f, "{}", if self.passed() { "passed" } else { "FAILED" })
    }
}
