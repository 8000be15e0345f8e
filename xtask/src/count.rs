//! How many tests ran: read from what the test runners print.

use std::ops::AddAssign;

/// Tests that passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
}

impl Tally {
    /// One check that held.
    pub const ONE: Self = Self { passed: 1, failed: 0 };

    /// This many checks that held.
    pub fn passed(passed: u64) -> Self {
        Self { passed, failed: 0 }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Sums the summaries of `cargo nextest`, `cargo test` and `node --test` in an output.
pub fn tests(output: &str) -> Tally {
    let mut sum = Tally::default();
    for line in output.lines() {
        let line = plain(line);
        if let Some(tally) = nextest(&line).or_else(|| libtest(&line)).or_else(|| node(&line)) {
            sum += tally;
        }
    }
    sum
}

/// `     Summary [  12.3s] 120 tests run: 118 passed (2 slow), 2 failed, 1 timed out, 3 skipped`
fn nextest(line: &str) -> Option<Tally> {
    let (_, counts) = line.trim_start().strip_prefix("Summary [")?.split_once("run:")?;
    let failed = ["failed", "timed out", "exec failed"].iter().filter_map(|word| before(counts, word)).sum();
    Some(Tally { passed: before(counts, "passed").unwrap_or(0), failed })
}

/// `test result: ok. 12 passed; 0 failed; 0 ignored; …`
fn libtest(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    Some(Tally { passed: before(counts, "passed")?, failed: before(counts, "failed")? })
}

/// `ℹ pass 4` or `# pass 4`, and the same with `fail` and `cancelled`.
fn node(line: &str) -> Option<Tally> {
    let (word, number) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# "))?.split_once(' ')?;
    let number = number.trim().parse().ok()?;
    match word {
        "pass" => Some(Tally { passed: number, failed: 0 }),
        "fail" | "cancelled" => Some(Tally { passed: 0, failed: number }),
        _ => None,
    }
}

/// Counts the table of `baton demo check`: each row has four zeros to hold (wrong, lost, duplicates, no permit).
pub fn check_rows(output: &str) -> Tally {
    const COLUMNS: usize = 8;
    const ZEROS: usize = 4;
    let mut sum = Tally::default();
    for line in output.lines() {
        let numbers: Vec<u64> = line.split_whitespace().rev().map_while(|word| word.parse().ok()).collect();
        if numbers.len() == COLUMNS && line.starts_with(|c: char| c.is_alphabetic()) {
            let broken = numbers[..ZEROS].iter().filter(|number| **number > 0).count() as u64;
            sum += Tally { passed: ZEROS as u64 - broken, failed: broken };
        }
    }
    sum
}

/// The number that stands before a word, in parts separated by commas, semicolons or full stops.
fn before(text: &str, word: &str) -> Option<u64> {
    text.split([',', ';', '.']).find_map(|part| {
        let (number, rest) = part.trim().split_once(' ')?;
        (rest == word || rest.starts_with(&format!("{word} ("))).then(|| number.parse().ok())?
    })
}

/// The line without colours.
fn plain(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        if char == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            text.push(char);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_check_is_four_zeros() {
        let table = "                          cases  by AI by people  waiting  wrong  lost duplicates  no permit\n\
                     larkspur                    90     70        20        0      0     0          0          0\n\
                     harbor-mutual               60     40        20        0      1     0          0          0\n\
                     150 cases in 9.5 s: 15.7 cases/s\n";
        assert_eq!(check_rows(table), Tally { passed: 7, failed: 1 });
    }

    #[test]
    fn the_runners_summaries_are_understood() {
        let cases = [
            ("     Summary [   0.030s] 7 tests run: 7 passed, 0 skipped", 7, 0),
            (
                "\u{1b}[32;1m     Summary\u{1b}[0m [  9s] 120 tests run: 117 passed (2 slow), 2 failed, 1 timed out, 3 skipped",
                117,
                3,
            ),
            ("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s", 12, 0),
            ("test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured", 3, 2),
            ("ℹ tests 5\nℹ pass 4\nℹ fail 1\nℹ cancelled 0", 4, 1),
            ("# tests 5\n# pass 5\n# fail 0", 5, 0),
            ("nothing of the kind", 0, 0),
        ];
        for (text, passed, failed) in cases {
            assert_eq!(tests(text), Tally { passed, failed }, "{text}");
        }
    }
}
