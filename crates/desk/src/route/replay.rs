//! A day again, under another policy or with other people: what would have been late, and who would have been busy.
//!
//! Times are those of the day itself, so that two policies meet the same arrivals and the same work. Nothing is interrupted;
//! whoever's shift ends finishes what they have.

use super::fairness::jain;
use super::fit::{Bits, Need};
use super::order::{Discipline, Policy, Pressure, Urgency, real};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

const HOUR_MS: i64 = 3_600_000;
/// A quarter of the service level: from there on urgency rises.
const LOOK_AHEAD_PARTS: i64 = 4;

/// Work of one kind.
#[derive(Debug, Clone)]
pub struct Line {
    /// As shown: its queue, as a rule.
    pub name: String,
    /// 1 is the most urgent.
    pub band: u8,
    /// What a minute of waiting costs, beside others.
    pub cost: f64,
    /// How long it may wait, milliseconds.
    pub sla_ms: i64,
    /// How long it takes as a rule, milliseconds.
    pub handling_ms: i64,
    /// Who may have it.
    pub need: Need,
}

/// One piece of work that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When, milliseconds.
    pub at_ms: i64,
    /// Its line, as a place in [`Day::lines`].
    pub line: usize,
    /// How long it took, milliseconds.
    pub handling_ms: i64,
}

/// Somebody at work.
#[derive(Debug, Clone, Default)]
pub struct Worker {
    /// What they have.
    pub has: Bits,
    /// From when until when they take work, milliseconds, in order.
    pub shifts: Vec<(i64, i64)>,
    /// How many pieces of work at once.
    pub places: u16,
}

/// A day's work and people.
#[derive(Debug, Clone, Default)]
pub struct Day {
    /// Kinds of work.
    pub lines: Vec<Line>,
    /// What came in, in order of time.
    pub arrivals: Vec<Arrival>,
    /// What somebody had when the day began, each with what was left of its time: it goes on before anything else is taken, and
    /// counts for no wait.
    pub in_hand: Vec<Arrival>,
    /// Who was there.
    pub workers: Vec<Worker>,
}

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineReport {
    /// Its name.
    pub name: String,
    /// Came in.
    pub arrived: usize,
    /// Still waiting when the last person went home.
    pub left: usize,
    /// Share that waited longer than it may, 0 to 1.
    pub late: f64,
    /// Mean wait, milliseconds.
    pub wait_mean_ms: f64,
    /// Half waited at most so long, milliseconds.
    pub wait_p50_ms: i64,
    /// Nine of ten waited at most so long, milliseconds.
    pub wait_p90_ms: i64,
}

/// What became of a day.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// By line, in the day's order, then all together under the name `all`.
    pub lines: Vec<LineReport>,
    /// Time at work as a share of the time that people were there for it, 0 to 1.
    pub utilisation: f64,
    /// How evenly work lay on people: Jain's index of their shares of time at work.
    pub fairness: f64,
    /// Pieces of work taken while bands gave way to weighted urgency.
    pub under_overload: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Freed(usize),
    GoesOn(usize),
    Begins(usize),
    Arrives(usize),
}

struct Busy {
    free: u16,
    worked_ms: i64,
    idle_since_ms: i64,
}

struct Floor<'a> {
    day: &'a Day,
    policy: Policy,
    waiting: Vec<VecDeque<Arrival>>,
    busy: Vec<Busy>,
    events: BinaryHeap<Reverse<(i64, Happens)>>,
    recent: VecDeque<(i64, i64)>,
    recent_work_ms: i64,
    waits: Vec<Vec<i64>>,
    late: Vec<usize>,
    under_overload: usize,
    end_ms: i64,
}

