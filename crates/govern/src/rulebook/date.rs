//! Calendar days as milliseconds.

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Start of a day `YYYY-MM-DD` in UTC; `None` where it is no day of the Gregorian calendar.
pub fn day_start_ms(text: &str) -> Option<i64> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = [(year, 4), (month, 2), (day, 2)];
    let plain = digits.iter().all(|(s, n)| s.len() == *n && s.bytes().all(|b| b.is_ascii_digit()));
    if !plain || parts.next().is_some() {
        return None;
    }
    let (year, month, day): (i64, i64, i64) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let last = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=last).contains(&day).then(|| days_from_civil(year, month, day) * DAY_MS)
}

/// End of a day: the start of the next.
pub fn day_end_ms(text: &str) -> Option<i64> {
    day_start_ms(text).map(|start| start + DAY_MS)
}

/// The day after, as it is written.
pub(super) fn day_after(text: &str) -> Option<String> {
    day_start_ms(text).map(|start| written(start.div_euclid(DAY_MS) + 1))
}

/// The day before, as it is written.
pub(super) fn day_before(text: &str) -> Option<String> {
    day_start_ms(text).map(|start| written(start.div_euclid(DAY_MS) - 1))
}

// The other way round.
fn written(days: i64) -> String {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

// Days since 1970-01-01; the well-known algorithm on years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_after_and_before_cross_months_and_leap_days() {
        assert_eq!(day_after("2024-02-28").unwrap(), "2024-02-29");
        assert_eq!(day_after("2023-12-31").unwrap(), "2024-01-01");
        assert_eq!(day_before("2024-03-01").unwrap(), "2024-02-29");
        assert_eq!(day_before("1970-01-01").unwrap(), "1969-12-31");
    }

    #[test]
    fn days_are_utc_and_impossible_days_are_none() {
        assert_eq!(day_start_ms("1970-01-01"), Some(0));
        assert_eq!(day_start_ms("2024-02-29"), Some(1_709_164_800_000));
        for bad in ["2023-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "24-01-01", "2024-1-1", "x", "2024-01-01-"]
        {
            assert_eq!(day_start_ms(bad), None, "{bad}");
        }
    }
}
