//! When people work: weekly hours with breaks, holidays, and the clock of the place, summer time included.

use crate::limits;
use baton_base::written::Places;
use baton_base::{Bundle, Finding};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Days looked ahead for the next opening; whoever never opens is closed.
const DAYS_AHEAD_MAX: i64 = 400;
/// Most spans of one day.
const SPANS_MAX: usize = 8;

/// Weekly hours as a file or the API gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalendarText {
    /// As queues name it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// IANA time zone, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Spans by weekday (`mon` … `sun`), such as `["08:00-12:00", "13:00-17:00"]`; a day left out is closed. A span whose
    /// end is not after its beginning ends the next day.
    #[serde(default)]
    pub weekly: BTreeMap<String, Vec<String>>,
    /// Days that are otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<HolidayText>,
}

/// A day that is otherwise: closed, or open at other hours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayText {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// Why, for people.
    #[serde(default)]
    pub title: String,
    /// Its hours; closed if left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<String>,
}

/// What is wrong with hours, and where in them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong {
    /// A path, such as `weekly/mon`.
    at: String,
    what: String,
}

/// Hours, read.
#[derive(Debug, Clone)]
pub struct Calendar {
    text: CalendarText,
    zone: TimeZone,
    weekly: [Vec<Span>; 7],
    otherwise: BTreeMap<Date, Vec<Span>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    from: Time,
    to: Time,
}

