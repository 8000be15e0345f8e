//! Dates as people write them in English and German, with months in French, Spanish, Italian and Dutch too; impossible ones are
//! reported, not mended.

use crate::text::{fold, head, pattern};
use regex::{Captures, Regex};
use std::fmt;
use std::sync::LazyLock;

const DAY_MS: i64 = 86_400_000;
const WEEKDAYS: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag";

/// A calendar day (proleptic Gregorian).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// Days since 1970-01-01.
    pub number: i64,
}

impl Day {
    /// The day of an instant, in UTC.
    pub fn of_ms(ms: i64) -> Self {
        Self { number: ms.div_euclid(DAY_MS) }
    }

    /// A day by year, month and day of month, if there is such a day.
    pub fn of(year: i64, month: i64, day: i64) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let length = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=length).contains(&day) || !(1900..=2200).contains(&year) {
            return None;
        }
        // Days from civil (Hinnant, "chrono-compatible low-level date algorithms").
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let yoe = y - era * 400;
        let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        Some(Self { number: era * 146_097 + doe - 719_468 })
    }

    /// (year, month, day).
    pub fn parts(self) -> (i64, i64, i64) {
        let z = self.number + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z - era * 146_097;
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
    }

    fn minus(self, days: i64) -> Self {
        Self { number: self.number - days }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = self.parts();
        write!(f, "{y:04}-{m:02}-{d:02}")
    }
}

/// A date in a text; `day` is `None` where it cannot exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDate {
    /// The day, if there is such a day.
    pub day: Option<Day>,
    /// Byte offset in the folded text.
    pub at: usize,
    /// As written (folded).
    pub text: String,
}

/// On which side of today days lie that are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What has happened: words such as `tomorrow` speak of something else.
    Past,
    /// Either. A day without its year or week is the latest such day.
    Either,
    /// What is to come. A day without its year or week is the next such day.
    Ahead,
}

/// Dates in the text, in order. `day_first` decides `03/04/2026` (German and British: 3 April).
pub fn dates(text: &str, now_ms: i64, day_first: bool, side: Side) -> Vec<FoundDate> {
    let folded = fold(head(text, crate::text::READ_BYTES_MAX));
    let (today, ahead) = (Day::of_ms(now_ms), side == Side::Ahead);
    let mut found: Vec<FoundDate> = Vec::new();
    numeric(&folded, day_first, &mut found);
    yearless(&folded, today, ahead, &mut found);
    worded(&folded, today, ahead, &mut found);
    worded_elsewhere(&folded, today, ahead, &mut found);
    relative(&folded, today, ahead, &mut found);
    if side != Side::Past {
        coming(&folded, today, &mut found);
    }
    found.sort_by_key(|f| f.at);
    leave_repeated(&folded, &mut found);
    found
}

/// `on Friday, March 13` is one day: the day of the week only says it again, where it is that one.
fn leave_repeated(folded: &str, found: &mut Vec<FoundDate>) {
    static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| pattern(&format!("(?:{WEEKDAYS})$")));
    static BETWEEN: LazyLock<Regex> = LazyLock::new(|| pattern(r"^,?\s?(?:the\s|den\s|dem\s|der\s)?$"));
    let of_week = |date: &FoundDate| date.day.map(|day| (day.number + 3).rem_euclid(7));
    let again = |first: &FoundDate, next: &FoundDate| {
        let between = folded.get(first.at + first.text.len()..next.at);
        WEEKDAY.is_match(&first.text)
            && of_week(first) == of_week(next)
            && between.is_some_and(|between| BETWEEN.is_match(between))
    };
    let repeated: Vec<usize> =
        found.windows(2).filter(|pair| again(&pair[0], &pair[1])).map(|pair| pair[0].at).collect();
    found.retain(|date| !repeated.contains(&date.at));
}

fn push(found: &mut Vec<FoundDate>, caps: &Captures<'_>, day: Option<Day>) {
    let Some(m) = caps.get(0) else { return };
    let overlaps = found.iter().any(|f| f.at < m.end() && m.start() < f.at + f.text.len());
    if !overlaps {
        found.push(FoundDate { day, at: m.start(), text: m.as_str().trim().to_owned() });
    }
}

