//! A day to play again: as it was recorded, or as a file describes one.

use crate::route::{Arrival, Bits, Day, Line, Need, Vocabulary, Worker, draw, skill_of};
use crate::rules::language;
use crate::team::{Colleague, history};
use crate::{Intake, Kind, Needs};
use baton_base::{Bundle, ClientId, Error, MemberId, Result};
use baton_cases::duration_ms;
use baton_cases::hours::Calendar;
use baton_db::{Tx, params};
use baton_govern::{Right, Role};
use serde::Deserialize;
use std::collections::HashMap;

/// Most pieces of work of one day.
const ARRIVALS_MAX: i64 = 500_000;
/// Most people of one day.
const PEOPLE_MAX: usize = 20_000;
const HOURS_MAX: f64 = 24.0 * 400.0;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// How long, where arrivals are drawn.
    #[serde(default = "one_day")]
    hours: f64,
    #[serde(default)]
    seed: u64,
    lines: Vec<LineText>,
    #[serde(default)]
    arrivals: Vec<ArrivalText>,
    people: Vec<PeopleText>,
}

fn one_day() -> f64 {
    24.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LineText {
    name: String,
    band: u8,
    #[serde(default = "one")]
    cost: f64,
    sla: String,
    handling: String,
    #[serde(default)]
    per_hour: f64,
    #[serde(default)]
    needs: Needs,
}

fn one() -> f64 {
    1.0
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ArrivalText {
    at: String,
    line: String,
    handling: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleText {
    count: usize,
    #[serde(default = "one_place")]
    places: u16,
    #[serde(default)]
    skills: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    licences: Vec<String>,
    #[serde(default)]
    jurisdictions: Vec<String>,
    #[serde(default)]
    roles: Vec<Role>,
    /// From and to, as time after the beginning; all the time if left out.
    #[serde(default)]
    shifts: Vec<[String; 2]>,
}

fn one_place() -> u16 {
    1
}

/// Reads a day from the text of a file. Arrivals are those it lists, and where a line says how many an hour, drawn.
pub fn day_of_file(name: &str, text: &str) -> Result<Day> {
    let file: File =
        Bundle::yaml(name, text).map_err(|finding| Error::invalid_at(name, finding.message, finding.remedy))?;
    if !(0.0..=HOURS_MAX).contains(&file.hours) {
        return Err(Error::invalid_at("hours", format!("{} hours", file.hours), "give at most 400 days"));
    }
    let mut words = Words::default();
    let mut lines = Vec::new();
    for line in &file.lines {
        let (sla_ms, handling_ms) = (duration_ms(&line.sla)?, duration_ms(&line.handling)?);
        let (name, need) = (line.name.clone(), words.need(&line.needs));
        lines.push((Line { name, band: line.band, cost: line.cost, sla_ms, handling_ms, need }, line.per_hour));
    }
    let mut arrivals = draw(&lines, file.hours, file.seed);
    for one in &file.arrivals {
        let line = file.lines.iter().position(|line| line.name == one.line);
        let line =
            line.ok_or_else(|| Error::invalid_at("arrivals", format!("no line '{}'", one.line), "name a line"))?;
        let handling_ms = one.handling.as_deref().map(duration_ms).transpose()?.unwrap_or(lines[line].0.handling_ms);
        arrivals.push(Arrival { at_ms: after_start(&one.at)?, line, handling_ms });
    }
    arrivals.sort_by_key(|one| one.at_ms);
    let end_ms = end_of(&file, &arrivals);
    let workers = people_of(&file, &mut words, end_ms)?;
    Ok(Day { lines: lines.into_iter().map(|(line, _)| line).collect(), arrivals, workers, ..Day::default() })
}

/// A time after the beginning; the beginning itself is no duration, and is written `PT0S`.
fn after_start(text: &str) -> Result<i64> {
    if text == "PT0S" { Ok(0) } else { duration_ms(text) }
}

/// When a day in a file is over: after its hours, and no sooner than its last piece of work is done by whoever is free.
#[expect(clippy::cast_possible_truncation, reason = "hours are few, as the file was checked")]
fn end_of(file: &File, arrivals: &[Arrival]) -> i64 {
    let hours_ms = (file.hours * 3_600_000.0) as i64;
    arrivals.last().map_or(hours_ms, |last| hours_ms.max(last.at_ms + last.handling_ms))
}

/// Whoever names no shifts is there all day.
fn people_of(file: &File, words: &mut Words, end_ms: i64) -> Result<Vec<Worker>> {
    let mut workers = Vec::new();
    for group in &file.people {
        let mut has = Bits::default();
        words.has(&mut has, &group.skills, &group.languages, &group.licences, &group.jurisdictions);
        words.roles(&mut has, &group.roles);
        let mut shifts = Vec::new();
        for [from, to] in &group.shifts {
            shifts.push((after_start(from)?, after_start(to)?));
        }
        if shifts.is_empty() {
            shifts.push((0, end_ms));
        }
        if workers.len() + group.count > PEOPLE_MAX {
            return Err(Error::Limit(format!("a day has at most {PEOPLE_MAX} people")));
        }
        workers.extend(vec![Worker { has, shifts, places: group.places }; group.count]);
    }
    Ok(workers)
}

/// Words of needs and people, shared by all of a day.
#[derive(Default)]
struct Words(Vocabulary);

impl Words {
    fn need(&mut self, needs: &Needs) -> Need {
        let mut need = Need::default();
        for (kind, all) in [("licence", &needs.licences), ("jurisdiction", &needs.jurisdictions)] {
            all.iter().for_each(|one| need.all.set(self.0.word(kind, one)));
        }
        for skill in &needs.skills {
            let (name, level) = skill_of(skill);
            self.0.wants(&mut need.all, name, level);
        }
        if !needs.languages.is_empty() {
            let mut group = Bits::default();
            needs.languages.iter().for_each(|tag| group.set(self.0.word("language", &language(tag))));
            need.any.push(group);
        }
        if !needs.roles.is_empty() {
            let mut group = Bits::default();
            needs.roles.iter().for_each(|role| group.set(self.0.word("role", role.name())));
            need.any.push(group);
        }
        need
    }

    /// What only some may say yes to.
    fn approval(&mut self, needs: &Needs) -> Need {
        let mut need = self.need(needs);
        need.all.set(self.0.word("right", Right::WorkApprove.name()));
        need
    }

    fn roles(&mut self, has: &mut Bits, roles: &[Role]) {
        roles.iter().for_each(|role| has.set(self.0.word("role", role.name())));
        if roles.iter().any(|role| role.has(Right::WorkApprove)) {
            has.set(self.0.word("right", Right::WorkApprove.name()));
        }
    }

    fn has(&mut self, has: &mut Bits, skills: &[String], languages: &[String], licences: &[String], places: &[String]) {
        for (kind, all) in [("licence", licences), ("jurisdiction", places)] {
            all.iter().for_each(|one| has.set(self.0.word(kind, one)));
        }
        for skill in skills {
            let (name, level) = skill_of(skill);
            self.0.can(has, name, level);
        }
        languages.iter().for_each(|tag| has.set(self.0.word("language", &language(tag))));
    }
}

/// A day as it was recorded.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The day.
    pub day: Day,
    /// Pieces of work that waited when it began; they wait from when they came in, before the day.
    pub waited: usize,
    /// Pieces of work that somebody had when it began; they take what was left of their time.
    pub in_hand: usize,
    /// From when on it is known who was there, milliseconds since the epoch.
    pub known_from_ms: Option<i64>,
    /// Whether people are there as it is known; else by their shifts.
    pub people_known: bool,
}

/// A day as it was recorded: the work items that a client's people were given, and those that were open when it began, with the
/// time each took; those that are not done take as long as the others of their queue, and what was withdrawn before anybody had
/// it is left out. The people are those of the client: when they were available, within their shifts, where that is known for all
/// of the day; else by their shifts.
pub fn recorded_day(
    tx: &mut Tx,
    client: &ClientId,
    intake: &Intake,
    people: &[Colleague],
    (from_ms, to_ms): (i64, i64),
    now_ms: i64,
) -> Result<Recorded> {
    let rows: Vec<Row> = tx.query(
        "SELECT queue, priority, needs, opened_ms, due_ms, ended_ms - claimed_ms, kind, claimed_ms, ended_ms \
         FROM work_item WHERE client_id = $1 AND ((opened_ms >= $2 AND opened_ms < $3) OR (opened_ms < $2 \
         AND (state IN ('waiting', 'claimed') OR ended_ms > $2))) AND (state <> 'cancelled' OR claimed_ms IS NOT NULL) \
         ORDER BY opened_ms, work_item_id LIMIT $4",
        params![client, from_ms, to_ms, ARRIVALS_MAX],
        |r| {
            let (queue, needs) = (r.text(0)?, r.text(2)?);
            Ok(Row {
                queue,
                priority: r.int(1)?,
                needs,
                opened_ms: r.int(3)?,
                due_ms: r.int(4)?,
                took_ms: r.int_opt(5)?,
                is_approval: r.id::<Kind>(6)? == Kind::Approval,
                claimed_ms: r.int_opt(7)?,
                ended_ms: r.int_opt(8)?,
            })
        },
    )?;
    let in_hand = rows.iter().filter(|row| row.was_in_hand(from_ms)).count();
    let waited = rows.iter().filter(|row| row.opened_ms < from_ms).count() - in_hand;
    let mut words = Words::default();
    let mut day = work_of(&mut words, intake, rows, from_ms);
    let known_from_ms = history::known_from_ms(tx, now_ms)?;
    let there = match known_from_ms {
        Some(known_ms) if known_ms <= from_ms => Some(history::available(tx, (from_ms, to_ms))?),
        Some(_) | None => None,
    };
    // Where nobody says that they are there, and all take what they want, presence tells nothing.
    let there = there.filter(|there| people.iter().any(|one| there.contains_key(&one.member)));
    let roles = roles_of(tx, client)?;
    let of = |one: &Colleague| roles.get(&one.member).map_or(&[] as &[Role], Vec::as_slice);
    let spans = |one: &Colleague| {
        let shifts = shifts(one, (from_ms, to_ms));
        match &there {
            Some(there) => there.get(&one.member).map(|spans| history::both(spans, &shifts)).unwrap_or_default(),
            None => shifts,
        }
    };
    let within = |one: &Colleague| -> Vec<(i64, i64)> {
        spans(one).into_iter().map(|(from, to)| (from - from_ms, to - from_ms)).collect()
    };
    day.workers = people.iter().map(|one| worker(&mut words, one, of(one), within(one))).collect();
    Ok(Recorded { day, waited, in_hand, known_from_ms, people_known: there.is_some() })
}

/// The work of a day, by lines.
fn work_of(words: &mut Words, intake: &Intake, rows: Vec<Row>, from_ms: i64) -> Day {
    let mut day = Day::default();
    let mut known: HashMap<(String, i64, String, bool), usize> = HashMap::new();
    let means = means(&rows);
    for row in rows {
        let queue = intake.queue(&row.queue).unwrap_or(intake.default_queue());
        let mean_ms = means.get(&row.queue).copied().unwrap_or(queue.handling_ms);
        let (at_ms, handling_ms) = row.within(from_ms, mean_ms);
        let key = (row.queue.clone(), row.priority, row.needs.clone(), row.is_approval);
        let line = *known.entry(key).or_insert_with(|| {
            let needs: Needs = serde_json::from_str(&row.needs).unwrap_or_default();
            day.lines.push(Line {
                name: format!("{} {}", row.queue, row.priority),
                band: u8::try_from(row.priority).unwrap_or(u8::MAX),
                cost: queue.cost,
                sla_ms: row.due_ms - row.opened_ms,
                handling_ms: mean_ms,
                need: if row.is_approval { words.approval(&needs) } else { words.need(&needs) },
            });
            day.lines.len() - 1
        });
        let to = if row.was_in_hand(from_ms) { &mut day.in_hand } else { &mut day.arrivals };
        to.push(Arrival { at_ms, line, handling_ms });
    }
    day.arrivals.sort_by_key(|one| one.at_ms);
    day
}

fn roles_of(tx: &mut Tx, client: &ClientId) -> Result<HashMap<MemberId, Vec<Role>>> {
    let sql = "SELECT member_id, role FROM role_grant WHERE client_id IN ($1, 'house') ORDER BY member_id, role";
    let mut roles: HashMap<MemberId, Vec<Role>> = HashMap::new();
    let granted: Vec<(MemberId, Role)> = tx.query(sql, params![client], |r| Ok((r.id(0)?, r.id(1)?)))?;
    for (member, role) in granted {
        roles.entry(member).or_default().push(role);
    }
    Ok(roles)
}

struct Row {
    queue: String,
    priority: i64,
    needs: String,
    opened_ms: i64,
    due_ms: i64,
    took_ms: Option<i64>,
    is_approval: bool,
    claimed_ms: Option<i64>,
    ended_ms: Option<i64>,
}

impl Row {
    /// When it begins to wait in a day, and how long it takes from there, where others of its queue take so long.
    fn within(&self, from_ms: i64, mean_ms: i64) -> (i64, i64) {
        if self.was_in_hand(from_ms) {
            return (0, self.ended_ms.map_or(mean_ms, |ended_ms| ended_ms - from_ms));
        }
        (self.opened_ms - from_ms, self.took_ms.unwrap_or(mean_ms))
    }

    /// Whether somebody had it already when a day began.
    fn was_in_hand(&self, from_ms: i64) -> bool {
        self.opened_ms < from_ms && self.claimed_ms.is_some_and(|claimed_ms| claimed_ms < from_ms)
    }
}

/// How long an item of each queue took.
fn means(rows: &[Row]) -> HashMap<String, i64> {
    let mut sums: HashMap<String, (i64, i64)> = HashMap::new();
    for (queue, took) in rows.iter().filter_map(|row| row.took_ms.map(|took| (&row.queue, took))) {
        let sum = sums.entry(queue.clone()).or_default();
        *sum = (sum.0 + took, sum.1 + 1);
    }
    sums.into_iter().map(|(queue, (sum, count))| (queue, sum / count.max(1))).collect()
}

/// When somebody works, as far as their shifts say; all the time where they have none.
fn shifts(one: &Colleague, (from_ms, to_ms): (i64, i64)) -> Vec<(i64, i64)> {
    let calendar = one.profile.shifts.as_ref().and_then(|text| Calendar::read(text).ok());
    calendar.map_or_else(|| vec![(from_ms, to_ms)], |calendar| calendar.spans(from_ms, to_ms))
}

fn worker(words: &mut Words, one: &Colleague, roles: &[Role], shifts: Vec<(i64, i64)>) -> Worker {
    let mut has = Bits::default();
    words.has(&mut has, &one.skills, &one.languages, &one.licences, &one.profile.jurisdictions);
    words.roles(&mut has, roles);
    Worker { has, shifts, places: one.profile.given_at_once() }
}

/// The same day with so many people instead, each able to do everything, there for all of it.
#[must_use]
pub fn with_people(mut day: Day, count: usize, places: u16) -> Day {
    for line in &mut day.lines {
        line.need = Need::default();
    }
    let end_ms = day.arrivals.last().map_or(0, |last| last.at_ms) + 1;
    let shifts = day.workers.iter().flat_map(|worker| &worker.shifts).map(|(_, to)| *to).max();
    let shifts = vec![(0, shifts.unwrap_or(end_ms).max(end_ms))];
    day.workers = vec![Worker { shifts, places, ..Worker::default() }; count.min(PEOPLE_MAX)];
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route::{Discipline, Policy, replay};

    const DAY: &str = "
hours: 8
seed: 3
lines:
  - { name: urgent, band: 1, sla: PT5M, handling: PT4M, per_hour: 20, needs: { languages: [de] } }
arrivals:
  - { at: PT0S, line: urgent }
people:
  - { count: 2, languages: [de-AT], shifts: [[PT0S, PT8H]] }
  - { count: 1, languages: [en] }
";

    #[test]
    fn a_day_in_a_file_is_the_same_each_time_and_is_played_with_other_people() {
        let day = day_of_file("day.yaml", DAY).unwrap();
        assert_eq!(day.arrivals, day_of_file("day.yaml", DAY).unwrap().arrivals);
        assert_eq!((day.workers.len(), day.arrivals[0].at_ms), (3, 0));
        let first = replay(&day, Policy::of(Discipline::Banded));
        assert_eq!(first.lines[0].left, 0, "the two who write German finish what they began");
        let more = replay(&with_people(day, 9, 1), Policy::default());
        assert!(more.lines[0].wait_p90_ms < first.lines[0].wait_p90_ms, "{more:?} {first:?}");
    }

    #[test]
    fn mistakes_in_a_file_are_told() {
        for (from, to) in
            [("per_hour", "perhour"), ("line: urgent", "line: calm"), ("PT5M", "soon"), ("hours: 8", "hours: -1")]
        {
            assert!(day_of_file("day.yaml", &DAY.replace(from, to)).is_err(), "{to}");
        }
    }
}