/// Plays a day.
pub fn replay(day: &Day, policy: Policy) -> Report {
    let mut floor = Floor::new(day, policy);
    while let Some(Reverse((now_ms, what))) = floor.events.pop() {
        floor.end_ms = floor.end_ms.max(now_ms);
        match what {
            Happens::Arrives(at) => floor.arrive(day.arrivals[at]),
            Happens::GoesOn(at) => floor.go_on(day.in_hand[at]),
            Happens::Freed(worker) => {
                floor.busy[worker].free += 1;
                floor.busy[worker].idle_since_ms = now_ms;
                floor.take(worker, now_ms);
            }
            Happens::Begins(worker) => floor.take(worker, now_ms),
        }
    }
    floor.report()
}

impl<'a> Floor<'a> {
    fn new(day: &'a Day, policy: Policy) -> Self {
        let mut events = BinaryHeap::new();
        events.extend(day.arrivals.iter().enumerate().map(|(at, one)| Reverse((one.at_ms, Happens::Arrives(at)))));
        events.extend(day.in_hand.iter().enumerate().map(|(at, one)| Reverse((one.at_ms, Happens::GoesOn(at)))));
        for (at, worker) in day.workers.iter().enumerate() {
            events.extend(worker.shifts.iter().map(|(from, _)| Reverse((*from, Happens::Begins(at)))));
        }
        let busy = |worker: &Worker| Busy { free: worker.places, worked_ms: 0, idle_since_ms: 0 };
        let lines = day.lines.len();
        Self {
            day,
            policy,
            waiting: vec![VecDeque::new(); lines],
            busy: day.workers.iter().map(busy).collect(),
            events,
            recent: VecDeque::new(),
            recent_work_ms: 0,
            waits: vec![Vec::new(); lines],
            late: vec![0; lines],
            under_overload: 0,
            end_ms: 0,
        }
    }

    fn arrive(&mut self, arrival: Arrival) {
        let now_ms = arrival.at_ms;
        self.waiting[arrival.line].push_back(arrival);
        let expected = self.day.lines[arrival.line].handling_ms;
        self.recent.push_back((now_ms, expected));
        self.recent_work_ms += expected;
        while let Some((_, work)) = self.recent.front().copied().filter(|(at, _)| *at <= now_ms - HOUR_MS) {
            self.recent.pop_front();
            self.recent_work_ms -= work;
        }
        if let Some(worker) = self.next_free(arrival.line, now_ms) {
            self.take(worker, now_ms);
        }
    }

    /// Where nobody who may have it is there, it waits.
    fn go_on(&mut self, work: Arrival) {
        match self.next_free(work.line, work.at_ms) {
            Some(worker) => self.begin(worker, work, work.at_ms),
            None => self.waiting[work.line].push_back(work),
        }
    }

    /// Of those who are free and may have it: whoever worked the smallest part of their time, then whoever is idle longest.
    fn next_free(&self, line: usize, now_ms: i64) -> Option<usize> {
        let need = &self.day.lines[line].need;
        let fit =
            (0..self.busy.len()).filter(|at| self.is_free(*at, now_ms) && need.met_by(&self.day.workers[*at].has));
        fit.min_by_key(|at| (self.busy[*at].worked_ms / (HOUR_MS / 4), self.busy[*at].idle_since_ms, *at))
    }

    fn begin(&mut self, worker: usize, work: Arrival, now_ms: i64) {
        let busy = &mut self.busy[worker];
        busy.free -= 1;
        busy.worked_ms += work.handling_ms;
        self.events.push(Reverse((now_ms + work.handling_ms.max(1), Happens::Freed(worker))));
    }

    fn is_free(&self, worker: usize, now_ms: i64) -> bool {
        let at_work = self.day.workers[worker].shifts.iter().any(|(from, to)| (*from..*to).contains(&now_ms));
        self.busy[worker].free > 0 && at_work
    }

