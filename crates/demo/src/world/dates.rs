//! Calendar days, as notices and policies name them.

use std::fmt;

/// A day of the Gregorian calendar; may be impossible (30 February) where a bad notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Year.
    pub year: i64,
    /// 1 to 12.
    pub month: i64,
    /// 1 to 31.
    pub day: i64,
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

impl Day {
    /// A day from its parts.
    pub fn new(year: i64, month: i64, day: i64) -> Self {
        Self { year, month, day }
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '-').map(|part| part.parse().ok());
        Some(Self::new(parts.next()??, parts.next()??, parts.next()??))
    }

    /// The day `days` later (earlier if negative). Algorithm: Howard Hinnant, "chrono-compatible low-level date
    /// algorithms", days_from_civil and civil_from_days.
    pub fn plus_days(self, days: i64) -> Self {
        let y = if self.month <= 2 { self.year - 1 } else { self.year };
        let month_index = (self.month + 9) % 12;
        let day_of_year = (153 * month_index + 2) / 5 + self.day - 1;
        let era = y.div_euclid(400);
        let year_of_era = y.rem_euclid(400);
        let number = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year + days;
        let era = number.div_euclid(146_097);
        let doe = number.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + i64::from(month <= 2);
        Self { year, month, day: doy - (153 * mp + 2) / 5 + 1 }
    }

    /// `3 March 2025`.
    pub fn english(self) -> String {
        format!("{} {} {}", self.day, self.month_of(&MONTHS_EN), self.year)
    }
    /// `March 3, 2025`.
    pub fn american(self) -> String {
        format!("{} {}, {}", self.month_of(&MONTHS_EN), self.day, self.year)
    }
    /// `3. März 2025`.
    pub fn german(self) -> String {
        format!("{}. {} {}", self.day, self.month_of(&MONTHS_DE), self.year)
    }
    /// `03.03.2025`.
    pub fn german_short(self) -> String {
        format!("{:02}.{:02}.{}", self.day, self.month, self.year)
    }
    fn month_of(self, names: &[&'static str; 12]) -> &'static str {
        usize::try_from(self.month - 1).ok().and_then(|index| names.get(index).copied()).unwrap_or("?")
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_days_over_months_years_and_leap_days() {
        for (from, days, to) in [
            ("2024-02-28", 1, "2024-02-29"),
            ("2025-02-28", 1, "2025-03-01"),
            ("2025-12-31", 1, "2026-01-01"),
            ("2026-01-01", -1, "2025-12-31"),
            ("2024-01-15", 366, "2025-01-15"),
        ] {
            assert_eq!(Day::parse(from).unwrap().plus_days(days).to_string(), to);
        }
        assert_eq!(Day::new(2025, 3, 3).german(), "3. März 2025");
    }
}
