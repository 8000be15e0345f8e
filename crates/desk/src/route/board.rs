//! The board: what waits and who is there, brought together.

use super::fit::{Bits, Need};
use super::order::{Policy, Rank, Urgency};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

/// Share of time at work within which two people count as equally loaded: then the longer idle one is next.
const LOAD_STEP: f64 = 0.05;

/// A person on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonAt(pub u32);

/// A piece of work on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemAt(pub u32);

/// Somebody who is there.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// What they have.
    pub has: Bits,
    /// How many more pieces of work they may hold.
    pub room: u16,
    /// How many more of each channel; channels beyond the list have no limit of their own.
    pub channel_room: Vec<u16>,
    /// Share of their hours today that they worked, 0 to 1.
    pub load: f64,
    /// Since when they are idle, milliseconds.
    pub idle_since_ms: i64,
}

/// A piece of work that waits.
#[derive(Debug, Clone)]
pub struct Item {
    /// When it is taken.
    pub urgency: Urgency,
    /// Who may have it.
    pub need: Need,
    /// Whoever had its case before, and until when it is kept for them, milliseconds.
    pub owner: Option<(PersonAt, i64)>,
    /// Who may not have it: whoever asked for an approval, whoever put it back. Twice the same where it is one.
    pub not: Option<[PersonAt; 2]>,
}

/// Who gets what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The work.
    pub item: ItemAt,
    /// Who gets it.
    pub person: PersonAt,
}

/// Work with the same needs: whoever may have one may have all.
struct Class {
    need: Need,
    waiting: BTreeSet<(Rank, ItemAt)>,
    /// Everyone who may have it, whether or not they have room.
    people: Vec<PersonAt>,
}

/// The less, the sooner: load in steps, then idle since.
type Turn = (u32, i64, PersonAt);

/// What waits and who is there.
pub struct Board {
    policy: Policy,
    people: Vec<Person>,
    items: Vec<Item>,
    item_class: Vec<usize>,
    ranks: Vec<Rank>,
    classes: Vec<Class>,
    class_of: HashMap<Need, usize>,
    /// Classes that each person may have.
    of_person: Vec<Vec<usize>>,
}

impl Board {
    /// A board with these people. They are known before the work, so that who may have what is computed once.
    pub fn new(policy: Policy, people: Vec<Person>) -> Self {
        let of_person = vec![Vec::new(); people.len()];
        let (items, item_class, ranks) = (Vec::new(), Vec::new(), Vec::new());
        Self { policy, people, items, item_class, ranks, classes: Vec::new(), class_of: HashMap::new(), of_person }
    }

    /// Puts up a piece of work.
    pub fn put(&mut self, item: Item, now_ms: i64) -> ItemAt {
        let at = ItemAt(index(self.items.len()));
        let class = self.class(&item.need);
        let rank = self.policy.rank(&item.urgency, now_ms);
        self.classes[class].waiting.insert((rank, at));
        self.items.push(item);
        self.item_class.push(class);
        self.ranks.push(rank);
        at
    }

    /// Orders everything anew: after the policy has changed, or where urgency changes with time.
    pub fn reorder(&mut self, policy: Policy, now_ms: i64) {
        self.policy = policy;
        for class in &mut self.classes {
            let items: Vec<_> = std::mem::take(&mut class.waiting).into_iter().map(|(_, at)| at).collect();
            for at in items {
                let rank = policy.rank(&self.items[at.0 as usize].urgency, now_ms);
                self.ranks[at.0 as usize] = rank;
                class.waiting.insert((rank, at));
            }
        }
    }

    /// How many more pieces of work those who are there may hold, over all channels.
    pub fn room(&self) -> u64 {
        self.people.iter().map(|person| u64::from(person.room)).sum()
    }

    /// Whether anybody who is there may have a piece of work, with or without room for it.
    pub fn may_be_had(&self, item: ItemAt) -> bool {
        self.item_class.get(item.0 as usize).is_some_and(|class| !self.classes[*class].people.is_empty())
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.classes.iter().map(|class| class.waiting.len()).sum()
    }

    /// Somebody has finished a piece of work of a channel and has room again.
    pub fn gives_room(&mut self, person: PersonAt, channel: usize, now_ms: i64) {
        let found = &mut self.people[person.0 as usize];
        found.room += 1;
        if let Some(room) = found.channel_room.get_mut(channel) {
            *room += 1;
        }
        found.idle_since_ms = now_ms;
    }

    /// What a person takes next; it is theirs then.
    pub fn next_for(&mut self, person: PersonAt, now_ms: i64) -> Option<ItemAt> {
        let best = self.of_person[person.0 as usize]
            .iter()
            .filter(|class| self.has_room(person, self.classes[**class].need.channel))
            .filter_map(|class| {
                let mut waiting = self.classes[*class].waiting.iter();
                waiting.find(|(_, item)| self.may_take(*item, person, now_ms)).copied()
            })
            .min()?;
        self.give(best.1, person);
        Some(best.1)
    }

