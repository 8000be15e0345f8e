//! Which texts say about the same, without a model: a text is the words and pairs of words in it, weighed by how few of the texts
//! have them, and two are as alike as the angle between these weights is small (cosine). The texts are taken in order; each joins
//! the group that it is most like, or begins one. The same texts in the same order are always the same groups.

use crate::limits;
use crate::tally::real;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::LazyLock;

/// From which cosine on a text belongs to a group: 0 shares no word with it, 1 is the same.
pub const ALIKE_MIN: f64 = 0.25;
/// Words of a label, count.
const WORDS_MAX: usize = 4;
/// Shortest word that counts, characters.
const WORD_CHARS_MIN: usize = 3;
/// What a pair of words weighs beside a word.
const PAIR_WEIGHT: f64 = 0.5;

/// A text, and who wrote it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'a> {
    /// The customer: what only one of them says is in no label.
    pub customer: &'a str,
    /// The words; those after [`limits::TEXT_CHARS_MAX`] are not read.
    pub text: &'a str,
}

/// Texts that say about the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alike {
    /// Which, by their places, in order.
    pub members: Vec<usize>,
    /// The words that tell most of them, first the most telling: each said by at least two customers. Empty where they share none.
    pub words: Vec<String>,
}

/// Groups of at least two texts that say about the same, the biggest first; after [`limits::ALIKE_MAX`] groups, begun by one text
/// or more, what fits none stands alone.
pub fn alike(texts: &[Text<'_>]) -> Vec<Alike> {
    let spoken: Vec<Vec<String>> = texts.iter().map(|text| words(text.text)).collect();
    let weighed = weigh(&spoken);
    let mut groups: Vec<Group> = Vec::new();
    for (at, vector) in weighed.iter().enumerate().filter(|(_, vector)| !vector.is_empty()) {
        let place = likest(&groups, vector);
        if let Some(group) = place.and_then(|place| groups.get_mut(place)) {
            group.join(at, vector);
        } else if groups.len() < limits::ALIKE_MAX {
            groups.push(Group::begin(at, vector));
        }
    }
    groups.retain(|group| group.members.len() > 1);
    groups.sort_by(|a, b| b.members.len().cmp(&a.members.len()).then_with(|| a.members.cmp(&b.members)));
    let rare = rarity(&spoken);
    let label = |group: Group| Alike { words: telling(&group.members, texts, &spoken, &rare), members: group.members };
    groups.into_iter().map(label).collect()
}

/// The group that a text is most like, if it is like one; of two the older.
fn likest(groups: &[Group], vector: &[(u64, f64)]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (place, group) in groups.iter().enumerate() {
        let likeness = group.likeness(vector);
        if likeness >= ALIKE_MIN && best.is_none_or(|(_, most)| likeness > most) {
            best = Some((place, likeness));
        }
    }
    best.map(|(place, _)| place)
}

/// The words of a text that mean something: no numbers, and none of those that every text has.
pub(crate) fn words(text: &str) -> Vec<String> {
    let head: String = text.chars().take(limits::TEXT_CHARS_MAX).collect();
    let lower = head.to_lowercase();
    let all = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| {
        word.chars().count() >= WORD_CHARS_MIN && !word.chars().any(char::is_numeric) && !COMMON.contains(word)
    });
    all.map(str::to_owned).collect()
}

/// A text as weights of its words and pairs, by their hashes, in order of these; of length 1.
type Vector = Vec<(u64, f64)>;

fn weigh(spoken: &[Vec<String>]) -> Vec<Vector> {
    let counted: Vec<BTreeMap<u64, (i64, f64)>> = spoken.iter().map(|words| features(words)).collect();
    let mut texts_with: HashMap<u64, i64> = HashMap::new();
    for feature in counted.iter().flat_map(BTreeMap::keys) {
        *texts_with.entry(*feature).or_default() += 1;
    }
    let weighed = counted.into_iter().map(|features| {
        let weights = features.into_iter().map(|(feature, (times, weight))| {
            let rare = inverse(texts_with.get(&feature).copied().unwrap_or(1), spoken.len());
            (feature, weight * (1.0 + real(times).ln()) * rare)
        });
        let weights: Vector = weights.collect();
        let length = weights.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        weights.into_iter().map(|(feature, weight)| (feature, weight / length)).collect()
    });
    weighed.collect()
}