fn int(caps: &Captures<'_>, name: &str) -> i64 {
    caps.name(name).and_then(|m| m.as_str().parse().ok()).unwrap_or(0)
}

fn full_year(year: i64) -> i64 {
    if year < 100 { 2000 + year } else { year }
}

fn numeric(folded: &str, day_first: bool, found: &mut Vec<FoundDate>) {
    static ISO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})\b"));
    static DOTS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})\b"));
    static SLASH: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<a>\d{1,2})[/-](?P<b>\d{1,2})[/-](?P<y>\d{4}|\d{2})\b"));
    for re in [&*ISO, &*DOTS] {
        for caps in re.captures_iter(folded) {
            push(found, &caps, Day::of(full_year(int(&caps, "y")), int(&caps, "m"), int(&caps, "d")));
        }
    }
    for caps in SLASH.captures_iter(folded) {
        let (a, b, y) = (int(&caps, "a"), int(&caps, "b"), full_year(int(&caps, "y")));
        let (first, second) = if day_first { ((b, a), (a, b)) } else { ((a, b), (b, a)) };
        // 25/12 can only be read one way; where both fail the date does not exist.
        let day = Day::of(y, first.0, first.1).or_else(|| Day::of(y, second.0, second.1));
        push(found, &caps, day);
    }
}

/// `am 12.03.`: German days without their year, where a word before says that it is a day and not a price, or nothing stands before.
fn yearless(folded: &str, today: Day, ahead: bool, found: &mut Vec<FoundDate>) {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"(?:\b(?:am|vom|seit|seit dem|bis|bis zum|ab|ab dem|zum|den|der|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag),?|(?:mo|di|mi|do|fr|sa|so)\.,?)\s|^\s*)(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:[^0-9]|$)",
        )
    });
    // `bis 18.30.` is a time of day.
    for caps in DAY.captures_iter(folded).filter(|caps| (1..=12).contains(&int(caps, "m"))) {
        push(found, &caps, nearest(today, (int(&caps, "m"), int(&caps, "d")), ahead));
    }
}

const MONTHS: &[(&str, i64)] = &[
    ("jan", 1),
    ("jae", 1),
    ("feb", 2),
    ("mar", 3),
    ("maer", 3),
    ("mrz", 3),
    ("apr", 4),
    ("may", 5),
    ("mai", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("okt", 10),
    ("nov", 11),
    ("dec", 12),
    ("dez", 12),
];
const MONTH: &str = r"(?P<m>january|januar|jaenner|jan|february|februar|feber|feb|march|maerz|mar|mrz|april|apr|may|mai|june|juni|jun|july|juli|jul|august|aug|september|sept|sep|october|oktober|oct|okt|november|nov|december|dezember|dec|dez)\b\.?";

fn month(name: &str) -> i64 {
    MONTHS.iter().find(|(start, _)| name.starts_with(start)).map_or(0, |(_, m)| *m)
}

fn worded(folded: &str, today: Day, ahead: bool, found: &mut Vec<FoundDate>) {
    static DAY_MONTH: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(r"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?\s?(?:of\s)?{MONTH}(?:,?\s(?P<y>\d{{4}}))?"))
    });
    static MONTH_DAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(r"\b{MONTH}\s(?:the\s)?(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y>\d{{4}})\b)?"))
    });
    for re in [&*DAY_MONTH, &*MONTH_DAY] {
        for caps in re.captures_iter(folded) {
            let (m, d) = (month(caps.name("m").map_or("", |m| m.as_str())), int(&caps, "d"));
            let day = match int(&caps, "y") {
                0 => nearest(today, (m, d), ahead),
                year => Day::of(year, m, d),
            };
            push(found, &caps, day);
        }
    }
}

