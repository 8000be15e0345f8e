//! A time in the past, as people write it.

use std::str::FromStr;

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// So long ago, or a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    Ago(i64),
    At(i64),
}

impl Since {
    /// Milliseconds since the epoch.
    pub(super) fn at(self, now_ms: i64) -> i64 {
        match self {
            Self::Ago(ms) => now_ms - ms,
            Self::At(ms) => ms,
        }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ago =
            |unit: char, ms: i64| text.strip_suffix(unit)?.parse::<u16>().ok().map(|n| Self::Ago(i64::from(n) * ms));
        ago('d', DAY_MS)
            .or_else(|| ago('h', HOUR_MS))
            .or_else(|| day(text).map(|days| Self::At(days * DAY_MS)))
            .ok_or_else(|| "write 30d, 12h, or a day such as 2026-11-01".to_owned())
    }
}

/// Days since the epoch of a day of the Gregorian calendar.
fn day(text: &str) -> Option<i64> {
    let parts: Vec<i64> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day] = parts[..] else { return None };
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years begin in March, so that the day that is sometimes there is the last (Hinnant, "days_from_civil").
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let (era, of_era) = (y / 400, y % 400);
    let of_year = (153 * m + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_write_them() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(text.parse::<Since>().ok().map(|s| s.at(100 * DAY_MS)), expected, "{text}");
        };
        check("30d", Some(70 * DAY_MS));
        check("12h", Some(100 * DAY_MS - 12 * HOUR_MS));
        check("1970-01-02", Some(DAY_MS));
        check("2026-11-01", Some(20_758 * DAY_MS));
        for text in ["", "d", "-1d", "yesterday", "2026-13-01", "2026-11", "1-1-1"] {
            check(text, None);
        }
    }
}
