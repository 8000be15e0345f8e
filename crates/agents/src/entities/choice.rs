//! Picking from a list that was offered: by number, by id, or by the words of the label, typos allowed.

use crate::text::{alike, fold, pattern, words};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Most choices one list may have.
pub const CHOICES_MAX: usize = 500;

/// One thing that can be picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What picking it yields.
    pub id: String,
    /// As shown; words before a `(` or `,` are its name, the others its properties.
    #[serde(default)]
    pub label: String,
    /// Labels by language, where they differ.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Other words or phrases for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

impl Choice {
    /// The label in a language.
    pub fn label_in(&self, language: &str) -> &str {
        let label = self.labels.get(language).unwrap_or(&self.label);
        if label.is_empty() { &self.id } else { label }
    }
}

/// What a text picks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// Exactly this id.
    One(String),
    /// One of these; the text does not say which.
    Several(Vec<String>),
    /// Nothing that was offered.
    Nothing,
}

/// Picks one. `answering`: the list was just shown, so "2" and "the second" count. `near` describes the present
/// thing and breaks ties: what the customer does not mention stays as it is.
pub fn choose_one(choices: &[Choice], text: &str, answering: bool, near: Option<&str>) -> Pick {
    let folded = wanted_part(&fold(text));
    if let Some(id) = by_id(choices, &folded).first() {
        return Pick::One(id.clone());
    }
    if answering && let Some(i) = ordinals(&folded, choices.len()).first() {
        return Pick::One(choices[*i].id.clone());
    }
    if let Some(found) = by_phrase(choices, &folded) {
        return found;
    }
    let scores = scores(choices, &folded);
    let top = scores.iter().copied().fold(0.0_f32, f32::max);
    if top <= 0.0 {
        return Pick::Nothing;
    }
    let tied: Vec<usize> = (0..choices.len()).filter(|i| scores[*i] >= top - 1e-4).collect();
    nearest(choices, tied, near)
}

/// Picks one only by its id or by a whole phrase for it.
pub fn named_outright(choices: &[Choice], text: &str) -> Pick {
    let folded = wanted_part(&fold(text));
    match by_id(choices, &folded).first() {
        Some(id) => Pick::One(id.clone()),
        None => by_phrase(choices, &folded).unwrap_or(Pick::Nothing),
    }
}

/// Picks any number; `None` if nothing that was offered is named. "all" picks all, "all but …" the rest.
pub fn choose_many(choices: &[Choice], text: &str, answering: bool) -> Option<Vec<String>> {
    static ALL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:all (?:of )?(?:them|it|these|those|(?:the |my |these )?(?:items|things|products|articles))|everything|every item|both|the lot|(?:whole|entire|full|complete) (?:order|thing|lot|delivery)|alles|saemtliche)\b",
        )
    });
    static ALL_SHORT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(?:all|alle|beide)\b"));
    static EXCEPT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:except|but not|apart from|other than|besides|but|ausser|bis auf|nicht aber)\b(.+)$")
    });
    let folded = fold(text);
    if choices.is_empty() {
        return None;
    }
    if ALL.is_match(&folded) || (answering && ALL_SHORT.is_match(&folded)) {
        let out = EXCEPT.captures(&folded).map(|c| mentioned(choices, &c[1], answering)).unwrap_or_default();
        let named = mentioned(choices, &folded, false);
        let within: Vec<usize> = if out.is_empty() && answering_some(&folded, &named, choices) {
            named
        } else {
            (0..choices.len()).collect()
        };
        let kept: Vec<String> =
            within.into_iter().filter(|i| !out.contains(i)).map(|i| choices[i].id.clone()).collect();
        return (!kept.is_empty()).then_some(kept);
    }
    let found = mentioned(choices, &folded, answering);
    (!found.is_empty()).then(|| found.into_iter().map(|i| choices[i].id.clone()).collect())
}

/// "both water bottles" of an order that also has a chair: the named ones are meant, not all.
fn answering_some(folded: &str, named: &[usize], choices: &[Choice]) -> bool {
    named.len() >= 2 && named.len() < choices.len() && !folded.contains("everything") && !folded.contains("order")
}