    /// Who gets a piece of work; it is theirs then. None where nobody with room may have it, or its owner may come yet.
    pub fn place(&mut self, item: ItemAt, now_ms: i64) -> Option<PersonAt> {
        let class = &self.classes[self.item_class[item.0 as usize]];
        let channel = class.need.channel;
        let fit = class.people.iter().filter(|person| self.has_room(**person, channel));
        let person = fit.filter(|person| self.may_take(item, **person, now_ms)).map(|p| self.turn(*p)).min()?.2;
        self.give(item, person);
        Some(person)
    }

    /// Gives out everything that can be given out, most urgent first.
    pub fn pass(&mut self, now_ms: i64) -> Vec<Assignment> {
        let mut order: Vec<(Rank, ItemAt)> =
            self.classes.iter().flat_map(|class| class.waiting.iter().copied()).collect();
        order.sort_unstable();
        let mut pools: Vec<Option<BinaryHeap<Reverse<Turn>>>> = vec![None; self.classes.len()];
        let mut room = self.room();
        let mut given = Vec::new();
        for (_, item) in order {
            if room == 0 {
                break;
            }
            let class = self.item_class[item.0 as usize];
            if pools[class].is_none() {
                let turns = self.classes[class].people.iter().map(|person| Reverse(self.turn(*person)));
                pools[class] = Some(turns.collect());
            }
            if let Some(pool) = &mut pools[class]
                && let Some(person) = self.next_of(pool, item, now_ms)
            {
                self.give(item, person);
                given.push(Assignment { item, person });
                room -= 1;
            }
        }
        given
    }

    /// The next of a pool who may have the item. Who has no room for its channel leaves the pool; who may not have this one
    /// item stays.
    fn next_of(&self, pool: &mut BinaryHeap<Reverse<Turn>>, item: ItemAt, now_ms: i64) -> Option<PersonAt> {
        let channel = self.items[item.0 as usize].need.channel;
        let (mut found, mut passed) = (None, Vec::new());
        while let Some(Reverse(turn)) = pool.pop() {
            let person = turn.2;
            if !self.has_room(person, channel) {
                continue;
            }
            let now = self.turn(person);
            if now != turn {
                pool.push(Reverse(now));
                continue;
            }
            passed.push(Reverse(turn));
            if self.may_take(item, person, now_ms) {
                found = Some(person);
                break;
            }
        }
        pool.extend(passed);
        found
    }

    fn class(&mut self, need: &Need) -> usize {
        if let Some(known) = self.class_of.get(need) {
            return *known;
        }
        let at = self.classes.len();
        let fit = self.people.iter().enumerate().filter(|(_, person)| need.met_by(&person.has));
        let people: Vec<_> = fit.map(|(person, _)| PersonAt(index(person))).collect();
        for person in &people {
            self.of_person[person.0 as usize].push(at);
        }
        self.classes.push(Class { need: need.clone(), waiting: BTreeSet::new(), people });
        self.class_of.insert(need.clone(), at);
        at
    }

    fn has_room(&self, person: PersonAt, channel: usize) -> bool {
        let found = &self.people[person.0 as usize];
        found.room > 0 && found.channel_room.get(channel).is_none_or(|room| *room > 0)
    }

    /// What is kept for its owner is nobody else's, and nobody has what they asked for.
    fn may_take(&self, item: ItemAt, person: PersonAt, now_ms: i64) -> bool {
        let item = &self.items[item.0 as usize];
        let kept = item.owner.is_some_and(|(owner, until_ms)| owner != person && now_ms < until_ms);
        !kept && !item.not.is_some_and(|not| not.contains(&person))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share in steps is a small number")]
    fn turn(&self, person: PersonAt) -> Turn {
        let found = &self.people[person.0 as usize];
        ((found.load.clamp(0.0, 10.0) / LOAD_STEP) as u32, found.idle_since_ms, person)
    }

    fn give(&mut self, item: ItemAt, person: PersonAt) {
        let class = self.item_class[item.0 as usize];
        self.classes[class].waiting.remove(&(self.ranks[item.0 as usize], item));
        let (handling_ms, channel) =
            (self.items[item.0 as usize].urgency.handling_ms, self.classes[class].need.channel);
        let found = &mut self.people[person.0 as usize];
        found.room -= 1;
        if let Some(room) = found.channel_room.get_mut(channel) {
            *room -= 1;
        }
        // What they were just given counts before it is done, so that one person does not get a whole batch.
        found.idle_since_ms += handling_ms.max(1);
    }
}

fn index(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