    /// Lets somebody take work until they have no place left or nothing waits that they may have.
    fn take(&mut self, worker: usize, now_ms: i64) {
        while self.is_free(worker, now_ms) {
            let Some(line) = self.best_line(worker, now_ms) else { return };
            let Some(work) = self.waiting[line].pop_front() else { return };
            let waited = now_ms - work.at_ms;
            self.waits[line].push(waited);
            self.late[line] += usize::from(waited > self.day.lines[line].sla_ms);
            self.begin(worker, work, now_ms);
        }
    }

    /// Within a line whatever came first is due first, so that only the first of each line is looked at.
    fn best_line(&mut self, worker: usize, now_ms: i64) -> Option<usize> {
        let mut policy = self.policy;
        if policy.discipline == Discipline::Banded {
            policy.overload |= self.pressure(now_ms).is_overload();
        }
        let has = &self.day.workers[worker].has;
        let heads = self.waiting.iter().enumerate().filter_map(|(at, queue)| {
            let line = &self.day.lines[at];
            queue.front().filter(|_| line.need.met_by(has)).map(|head| (policy.rank(&urgency(line, head), now_ms), at))
        });
        let best = heads.min().map(|(_, at)| at);
        self.under_overload += usize::from(policy.overload && best.is_some());
        best
    }

    fn pressure(&self, now_ms: i64) -> Pressure {
        let slack = |(at, queue): (usize, &VecDeque<Arrival>)| {
            queue.front().map(|head| head.at_ms + self.day.lines[at].sla_ms - now_ms)
        };
        let places =
            self.day.workers.iter().filter(|w| w.shifts.iter().any(|(from, to)| (*from..*to).contains(&now_ms)));
        Pressure {
            // Work of the last hour is arrivals times handling already.
            arrivals_per_h: 1.0,
            handling_ms: real(self.recent_work_ms),
            places: places.map(|w| f64::from(w.places)).sum(),
            least_slack_ms: self.waiting.iter().enumerate().filter_map(slack).min(),
        }
    }

    fn report(mut self) -> Report {
        let mut left = vec![0; self.day.lines.len()];
        for (at, queue) in self.waiting.iter().enumerate() {
            left[at] = queue.len();
            let waited: Vec<i64> = queue.iter().map(|one| self.end_ms - one.at_ms).collect();
            self.late[at] += waited.iter().filter(|wait| **wait > self.day.lines[at].sla_ms).count();
            self.waits[at].extend(waited);
        }
        let mut lines: Vec<_> = self
            .day
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| summary(&line.name, &mut self.waits[at], left[at], self.late[at]))
            .collect();
        let mut all: Vec<i64> = self.waits.concat();
        lines.push(summary("all", &mut all, left.iter().sum(), self.late.iter().sum()));
        let there: Vec<f64> = self.day.workers.iter().map(time_there).collect();
        let worked: Vec<f64> = self.busy.iter().map(|busy| real(busy.worked_ms)).collect();
        let shares: Vec<f64> = worked.iter().zip(&there).filter(|(_, t)| **t > 0.0).map(|(w, t)| w / t).collect();
        let total: f64 = there.iter().sum();
        let utilisation = if total > 0.0 { worked.iter().sum::<f64>() / total } else { 0.0 };
        Report { lines, utilisation, fairness: jain(&shares), under_overload: self.under_overload }
    }
}

fn time_there(worker: &Worker) -> f64 {
    worker.shifts.iter().map(|(from, to)| real(to - from)).sum::<f64>() * f64::from(worker.places)
}

fn urgency(line: &Line, head: &Arrival) -> Urgency {
    Urgency {
        band: line.band,
        opened_ms: head.at_ms,
        due_ms: head.at_ms + line.sla_ms,
        handling_ms: line.handling_ms,
        cost: line.cost,
        look_ahead_ms: line.sla_ms / LOOK_AHEAD_PARTS,
    }
}

