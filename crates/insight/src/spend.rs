//! What language models cost: sums by currency, and what they come to for each attempt and each resolution.

use baton_base::{Cost, Currency};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What models read and wrote for some cases, and what that cost. Each exchange carries the price of its time, so that a new
/// price changes no figure of before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spend {
    /// What models read, tokens.
    pub tokens_in: i64,
    /// What models wrote, tokens.
    pub tokens_out: i64,
    /// What is known of the cost, in 10^-12 of each currency's unit.
    pub pico: BTreeMap<Currency, i128>,
    /// Exchanges that took tokens and whose model had no price.
    pub unpriced: i64,
    /// Exchanges whose model had a price, and of which nobody told how many tokens they took.
    pub uncounted: i64,
}

impl Spend {
    /// Adds what others cost.
    pub fn add(&mut self, other: &Self) {
        self.tokens_in += other.tokens_in;
        self.tokens_out += other.tokens_out;
        self.unpriced += other.unpriced;
        self.uncounted += other.uncounted;
        for (currency, pico) in &other.pico {
            *self.pico.entry(*currency).or_default() += pico;
        }
    }

    /// The sum in a currency; nothing where none of it was spent.
    pub fn sum(&self, currency: Currency) -> Cost {
        Cost::new(self.pico.get(&currency).copied().unwrap_or_default(), currency)
    }
}

/// What models cost in one currency. Currencies are never added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spending {
    /// ISO 4217 code.
    pub currency: Currency,
    /// All of it, exactly, as a decimal number.
    pub amount: String,
    /// For each AI attempt, to the nearest 10^-12; `None` where there was none.
    pub per_attempt: Option<String>,
    /// For each resolution, net of seven days; `None` where there was none.
    pub per_resolution: Option<String>,
}

/// The spending by currency, over so many attempts and resolutions.
pub(crate) fn spending(spend: &Spend, attempts: i64, resolutions: i64) -> Vec<Spending> {
    let of = spend.pico.keys().map(|currency| {
        let sum = spend.sum(*currency);
        let per = |parts: i64| sum.per(parts).map(|cost| cost.amount());
        let (per_attempt, per_resolution) = (per(attempts), per(resolutions));
        Spending { currency: *currency, amount: sum.amount(), per_attempt, per_resolution }
    });
    of.collect()
}

/// A KPI in money. Its figures are of one currency each, and exact to 10^-12 of its unit.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MoneyKpi {
    /// Name in JSON and on the command line.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// What it is, in one sentence.
    pub says: &'static str,
    /// `money`.
    pub unit: &'static str,
    /// Whether Baton writes down what it needs: it does, where models have a price.
    pub recorded: bool,
    #[serde(skip)]
    of: fn(&Spending) -> Option<&String>,
}

impl MoneyKpi {
    /// Its figure.
    pub fn figure(&self, spending: &Spending) -> Option<String> {
        (self.of)(spending).cloned()
    }
}

/// One KPI in money, now and before, in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyFigure {
    /// Which.
    pub id: &'static str,
    /// ISO 4217 code.
    pub currency: Currency,
    /// In this window, as a decimal number; `None` where there is nothing to divide by, or nothing was spent.
    pub now: Option<String>,
    /// In the window before.
    pub before: Option<String>,
}

/// Every KPI in money, in each currency that was spent in either window.
pub(crate) fn money(now: &[Spending], before: &[Spending]) -> Vec<MoneyFigure> {
    let currencies: BTreeSet<Currency> = now.iter().chain(before).map(|one| one.currency).collect();
    let of = |all: &[Spending], kpi: &MoneyKpi, currency: Currency| {
        all.iter().find(|one| one.currency == currency).and_then(|one| kpi.figure(one))
    };
    let each = currencies.iter().flat_map(|currency| MONEY.iter().map(move |kpi| (*currency, kpi)));
    each.map(|(currency, kpi)| MoneyFigure {
        id: kpi.id,
        currency,
        now: of(now, kpi, currency),
        before: of(before, kpi, currency),
    })
    .collect()
}

/// Every KPI in money.
pub const MONEY: &[MoneyKpi] = &[
    MoneyKpi {
        id: "model_cost",
        name: "Cost of models",
        says: "What language models cost for these cases, at the price that each had when it was asked; translations for people \
               included, exchanges without a price left out and counted beside it.",
        unit: "money",
        recorded: true,
        of: |spending| Some(&spending.amount),
    },
    MoneyKpi {
        id: "model_cost_per_attempt",
        name: "Cost of models for an attempt",
        says: "What language models cost for these cases, by the number of AI attempts among them.",
        unit: "money",
        recorded: true,
        of: |spending| spending.per_attempt.as_ref(),
    },
    MoneyKpi {
        id: "model_cost_per_resolution",
        name: "Cost of models for a resolved case",
        says: "What language models cost for these cases, those that AI did not resolve included, by the number of AI \
               resolutions, net of 7 days.",
        unit: "money",
        recorded: true,
        of: |spending| spending.per_resolution.as_ref(),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currencies_stand_beside_each_other_and_nothing_is_divided_by_nothing() {
        let of = |currency, pico| Spend { pico: BTreeMap::from([(currency, pico)]), ..Spend::default() };
        let mut all = of(Currency::USD, 1_000_000_000);
        all.add(&of(Currency::EUR, 7));
        all.add(&of(Currency::USD, 500_000_000));
        let shown = spending(&all, 4, 0);
        assert_eq!((shown[0].currency, shown[0].amount.as_str()), (Currency::EUR, "0.000000000007"));
        assert_eq!(shown[1].amount, "0.0015");
        assert_eq!((shown[1].per_attempt.as_deref(), &shown[1].per_resolution), (Some("0.000375"), &None));
        assert!(spending(&Spend::default(), 4, 4).is_empty(), "no price is no cost of nothing");
        assert!(MONEY.iter().all(|kpi| crate::Kpi::find(kpi.id).is_none() && kpi.says.ends_with('.')));
    }
}