/// Months in French, Spanish, Italian and Dutch, folded, where they are written otherwise than above.
const ELSEWHERE: &[(&str, i64)] = &[
    ("janvier", 1),
    ("fevrier", 2),
    ("mars", 3),
    ("avril", 4),
    ("juin", 6),
    ("juillet", 7),
    ("aout", 8),
    ("septembre", 9),
    ("octobre", 10),
    ("novembre", 11),
    ("decembre", 12),
    ("enero", 1),
    ("febrero", 2),
    ("marzo", 3),
    ("abril", 4),
    ("mayo", 5),
    ("junio", 6),
    ("julio", 7),
    ("agosto", 8),
    ("septiembre", 9),
    ("octubre", 10),
    ("noviembre", 11),
    ("diciembre", 12),
    ("gennaio", 1),
    ("febbraio", 2),
    ("aprile", 4),
    ("maggio", 5),
    ("giugno", 6),
    ("luglio", 7),
    ("settembre", 9),
    ("ottobre", 10),
    ("dicembre", 12),
    ("januari", 1),
    ("februari", 2),
    ("maart", 3),
    ("mei", 5),
    ("augustus", 8),
];
/// What is also something else in English: a number before it is no day, unless an article, a joining word or a year says so.
const ALSO_THINGS: [&str; 2] = ["mars", "mayo"];

/// `le 1er mars`, `el 3 de mayo de 2026`, `12 luglio`.
fn worded_elsewhere(folded: &str, today: Day, ahead: bool, found: &mut Vec<FoundDate>) {
    static DAY: LazyLock<Regex> = LazyLock::new(|| {
        let months: Vec<&str> = ELSEWHERE.iter().map(|(name, _)| *name).collect();
        let months = months.join("|");
        pattern(&format!(
            r"\b(?P<lead>(?:le|du|au|el|del|al|il|op)\s)?(?P<d>\d{{1,2}})(?P<first>er|[º°])?\s(?P<join>de\s)?(?P<m>{months})\b(?:\s(?:de\s|del\s)?(?P<y>\d{{4}})\b)?"
        ))
    });
    for caps in DAY.captures_iter(folded) {
        let name = caps.name("m").map_or("", |m| m.as_str());
        let says = ["lead", "first", "join", "y"].iter().any(|part| caps.name(part).is_some());
        if ALSO_THINGS.contains(&name) && !says {
            continue;
        }
        let m = ELSEWHERE.iter().find(|(known, _)| *known == name).map_or(0, |(_, m)| *m);
        let day = match int(&caps, "y") {
            0 => nearest(today, (m, int(&caps, "d")), ahead),
            year => Day::of(year, m, int(&caps, "d")),
        };
        push(found, &caps, day);
    }
}

/// The latest such day that is not in the future, or the next that is not in the past.
fn nearest(today: Day, (m, d): (i64, i64), ahead: bool) -> Option<Day> {
    let year = today.parts().0;
    if ahead {
        Day::of(year, m, d).filter(|day| *day >= today).or_else(|| Day::of(year + 1, m, d))
    } else {
        Day::of(year, m, d).filter(|day| *day <= today).or_else(|| Day::of(year - 1, m, d))
    }
}

/// Days to come, said as such.
fn coming(folded: &str, today: Day, found: &mut Vec<FoundDate>) {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:(?P<w>the day after tomorrow|tomorrow|uebermorgen)|in\s(?P<n>\d{1,2}|one|two|three|four|five|six|seven|a|einem|einer|zwei|drei|vier|fuenf|sechs|sieben)\s(?P<u>days?|weeks?|tag(?:en)?|wochen?))\b",
        )
    });
    // `heute morgen` and `guten Morgen` are mornings.
    static MORGEN: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"\b(?P<no>(?:heute|gestern|guten|am|jeden|diesen|der|den)\s)?morgen\b"));
    static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(
            r"\b(?:next|this coming|coming|naechsten|am naechsten|kommenden|am kommenden)\s(?P<day>{WEEKDAYS})\b"
        ))
    });
    for caps in WORD.captures_iter(folded) {
        let days = match caps.name("w").map(|m| m.as_str()) {
            Some("tomorrow") => 1,
            Some(_) => 2,
            None => count(&caps),
        };
        push(found, &caps, Some(today.minus(-days)));
    }
    for caps in MORGEN.captures_iter(folded).filter(|caps| caps.name("no").is_none()) {
        push(found, &caps, Some(today.minus(-1)));
    }
    for caps in WEEKDAY.captures_iter(folded) {
        push(found, &caps, Some(of_week(today, &caps, true)));
    }
}

