//! Durations and instants as text (ISO 8601, RFC 3339), in milliseconds.

use crate::limits::DURATION_MS_MAX;
use serde_json::Value;

const SECOND_MS: i64 = 1_000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Units of an inline duration.
pub(crate) const UNITS: [(&str, i64); 5] =
    [("days", DAY_MS), ("hours", HOUR_MS), ("minutes", MINUTE_MS), ("seconds", SECOND_MS), ("milliseconds", 1)];

fn within(ms: i64) -> Result<i64, String> {
    if (0..=DURATION_MS_MAX).contains(&ms) {
        return Ok(ms);
    }
    Err(format!("the duration is negative or longer than {} days", DURATION_MS_MAX / DAY_MS))
}

/// Reads an ISO 8601 duration such as `PT15M` or `P1DT2.5S`. A month counts 30 days, a year 365.
pub(crate) fn parse_iso(text: &str) -> Result<i64, String> {
    let bad = || format!("'{text}' is not an ISO 8601 duration such as PT15M");
    let rest = text.strip_prefix('P').ok_or_else(bad)?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return Err(bad()),
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return Err(bad());
    }
    let date_units = [('Y', 365 * DAY_MS), ('M', 30 * DAY_MS), ('W', 7 * DAY_MS), ('D', DAY_MS)];
    let time_units = [('H', HOUR_MS), ('M', MINUTE_MS), ('S', SECOND_MS)];
    let sum = parts(date, &date_units).and_then(|d| parts(time, &time_units).and_then(|t| d.checked_add(t)));
    within(sum.ok_or_else(bad)?)
}

fn parts(mut text: &str, units: &[(char, i64)]) -> Option<i64> {
    let mut sum = 0_i64;
    let mut units = units.iter();
    while !text.is_empty() {
        let end = text.find(|c: char| c.is_ascii_alphabetic())?;
        let (number, letter) = (&text[..end], text[end..].chars().next()?);
        let (_, unit_ms) = units.find(|(known, _)| *known == letter)?;
        sum = sum.checked_add(scaled(number, *unit_ms)?)?;
        text = &text[end + 1..];
    }
    Some(sum)
}

fn scaled(number: &str, unit_ms: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || fraction.len() > 9 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let mut ms = whole.parse::<i64>().ok()?.checked_mul(unit_ms)?;
    if !fraction.is_empty() {
        let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
        let part = i128::from(fraction.parse::<i64>().ok()?) * i128::from(unit_ms) / scale;
        ms = ms.checked_add(i64::try_from(part).ok()?)?;
    }
    Some(ms)
}

/// Reads a duration that an expression gave: ISO 8601 text, or an object of units.
pub(crate) fn from_value(value: &Value) -> Result<i64, String> {
    match value {
        Value::String(text) => parse_iso(text),
        Value::Object(map) if !map.is_empty() => {
            let mut sum = 0_i64;
            for (key, amount) in map {
                let unit = UNITS.iter().find(|(name, _)| name == key);
                let ms = unit.zip(amount.as_i64()).and_then(|((_, unit_ms), amount)| amount.checked_mul(*unit_ms));
                let ms = ms.ok_or_else(|| format!("'{key}' is not a whole number of a known unit of time"))?;
                sum = sum.checked_add(ms).ok_or("the duration is too long")?;
            }
            within(sum)
        }
        _ => Err("a duration is ISO 8601 text or an object of days, hours, minutes, seconds, milliseconds".to_owned()),
    }
}

/// An instant as RFC 3339 text in UTC.
pub(crate) fn rfc3339(ms: i64) -> String {
    let (days, rest) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS));
    let (year, month, day) = civil(days);
    let (hour, minute) = (rest / HOUR_MS, rest % HOUR_MS / MINUTE_MS);
    let (second, milli) = (rest % MINUTE_MS / SECOND_MS, rest % SECOND_MS);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Days since 1970-01-01 as year, month, day (proleptic Gregorian; H. Hinnant, "chrono-compatible date algorithms").
pub(crate) fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_are_read_strictly() {
        for (text, ms) in [("PT15M", 900_000), ("P1DT2.5S", 86_402_500), ("P1W", 604_800_000), ("PT0S", 0)] {
            assert_eq!(parse_iso(text), Ok(ms), "{text}");
        }
        for bad in ["", "P", "PT", "15M", "PT5", "PT5S3M", "P1H", "PT-5S", "P99999999Y", "PT.5S"] {
            assert!(parse_iso(bad).is_err(), "{bad}");
        }
        assert_eq!(from_value(&json!({"minutes": 1, "seconds": 2})), Ok(62_000));
        assert!(from_value(&json!({"minutes": -1})).is_err());
        assert!(from_value(&json!({"moons": 1})).is_err());
    }

    #[test]
    fn instants_print_as_rfc_3339() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(951_782_400_123), "2000-02-29T00:00:00.123Z");
        assert_eq!(rfc3339(1_735_689_599_999), "2024-12-31T23:59:59.999Z");
    }
}
