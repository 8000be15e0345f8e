//! Gaps and overlaps of a decision table.
//!
//! The values that the cells of a column name part it into pieces on which every cell says the same: each value by
//! itself, and what lies between, below and above. A piece is tried by one value in it, with the very test that a
//! decision uses. Rules are then compared piece by piece, column by column.
//!
//! Pieces are independent of each other here; an input that follows from another can make a gap that no call reaches.

use super::cell::{Cell, Match};
use super::pieces::{Piece, pieces};
use super::table::{Hit, Rule, Table};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Most findings of one kind about one table.
const FINDINGS_MAX: usize = 20;
/// Most work of looking for two rules that a condition is about, pieces compared.
const COMPARED_MAX: usize = 20_000_000;
/// Most steps of one search: a table with more is told as not wholly analysed.
const STEPS_MAX: usize = 200_000;

/// What is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GapKind {
    /// No rule matches.
    Gap,
    /// Several rules match where one may.
    Overlap,
    /// A rule that others always come before.
    Never,
    /// A part that could not be looked at.
    NotAnalysed,
}

/// One finding about a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gap {
    /// What.
    pub kind: GapKind,
    /// Ids of the rules it is about; none for a gap.
    pub rules: Vec<String>,
    /// An example: input → value; inputs that do not matter are left out.
    pub example: Map<String, Value>,
    /// Why it could not be looked at, where that is so.
    pub why: String,
}

impl Gap {
    /// In one line.
    pub fn in_words(&self) -> String {
        let example: Vec<_> = self.example.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let example = if example.is_empty() { "any input".to_owned() } else { example.join(", ") };
        let rules = self.rules.join(" and ");
        match self.kind {
            GapKind::Gap => format!("no rule matches {example}"),
            GapKind::Overlap => format!("rules {rules} both match {example}"),
            GapKind::Never => format!("rule {rules} never comes to count: rules before it cover it"),
            GapKind::NotAnalysed => format!("not analysed: {}", self.why),
        }
    }

    fn not_analysed(why: String) -> Self {
        Self { kind: GapKind::NotAnalysed, rules: Vec::new(), example: Map::new(), why }
    }
}

/// One column: its name, its pieces, and for each rule which pieces its cell matches.
struct Column {
    name: String,
    pieces: Vec<Piece>,
    matches: Vec<Vec<bool>>,
}

impl Table {
    /// Gaps, overlaps and rules that never count, each with an example.
    pub fn gaps(&self) -> Vec<Gap> {
        let (columns, mut found) = self.columns(true);
        // A column that cannot be looked at makes rules match less than it seems: nothing is said of the table.
        if !found.is_empty() {
            return found;
        }
        let all: Vec<usize> = (0..self.rules.len()).collect();
        let everywhere: Vec<Vec<usize>> = columns.iter().map(|column| (0..column.pieces.len()).collect()).collect();
        let mut search = Search { columns: &columns, found: Vec::new(), steps: 0, most: FINDINGS_MAX };
        search.uncovered(0, &all, &everywhere, &mut Map::new());
        found.extend(search.found.iter().map(|example| Gap {
            kind: GapKind::Gap,
            rules: Vec::new(),
            example: example.clone(),
            why: String::new(),
        }));
        if search.steps >= STEPS_MAX {
            found.push(Gap::not_analysed("the table has too many combinations to look at all of them for gaps".into()));
        }
        match self.hit {
            Hit::Unique => self.overlaps(&columns, &mut found),
            Hit::First => self.never(&columns, &mut found),
            Hit::Collect => {}
        }
        found
    }

    /// Its columns, and those that could not be looked at; `as_said`: an input is as the file says that it can be.
    fn columns(&self, as_said: bool) -> (Vec<Column>, Vec<Gap>) {
        let (mut columns, mut found) = (Vec::new(), Vec::new());
        for (at, input) in self.inputs.iter().enumerate() {
            let cells: Vec<&Cell> = self.rules.iter().map(|rule| &rule.cells[at]).collect();
            let (whole, values) = if as_said { (input.whole, input.values.as_slice()) } else { (false, &[][..]) };
            match pieces(&cells, whole, values) {
                Ok(mut pieces) => {
                    // There may be no value, which whatever is denied matches: both `not(true)` and `not(false)` do.
                    if !as_said && pieces.len() > 1 && !pieces.iter().any(|piece| piece.value.is_null()) {
                        pieces.push(Piece { value: Value::Null, other: false });
                    }
                    columns.push(column(&input.name, pieces, &cells));
                }
                Err(why) => found.push(Gap::not_analysed(format!("input '{}' {why}", input.name))),
            }
        }
        (columns, found)
    }