impl Span {
    fn ends_next_day(self) -> bool {
        self.to <= self.from
    }
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Calendar {
    /// Reads hours; what is wrong is said in words.
    pub fn read(text: &CalendarText) -> Result<Self, String> {
        Self::checked(text).map_err(|wrong| wrong.what)
    }

    fn checked(text: &CalendarText) -> Result<Self, Wrong> {
        let at = |at: &str| {
            let at = at.to_owned();
            move |what: String| Wrong { at, what }
        };
        let zone = TimeZone::get(&text.time_zone).map_err(|_| {
            at("time_zone")(format!("time zone '{}' is not known; write one such as Europe/Berlin", text.time_zone))
        })?;
        let mut weekly: [Vec<Span>; 7] = Default::default();
        for (day, spans) in &text.weekly {
            let place = format!("weekly/{day}");
            let known = DAYS.iter().position(|known| known == day);
            let known =
                known.ok_or_else(|| at(&place)(format!("'{day}' is no day of the week; use {}", DAYS.join(", "))))?;
            weekly[known] = read_spans(spans).map_err(at(&place))?;
        }
        let mut otherwise = BTreeMap::new();
        for (number, holiday) in text.holidays.iter().enumerate() {
            let date: Date = holiday.date.parse().map_err(|_| {
                let what = format!("'{}' is no date; write it as 2026-12-25", holiday.date);
                at(&format!("holidays/{number}/date"))(what)
            })?;
            let spans = read_spans(&holiday.hours).map_err(at(&format!("holidays/{number}/hours")))?;
            otherwise.insert(date, spans);
        }
        Ok(Self { text: text.clone(), zone, weekly, otherwise })
    }

    /// As it was written.
    pub fn text(&self) -> &CalendarText {
        &self.text
    }

    /// Whether it is open at a time, milliseconds since the epoch.
    pub fn is_open(&self, at_ms: i64) -> bool {
        self.around(at_ms, 0).iter().any(|(from, to)| (*from..*to).contains(&at_ms))
    }

    /// When it is open next: now if it is open, none where it does not open within a year.
    pub fn next_open_ms(&self, at_ms: i64) -> Option<i64> {
        if self.is_open(at_ms) {
            return Some(at_ms);
        }
        (0..DAYS_AHEAD_MAX).step_by(8).find_map(|ahead| {
            let spans = (ahead..ahead + 8).flat_map(|day| self.day(at_ms, day));
            spans.map(|(from, _)| from).filter(|from| *from >= at_ms).min()
        })
    }

    /// Until when it is open; none where it is closed.
    pub fn open_until_ms(&self, at_ms: i64) -> Option<i64> {
        let mut until = None;
        let mut at = at_ms;
        // Spans that touch, over midnight for one, are one.
        while let Some((_, to)) = self.around(at, 1).into_iter().find(|(from, to)| (*from..*to).contains(&at)) {
            until = Some(to);
            at = to;
            if to - at_ms > 8 * 86_400_000 {
                break;
            }
        }
        until
    }

    /// When so many open milliseconds have passed since a time: a clock that stops while nobody works.
    pub fn after_open_ms(&self, at_ms: i64, open_ms: i64) -> i64 {
        let (mut left, mut now) = (open_ms, at_ms);
        for _ in 0..DAYS_AHEAD_MAX {
            let Some(from) = self.next_open_ms(now) else { break };
            let Some(to) = self.open_until_ms(from) else { break };
            if to - from >= left {
                return from + left;
            }
            left -= to - from;
            now = to;
        }
        // Never open long enough: the clock runs as clocks do.
        at_ms.saturating_add(open_ms)
    }

    /// A time as the clock of the place says it: `2026-11-30 08:00`.
    pub fn said(&self, at_ms: i64) -> String {
        let at = Timestamp::from_millisecond(at_ms).map(|at| at.to_zoned(self.zone.clone()));
        at.map(|at| at.strftime("%Y-%m-%d %H:%M").to_string()).unwrap_or_default()
    }

    /// When it is open between two times.
    pub fn spans(&self, from_ms: i64, to_ms: i64) -> Vec<(i64, i64)> {
        let days = (to_ms - from_ms) / 86_400_000 + 2;
        let spans = self.around(from_ms, days.min(DAYS_AHEAD_MAX)).into_iter();
        let cut = spans.map(|(from, to)| (from.max(from_ms), to.min(to_ms)));
        cut.filter(|(from, to)| from < to).collect()
    }

    /// Open spans that begin on the days before to `days` after a time.
    fn around(&self, at_ms: i64, days: i64) -> Vec<(i64, i64)> {
        (-1..=days).flat_map(|day| self.day(at_ms, day)).collect()
    }

    /// Open spans that begin on a day, so many days after the one of a time.
    fn day(&self, at_ms: i64, days_after: i64) -> Vec<(i64, i64)> {
        let Ok(now) = Timestamp::from_millisecond(at_ms) else { return Vec::new() };
        let today = now.to_zoned(self.zone.clone()).date();
        let Ok(date) = today.checked_add(days_after.days()) else { return Vec::new() };
        let spans = self.otherwise.get(&date).unwrap_or(&self.weekly[day_of(date.weekday())]);
        spans.iter().filter_map(|span| self.span_ms(date, *span)).collect()
    }

    fn span_ms(&self, date: Date, span: Span) -> Option<(i64, i64)> {
        let end = if span.ends_next_day() { date.tomorrow().ok()? } else { date };
        Some((self.instant_ms(date, span.from)?, self.instant_ms(end, span.to)?))
    }

    /// A time of day at a place. One that the clock skips in spring is the moment after; one that comes twice in autumn is
    /// the first.
    fn instant_ms(&self, date: Date, time: Time) -> Option<i64> {
        let zoned = self.zone.to_ambiguous_zoned(date.to_datetime(time)).compatible().ok()?;
        Some(zoned.timestamp().as_millisecond())
    }
}

fn day_of(day: Weekday) -> usize {
    usize::from(day.to_monday_zero_offset().unsigned_abs())
}

fn read_spans(texts: &[String]) -> Result<Vec<Span>, String> {
    if texts.len() > SPANS_MAX {
        return Err(format!("{} spans in one day; at most {SPANS_MAX}", texts.len()));
    }
    let mut spans: Vec<Span> = Vec::new();
    for text in texts {
        let read = text.split_once('-').and_then(|(from, to)| Some(Span { from: time(from)?, to: time(to)? }));
        let span = read.ok_or_else(|| format!("'{text}' is no span of time; write it as 08:00-12:00"))?;
        if spans.last().is_some_and(|last| last.ends_next_day() || span.from < last.to) {
            return Err(format!("'{text}' begins before the span before it ends"));
        }
        spans.push(span);
    }
    Ok(spans)
}

/// `24:00` is midnight at the end of the day, which is the next day's beginning.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    if (hour, minute) == (24, 0) { Some(Time::midnight()) } else { Time::new(hour, minute, 0, 0).ok() }
}

