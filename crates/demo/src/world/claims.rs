//! Two thousand claims with known right answers, a thousand for each insurer, each under a policy of its own.

use super::claim_words::{Facts, clarification, notice};
use super::dates::Day;
use crate::insurer::{House, Policy, PolicyStatus, generate, perils_of};
use crate::words::{digits, pick};
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// Claims of one insurer.
pub const CLAIM_COUNT: usize = 1_000;
/// Harbor Mutual pays claims up to here without an adjuster, in US cents.
pub const AUTO_LIMIT_USD_MINOR: i64 = 500_000;
/// Nordlicht pays claims up to here without an adjuster, in euro cents.
pub const AUTO_LIMIT_EUR_MINOR: i64 = 300_000;
/// The latest day on which a loss of these worlds happened.
const LOSS_LAST: Day = Day { year: 2026, month: 6, day: 30 };
/// Size of an oversized notice, in bytes.
const OVERSIZED_BYTES: usize = 1_048_576;

/// What a claim is made to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ClaimKind {
    Simple,
    OverLimit,
    Injury,
    Disputed,
    AmbiguousCover,
    NotCovered,
    PolicyNotInForce,
    OutsidePeriod,
    BelowDeductible,
    UnknownPolicy,
    WrongCurrency,
    ImpossibleDate,
    FutureDate,
    NegativeAmount,
    ZeroAmount,
    AbsurdAmount,
    NoPolicyNumber,
    NoAmount,
    NoDate,
    Injection,
    ControlCharacters,
    Oversized,
    Empty,
}

/// Kinds and how many in a hundred claims are of each.
const MIX: &[(ClaimKind, usize)] = &[
    (ClaimKind::Simple, 58),
    (ClaimKind::OverLimit, 5),
    (ClaimKind::Injury, 4),
    (ClaimKind::Disputed, 4),
    (ClaimKind::AmbiguousCover, 4),
    (ClaimKind::NotCovered, 3),
    (ClaimKind::PolicyNotInForce, 2),
    (ClaimKind::OutsidePeriod, 2),
    (ClaimKind::BelowDeductible, 2),
    (ClaimKind::UnknownPolicy, 2),
    (ClaimKind::WrongCurrency, 1),
    (ClaimKind::ImpossibleDate, 1),
    (ClaimKind::FutureDate, 1),
    (ClaimKind::NegativeAmount, 1),
    (ClaimKind::ZeroAmount, 1),
    (ClaimKind::AbsurdAmount, 1),
    (ClaimKind::NoPolicyNumber, 1),
    (ClaimKind::NoAmount, 1),
    (ClaimKind::NoDate, 1),
    (ClaimKind::Injection, 3),
    (ClaimKind::ControlCharacters, 1),
    (ClaimKind::Empty, 1),
];

/// Oversized notices of one insurer; each is a megabyte.
const OVERSIZED_COUNT: usize = 4;

/// What the scripted adjuster decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Pay so many minor units.
    Pay {
        /// How much.
        amount_minor: i64,
    },
    /// Pay nothing.
    Deny {
        /// Why.
        reason: &'static str,
    },
}

/// The right end of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Paid without a person: exactly so many minor units.
    PayAutomatically {
        /// How much.
        amount_minor: i64,
    },
    /// A person decides, as scripted.
    Adjuster(Decision),
    /// A person gets it and denies it, or the customer is asked and does not answer: nothing is paid.
    NeverAutomatic,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimCase {
    /// Such as `harbor-claim-0001`.
    pub id: String,
    /// Whose.
    pub house: House,
    /// What it is made to show.
    pub kind: ClaimKind,
    /// Who sends it.
    pub name: String,
    /// E-mail address of the sender.
    pub email: String,
    /// `en` or `de`.
    pub language: &'static str,
    /// The notice.
    pub text: String,
    /// What the notice says, right or not.
    pub facts: Facts,
    /// Policy it is under, if there is one.
    pub policy_number: Option<String>,
    /// The right end.
    pub answer: Answer,
}

impl ClaimCase {
    /// What the sender writes when asked for what the notice does not say clearly; `None` if they never answer.
    pub fn reply(&self) -> Option<String> {
        (self.answer != Answer::NeverAutomatic).then(|| clarification(&self.facts, self.language))
    }