fn by_id(choices: &[Choice], folded: &str) -> Vec<String> {
    let tokens: Vec<&str> = folded.split(|c: char| !(c.is_alphanumeric() || "_-#".contains(c))).collect();
    choices.iter().filter(|c| c.id.len() >= 3 && tokens.contains(&fold(&c.id).as_str())).map(|c| c.id.clone()).collect()
}

fn by_phrase(choices: &[Choice], folded: &str) -> Option<Pick> {
    let padded = format!(" {} ", words(folded).collect::<Vec<_>>().join(" "));
    let mut best: Vec<(usize, &str)> = Vec::new();
    for choice in choices {
        let label = choice.labels.values().chain([&choice.label]);
        for phrase in choice.words.iter().chain(label).filter(|p| !p.is_empty()) {
            let plain = words(&fold(phrase)).collect::<Vec<_>>().join(" ");
            if !plain.is_empty() && padded.contains(&format!(" {plain} ")) {
                best.push((plain.len(), &choice.id));
            }
        }
    }
    let longest = best.iter().map(|(n, _)| *n).max()?;
    let mut ids: Vec<String> = best.into_iter().filter(|(n, _)| *n == longest).map(|(_, id)| id.to_owned()).collect();
    ids.dedup();
    match ids.len() {
        1 => ids.pop().map(Pick::One),
        // Labels that are the same words are told apart by nothing that can be said.
        _ => Some(Pick::Several(ids)),
    }
}

/// Positions named: `2`, `#2`, `option 2`, `the second one`, `2 and 3`.
fn ordinals(folded: &str, count: usize) -> Vec<usize> {
    const NAMES: &[(&str, usize)] = &[
        ("first", 1),
        ("second", 2),
        ("third", 3),
        ("fourth", 4),
        ("fifth", 5),
        ("1st", 1),
        ("2nd", 2),
        ("3rd", 3),
        ("4th", 4),
        ("5th", 5),
        ("erste", 1),
        ("ersten", 1),
        ("zweite", 2),
        ("zweiten", 2),
        ("dritte", 3),
        ("dritten", 3),
        ("vierte", 4),
    ];
    let tokens: Vec<&str> = words(folded).collect();
    // A long sentence with a number in it ("I have had 2 chairs") names no position, "option 2" in it does.
    let short = tokens.len() <= 6;
    let mut found = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let led = i > 0 && ["option", "number", "item", "no", "nr", "nummer", "choice"].contains(&tokens[i - 1]);
        let number = token.parse::<usize>().ok().filter(|_| short || led);
        let named = NAMES.iter().find(|(name, _)| name == token).map(|(_, n)| *n);
        if let Some(n) = number.or(named).filter(|n| (1..=count).contains(n))
            && !found.contains(&(n - 1))
        {
            found.push(n - 1);
        }
    }
    if count > 1 && tokens.len() <= 6 && tokens.iter().any(|t| ["last", "letzte", "letzten"].contains(t)) {
        found.push(count - 1);
    }
    found
}

/// In "change it from blue to red" and "red instead of blue", what is wanted is red.
fn wanted_part(folded: &str) -> String {
    static FROM: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfrom\b[^.]{1,80}?\bto\b"));
    static INSTEAD: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:instead of|rather than|not|anstelle von|statt|nicht)\b (?:the |a |in |den |die |das )?[^.,;]{1,40}",
        )
    });
    INSTEAD.replace_all(&FROM.replace_all(folded, " "), " ").into_owned()
}

/// Per choice: how much of what tells it from the others the text names.
fn scores(choices: &[Choice], folded: &str) -> Vec<f32> {
    let said: Vec<&str> = words(folded).collect();
    let all: Vec<Vec<String>> = choices.iter().map(label_words).collect();
    let mut count: BTreeMap<&str, f32> = BTreeMap::new();
    for word in all.iter().flatten() {
        *count.entry(word).or_default() += 1.0;
    }
    let total = choices.len() as f32;
    let rarity = |word: &str| ((1.0 + total) / count.get(word).copied().unwrap_or(1.0)).ln();
    all.iter()
        .map(|label| label.iter().filter(|w| named(&said, w)).map(|w| rarity(w)).sum())
        .map(|s: f32| if choices.len() == 1 && s == 0.0 { 0.0 } else { s })
        .collect()
}

