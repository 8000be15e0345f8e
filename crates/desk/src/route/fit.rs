//! Who may have what: needs and people as sets of bits, so that a hundred thousand items are compared in no time.

use std::collections::HashMap;

/// Highest level of a skill.
pub const LEVEL_MAX: u8 = 5;

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Bits(Vec<u64>);

impl Bits {
    /// Adds a number.
    pub fn set(&mut self, at: usize) {
        let word = at / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (at % 64);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// Whether all of these are in another set.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().enumerate().all(|(at, word)| word & !other.0.get(at).copied().unwrap_or(0) == 0)
    }

    /// Whether one of these is in another set.
    pub fn touches(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

/// Numbers for the words of needs and people.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    known: HashMap<String, usize>,
}

impl Vocabulary {
    /// The number of a word of some kind: `licence`, `language`, `queue` …
    pub fn word(&mut self, kind: &str, text: &str) -> usize {
        let next = self.known.len();
        *self.known.entry(format!("{kind}\u{1f}{text}")).or_insert(next)
    }

    /// Adds what a person of this level in a skill can do: every level up to it.
    pub fn can(&mut self, has: &mut Bits, skill: &str, level: u8) {
        for level in 1..=level.clamp(1, LEVEL_MAX) {
            has.set(self.word("skill", &format!("{skill}:{level}")));
        }
    }

    /// Adds a skill that is needed, at least at this level.
    pub fn wants(&mut self, all: &mut Bits, skill: &str, level: u8) {
        all.set(self.word("skill", &format!("{skill}:{}", level.clamp(1, LEVEL_MAX))));
    }
}

/// What a person must have: all of some things, and one of each of several groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Need {
    /// All of these.
    pub all: Bits,
    /// One of each of these.
    pub any: Vec<Bits>,
    /// The channel whose places it takes, as a number of the board.
    pub channel: usize,
}

impl Need {
    /// Whether somebody who has these may have it.
    pub fn met_by(&self, has: &Bits) -> bool {
        self.all.within(has) && self.any.iter().all(|group| group.touches(has))
    }
}

/// `motor:3` is the skill `motor` at level 3; without a number it is level 1.
pub fn skill_of(text: &str) -> (&str, u8) {
    match text.rsplit_once(':') {
        Some((name, level)) => match level.parse::<u8>() {
            Ok(level) if (1..=LEVEL_MAX).contains(&level) => (name, level),
            _ => (text, 1),
        },
        None => (text, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_higher_level_does_for_a_lower_one_and_never_the_other_way() {
        let mut words = Vocabulary::default();
        let (mut expert, mut novice, mut need) = (Bits::default(), Bits::default(), Need::default());
        words.can(&mut expert, "motor", 4);
        words.can(&mut novice, "motor", 1);
        words.wants(&mut need.all, "motor", 3);
        assert!(need.met_by(&expert) && !need.met_by(&novice) && !need.met_by(&Bits::default()));
    }

    #[test]
    fn one_of_a_group_is_enough_and_none_is_not() {
        let mut words = Vocabulary::default();
        let (mut has, mut group) = (Bits::default(), Bits::default());
        has.set(words.word("language", "de"));
        for language in ["fr", "de"] {
            group.set(words.word("language", language));
        }
        let need = Need { any: vec![group], ..Need::default() };
        assert!(need.met_by(&has) && !need.met_by(&Bits::default()));
        assert!(Need::default().met_by(&Bits::default()), "what needs nothing is for all");
    }

    #[test]
    fn a_level_is_a_number_after_a_colon() {
        for (text, wanted) in
            [("motor:3", ("motor", 3)), ("motor", ("motor", 1)), ("a:b", ("a:b", 1)), ("a:9", ("a:9", 1))]
        {
            assert_eq!(skill_of(text), wanted);
        }
    }
}
