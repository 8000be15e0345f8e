//! Cron expressions: five fields (minute, hour, day of month, month, weekday), in UTC.
//!
//! As Vixie's cron has it: lists, ranges, steps and English names; where both days are given, either suffices.

use crate::span::civil;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Longest search for the next time, days: 29 February comes at least every eight years.
const SEARCH_DAYS_MAX: i64 = 8 * 366 + 1;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month and the weekday are both restricted.
    either_day: bool,
}

impl Cron {
    /// Reads an expression such as `0 6 * * 1-5`; in words what is wrong with another.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let fields: Vec<&str> = named.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!("a cron expression has five fields, not {}", fields.len()));
        };
        let mut weekdays = set("weekday", weekday, 0, 7, &WEEKDAYS)?;
        if weekdays & (1 << 7) != 0 {
            weekdays |= 1;
        }
        let cron = Self {
            text: text.trim().to_owned(),
            minutes: set("minute", minute, 0, 59, &[])?,
            hours: set("hour", hour, 0, 23, &[])?,
            days: set("day of month", day, 1, 31, &[])?,
            months: set("month", month, 1, 12, &MONTHS)?,
            weekdays,
            either_day: !day.starts_with('*') && !weekday.starts_with('*'),
        };
        match cron.next_ms(0) {
            Some(_) => Ok(cron),
            None => Err(format!("'{}' names a date that never comes", cron.text)),
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first time after `ms` (milliseconds since 1970, UTC) that fits; always a whole minute.
    pub fn next_ms(&self, ms: i64) -> Option<i64> {
        let first = ms.div_euclid(MINUTE_MS).checked_add(1)?.checked_mul(MINUTE_MS)?;
        let today = first.div_euclid(DAY_MS);
        (today..=today + SEARCH_DAYS_MAX).filter(|day| self.fits_day(*day)).find_map(|day| {
            let from = if day == today { first.rem_euclid(DAY_MS) / MINUTE_MS } else { 0 };
            (from..24 * 60).find(|minute| self.fits_minute(*minute)).map(|minute| day * DAY_MS + minute * MINUTE_MS)
        })
    }

    fn fits_minute(&self, of_day: i64) -> bool {
        has(self.hours, of_day / 60) && has(self.minutes, of_day % 60)
    }

    fn fits_day(&self, day: i64) -> bool {
        let (_, month, date) = civil(day);
        // 1970-01-01 was a Thursday.
        let weekday = has(self.weekdays, (day + 4).rem_euclid(7));
        let date = has(self.days, date);
        has(self.months, month) && if self.either_day { date || weekday } else { date && weekday }
    }
}

fn has(set: u64, value: i64) -> bool {
    set & (1 << value) != 0
}

/// The values of one field as bits.
fn set(what: &str, field: &str, from: u32, to: u32, names: &[&str]) -> Result<u64, String> {
    let mut bits = 0;
    for part in field.split(',') {
        bits |= range(part, from, to, names).ok_or_else(|| format!("'{part}' is not a {what} of a cron expression"))?;
    }
    Ok(bits)
}

fn range(part: &str, from: u32, to: u32, names: &[&str]) -> Option<u64> {
    let (span, step) = match part.split_once('/') {
        Some((span, step)) => (span, Some(number(step)?)),
        None => (part, None),
    };
    let value = |text: &str| {
        let name = names.iter().position(|name| name.eq_ignore_ascii_case(text)).and_then(|at| u32::try_from(at).ok());
        // Months count from 1, weekdays from 0.
        name.map(|at| at + from).or_else(|| number(text)).filter(|value| (from..=to).contains(value))
    };
    let (first, last) = match span.split_once('-') {
        _ if span == "*" => (from, to),
        Some((first, last)) => (value(first)?, value(last)?),
        None => (value(span)?, if step.is_some() { to } else { value(span)? }),
    };
    let step = step.unwrap_or(1);
    if first > last || step == 0 {
        return None;
    }
    Some((first..=last).step_by(usize::try_from(step).ok()?).fold(0, |bits, value| bits | 1 << value))
}

fn number(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::rfc3339;

    /// 2026-01-01T00:00:00Z, a Thursday.
    const NEW_YEAR_MS: i64 = 1_767_225_600_000;

    fn check(text: &str, expect: &[&str]) {
        let cron = Cron::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let mut at = NEW_YEAR_MS;
        for expect in expect {
            at = cron.next_ms(at).unwrap_or_default();
            assert_eq!(rfc3339(at), format!("{expect}:00.000Z"), "{text}");
        }
    }

    #[test]
    fn the_next_time_is_the_first_that_fits() {
        check("0 0 * * *", &["2026-01-02T00:00", "2026-01-03T00:00"]);
        check("*/20 9-10 * * *", &["2026-01-01T09:00", "2026-01-01T09:20", "2026-01-01T09:40", "2026-01-01T10:00"]);
        check("30 6 * * mon-FRI", &["2026-01-01T06:30", "2026-01-02T06:30", "2026-01-05T06:30"]);
        check("0 12 29 2 *", &["2028-02-29T12:00", "2032-02-29T12:00"]);
        check("0 0 13 * 5", &["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]);
        check("5 4 * * 7", &["2026-01-04T04:05"]);
        check("0 0 1 jan,Jul *", &["2026-07-01T00:00", "2027-01-01T00:00"]);
        check("@hourly", &["2026-01-01T01:00"]);
        check("50/5 23 31 12 *", &["2026-12-31T23:50", "2026-12-31T23:55", "2027-12-31T23:50"]);
    }

    #[test]
    fn what_is_no_cron_expression_is_refused() {
        for bad in ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *"] {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
        for bad in
            ["*/0 * * * *", "a * * * *", "1,,2 * * * *", "0 0 31 2 *", "0 0 30 feb *", "* * * * * *", "-1 * * * *"]
        {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
    }
}