fn label_words(choice: &Choice) -> Vec<String> {
    let text = format!(
        "{} {} {}",
        choice.label,
        choice.labels.values().cloned().collect::<Vec<_>>().join(" "),
        choice.words.join(" ")
    );
    let folded = fold(&text);
    let mut found: Vec<String> = words(&folded).filter(|w| !STOP.contains(w)).map(str::to_owned).collect();
    found.sort();
    found.dedup();
    found
}

const STOP: &[&str] = &[
    "the", "a", "an", "and", "or", "with", "of", "in", "for", "to", "my", "your", "it", "is", "i", "this", "that",
    "der", "die", "das", "ein", "eine", "und", "oder", "mit", "von", "mein", "color", "size", "material", "type",
    "style", "one", "ending",
];

fn named(said: &[&str], word: &str) -> bool {
    let digits = word.bytes().any(|b| b.is_ascii_digit());
    said.iter().any(|s| *s == word || (!digits && (alike(s, word) || plural(s, word))))
}

fn plural(said: &str, word: &str) -> bool {
    word.len() >= 3 && (said.strip_suffix('s') == Some(word) || word.strip_suffix('s') == Some(said))
}

fn nearest(choices: &[Choice], tied: Vec<usize>, near: Option<&str>) -> Pick {
    if tied.len() == 1 {
        return Pick::One(choices[tied[0]].id.clone());
    }
    if let Some(near) = near {
        let present = fold(near);
        let present: Vec<&str> = words(&present).collect();
        let same = |i: usize| label_words(&choices[i]).iter().filter(|w| present.contains(&w.as_str())).count();
        let most = tied.iter().map(|i| same(*i)).max().unwrap_or(0);
        let kept: Vec<usize> = tied.iter().copied().filter(|i| same(*i) == most).collect();
        if kept.len() == 1 {
            return Pick::One(choices[kept[0]].id.clone());
        }
    }
    Pick::Several(tied.into_iter().map(|i| choices[i].id.clone()).collect())
}

/// Indices of the choices that the text names, in list order.
fn mentioned(choices: &[Choice], folded: &str, answering: bool) -> Vec<usize> {
    let ids = by_id(choices, folded);
    if !ids.is_empty() {
        return (0..choices.len()).filter(|i| ids.contains(&choices[*i].id)).collect();
    }
    if answering {
        let mut found = ordinals(folded, choices.len());
        if !found.is_empty() {
            found.sort_unstable();
            return found;
        }
    }
    let said: Vec<&str> = words(folded).collect();
    let heads: Vec<Vec<String>> = choices.iter().map(head_words).collect();
    let whole: Vec<usize> =
        (0..choices.len()).filter(|i| !heads[*i].is_empty() && heads[*i].iter().all(|w| named(&said, w))).collect();
    let hits = if whole.is_empty() { by_noun(&heads, &said) } else { keep_longest(&heads, whole) };
    by_properties(choices, &heads, hits, &said)
}

/// Where "Desk Lamp" is named, "Lamp" alone is not also meant.
fn keep_longest(heads: &[Vec<String>], hits: Vec<usize>) -> Vec<usize> {
    let inside = |i: usize, j: usize| heads[i].len() < heads[j].len() && heads[i].iter().all(|w| heads[j].contains(w));
    hits.iter().copied().filter(|i| !hits.iter().any(|j| inside(*i, *j))).collect()
}

/// "the bottle" for "Water Bottle", if only one kind of thing offered is called so.
fn by_noun(heads: &[Vec<String>], said: &[&str]) -> Vec<usize> {
    let by_last: Vec<usize> = (0..heads.len())
        .filter(|i| heads[*i].last().is_some_and(|noun| noun.len() >= 3 && named(said, noun)))
        .collect();
    let kinds: std::collections::BTreeSet<&Vec<String>> = by_last.iter().map(|i| &heads[*i]).collect();
    if kinds.len() == 1 { by_last } else { Vec::new() }
}

