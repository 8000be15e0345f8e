//! ISO 8601 durations as blueprints write them: `PT2M`, `PT24H`, `P1DT12H`.

use baton_base::{Error, Result};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
const WEEK_MS: i64 = 7 * DAY_MS;
/// Longest duration accepted: ten years.
const DURATION_MS_MAX: i64 = 3_653 * DAY_MS;

/// Milliseconds of an ISO 8601 duration of weeks, days, hours, minutes and whole seconds. Months and years have no
/// fixed length and are refused, as are zero and more than ten years.
pub fn duration_ms(text: &str) -> Result<i64> {
    parse(text).filter(|ms| (1..=DURATION_MS_MAX).contains(ms)).ok_or_else(|| {
        let detail = "write an ISO 8601 duration of weeks, days, hours, minutes and seconds, such as PT8H or P1DT12H";
        Error::invalid(format!("'{text}' is not a duration"), detail)
    })
}

fn parse(text: &str) -> Option<i64> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    let days = units(date, &[('W', WEEK_MS), ('D', DAY_MS)])?;
    let seconds = units(time, &[('H', HOUR_MS), ('M', MINUTE_MS), ('S', SECOND_MS)])?;
    days.checked_add(seconds)
}

fn units(text: &str, known: &[(char, i64)]) -> Option<i64> {
    let (mut rest, mut sum, mut known) = (text, 0_i64, known);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: i64 = rest[..end].parse().ok()?;
        let letter = rest[end..].chars().next()?;
        let place = known.iter().position(|(name, _)| *name == letter)?;
        sum = sum.checked_add(count.checked_mul(known[place].1)?)?;
        // Units come once each, largest first.
        known = &known[place + 1..];
        rest = &rest[end + 1..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_blueprints_write_and_refuses_the_rest() {
        let good =
            [("PT2M", 120_000), ("PT24H", DAY_MS), ("P1DT12H", 36 * HOUR_MS), ("P2W", 14 * DAY_MS), ("PT1S", 1000)];
        for (text, ms) in good {
            assert_eq!(duration_ms(text).unwrap(), ms, "{text}");
        }
        for bad in
            ["", "P", "PT", "8h", "PT0S", "P1M", "P1Y", "PT1M1H", "PTM", "PT99999999999999999999H", "P9999W", "PT1é"]
        {
            assert!(duration_ms(bad).is_err(), "{bad}");
        }
    }
}