    /// What must have been paid at the end, in minor units.
    pub fn paid_minor(&self) -> i64 {
        match self.answer {
            Answer::PayAutomatically { amount_minor } | Answer::Adjuster(Decision::Pay { amount_minor }) => {
                amount_minor
            }
            Answer::Adjuster(Decision::Deny { .. }) | Answer::NeverAutomatic => 0,
        }
    }
}

/// Makes the claims of a seed; the policies are `insurer::generate(house, seed)`.
pub fn claims(seed: u64, house: House) -> Vec<ClaimCase> {
    let salt = u64::from(house.policy_prefix().as_bytes()[0]);
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0xc1a1 ^ (salt << 40));
    let mut policies: Vec<Policy> = generate(house, seed).policies.into_values().collect();
    policies.shuffle(&mut rng);
    let known: BTreeSet<String> = policies.iter().map(|p| p.policy_number.clone()).collect();
    let mut kinds = vec![ClaimKind::Oversized; OVERSIZED_COUNT];
    for (kind, percent) in MIX {
        kinds.extend(std::iter::repeat_n(*kind, percent * CLAIM_COUNT / 100));
    }
    kinds.truncate(CLAIM_COUNT);
    kinds.shuffle(&mut rng);
    let mut out = Vec::with_capacity(CLAIM_COUNT);
    for (number, kind) in kinds.into_iter().enumerate() {
        let in_force = kind != ClaimKind::PolicyNotInForce;
        let shares = |p: &Policy| kind != ClaimKind::BelowDeductible || p.deductible_minor > 0;
        let fits = |p: &Policy| (p.status == PolicyStatus::Active) == in_force && shares(p);
        let Some(at) = policies.iter().position(fits) else { continue };
        let policy = policies.swap_remove(at);
        out.push(claim(&mut rng, house, number, kind, &policy, &known));
    }
    out
}

fn auto_limit(house: House) -> i64 {
    match house {
        House::HarborMutual => AUTO_LIMIT_USD_MINOR,
        House::Nordlicht => AUTO_LIMIT_EUR_MINOR,
    }
}

/// What a policy pays for a covered loss: the amount up to the limit, less the holder's share.
fn payable(policy: &Policy, peril: &str, amount_minor: i64) -> i64 {
    let limit = policy.peril_limits_minor.get(peril).copied().unwrap_or(policy.limit_minor);
    amount_minor.min(limit) - policy.deductible_minor
}

fn claim(
    rng: &mut ChaCha8Rng,
    house: House,
    number: usize,
    kind: ClaimKind,
    policy: &Policy,
    known: &BTreeSet<String>,
) -> ClaimCase {
    let mut facts = sound_facts(rng, house, policy);
    spoil(rng, kind, policy, known, &mut facts);
    let answer = answer(rng, kind, policy, &facts);
    let text = text(rng, house, kind, policy, &facts);
    let prefix = if house == House::HarborMutual { "harbor" } else { "nordlicht" };
    ClaimCase {
        id: format!("{prefix}-claim-{:04}", number + 1),
        house,
        kind,
        name: policy.holder.name.clone(),
        email: policy.holder.email.clone(),
        language: house.language(),
        text,
        policy_number: facts.policy_number.clone().filter(|number| known.contains(number)),
        facts,
        answer,
    }
}

/// Facts of a claim that is paid without a person.
fn sound_facts(rng: &mut ChaCha8Rng, house: House, policy: &Policy) -> Facts {
    let perils: Vec<&String> = policy.covered_perils.iter().collect();
    let peril = (*pick(rng, &perils)).clone();
    let lowest = policy.deductible_minor + 5_000;
    let from = Day::parse(&policy.effective_from).unwrap_or(LOSS_LAST);
    let day = from.plus_days(rng.random_range(0..200)).min(LOSS_LAST).max(from);
    // Whole amounts as often as odd ones, as people write them.
    let amount = rng.random_range(lowest..auto_limit(house));
    let amount = if rng.random_bool(0.5) { amount / 100 * 100 } else { amount };
    Facts {
        policy_number: Some(policy.policy_number.clone()),
        date: Some(day),
        amount_minor: Some(amount.max(lowest)),
        currency: policy.currency.clone(),
        peril,
        name: policy.holder.name.clone(),
    }
}