/// The nearest such day of the week before or after today.
fn of_week(today: Day, caps: &Captures<'_>, ahead: bool) -> Day {
    let wanted = weekday(caps.name("day").map_or("", |m| m.as_str()));
    // 1970-01-01 was a Thursday (3 with Monday = 0).
    let now = (today.number + 3).rem_euclid(7);
    let days = if ahead { (wanted - now).rem_euclid(7) } else { (now - wanted).rem_euclid(7) };
    let days = if days == 0 { 7 } else { days };
    today.minus(if ahead { -days } else { days })
}

fn relative(folded: &str, today: Day, ahead: bool, found: &mut Vec<FoundDate>) {
    static WORD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:(?P<w>the day before yesterday|yesterday|last night|today|this morning|tonight|vorgestern|gestern|heute)|(?P<n>\d{1,2}|one|two|three|four|five|six|seven|a|ein|einem|zwei|drei|vier|fuenf|sechs|sieben)\s(?P<u>days?|weeks?)\sago|vor\s(?P<n2>\d{1,2}|einem|einer|zwei|drei|vier|fuenf|sechs|sieben)\s(?P<u2>tag(?:en)?|wochen?))\b",
        )
    });
    static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(&format!(r"\b(?P<which>last|on|this past|letzten|am letzten|vergangenen|am)\s(?P<day>{WEEKDAYS})\b"))
    });
    for caps in WORD.captures_iter(folded) {
        let back = match caps.name("w").map(|m| m.as_str()) {
            Some("yesterday" | "last night" | "gestern") => 1,
            Some("vorgestern" | "the day before yesterday") => 2,
            Some(_) => 0,
            None => count(&caps),
        };
        push(found, &caps, Some(today.minus(back)));
    }
    for caps in WEEKDAY.captures_iter(folded) {
        // `on Monday` lies on the side that the field does; `last Monday` is over.
        let open = matches!(caps.name("which").map(|m| m.as_str()), Some("on" | "am"));
        push(found, &caps, Some(of_week(today, &caps, ahead && open)));
    }
}

/// Days in `two weeks ago` and `in two weeks`.
fn count(caps: &Captures<'_>) -> i64 {
    let text = |a: &str, b: &str| caps.name(a).or_else(|| caps.name(b)).map_or("", |m| m.as_str()).to_owned();
    let count = text("n", "n2");
    let count = count.parse().unwrap_or(match count.as_str() {
        "two" | "zwei" => 2,
        "three" | "drei" => 3,
        "four" | "vier" => 4,
        "five" | "fuenf" => 5,
        "six" | "sechs" => 6,
        "seven" | "sieben" => 7,
        _ => 1,
    });
    if text("u", "u2").starts_with('w') { count * 7 } else { count }
}

