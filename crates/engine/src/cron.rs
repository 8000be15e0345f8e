//! Cron expressions: five fields (minute, hour, day of month, month, weekday), in UTC or by the clock of a place.
//!
//! As Vixie's cron has it: lists, ranges, steps and English names; where both days are given, either suffices. `CRON_TZ=ZONE`
//! before the fields says by whose clock. Where that clock is put forward, a time that it leaves out comes at the next that there
//! is, and is that one; where it is put back, a time that comes twice counts once. An expression of every hour counts hours as they
//! pass: none is left out, and none comes twice.

use crate::span::civil;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// Longest search for the next time, days: 29 February comes at least every eight years.
const SEARCH_DAYS_MAX: i64 = 8 * 366 + 1;
/// Most changes of a clock that are looked past for the next time: a few a year.
const CHANGES_MAX: usize = 64;
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const ZONE: &str = "CRON_TZ=";
const EVERY_HOUR: u64 = (1 << 24) - 1;

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    text: String,
    /// By whose clock; UTC if `None`.
    zone: Option<TimeZone>,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Whether the day of the month and the weekday are both restricted.
    either_day: bool,
}

impl Cron {
    /// Reads an expression such as `0 6 * * 1-5` or `CRON_TZ=Europe/Berlin 0 6 * * 1-5`; in words what is wrong with another.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (zone, fields) = match text.strip_prefix(ZONE) {
            Some(rest) => {
                let (name, fields) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                (Some(zone(name)?), fields.trim())
            }
            None => (None, text),
        };
        let named = match fields {
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
            text: text.to_owned(),
            zone,
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

    /// The first time after `ms` (milliseconds since 1970, UTC) that fits; a whole minute of the clock that it goes by.
    pub fn next_ms(&self, ms: i64) -> Option<i64> {
        match &self.zone {
            None => self.after(ms).next(),
            Some(zone) if self.hours == EVERY_HOUR => self.next_hour_ms(zone, ms),
            Some(zone) => {
                let shown = ms.checked_add(offset_ms(zone, ms)?)?;
                self.after(shown).filter_map(|shown| instant_ms(zone, shown)).find(|at| *at > ms)
            }
        }
    }

    /// The same for every hour: by the clock as it stands, until it is changed, and then by the clock as it stands from there on.
    fn next_hour_ms(&self, zone: &TimeZone, ms: i64) -> Option<i64> {
        let (mut after_ms, mut here_ms) = (ms, ms);
        for _ in 0..CHANGES_MAX {
            let offset_ms = offset_ms(zone, here_ms)?;
            let next_ms = self.after(after_ms.checked_add(offset_ms)?).next()? - offset_ms;
            match change_ms(zone, here_ms) {
                Some(change_ms) if change_ms <= next_ms => (after_ms, here_ms) = (change_ms - 1, change_ms),
                _ => return Some(next_ms),
            }
        }
        None
    }

    /// All minutes after `ms` that fit, in order, as far as is searched; of a clock that is never changed.
    fn after(&self, ms: i64) -> impl Iterator<Item = i64> + '_ {
        let first = ms.div_euclid(MINUTE_MS).saturating_add(1).saturating_mul(MINUTE_MS);
        let today = first.div_euclid(DAY_MS);
        (today..=today + SEARCH_DAYS_MAX).filter(move |day| self.fits_day(*day)).flat_map(move |day| {
            let from = if day == today { first.rem_euclid(DAY_MS) / MINUTE_MS } else { 0 };
            let fits = (from..24 * 60).filter(move |minute| self.fits_minute(*minute));
            fits.map(move |minute| day.saturating_mul(DAY_MS).saturating_add(minute * MINUTE_MS))
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

fn zone(name: &str) -> Result<TimeZone, String> {
    let found = Some(name).filter(|name| !name.is_empty()).and_then(|name| TimeZone::get(name).ok());
    found.ok_or_else(|| format!("time zone '{name}' is not known; write one such as Europe/Berlin"))
}

/// How far a clock is before UTC.
fn offset_ms(zone: &TimeZone, ms: i64) -> Option<i64> {
    Some(i64::from(zone.to_offset(Timestamp::from_millisecond(ms).ok()?).seconds()) * 1_000)
}

/// When a clock is changed next.
fn change_ms(zone: &TimeZone, ms: i64) -> Option<i64> {
    zone.following(Timestamp::from_millisecond(ms).ok()?).next().map(|change| change.timestamp().as_millisecond())
}

/// When a clock shows this, given as milliseconds since it showed the beginning of 1970: for the first time, and where it never does,
/// when it is put forward past it.
fn instant_ms(zone: &TimeZone, shown_ms: i64) -> Option<i64> {
    let shown: DateTime = Offset::UTC.to_datetime(Timestamp::from_millisecond(shown_ms).ok()?);
    let less = |offset: Offset| shown_ms - i64::from(offset.seconds()) * 1_000;
    match zone.to_ambiguous_timestamp(shown).offset() {
        AmbiguousOffset::Unambiguous { offset } => Some(less(offset)),
        AmbiguousOffset::Fold { before, .. } => Some(less(before)),
        AmbiguousOffset::Gap { after, .. } => change_ms(zone, less(after)),
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

    /// The times after one, in UTC.
    fn check_in(zone: &str, text: &str, from: &str, expect: &[&str]) {
        let cron = Cron::parse(&format!("CRON_TZ={zone} {text}")).unwrap_or_else(|e| panic!("{text}: {e}"));
        let mut at = from.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        for expect in expect {
            at = cron.next_ms(at).unwrap_or_default();
            assert_eq!(rfc3339(at), format!("{expect}:00.000Z"), "{zone} {text}");
        }
    }

    #[test]
    fn times_are_by_the_clock_of_a_place() {
        let winter = "2026-01-01T00:00:00Z";
        check_in("Europe/Berlin", "0 6 * * *", winter, &["2026-01-01T05:00", "2026-01-02T05:00"]);
        check_in("Europe/Berlin", "0 6 * * *", "2026-07-01T00:00:00Z", &["2026-07-01T04:00"]);
        // It is still the day before there.
        check_in("America/New_York", "30 22 31 12 *", winter, &["2026-01-01T03:30", "2027-01-01T03:30"]);
        check_in("Asia/Kolkata", "0 9 * * mon", winter, &["2026-01-05T03:30"]);
        check_in("UTC", "@daily", winter, &["2026-01-02T00:00"]);
        check_in("Asia/Kolkata", "15 * * * *", winter, &["2026-01-01T00:45", "2026-01-01T01:45"]);
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_comes_at_the_next_that_there_is_once() {
        // At 02:00 it is put forward to 03:00, which is 01:00 in UTC.
        let before = "2026-03-28T12:00:00Z";
        check_in("Europe/Berlin", "30 2 * * *", before, &["2026-03-29T01:00", "2026-03-30T00:30"]);
        check_in(
            "Europe/Berlin",
            "0,30 2-3 * * *",
            before,
            &["2026-03-29T01:00", "2026-03-29T01:30", "2026-03-30T00:00"],
        );
        // Samoa had no 30 December.
        check_in("Pacific/Apia", "0 12 30 12 *", "2011-12-29T00:00:00Z", &["2011-12-30T10:00", "2012-12-29T22:00"]);
    }

    #[test]
    fn a_time_that_comes_twice_counts_once() {
        // At 03:00 it is put back to 02:00, which is 01:00 in UTC.
        let before = "2026-10-24T12:00:00Z";
        check_in("Europe/Berlin", "30 2 * * *", before, &["2026-10-25T00:30", "2026-10-26T01:30"]);
        check_in(
            "Europe/Berlin",
            "0,30 2-3 * * *",
            before,
            &["2026-10-25T00:00", "2026-10-25T00:30", "2026-10-25T02:00"],
        );
        // Begun in between, the time that comes again is not taken for another.
        check_in("Europe/Berlin", "30 2 * * *", "2026-10-25T01:10:00Z", &["2026-10-26T01:30"]);
    }

    #[test]
    fn every_hour_is_every_hour_whatever_is_done_to_the_clock() {
        let spring = ["2026-03-28T23:30", "2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"];
        check_in("Europe/Berlin", "30 * * * *", "2026-03-28T23:00:00Z", &spring);
        let autumn = ["2026-10-24T23:30", "2026-10-25T00:30", "2026-10-25T01:30", "2026-10-25T02:30"];
        check_in("Europe/Berlin", "30 * * * *", "2026-10-24T23:00:00Z", &autumn);
        let on_the_hour = ["2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"];
        check_in("Europe/Berlin", "0 * * * *", "2026-03-28T23:00:00Z", &on_the_hour);
    }

    #[test]
    fn what_is_no_cron_expression_is_refused() {
        for bad in ["CRON_TZ=Mars/Olympus 0 6 * * *", "CRON_TZ=Europe/Berlin", "CRON_TZ= 0 6 * * *", "TZ=UTC 0 6 * * *"]
        {
            assert!(Cron::parse(bad).is_err(), "{bad}");
        }
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
