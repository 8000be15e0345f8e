//! What people and supervisors notice of the board.
#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::route::Vocabulary;

fn item(band: u8, due_ms: i64, need: Need) -> Item {
    let urgency = Urgency { band, opened_ms: 0, due_ms, handling_ms: 1_000, cost: 1.0, look_ahead_ms: 1_000 };
    Item { urgency, need, owner: None, not: None }
}

fn person(has: Bits, room: u16, idle_since_ms: i64) -> Person {
    Person { has, room, channel_room: vec![], load: 0.0, idle_since_ms }
}

#[test]
fn the_most_urgent_goes_to_whoever_is_idle_longest_and_may_have_it() {
    let mut words = Vocabulary::default();
    let (mut licensed, mut need) = (Bits::default(), Need::default());
    licensed.set(words.word("licence", "adjuster"));
    need.all.set(words.word("licence", "adjuster"));
    let people = vec![person(Bits::default(), 1, 0), person(licensed.clone(), 1, 5), person(licensed, 1, 3)];
    let mut board = Board::new(Policy::default(), people);
    let plain = board.put(item(5, 10, Need::default()), 0);
    let claim = board.put(item(1, 99, need), 0);
    let given = board.pass(0);
    let to = |item| given.iter().find(|one| one.item == item).map(|one| one.person.0);
    assert_eq!((to(claim), to(plain)), (Some(2), Some(0)));
    assert_eq!(board.waiting(), 0);
}

#[test]
fn nobody_holds_more_than_they_have_room_for_by_all_and_by_channel() {
    let mut one = person(Bits::default(), 3, 0);
    one.channel_room = vec![1, 9];
    let mut board = Board::new(Policy::default(), vec![one]);
    for n in 0..3 {
        board.put(item(5, n, Need::default()), 0);
    }
    for n in 0..5 {
        board.put(item(5, 100 + n, Need { channel: 1, ..Need::default() }), 0);
    }
    let given = board.pass(0);
    assert_eq!(given.len(), 3, "one chat, two letters");
    assert_eq!(board.next_for(PersonAt(0), 0), None);
    board.gives_room(PersonAt(0), 0, 1);
    assert_eq!(board.next_for(PersonAt(0), 1), Some(ItemAt(1)), "the next chat, not a letter due later");
}

#[test]
fn work_waits_for_its_owner_for_a_while_and_then_goes_to_anyone() {
    let people = vec![person(Bits::default(), 2, 0), person(Bits::default(), 0, 0)];
    let mut board = Board::new(Policy::default(), people);
    let kept = Item { owner: Some((PersonAt(1), 100)), ..item(1, 500, Need::default()) };
    let at = board.put(kept, 0);
    assert_eq!(board.place(at, 50), None, "its owner is busy and may come yet");
    assert_eq!(board.place(at, 100), Some(PersonAt(0)));
}

#[test]
fn whoever_asks_for_an_approval_is_never_given_it() {
    let mut board = Board::new(Policy::default(), vec![person(Bits::default(), 5, 0)]);
    board.put(Item { not: Some([PersonAt(0); 2]), ..item(1, 500, Need::default()) }, 0);
    let other = board.put(item(9, 900, Need::default()), 0);
    assert_eq!(board.pass(0), [Assignment { item: other, person: PersonAt(0) }]);
    assert_eq!(board.next_for(PersonAt(0), 0), None);
}

#[test]
fn what_somebody_put_back_goes_neither_to_them_nor_to_whoever_asked() {
    let people = (0..3).map(|_| person(Bits::default(), 5, 0)).collect();
    let mut board = Board::new(Policy::default(), people);
    let at = board.put(Item { not: Some([PersonAt(0), PersonAt(1)]), ..item(1, 500, Need::default()) }, 0);
    assert_eq!(board.pass(0), [Assignment { item: at, person: PersonAt(2) }]);
}

#[test]
fn a_batch_is_spread_over_those_who_are_there() {
    let people = (0..10).map(|_| person(Bits::default(), 10, 0)).collect();
    let mut board = Board::new(Policy::default(), people);
    for n in 0..20 {
        board.put(item(5, n, Need::default()), 0);
    }
    let mut counts = [0_u32; 10];
    for one in board.pass(0) {
        counts[one.person.0 as usize] += 1;
    }
    assert_eq!(counts, [2; 10]);
}

#[test]
fn whoever_worked_the_smaller_part_of_their_hours_is_next() {
    let mut rested = person(Bits::default(), 1, 9);
    rested.load = 0.2;
    let mut tired = person(Bits::default(), 1, 0);
    tired.load = 0.9;
    let mut board = Board::new(Policy::default(), vec![tired, rested]);
    let at = board.put(item(1, 9, Need::default()), 0);
    assert_eq!(board.place(at, 0), Some(PersonAt(1)));
}

#[test]
fn overload_brings_what_is_about_to_be_late_to_the_front() {
    let mut board = Board::new(Policy::default(), vec![person(Bits::default(), 1, 0)]);
    let early = board.put(item(1, 90_000_000, Need::default()), 0);
    let late = board.put(item(7, 10, Need::default()), 0);
    board.reorder(Policy { overload: true, ..Policy::default() }, 0);
    assert_eq!(board.next_for(PersonAt(0), 0), Some(late));
    board.gives_room(PersonAt(0), 0, 0);
    board.reorder(Policy::default(), 0);
    assert_eq!(board.next_for(PersonAt(0), 0), Some(early));
}
