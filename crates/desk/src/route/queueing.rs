//! How long people wait, from rates: Erlang's formula, and priorities that do not interrupt (Cobham 1954; Kella and
//! Yechiali 1985 for several servers). Times are in the unit of the rates.

/// Probability that an arrival waits, with `servers` people and `offered` work in people (Erlang C). 1 at overload.
pub fn erlang_c(servers: u32, offered: f64) -> f64 {
    let c = f64::from(servers);
    if servers == 0 || offered >= c {
        return 1.0;
    }
    // The blocking probability by its recursion, which never overflows (ITU-T Teletraffic Engineering Handbook, 7.3).
    let blocking = (1..=servers).fold(1.0, |b, n| offered * b / (f64::from(n) + offered * b));
    let used = offered / c;
    blocking / (1.0 - used * (1.0 - blocking))
}

/// Mean waits of classes served in the order given, none of them interrupted, each with its rate of arrival.
#[derive(Debug, Clone, PartialEq)]
pub struct Waits {
    /// Probability that an arrival waits.
    pub p_wait: f64,
    /// Mean wait of each class.
    pub by_class: Vec<f64>,
    /// Mean wait if all were served as they come.
    pub first_come: f64,
    /// Sum of rate times wait: the same under every order that does not look at how long something takes.
    pub conserved: f64,
}

/// Waits with `servers` people of rate `mu` each, exponential times, the most urgent class first. A class that the people
/// cannot carry waits for ever.
pub fn priority_waits(rates: &[f64], mu: f64, servers: u32) -> Waits {
    let capacity = f64::from(servers) * mu;
    let total: f64 = rates.iter().sum();
    let p_wait = erlang_c(servers, total / mu);
    let base = p_wait / capacity;
    let used: Vec<f64> = rates.iter().map(|rate| rate / capacity).collect();
    let by_class = spread(base, &used);
    let conserved = rates.iter().zip(&by_class).map(|(rate, wait)| rate * wait).sum();
    Waits { p_wait, by_class, first_come: divide(base, 1.0 - total / capacity), conserved }
}

/// One class of work at a single server: arrivals per time, mean time each takes (exponential), cost of waiting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    /// Arrivals per unit of time.
    pub rate: f64,
    /// Mean time one takes.
    pub mean: f64,
    /// Cost of one unit of waiting.
    pub cost: f64,
}

impl Class {
    /// Cost per time of work: the order by this index, largest first, costs least (the cμ rule).
    pub fn index(&self) -> f64 {
        self.cost / self.mean
    }
}

/// Mean waits of classes served by one person in the order given, none interrupted.
pub fn single_server_waits(order: &[Class]) -> Vec<f64> {
    // Half the second moment: an exponential time's is twice its squared mean.
    let residual = order.iter().map(|class| class.rate * class.mean * class.mean).sum();
    let used: Vec<f64> = order.iter().map(|class| class.rate * class.mean).collect();
    spread(residual, &used)
}

/// What waiting costs per unit of time.
pub fn cost_rate(order: &[Class], waits: &[f64]) -> f64 {
    order.iter().zip(waits).map(|(class, wait)| class.rate * class.cost * wait).sum()
}

fn spread(base: f64, used: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    let wait = |used: &f64| {
        let after = before + used;
        let wait = divide(base, (1.0 - before) * (1.0 - after));
        before = after;
        if after >= 1.0 { f64::INFINITY } else { wait }
    };
    used.iter().map(wait).collect()
}

fn divide(part: f64, whole: f64) -> f64 {
    if whole <= 0.0 { f64::INFINITY } else { part / whole }
}

/// Somebody who works a queue off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Pieces of work that they take at once.
    pub places: i64,
    /// Of these, not taken.
    pub free: i64,
    /// Work of other queues that waits for them too, milliseconds.
    pub elsewhere_ms: i64,
}