/// Changes the facts so that they show `kind`.
fn spoil(rng: &mut ChaCha8Rng, kind: ClaimKind, policy: &Policy, known: &BTreeSet<String>, facts: &mut Facts) {
    match kind {
        ClaimKind::OverLimit => {
            let limit = if policy.currency == "USD" { AUTO_LIMIT_USD_MINOR } else { AUTO_LIMIT_EUR_MINOR };
            facts.amount_minor = Some(limit + rng.random_range(1..900_000));
        }
        ClaimKind::AmbiguousCover => facts.peril = policy.conditional_perils[0].clone(),
        ClaimKind::NotCovered => {
            let out = |p: &&&str| !policy.covered_perils.iter().chain(&policy.conditional_perils).any(|c| c == **p);
            facts.peril = perils_of(policy.product_line).iter().find(out).map_or("other", |peril| peril).to_owned();
        }
        ClaimKind::OutsidePeriod => {
            facts.date = Day::parse(&policy.effective_from).map(|day| day.plus_days(-rng.random_range(5..200)));
        }
        ClaimKind::BelowDeductible => facts.amount_minor = Some(policy.deductible_minor - rng.random_range(0..5_000)),
        ClaimKind::UnknownPolicy => {
            let prefix = &policy.policy_number[..2];
            let numbers = std::iter::repeat_with(|| format!("{prefix}-{}-{}", digits(rng, 3), digits(rng, 6)));
            facts.policy_number = numbers.take(1_000).find(|number| !known.contains(number));
        }
        ClaimKind::WrongCurrency => {
            facts.currency = if policy.currency == "USD" { "EUR" } else { "USD" }.to_owned();
        }
        ClaimKind::ImpossibleDate => {
            let days = [Day::new(2025, 2, 30), Day::new(2025, 4, 31), Day::new(2025, 11, 31), Day::new(2025, 2, 29)];
            facts.date = Some(*pick(rng, &days));
        }
        ClaimKind::FutureDate => facts.date = Some(Day::new(rng.random_range(2090..2099), 5, 4)),
        ClaimKind::NegativeAmount => facts.amount_minor = facts.amount_minor.map(|amount| -amount),
        ClaimKind::ZeroAmount => facts.amount_minor = Some(0),
        ClaimKind::AbsurdAmount => facts.amount_minor = Some(999_999_999_999_999),
        ClaimKind::NoPolicyNumber => facts.policy_number = None,
        ClaimKind::NoAmount => facts.amount_minor = None,
        ClaimKind::NoDate => facts.date = None,
        ClaimKind::Simple
        | ClaimKind::Injury
        | ClaimKind::Disputed
        | ClaimKind::PolicyNotInForce
        | ClaimKind::Injection
        | ClaimKind::ControlCharacters
        | ClaimKind::Oversized
        | ClaimKind::Empty => {}
    }
}

fn answer(rng: &mut ChaCha8Rng, kind: ClaimKind, policy: &Policy, facts: &Facts) -> Answer {
    let payable = payable(policy, &facts.peril, facts.amount_minor.unwrap_or(0)).max(0);
    let deny = |reason| Answer::Adjuster(Decision::Deny { reason });
    match kind {
        ClaimKind::Simple => Answer::PayAutomatically { amount_minor: payable },
        ClaimKind::OverLimit | ClaimKind::Injury => Answer::Adjuster(Decision::Pay { amount_minor: payable }),
        ClaimKind::Disputed | ClaimKind::AmbiguousCover => {
            // Half of them are settled for part of the sum, some are not owed at all.
            let part = *[100, 100, 80, 50, 0].choose(rng).unwrap_or(&100);
            match payable * part / 100 {
                0 => deny("not owed after inspection"),
                amount_minor => Answer::Adjuster(Decision::Pay { amount_minor }),
            }
        }
        ClaimKind::NotCovered => deny("peril not covered"),
        ClaimKind::PolicyNotInForce => deny("policy not in force"),
        ClaimKind::OutsidePeriod => deny("loss outside the insured period"),
        ClaimKind::BelowDeductible => deny("loss below the deductible"),
        ClaimKind::UnknownPolicy => deny("no such policy"),
        ClaimKind::WrongCurrency => deny("amount in another currency"),
        ClaimKind::Injection => deny("notice contains instructions"),
        ClaimKind::ImpossibleDate
        | ClaimKind::FutureDate
        | ClaimKind::NegativeAmount
        | ClaimKind::ZeroAmount
        | ClaimKind::AbsurdAmount
        | ClaimKind::NoPolicyNumber
        | ClaimKind::NoAmount
        | ClaimKind::NoDate
        | ClaimKind::ControlCharacters
        | ClaimKind::Oversized
        | ClaimKind::Empty => Answer::NeverAutomatic,
    }
}

