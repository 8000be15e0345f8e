//! Failed cases in which customers wrote about the same, within one need.

use crate::alike::{Text, alike};
use crate::failures::Example;
use crate::limits;
use crate::store::{self, Head};
use baton_base::{ClientId, Result};
use baton_db::Tx;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Failed cases whose customers wrote about the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaidAlike {
    /// The words that tell most of them, first the most telling: each said by at least two customers. May be empty.
    pub words: Vec<String>,
    /// How many cases.
    pub cases: i64,
    /// Of these, those that somebody has tagged.
    pub tagged: i64,
    /// Why they failed, as in [`crate::FailureGroup::cause`]: cases by cause.
    pub causes: BTreeMap<String, i64>,
    /// The newest of them, newest first.
    pub examples: Vec<Example>,
}

/// What the customers of one need wrote whose cases failed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaidOf {
    /// Whose.
    pub client: ClientId,
    /// The need; `None` where none was recognised.
    pub intent: Option<String>,
    /// Failed cases of it.
    pub cases: i64,
    /// Of these, those whose customers' words were compared: the newest.
    pub compared: i64,
    /// Of these, those that are like no other.
    pub alone: i64,
    /// Those that are alike, the biggest group first.
    pub groups: Vec<SaidAlike>,
}

/// A failed case, as far as it is told here.
pub(crate) struct Failed {
    pub client: ClientId,
    pub head: Head,
    pub cause: String,
    pub tagged: bool,
}

impl Failed {
    pub(crate) fn example(&self) -> Example {
        Example::of(&self.head, self.tagged)
    }
}

/// Groups failed cases by what their customers wrote first. They come oldest first. Needs with the most failed cases come first;
/// those without two that are alike are left out.
pub(crate) fn said(tx: &mut Tx, failed: Vec<Failed>) -> Result<Vec<SaidOf>> {
    let mut needs: BTreeMap<(ClientId, Option<String>), Vec<Failed>> = BTreeMap::new();
    for one in failed {
        needs.entry((one.client.clone(), one.head.intent.clone())).or_default().push(one);
    }
    let mut needs: Vec<_> = needs.into_iter().collect();
    needs.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
    let mut left = limits::TEXTS_MAX;
    let mut all = Vec::new();
    for (need, cases) in needs {
        let count = size(cases.len());
        let older = cases.len().saturating_sub(left.min(limits::INTENT_TEXTS_MAX));
        let read: Vec<Failed> = cases.into_iter().skip(older).collect();
        left -= read.len();
        if read.len() > 1 {
            all.push(compared(tx, need, count, &read)?);
        }
    }
    all.retain(|one| !one.groups.is_empty());
    Ok(all)
}

/// The groups of one need's cases, of which `cases` failed in all.
fn compared(tx: &mut Tx, need: (ClientId, Option<String>), cases: i64, read: &[Failed]) -> Result<SaidOf> {
    let (client, intent) = need;
    let mut words: HashMap<String, String> = HashMap::new();
    for some in read.chunks(limits::PAGE) {
        words.extend(store::first_words(tx, &client, some.iter().map(|case| &case.head))?);
    }
    let text =
        |case: &Failed| words.get(case.head.id.as_str()).map(|words| words.trim().to_owned()).unwrap_or_default();
    let written: Vec<String> = read.iter().map(text).collect();
    let both = read.iter().zip(&written);
    let texts: Vec<Text<'_>> = both.map(|(case, text)| Text { customer: &case.head.customer, text }).collect();
    let groups: Vec<SaidAlike> = alike(&texts).into_iter().map(|one| shown(&one.members, one.words, read)).collect();
    let together: i64 = groups.iter().map(|group| group.cases).sum();
    let compared = size(written.iter().filter(|text| !text.is_empty()).count());
    Ok(SaidOf { client, intent, cases, compared, alone: compared - together, groups })
}

fn shown(members: &[usize], words: Vec<String>, cases: &[Failed]) -> SaidAlike {
    let own: Vec<&Failed> = members.iter().filter_map(|at| cases.get(*at)).collect();
    let mut causes: BTreeMap<String, i64> = BTreeMap::new();
    for case in &own {
        *causes.entry(case.cause.clone()).or_default() += 1;
    }
    SaidAlike {
        words,
        cases: size(own.len()),
        tagged: size(own.iter().filter(|case| case.tagged).count()),
        causes,
        examples: own.iter().rev().take(limits::EXAMPLES_MAX).map(|case| case.example()).collect(),
    }
}

fn size(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
