//! Days as clients count them: where one begins depends on the place.

use baton_base::{ClientId, Result};
use baton_db::{Tx, params};
use jiff::Timestamp;
use jiff::tz::TimeZone;

const UTC: &str = "UTC";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
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
    fn a_time_out_of_every_calendar_has_a_beginning_all_the_same() {
        assert_eq!(Zone::utc().day_start_ms(i64::MAX) % DAY_MS, 0);
        assert_eq!(Zone::utc().days_ms(i64::MIN, i64::MAX, 3).len(), 3);
    }
}