fn weekday(name: &str) -> i64 {
    const STARTS: &[(&str, i64)] = &[
        ("mon", 0),
        ("tue", 1),
        ("die", 1),
        ("wed", 2),
        ("mit", 2),
        ("thu", 3),
        ("don", 3),
        ("fri", 4),
        ("fre", 4),
        ("sat", 5),
        ("sam", 5),
        ("sonna", 5),
        ("sun", 6),
        ("son", 6),
    ];
    STARTS.iter().find(|(start, _)| name.starts_with(start)).map_or(0, |(_, d)| *d)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wednesday, 15 April 2026, noon.
    const NOW_MS: i64 = 1_776_254_400_000;

    fn check(text: &str, day_first: bool, expect: &[&str]) {
        assert_eq!(read(text, day_first, Side::Past), expect, "{text}");
        assert_eq!(read(text, day_first, Side::Either), expect, "{text}");
    }

    fn read(text: &str, day_first: bool, side: Side) -> Vec<String> {
        let shown = |f: &FoundDate| f.day.map_or("impossible".to_owned(), |d| d.to_string());
        dates(text, NOW_MS, day_first, side).iter().map(shown).collect()
    }

    #[test]
    fn reads_days_to_come() {
        for (text, expect) in [
            ("tomorrow, please", "2026-04-16"),
            ("the day after tomorrow", "2026-04-17"),
            ("in two weeks", "2026-04-29"),
            ("next Monday", "2026-04-20"),
            ("next Wednesday", "2026-04-22"),
            ("on Friday", "2026-04-17"),
            ("on March 3rd", "2027-03-03"),
            ("on April 15", "2026-04-15"),
            ("bitte übermorgen", "2026-04-17"),
            ("lieber morgen früh", "2026-04-16"),
            ("in drei Tagen", "2026-04-18"),
            ("am Freitag", "2026-04-17"),
            ("bis zum 3.5. bitte", "2026-05-03"),
            ("am kommenden Freitag", "2026-04-17"),
            ("last Friday", "2026-04-10"),
        ] {
            assert_eq!(read(text, true, Side::Ahead), [expect], "{text}");
        }
        assert_eq!(read("guten Morgen", true, Side::Ahead), [""; 0]);
        assert_eq!(read("heute Morgen", true, Side::Ahead), ["2026-04-15"]);
        assert_eq!(read("tomorrow", false, Side::Either), ["2026-04-16"]);
        assert_eq!(read("on Friday", false, Side::Either), ["2026-04-10"]);
        assert_eq!(read("it broke yesterday, I send it tomorrow", false, Side::Past), ["2026-04-14"]);
    }

    #[test]
    fn reads_dates_as_people_write_them() {
        check("on 2026-03-12", false, &["2026-03-12"]);
        check("on 12/03/2026", true, &["2026-03-12"]);
        check("on 12/03/2026", false, &["2026-12-03"]);
        check("on 25/03/2026", false, &["2026-03-25"]);
        check("3 March 2026, and the 4th of March", false, &["2026-03-03", "2026-03-04"]);
        check("March 3rd, 2026", false, &["2026-03-03"]);
        check("am 3. März 2026 gegen 14.30 Uhr", true, &["2026-03-03"]);
        check("am 03.03.2026", true, &["2026-03-03"]);
        check("am 12.03. gegen 10 Uhr", true, &["2026-03-12"]);
        check("seit dem 3.5.", true, &["2025-05-03"]);
        check("die Rechnung ist 12.50. Am 31.02. war nichts", true, &["impossible"]);
        check("12.03.", true, &["2026-03-12"]);
        check("Fr., 13.03., gegen Mittag", true, &["2026-03-13"]);
        check("am 6. Jänner 2026", true, &["2026-01-06"]);
        check("am letzten Sonnabend", true, &["2026-04-11"]);
        check("on Friday, March 13", false, &["2026-03-13"]);
        check("am Freitag, dem 13.03.2026", true, &["2026-03-13"]);
        check("on Friday, March 14", false, &["2026-04-10", "2026-03-14"]);
        check("le 1er mars, puis le 3 février 2026", true, &["2026-03-01", "2026-02-03"]);
        check("el 3 de mayo de 2025, o 12 luglio", true, &["2025-05-03", "2025-07-12"]);
        check("2 Mars bars and 3 mayo jars", false, &[]);
        check("ich bin da bis 18.30. Danach nicht mehr", true, &[]);
        check("on December 24", false, &["2025-12-24"]);
        check("yesterday", false, &["2026-04-14"]);
        check("vorgestern, also vor zwei Tagen", true, &["2026-04-13", "2026-04-13"]);
        check("two weeks ago", false, &["2026-04-01"]);
        check("last Monday", false, &["2026-04-13"]);
        check("letzten Mittwoch", true, &["2026-04-08"]);
        check("order #W1234567, 5 pieces", false, &[]);
    }

    #[test]
    fn an_impossible_date_is_reported() {
        check("am 31.02.2026", true, &["impossible"]);
        check("2026-13-45", false, &["impossible"]);
        check("30 February 2026", false, &["impossible"]);
        check("29/02/2025", true, &["impossible"]);
    }

    #[test]
    fn days_and_their_numbers_agree() {
        assert_eq!(Day::of(1970, 1, 1).map(|d| d.number), Some(0));
        for number in (-20_000..60_000).step_by(17) {
            let (y, m, d) = Day { number }.parts();
            assert_eq!(Day::of(y, m, d), Some(Day { number }), "{y}-{m}-{d}");
        }
    }
}