/// How often each word and each pair is in a text, and what it weighs as such.
fn features(words: &[String]) -> BTreeMap<u64, (i64, f64)> {
    let mut found: BTreeMap<u64, (i64, f64)> = BTreeMap::new();
    let mut count = |hash: u64, weight: f64| found.entry(hash).or_insert((0, weight)).0 += 1;
    words.iter().for_each(|word| count(hashed(&[word.as_str()]), 1.0));
    words
        .iter()
        .zip(words.iter().skip(1))
        .for_each(|(one, next)| count(hashed(&[one.as_str(), next.as_str()]), PAIR_WEIGHT));
    found
}

/// FNV-1a of the words with a blank after each.
fn hashed(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([b' ']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// How much it means that a text has what so many of all have.
fn inverse(with: i64, all: usize) -> f64 {
    let all = i64::try_from(all).unwrap_or(i64::MAX);
    (real(all + 1) / real(with + 1)).ln() + 1.0
}

struct Group {
    members: Vec<usize>,
    /// The sum of its members' weights.
    sum: HashMap<u64, f64>,
    /// The square of that sum's length.
    square: f64,
}

impl Group {
    fn begin(at: usize, vector: &[(u64, f64)]) -> Self {
        Self { members: vec![at], sum: vector.iter().copied().collect(), square: 1.0 }
    }

    fn dot(&self, vector: &[(u64, f64)]) -> f64 {
        vector.iter().filter_map(|(feature, weight)| Some(weight * self.sum.get(feature)?)).sum()
    }

    fn likeness(&self, vector: &[(u64, f64)]) -> f64 {
        self.dot(vector) / self.square.sqrt()
    }

    fn join(&mut self, at: usize, vector: &[(u64, f64)]) {
        self.square += 2.0 * self.dot(vector) + 1.0;
        for (feature, weight) in vector {
            *self.sum.entry(*feature).or_default() += weight;
        }
        self.members.push(at);
    }
}

/// How much each word means among these texts.
fn rarity(spoken: &[Vec<String>]) -> HashMap<&str, f64> {
    let mut texts_with: HashMap<&str, i64> = HashMap::new();
    for words in spoken {
        for word in words.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            *texts_with.entry(word).or_default() += 1;
        }
    }
    texts_with.into_iter().map(|(word, with)| (word, inverse(with, spoken.len()))).collect()
}

/// The words that tell most of some texts: in how many of them, by how rare among all. Each is said by at least two customers, so
/// that a label is nobody's own words.
fn telling(members: &[usize], texts: &[Text<'_>], spoken: &[Vec<String>], rare: &HashMap<&str, f64>) -> Vec<String> {
    let mut said: BTreeMap<&str, (i64, BTreeSet<&str>)> = BTreeMap::new();
    for at in members {
        let (Some(text), Some(words)) = (texts.get(*at), spoken.get(*at)) else { continue };
        for word in words.iter().map(String::as_str).collect::<BTreeSet<_>>() {
            let (times, customers) = said.entry(word).or_default();
            *times += 1;
            customers.insert(text.customer);
        }
    }
    let shared = said.into_iter().filter(|(_, (_, customers))| customers.len() > 1);
    let mut scored: Vec<(f64, &str)> =
        shared.map(|(word, (times, _))| (real(times) * rare.get(word).copied().unwrap_or_default(), word)).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.into_iter().take(WORDS_MAX).map(|(_, word)| word.to_owned()).collect()
}

/// Words that say nothing of what a text is about, in English and German.
static COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "the and for with that this you your have has had was were are not but from they them their there here what when where which \
     who how why can could would will shall should does did don doesn isn please thanks thank hello dear regards also just still \
     about into than then too very any some all one been being been out its his her she him get got want need like know tell \
     der die das den dem des ein eine einen einem einer eines und oder aber mit von vom zum zur für auf aus bei nach ist sind war \
     waren habe hat haben hatte wurde werden wird ich sie wir mir mich mein meine meinen meinem meiner ihr ihre ihren ihnen nicht \
     kein keine keinen was wann warum wie wer wo noch auch nur schon dass wenn bitte danke hallo guten tag kann können konnte \
     möchte würde sehr hier"
        .split_whitespace()
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    /// Each text of a customer of its own.
    fn groups(texts: &[&str]) -> Vec<(Vec<usize>, String)> {
        let customers: Vec<String> = (0..texts.len()).map(|at| format!("cus_{at}")).collect();
        let all: Vec<Text<'_>> = texts.iter().zip(&customers).map(|(text, customer)| Text { customer, text }).collect();
        alike(&all).into_iter().map(|one| (one.members, one.words.join(" "))).collect()
    }

    const SAID: [&str; 10] = [
        "Where is my parcel? It should have arrived on Monday.",
        "My parcel has not arrived, it was due Monday",
        "I was charged twice on my credit card for the same order",
        "The parcel with the lamp still has not arrived",
        "You charged my credit card twice!",
        "Double charge on my card, I paid twice for one order 4711",
        "My voucher code does not work at the checkout",
        "The voucher code is refused at checkout",
        "Mein Paket ist nicht angekommen",
        "Das Paket sollte am Montag ankommen, es ist nicht angekommen",
    ];

    #[test]
    fn customers_who_write_about_the_same_stand_together_under_the_words_that_tell_it() {
        assert_eq!(
            groups(&SAID),
            [
                (vec![0, 1, 3], "arrived parcel monday".to_owned()),
                (vec![2, 4, 5], "card twice charged credit".to_owned()),
                (vec![6, 7], "checkout code voucher".to_owned()),
                (vec![8, 9], "angekommen paket".to_owned()),
            ]
        );
    }

    #[test]
    fn the_same_texts_are_always_the_same_groups_and_who_shares_no_word_stands_alone() {
        assert_eq!(groups(&SAID), groups(&SAID));
        assert!(groups(&["The lamp is broken", "Change my address", "Cancel it"]).is_empty());
        assert!(groups(&["", "   ", "12345 67890", "the and for"]).is_empty(), "nothing is said in them");
        assert!(groups(&[]).is_empty());
    }

    #[test]
    fn what_only_one_customer_says_is_in_no_label() {
        let text = "Mrs Rosenbaum asks where the parcel is";
        let one = |customer| Text { customer, text };
        let of_one = alike(&[one("cus_1"), one("cus_1")]);
        assert_eq!((of_one.len(), of_one[0].words.len()), (1, 0), "they stand together, and no word says who it is");
        let other = Text { customer: "cus_2", text: "where the parcel is" };
        let found = alike(&[one("cus_1"), other, one("cus_1")]);
        assert_eq!(found[0].words, ["parcel"]);
    }

    #[test]
    fn numbers_case_and_words_that_all_texts_have_do_not_count() {
        assert_eq!(words("Order #A1234: WHERE is the Größe-40 lamp, please?"), ["order", "größe", "lamp"]);
        let long = "word ".repeat(limits::TEXT_CHARS_MAX);
        assert!(words(&long).len() <= limits::TEXT_CHARS_MAX / 5 + 1);
    }

    #[test]
    fn more_kinds_of_texts_than_groups_are_bounded_and_the_first_keep_theirs() {
        let many: Vec<String> = (0..limits::ALIKE_MAX + 20).map(|at| name(at).repeat(2)).collect();
        let mut texts: Vec<&str> = many.iter().map(String::as_str).collect();
        texts.extend([texts[0], texts[limits::ALIKE_MAX + 1]]);
        let last = texts.len() - 2;
        assert_eq!(groups(&texts).into_iter().map(|(members, _)| members).collect::<Vec<_>>(), [vec![0, last]]);
    }

    /// A word that no other number has.
    fn name(at: usize) -> String {
        let letters = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu"];
        at.to_string().bytes().map(|digit| letters[usize::from(digit - b'0')]).collect::<String>() + "zz "
    }
}