/// Among things of the same name, those whose properties the text names best; all of them if it names none.
fn by_properties(choices: &[Choice], heads: &[Vec<String>], hits: Vec<usize>, said: &[&str]) -> Vec<usize> {
    let score = |i: usize| label_words(&choices[i]).iter().filter(|w| !heads[i].contains(w) && named(said, w)).count();
    let best = |i: usize| hits.iter().filter(|j| heads[**j] == heads[i]).map(|j| score(*j)).max().unwrap_or(0);
    hits.iter().copied().filter(|i| score(*i) == best(*i)).collect()
}

fn head_words(choice: &Choice) -> Vec<String> {
    let head = choice.label.split(['(', ',', ':']).next().unwrap_or("");
    let folded = fold(head);
    words(&folded).filter(|w| !STOP.contains(w)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(labels: &[&str]) -> Vec<Choice> {
        let choice = |(i, l): (usize, &&str)| Choice {
            id: format!("{}", 1_000_000 + i),
            label: (*l).to_owned(),
            labels: BTreeMap::new(),
            words: vec![],
        };
        labels.iter().enumerate().map(choice).collect()
    }
    fn index(pick: Pick) -> Option<usize> {
        match pick {
            Pick::One(id) => id.parse::<usize>().ok().map(|n| n - 1_000_000),
            _ => None,
        }
    }

    #[test]
    fn picks_a_variant_by_number_id_or_words() {
        let shirts = list(&[
            "blue, M, cotton, crew neck",
            "red, M, cotton, crew neck",
            "red, L, cotton, v-neck",
            "black, XL, polyester, v-neck",
        ]);
        let one = |text: &str| index(choose_one(&shirts, text, true, None));
        assert_eq!(one("2"), Some(1));
        assert_eq!(one("the third one please"), Some(2));
        assert_eq!(one("1000003"), Some(3));
        assert_eq!(one("the red one in L"), Some(2));
        assert_eq!(one("blck polyester"), Some(3));
        assert_eq!(one("from blue to red, size L"), Some(2));
        assert_eq!(one("black instead of blue"), Some(3));
        assert_eq!(choose_one(&shirts, "red", true, None), Pick::Several(vec!["1000001".into(), "1000002".into()]));
        assert_eq!(choose_one(&shirts, "I like turtles", true, None), Pick::Nothing);
    }

    #[test]
    fn what_is_not_mentioned_stays_as_it_is() {
        let shirts = list(&["red, M, cotton", "red, L, cotton", "blue, L, cotton"]);
        assert_eq!(index(choose_one(&shirts, "in red please", true, Some("blue, L, cotton"))), Some(1));
    }

    #[test]
    fn picks_several_items_of_an_order() {
        let items = list(&[
            "Water Bottle (1000ml, glass, blue)",
            "Office Chair (fabric, black)",
            "Water Bottle (500ml, plastic, red)",
            "Desk Lamp (white)",
        ]);
        let many = |text: &str| -> Vec<usize> {
            choose_many(&items, text, true)
                .unwrap_or_default()
                .iter()
                .map(|id| id.parse::<usize>().unwrap() - 1_000_000)
                .collect()
        };
        assert_eq!(many("the office chair and the desk lamp"), [1, 3]);
        assert_eq!(many("the chair"), [1]);
        assert_eq!(many("the red water bottle"), [2]);
        assert_eq!(many("everything"), [0, 1, 2, 3]);
        assert_eq!(many("everything except the lamp"), [0, 1, 2]);
        assert_eq!(many("both water bottles"), [0, 2]);
        assert_eq!(many("2 and 4"), [1, 3]);
        assert_eq!(many("offce chiar"), [1]);
        assert_eq!(many("what a lovely day"), [] as [usize; 0]);
    }

    #[test]
    fn words_of_a_choice_count_as_its_label() {
        let mut reasons = list(&["no longer needed", "ordered by mistake"]);
        reasons[0].words = vec!["don't need".into(), "changed my mind".into()];
        reasons[1].words = vec!["mistake".into(), "accident".into(), "wrong".into()];
        let one = |text: &str| index(choose_one(&reasons, text, false, None));
        assert_eq!(one("i dont need it anymore"), Some(0));
        assert_eq!(one("I ordered it by accident"), Some(1));
        assert_eq!(one("it was a mistake"), Some(1));
        assert_eq!(one("cancel #W1234567"), None);
    }
}