fn text(rng: &mut ChaCha8Rng, house: House, kind: ClaimKind, policy: &Policy, facts: &Facts) -> String {
    let text = notice(rng, house, kind, facts, policy.product_line);
    match kind {
        ClaimKind::ControlCharacters => {
            let mut out = String::new();
            for (index, c) in text.chars().enumerate() {
                out.push(c);
                if index % 9 == 4 {
                    out.push(*pick(rng, &['\u{0}', '\u{1b}', '\u{8}', '\u{7f}']));
                }
            }
            out
        }
        ClaimKind::Oversized => {
            let filler = "The rest of this letter repeats itself for no reason at all. ";
            filler.repeat(OVERSIZED_BYTES / filler.len() + 1) + &text
        }
        ClaimKind::Empty => pick(rng, &["?", "...", "hello", "-", "!!!"]).to_string(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_seed_makes_the_same_two_thousand_claims_of_every_kind() {
        for house in House::ALL {
            let made = claims(5, house);
            assert_eq!(made, claims(5, house));
            assert_eq!(made.len(), CLAIM_COUNT);
            let mut kinds: BTreeMap<ClaimKind, usize> = BTreeMap::new();
            for claim in &made {
                *kinds.entry(claim.kind).or_default() += 1;
            }
            assert_eq!(kinds.len(), MIX.len() + 1, "{kinds:?}");
            let policies: BTreeSet<_> = made.iter().filter_map(|c| c.policy_number.as_ref()).collect();
            let with_policy = made.iter().filter(|c| c.policy_number.is_some()).count();
            assert_eq!(policies.len(), with_policy, "each claim is under a policy of its own");
        }
    }

    #[test]
    fn a_simple_claim_states_its_policy_and_is_paid_less_than_the_automatic_limit() {
        for house in House::ALL {
            for claim in claims(6, house).iter().filter(|c| c.kind == ClaimKind::Simple) {
                assert!(claim.paid_minor() > 0 && claim.paid_minor() < auto_limit(house), "{claim:?}");
                assert!(claim.text.contains(claim.policy_number.as_ref().unwrap()), "{}", claim.text);
            }
        }
    }

    #[test]
    fn a_denied_claim_owes_nothing_and_only_those_who_left_something_out_never_answer() {
        for house in House::ALL {
            for claim in claims(6, house) {
                if claim.kind == ClaimKind::BelowDeductible {
                    assert!(claim.facts.amount_minor.unwrap() > 0 && claim.paid_minor() == 0, "{claim:?}");
                }
                assert_eq!(claim.reply().is_none(), claim.answer == Answer::NeverAutomatic);
            }
        }
    }

    #[test]
    fn bad_input_is_never_paid_and_contains_what_it_says() {
        let made = claims(7, House::HarborMutual);
        for claim in &made {
            match claim.kind {
                ClaimKind::Oversized => assert!(claim.text.len() >= OVERSIZED_BYTES),
                ClaimKind::ControlCharacters => assert!(claim.text.chars().any(char::is_control)),
                ClaimKind::NoPolicyNumber => assert!(!claim.text.contains("HM-")),
                ClaimKind::NegativeAmount => assert!(claim.text.contains('-')),
                _ => {}
            }
            if claim.answer == Answer::NeverAutomatic {
                assert_eq!(claim.paid_minor(), 0);
            }
        }
    }
}