#[expect(clippy::cast_precision_loss, reason = "items are counted")]
fn summary(name: &str, waits: &mut [i64], left: usize, late: usize) -> LineReport {
    waits.sort_unstable();
    let quantile = |parts: usize| waits.get((waits.len() * parts / 10).min(waits.len().saturating_sub(1))).copied();
    let arrived = waits.len();
    let share = |part: f64| if arrived == 0 { 0.0 } else { part / arrived as f64 };
    LineReport {
        name: name.to_owned(),
        arrived,
        left,
        late: share(late as f64),
        wait_mean_ms: share(waits.iter().map(|wait| real(*wait)).sum()),
        wait_p50_ms: quantile(5).unwrap_or(0),
        wait_p90_ms: quantile(9).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, band: u8, sla_ms: i64) -> Line {
        Line { name: name.to_owned(), band, cost: 1.0, sla_ms, handling_ms: 10, need: Need::default() }
    }

    fn one_person() -> Vec<Worker> {
        vec![Worker { shifts: vec![(0, 1_000)], places: 1, ..Worker::default() }]
    }

    #[test]
    fn the_urgent_overtake_and_nobody_is_interrupted() {
        let arrive = |at_ms, line| Arrival { at_ms, line, handling_ms: 10 };
        let day = Day {
            lines: vec![line("urgent", 1, 15), line("other", 5, 500)],
            arrivals: vec![arrive(0, 1), arrive(1, 1), arrive(2, 0)],
            workers: one_person(),
            ..Day::default()
        };
        let banded = replay(&day, Policy::default());
        assert_eq!((banded.lines[0].wait_p90_ms, banded.lines[1].wait_p90_ms), (8, 19));
        let fair = replay(&day, Policy::of(Discipline::FirstCome));
        assert_eq!(fair.lines[0].wait_p50_ms, 18);
        assert!((fair.lines[0].late - 1.0).abs() < 1e-12 && banded.lines[0].late.abs() < 1e-12);
        assert!((banded.utilisation - 0.03).abs() < 1e-12);
    }

    #[test]
    fn whoever_goes_home_takes_nothing_more_and_what_is_left_is_told() {
        let arrivals = (0..4).map(|n| Arrival { at_ms: n, line: 0, handling_ms: 400 }).collect();
        let day = Day { lines: vec![line("one", 1, 100)], arrivals, workers: one_person(), ..Day::default() };
        let report = replay(&day, Policy::default());
        assert_eq!((report.lines[0].left, report.lines[0].arrived), (1, 4), "at 0, 400 and 800");
        assert!((report.lines[0].late - 0.75).abs() < 1e-12, "the one left is late too");
    }

    #[test]
    fn what_somebody_had_goes_on_before_what_waited() {
        let work = |at_ms, handling_ms| Arrival { at_ms, line: 0, handling_ms };
        let (arrivals, in_hand) = (vec![work(-50, 10)], vec![work(0, 100)]);
        let day = Day { lines: vec![line("one", 1, 500)], arrivals, in_hand, workers: one_person() };
        let report = replay(&day, Policy::default());
        assert_eq!((report.lines[0].arrived, report.lines[0].wait_p50_ms), (1, 150), "50 before the day, 100 in it");
        let night = replay(&Day { workers: Vec::new(), ..day }, Policy::default());
        assert_eq!(night.lines[0].left, 2, "nobody is there for either");
    }

    #[test]
    fn work_goes_only_to_those_who_may_have_it() {
        let mut expert = Bits::default();
        expert.set(0);
        let mut need = Need::default();
        need.all.set(0);
        let lines = vec![Line { need, ..line("licensed", 1, 5) }];
        let mut workers = one_person();
        let arrivals = vec![Arrival { at_ms: 1, line: 0, handling_ms: 5 }];
        let day = |workers| Day { lines: lines.clone(), arrivals: arrivals.clone(), workers, ..Day::default() };
        assert_eq!(replay(&day(workers.clone()), Policy::default()).lines[0].left, 1);
        workers[0].has = expert;
        assert_eq!(replay(&day(workers), Policy::default()).lines[0].left, 0);
    }
}
