//! Days as clients count them: where one begins depends on the place.

use baton_base::{ClientId, Result};
use baton_db::{Tx, params};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const UTC: &str = "UTC";
const SECOND_MS: i64 = 1000;
const HOUR_MS: i64 = 60 * 60 * SECOND_MS;
const DAY_MS: i64 = 24 * HOUR_MS;
/// So long after a day began is the next, also where the clock was put back or forward.
const INTO_NEXT_MS: i64 = DAY_MS + DAY_MS / 2;

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone {
    name: String,
    clock: TimeZone,
}

impl Zone {
    /// By its IANA name, such as `Europe/Berlin`; `None` where none has it.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(|clock| Self { name: name.to_owned(), clock })
    }

    /// The zone in which nobody lives.
    pub fn utc() -> Self {
        Self { name: UTC.to_owned(), clock: TimeZone::UTC }
    }

    /// IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// When the day of a time began, milliseconds since the epoch.
    pub fn day_start_ms(&self, at_ms: i64) -> i64 {
        let began = Timestamp::from_millisecond(at_ms).and_then(|at| at.to_zoned(self.clock.clone()).start_of_day());
        // Only a time before or after all calendars has no day.
        began.map_or(at_ms.saturating_sub(at_ms.rem_euclid(DAY_MS)), |day| day.timestamp().as_millisecond())
    }

    /// When the days of a time span began, oldest first: the first with or before `since_ms`, the last before `until_ms`; no more
    /// than `most`.
    pub fn days_ms(&self, since_ms: i64, until_ms: i64, most: usize) -> Vec<i64> {
        let next = |day_ms: &i64| Some(self.day_start_ms(day_ms.saturating_add(INTO_NEXT_MS)));
        let days = std::iter::successors(Some(self.day_start_ms(since_ms)), next);
        days.take_while(|day_ms| *day_ms < until_ms).take(most).collect()
    }

    /// The hour that clocks show there at a time, 0 to 23. After the clock was changed it is not the hour since midnight.
    pub fn hour(&self, at_ms: i64) -> i64 {
        at_ms.saturating_add(self.ahead(at_ms)).rem_euclid(DAY_MS) / HOUR_MS
    }

    /// By how much clocks there are ahead of those of UTC in a time span: since when, and by how much, both in milliseconds, oldest
    /// first; the first stands at `since_ms`, and no more than `most` changes of the clock follow.
    pub fn ahead_ms(&self, since_ms: i64, until_ms: i64, most: usize) -> Vec<(i64, i64)> {
        let mut found = vec![(since_ms, self.ahead(since_ms))];
        if let Ok(since) = Timestamp::from_millisecond(since_ms) {
            let changes = self
                .clock
                .following(since)
                .map(|change| (change.timestamp().as_millisecond(), i64::from(change.offset().seconds()) * SECOND_MS));
            found.extend(changes.take_while(|(at_ms, _)| *at_ms < until_ms).take(most));
        }
        found
    }

    fn ahead(&self, at_ms: i64) -> i64 {
        let at = Timestamp::from_millisecond(at_ms);
        at.map_or(0, |at| i64::from(self.clock.to_offset(at).seconds()) * SECOND_MS)
    }
}

/// The zone of a client; that of UTC where the client names none that is known.
pub fn zone_of(tx: &mut Tx, client: &ClientId) -> Result<Zone> {
    let sql = "SELECT time_zone FROM client WHERE client_id = $1";
    let name = tx.query_opt(sql, params![client], |r| r.text(0))?;
    Ok(name.as_deref().and_then(Zone::named).unwrap_or_else(Zone::utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_day_begins_where_the_client_is() {
        for (zone, at, began) in [
            ("UTC", "2026-07-01T01:30:00Z", "2026-07-01T00:00:00Z"),
            ("America/New_York", "2026-07-01T01:30:00Z", "2026-06-30T04:00:00Z"),
            ("Europe/Berlin", "2026-06-30T22:30:00Z", "2026-06-30T22:00:00Z"),
            // The day on which the clock is put back has 25 hours.
            ("Europe/Berlin", "2026-10-25T22:59:59Z", "2026-10-24T22:00:00Z"),
        ] {
            let found = Zone::named(zone).unwrap().day_start_ms(ms(at));
            assert_eq!(found, ms(began), "{zone} {at}");
        }
    }

    #[test]
    fn each_day_of_a_span_stands_once_also_over_the_change_of_the_clock() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let days = berlin.days_ms(ms("2026-10-24T10:00:00Z"), ms("2026-10-26T23:00:00Z"), 10);
        let wanted = ["2026-10-23T22:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"];
        assert_eq!(days, wanted.map(ms));
        assert_eq!(berlin.days_ms(0, i64::MAX, 400).len(), 400);
        assert!(Zone::named("Nowhere/Here").is_none());
    }

    #[test]
    fn where_the_clock_skips_midnight_the_day_begins_an_hour_later() {
        let santiago = Zone::named("America/Santiago").unwrap();
        let days = santiago.days_ms(ms("2024-09-07T12:00:00Z"), ms("2024-09-09T12:00:00Z"), 10);
        assert_eq!(days, ["2024-09-07T04:00:00Z", "2024-09-08T04:00:00Z", "2024-09-09T03:00:00Z"].map(ms));
        assert_eq!(santiago.hour(days[1]), 1);
    }

    #[test]
    fn an_hour_is_what_the_clock_shows_also_after_it_was_changed() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        for (at, hour) in [
            ("2026-10-25T00:30:00Z", 2),
            // For the second time.
            ("2026-10-25T01:30:00Z", 2),
            ("2026-10-25T08:30:00Z", 9),
            ("2026-03-29T07:30:00Z", 9),
        ] {
            assert_eq!(berlin.hour(ms(at)), hour, "{at}");
        }
        let (since_ms, until_ms) = (ms("2026-10-01T00:00:00Z"), ms("2026-11-01T00:00:00Z"));
        let ahead = berlin.ahead_ms(since_ms, until_ms, 10);
        assert_eq!(ahead, [(since_ms, 2 * HOUR_MS), (ms("2026-10-25T01:00:00Z"), HOUR_MS)]);
        assert_eq!(Zone::utc().ahead_ms(0, i64::MAX, 10), [(0, 0)]);
        assert_eq!(berlin.ahead_ms(0, i64::MAX, 10).len(), 11);
    }

    #[test]
    fn a_time_out_of_every_calendar_has_a_beginning_all_the_same() {
        assert_eq!(Zone::utc().day_start_ms(i64::MAX) % DAY_MS, 0);
        assert_eq!(Zone::utc().days_ms(i64::MIN, i64::MAX, 3).len(), 3);
        assert_eq!(Zone::utc().ahead_ms(i64::MIN, i64::MAX, 3), [(i64::MIN, 0)]);
    }
}
