//! Routing on a board, and an operation played again under two orders.

use super::{Options, figure};
use baton_desk::route::{
    Bits, Board, Day, Discipline, Item, ItemAt, Line, Need, Person, PersonAt, Policy, Urgency, Vocabulary, Worker,
    draw, replay,
};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use std::time::Instant;

const SKILLS: u64 = 40;
const LICENCES: u64 = 12;
const LANGUAGES: [&str; 6] = ["en", "de", "fr", "es", "it", "pl"];
const SEED: u64 = 11;
/// Single assignments that are timed.
const SINGLE: usize = 20_000;

pub(super) fn measure(options: &Options) -> bool {
    let mut world = World { random: ChaCha8Rng::seed_from_u64(SEED), words: Vocabulary::default() };
    let people: Vec<_> = (0..options.people).map(|n| world.person(n)).collect();
    let items: Vec<_> = (0..options.items).map(|n| world.item(n)).collect();
    let began = Instant::now();
    let mut board = Board::new(Policy::default(), people);
    for item in items {
        board.put(item, 0);
    }
    println!("{:<70} {:>10.3} s", format!("{} items put up", options.items), began.elapsed().as_secs_f64());
    let mut met = full_pass(&mut board, options);
    met &= singles(&mut board, options);
    met & operation()
}

fn full_pass(board: &mut Board, options: &Options) -> bool {
    let began = Instant::now();
    board.reorder(Policy { overload: true, ..Policy::default() }, 1);
    let given = board.pass(1).len();
    let took = began.elapsed().as_secs_f64();
    println!("{:<70} {given:>10}", "given out in one pass");
    figure(&format!("full pass, {} items to {} people, mixed skills", options.items, options.people), took, "s", 1.0)
}

/// Whoever finishes something takes what is next for them, one by one.
fn singles(board: &mut Board, options: &Options) -> bool {
    let mut times = Vec::with_capacity(SINGLE);
    for n in 0..SINGLE {
        let person = PersonAt(u32::try_from(n * 7 % options.people).unwrap_or(0));
        board.gives_room(person, 0, 2);
        let began = Instant::now();
        let _: Option<ItemAt> = board.next_for(person, 2);
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let p99 = times.get(times.len() * 99 / 100).copied().unwrap_or(f64::NAN);
    figure("one assignment beside them, p99", p99, "ms", 1.0)
}

struct World {
    random: ChaCha8Rng,
    words: Vocabulary,
}

impl World {
    fn below(&mut self, n: u64) -> u64 {
        self.random.next_u64() % n
    }

    fn person(&mut self, _: usize) -> Person {
        let mut has = Bits::default();
        for _ in 0..3 + self.below(4) {
            let (skill, level) = (self.below(SKILLS), 1 + self.below(5));
            self.words.can(&mut has, &format!("s{skill}"), level.to_le_bytes()[0]);
        }
        for _ in 0..self.below(3) {
            let licence = self.below(LICENCES);
            has.set(self.words.word("licence", &format!("l{licence}")));
        }
        for _ in 0..1 + self.below(2) {
            let language = LANGUAGES[usize::try_from(self.below(6)).unwrap_or(0)];
            has.set(self.words.word("language", language));
        }
        let idle_since_ms = i64::try_from(self.below(10_000)).unwrap_or(0);
        Person { has, room: 2, channel_room: vec![2, 2], load: 0.0, idle_since_ms }
    }

    fn item(&mut self, _: usize) -> Item {
        let mut need = Need { channel: usize::from(self.below(4) == 0), ..Need::default() };
        let (skill, level) = (self.below(SKILLS), 1 + self.below(3));
        self.words.wants(&mut need.all, &format!("s{skill}"), level.to_le_bytes()[0]);
        if self.below(5) == 0 {
            let licence = self.below(LICENCES);
            need.all.set(self.words.word("licence", &format!("l{licence}")));
        }
        let mut language = Bits::default();
        let spoken = LANGUAGES[usize::try_from(self.below(6)).unwrap_or(0)];
        language.set(self.words.word("language", spoken));
        need.any.push(language);
        let due_ms = i64::try_from(self.below(8 * 3_600_000)).unwrap_or(0);
        let band = (1 + self.below(9)).to_le_bytes()[0];
        let urgency =
            Urgency { band, opened_ms: 0, due_ms, handling_ms: 300_000, cost: 1.0, look_ahead_ms: due_ms / 4 };
        Item { urgency, need, owner: None, not: None }
    }
}

/// 14 people at a load of 0.958: urgent, standard and back office work, 200 hours, six times.
fn operation() -> bool {
    let line = |name: &str, band, sla_s: i64, handling_s: i64, cost| Line {
        name: name.to_owned(),
        band,
        cost,
        sla_ms: sla_s * 1_000,
        handling_ms: handling_s * 1_000,
        need: Need::default(),
    };
    let lines = [
        (line("urgent", 1, 300, 240, 4.0), 40.0),
        (line("standard", 2, 3_600, 420, 1.0), 60.0),
        (line("back office", 3, 14_400, 900, 0.5), 15.0),
    ];
    let late = |discipline| {
        let urgent = |seed| {
            let workers = vec![Worker { shifts: vec![(0, i64::MAX / 4)], places: 1, ..Worker::default() }; 14];
            let lines_only = lines.iter().map(|(line, _)| line.clone()).collect();
            let day = Day { lines: lines_only, arrivals: draw(&lines, 200.0, seed), workers, ..Day::default() };
            replay(&day, Policy::of(discipline)).lines[0].late * 100.0
        };
        (1..=6).map(urgent).sum::<f64>() / 6.0
    };
    println!(
        "{:<70} {:>10.1} %      (more than 40 without order)",
        "urgent work late, first come first served",
        late(Discipline::FirstCome)
    );
    figure("urgent work late, as the desk orders it", late(Discipline::Banded), "%", 1.0)
}