/// Wait of the next arrival as a queue predicts it, milliseconds: behind `ahead` items, each of which takes `handling_ms`; none where
/// nobody works. Whoever has other queues too works for this one in the part that its work is of all that waits for them (processor
/// sharing), whatever the priorities: where all serve the same queues, the wait is that of everything that waits. It never falls
/// where more waits, here or elsewhere, and never rises where somebody comes.
pub fn predicted_wait_ms(ahead: i64, handling_ms: i64, people: &[Shared]) -> Option<i64> {
    let handling_ms = handling_ms.max(1) as f64;
    let own_ms = (ahead.max(0) + 1) as f64 * handling_ms;
    let (mut places, mut free) = (0.0, 0.0);
    for one in people {
        let part = own_ms / (own_ms + one.elsewhere_ms.max(0) as f64);
        places += one.places.max(0) as f64 * part;
        free += one.free.max(0) as f64 * part;
    }
    (places > 0.0).then(|| ((own_ms - free * handling_ms).max(0.0) / places) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_and_overload_mean_waiting_for_sure() {
        assert!((erlang_c(0, 1.0) - 1.0).abs() < 1e-12);
        assert!((erlang_c(3, 3.0) - 1.0).abs() < 1e-12);
        assert!(priority_waits(&[1.0, 3.0], 1.0, 3).by_class[1].is_infinite());
        assert!(priority_waits(&[1.0, 3.0], 1.0, 3).by_class[0].is_finite(), "the urgent are served all the same");
    }

    const MINUTE_MS: i64 = 60_000;

    fn people(places: i64, free: i64, elsewhere_ms: i64) -> [Shared; 1] {
        [Shared { places, free, elsewhere_ms }]
    }

    #[test]
    fn the_predicted_wait_counts_whom_it_comes_after() {
        assert_eq!(predicted_wait_ms(0, MINUTE_MS, &people(3, 1, 0)), Some(0), "somebody is free");
        assert_eq!(predicted_wait_ms(5, MINUTE_MS, &people(3, 0, 0)), Some(2 * MINUTE_MS));
        assert_eq!(predicted_wait_ms(5, MINUTE_MS, &people(0, 0, 0)), None, "nobody is there");
        assert_eq!(predicted_wait_ms(5, MINUTE_MS, &[]), None);
    }

    #[test]
    fn people_who_serve_several_queues_are_counted_for_each_by_what_waits() {
        // Three places, six minutes here and twelve elsewhere: eighteen minutes of work for all three.
        assert_eq!(predicted_wait_ms(5, MINUTE_MS, &people(3, 0, 12 * MINUTE_MS)), Some(6 * MINUTE_MS));
        // Those who do nothing else carry most of it.
        let mixed = [people(1, 0, 0)[0], people(1, 0, 6 * MINUTE_MS)[0]];
        assert_eq!(predicted_wait_ms(5, MINUTE_MS, &mixed), Some(4 * MINUTE_MS));
    }

    #[test]
    fn more_work_never_shortens_a_wait_and_another_person_never_lengthens_it() {
        for ahead in 0..6 {
            for elsewhere in 0..6 {
                for free in 0..3 {
                    let with = |ahead, elsewhere: i64, more: &[Shared]| {
                        let two = [people(2, free, elsewhere * MINUTE_MS)[0], people(1, 0, 3 * MINUTE_MS)[0]];
                        predicted_wait_ms(ahead, MINUTE_MS, &[&two[..], more].concat()).unwrap()
                    };
                    let wait = with(ahead, elsewhere, &[]);
                    assert!(with(ahead + 1, elsewhere, &[]) >= wait, "{ahead} {elsewhere} {free}: more here");
                    assert!(with(ahead, elsewhere + 1, &[]) >= wait, "{ahead} {elsewhere} {free}: more elsewhere");
                    for more in [people(1, 0, 9 * MINUTE_MS), people(2, 2, 0)] {
                        assert!(with(ahead, elsewhere, &more) <= wait, "{ahead} {elsewhere} {free}: one more");
                    }
                }
            }
        }
    }
}