    /// The first two rules that one input matches and that differ by this, whatever the file says that inputs can be; an
    /// error says why that cannot be told.
    pub(super) fn overlap_where(&self, differ: impl Fn(&Rule, &Rule) -> bool) -> Result<Option<Gap>, String> {
        let too_many = |each: usize| self.rules.len().pow(2).saturating_mul(each) > COMPARED_MAX;
        let why_not = || Err("the table has too many rules and values to compare each with each".to_owned());
        if too_many(self.inputs.len()) {
            return why_not();
        }
        let (columns, unknown) = self.columns(false);
        if let Some(unknown) = unknown.first() {
            return Err(unknown.why.clone());
        }
        if too_many(columns.iter().map(|column| column.pieces.len()).sum()) {
            return why_not();
        }
        for (b, second) in self.rules.iter().enumerate() {
            for (a, first) in self.rules.iter().enumerate().take(b).filter(|(_, first)| differ(first, second)) {
                if let Some(example) = shared(&columns, a, b) {
                    let rules = vec![first.id.clone(), second.id.clone()];
                    return Ok(Some(Gap { kind: GapKind::Overlap, rules, example, why: String::new() }));
                }
            }
        }
        Ok(None)
    }

    fn overlaps(&self, columns: &[Column], found: &mut Vec<Gap>) {
        let mut count = 0;
        for (b, second) in self.rules.iter().enumerate() {
            for (a, first) in self.rules.iter().enumerate().take(b) {
                let Some(example) = shared(columns, a, b) else { continue };
                if count == FINDINGS_MAX {
                    found.push(Gap::not_analysed(format!("there are more than {FINDINGS_MAX} overlaps")));
                    return;
                }
                count += 1;
                let rules = vec![first.id.clone(), second.id.clone()];
                found.push(Gap { kind: GapKind::Overlap, rules, example, why: String::new() });
            }
        }
    }

    fn never(&self, columns: &[Column], found: &mut Vec<Gap>) {
        for (at, rule) in self.rules.iter().enumerate().skip(1) {
            let own: Vec<Vec<usize>> = columns
                .iter()
                .map(|column| (0..column.pieces.len()).filter(|piece| column.matches[at][*piece]).collect())
                .collect();
            let before: Vec<usize> = (0..at).collect();
            let mut search = Search { columns, found: Vec::new(), steps: 0, most: 1 };
            search.uncovered(0, &before, &own, &mut Map::new());
            if search.found.is_empty() && search.steps < STEPS_MAX {
                let rules = vec![rule.id.clone()];
                found.push(Gap { kind: GapKind::Never, rules, example: Map::new(), why: String::new() });
            }
        }
    }
}

fn column(name: &str, pieces: Vec<Piece>, cells: &[&Cell]) -> Column {
    // What cannot be compared does not match: a decision on it is undecided.
    let matches = |cell: &&Cell| pieces.iter().map(|piece| cell.test(&piece.value) == Match::Yes).collect();
    let matches = cells.iter().map(matches).collect();
    Column { name: name.to_owned(), pieces, matches }
}

/// An input that both rules match.
fn shared(columns: &[Column], a: usize, b: usize) -> Option<Map<String, Value>> {
    let mut example = Map::new();
    for column in columns {
        let both = |piece: &usize| column.matches[a][*piece] && column.matches[b][*piece];
        let piece = (0..column.pieces.len()).find(both)?;
        if column.pieces.len() > 1 {
            example.insert(column.name.clone(), column.pieces[piece].shown());
        }
    }
    Some(example)
}

struct Search<'a> {
    columns: &'a [Column],
    found: Vec<Map<String, Value>>,
    steps: usize,
    most: usize,
}

impl Search<'_> {
    /// Finds inputs that none of the rules matches, among these pieces of each column.
    fn uncovered(&mut self, at: usize, rules: &[usize], among: &[Vec<usize>], example: &mut Map<String, Value>) {
        if self.found.len() >= self.most || self.steps >= STEPS_MAX {
            return;
        }
        self.steps += 1;
        if rules.is_empty() {
            return self.found.push(example.clone());
        }
        // One rule that matches all that is left covers it.
        let rest = || self.columns.iter().zip(among).skip(at);
        let covers = |rule: &usize| rest().all(|(column, among)| among.iter().all(|p| column.matches[*rule][*p]));
        if at == self.columns.len() || rules.iter().any(covers) {
            return;
        }
        let column = &self.columns[at];
        // Pieces on which the same rules are left are one.
        let mut groups: BTreeMap<Vec<usize>, usize> = BTreeMap::new();
        for piece in &among[at] {
            let left: Vec<usize> = rules.iter().copied().filter(|rule| column.matches[*rule][*piece]).collect();
            groups.entry(left).or_insert(*piece);
        }
        let matters = groups.len() > 1 || among[at].len() < column.pieces.len();
        for (left, piece) in groups {
            if matters {
                example.insert(column.name.clone(), column.pieces[piece].shown());
            }
            self.uncovered(at + 1, &left, among, example);
            example.remove(&column.name);
        }
    }
}
