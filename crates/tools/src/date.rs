//! The calendar date of a moment, in UTC, for rules that compare dates.

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// `YYYY-MM-DD` in UTC (days to civil date after H. Hinnant, "chrono-compatible low-level date algorithms").
pub fn utc_date(now_ms: i64) -> String {
    let days = now_ms.div_euclid(DAY_MS) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `YYYY-MM-DD hh:mm UTC`.
pub fn minute_of(now_ms: i64) -> String {
    let minutes = now_ms.rem_euclid(DAY_MS) / 60_000;
    format!("{} {:02}:{:02} UTC", utc_date(now_ms), minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::utc_date;

    #[test]
    fn knows_leap_days_and_the_time_before_1970() {
        for (ms, date) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400_000, "2000-02-29"),
            (1_709_164_800_000, "2024-02-29"),
            (1_772_323_199_999, "2026-02-28"),
            (1_772_323_200_000, "2026-03-01"),
        ] {
            assert_eq!(utc_date(ms), date);
        }
    }
}