const FILE: &str = "calendars.yaml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarsFile {
    calendars: Vec<CalendarText>,
}

/// Calendars of `calendars.yaml`, by name. What is wrong is told with its line.
pub fn load(bundle: &Bundle, findings: &mut Vec<Finding>) -> BTreeMap<String, Arc<Calendar>> {
    let mut read = BTreeMap::new();
    let Some(file) = bundle.file(FILE) else { return read };
    let texts = match Bundle::yaml::<CalendarsFile>(FILE, file) {
        Ok(found) => found.calendars,
        Err(finding) => {
            findings.push(finding);
            Vec::new()
        }
    };
    let places = Places::of(file);
    if texts.len() > limits::CALENDARS_MAX {
        let what = format!("{} calendars", texts.len());
        let (line, column) = places.place_of("/calendars");
        let remedy = format!("keep at most {}", limits::CALENDARS_MAX);
        findings.push(Finding::error(FILE, "calendars", what, remedy).at(line, column));
        return read;
    }
    for (number, text) in texts.iter().enumerate() {
        let mut wrong = |at: &str, rule: &str, what: String, remedy: &str| {
            let (line, column) = places.place_of(&format!("/calendars/{number}/{at}"));
            findings.push(Finding::error(FILE, rule, what, remedy).at(line, column));
        };
        match Calendar::checked(text) {
            Ok(_) if text.name.is_empty() || read.contains_key(&text.name) => {
                let what = format!("calendar name '{}' is empty or given twice", text.name);
                wrong("name", "calendar-name", what, "give each calendar its own name");
            }
            Ok(calendar) => {
                read.insert(text.name.clone(), Arc::new(calendar));
            }
            Err(Wrong { at, what }) => {
                wrong(&at, "calendar", format!("calendar '{}': {what}", text.name), "correct the calendar");
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    fn berlin() -> Calendar {
        let split = || vec!["08:00-12:00".to_owned(), "13:00-17:00".to_owned()];
        let mut weekly: BTreeMap<_, _> = DAYS[..5].iter().map(|day| ((*day).to_owned(), split())).collect();
        weekly.insert("sat".to_owned(), vec!["22:00-02:00".to_owned()]);
        let closed = HolidayText { date: "2026-12-25".to_owned(), ..HolidayText::default() };
        let short = HolidayText {
            date: "2026-12-24".to_owned(),
            hours: vec!["08:00-10:00".to_owned()],
            ..HolidayText::default()
        };
        let time_zone = "Europe/Berlin".to_owned();
        Calendar::read(&CalendarText { time_zone, weekly, holidays: vec![closed, short], ..CalendarText::default() })
            .unwrap()
    }

    #[test]
    fn a_split_day_is_open_in_its_parts_by_the_clock_of_the_place() {
        let c = berlin();
        for (at, open) in [
            ("2026-11-26T07:00:00Z", true), // Thursday, 8 in winter
            ("2026-11-26T06:59:59Z", false),
            ("2026-11-26T11:30:00Z", false), // the break
            ("2026-07-02T06:00:00Z", true),  // 8 in summer
            ("2026-11-29T10:00:00Z", false), // Sunday
            ("2026-11-29T00:30:00Z", true),  // Saturday's night shift, on Sunday
            ("2026-12-25T09:00:00Z", false), // Christmas
            ("2026-12-24T08:30:00Z", true),
            ("2026-12-24T09:30:00Z", false),
        ] {
            assert_eq!(c.is_open(ms(at)), open, "{at}");
        }
    }

    #[test]
    fn the_next_opening_skips_nights_weekends_and_holidays() {
        let c = berlin();
        assert_eq!(c.next_open_ms(ms("2026-11-26T20:00:00Z")), Some(ms("2026-11-27T07:00:00Z")));
        assert_eq!(c.next_open_ms(ms("2026-11-29T05:00:00Z")), Some(ms("2026-11-30T07:00:00Z")));
        assert_eq!(c.next_open_ms(ms("2026-12-24T12:00:00Z")), Some(ms("2026-12-26T21:00:00Z")), "Saturday night");
        let never = Calendar::read(&CalendarText { time_zone: "UTC".to_owned(), ..CalendarText::default() }).unwrap();
        assert_eq!(never.next_open_ms(0), None);
        assert_eq!(c.said(ms("2026-11-30T07:00:00Z")), "2026-11-30 08:00");
    }

    #[test]
    fn a_clock_that_stops_at_night_goes_on_in_the_morning() {
        let c = berlin();
        let hour = 3_600_000;
        let from = ms("2026-11-26T15:30:00Z"); // 16:30, half an hour before closing
        assert_eq!(c.after_open_ms(from, hour / 2), ms("2026-11-26T16:00:00Z"));
        assert_eq!(c.after_open_ms(from, hour), ms("2026-11-27T07:30:00Z"));
        assert_eq!(c.after_open_ms(from, 5 * hour), ms("2026-11-27T12:30:00Z"), "over the break");
        assert_eq!(c.open_until_ms(ms("2026-11-28T21:30:00Z")), Some(ms("2026-11-29T01:00:00Z")));
    }

    #[test]
    fn a_time_that_the_clock_skips_does_not_close_the_day() {
        let weekly = BTreeMap::from([("sun".to_owned(), vec!["02:30-04:00".to_owned()])]);
        let text = CalendarText { time_zone: "Europe/Berlin".to_owned(), weekly, ..CalendarText::default() };
        let c = Calendar::read(&text).unwrap();
        assert_eq!(c.next_open_ms(ms("2026-03-29T00:00:00Z")), Some(ms("2026-03-29T01:30:00Z")), "3:30 summer time");
    }

    #[test]
    fn mistakes_are_told_in_words() {
        let day = |spans: &[&str]| {
            let weekly = BTreeMap::from([("mon".to_owned(), spans.iter().map(|s| (*s).to_owned()).collect())]);
            Calendar::read(&CalendarText { time_zone: "UTC".to_owned(), weekly, ..CalendarText::default() })
        };
        for (spans, word) in
            [(vec!["8-12"], "span"), (vec!["08:00-12:00", "11:00-13:00"], "before"), (vec!["08:61-12:00"], "span")]
        {
            assert!(day(&spans).unwrap_err().contains(word), "{spans:?}");
        }
        assert!(day(&["00:00-24:00"]).unwrap().is_open(4 * 86_400_000 + 86_399_999), "Monday, to its last millisecond");
        let zone = CalendarText { time_zone: "Mars/Olympus".to_owned(), ..CalendarText::default() };
        assert!(Calendar::read(&zone).unwrap_err().contains("Mars/Olympus"));
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_with_its_line() {
        let at = |text: &str| {
            let files = BTreeMap::from([(FILE.to_owned(), text.to_owned())]);
            let mut findings = Vec::new();
            load(&Bundle { files, ..Bundle::default() }, &mut findings);
            findings.iter().map(|finding| (finding.line, finding.column)).collect::<Vec<_>>()
        };
        let head = "calendars:\n  - name: office\n    time_zone: ";
        assert_eq!(at(&format!("{head}Mars/Olympus\n")), [(3, 5)]);
        assert_eq!(at(&format!("{head}UTC\n    weekly:\n      mon: ['08:00-12:00']\n      tue: [8-12]\n")), [(6, 7)]);
        let holidays = "    holidays:\n      - { date: '2026-12-24', hours: [] }\n      - { date: christmas }\n";
        assert_eq!(at(&format!("{head}UTC\n{holidays}")), [(6, 11)]);
        assert_eq!(at(&format!("{head}UTC\n  - {{ name: office, time_zone: UTC }}\n")), [(4, 7)]);
        let many = "  - { name: \"\", time_zone: X }\n".repeat(limits::CALENDARS_MAX + 1);
        assert_eq!(at(&format!("calendars:\n{many}")), [(1, 1)], "too many are told once");
    }
}
