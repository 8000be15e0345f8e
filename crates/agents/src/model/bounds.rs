//! What models have taken in one turn of an agent, and what the next exchange may take.

use super::config::ModelConfig;
use super::price::{Allowed, TurnMoney, Usage, allowed};
use serde::{Deserialize, Serialize};

/// Fewest tokens of an answer that is worth asking for.
const ANSWER_TOKENS_MIN: i64 = 100;

/// What models may take in one turn.
#[derive(Debug, Clone, Copy, Default)]
pub struct Bounds {
    /// Most money.
    pub money: Option<TurnMoney>,
    /// Most tokens, read and written.
    pub tokens: Option<u32>,
}

/// What models have taken in one turn. Stored; new keys have defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taken {
    /// Where money is limited, 10^-12 of the limit's currency.
    pub pico: i64,
    /// Where tokens are limited.
    pub tokens: i64,
}

impl Bounds {
    /// What the next exchange may take, or in words why it is not made. A prompt is reckoned at one token a byte, which no
    /// tokeniser exceeds.
    pub fn next(&self, model: &ModelConfig, taken: Taken, bytes: usize, answer_tokens: u32) -> Result<Allowed, String> {
        let answer_tokens = match self.tokens {
            None => answer_tokens,
            Some(limit) => {
                let prompt = i64::try_from(bytes).unwrap_or(i64::MAX);
                let left = i64::from(limit).saturating_sub(taken.tokens).saturating_sub(prompt);
                if left < ANSWER_TOKENS_MIN.min(i64::from(answer_tokens)) {
                    let used = taken.tokens;
                    return Err(format!(
                        "the turn's tokens are used up: {used} of {limit} taken, and one more answer could exceed it"
                    ));
                }
                answer_tokens.min(u32::try_from(left).unwrap_or(u32::MAX))
            }
        };
        allowed(self.money, model.price.as_ref(), taken.pico, bytes, answer_tokens)
    }

    /// What is taken with one exchange more. What nobody tells counts as the most that it can have been.
    pub fn with(&self, taken: Taken, told: (Option<i64>, Option<Usage>), allowed: Allowed, bytes: usize) -> Taken {
        let (cost_pico, usage) = told;
        let most = || i64::try_from(bytes).unwrap_or(i64::MAX).saturating_add(i64::from(allowed.answer_tokens));
        let tokens = usage.map_or_else(most, |usage| usage.tokens_in.saturating_add(usage.tokens_out));
        let pico = cost_pico.unwrap_or(allowed.at_most_pico);
        Taken {
            pico: taken.pico.saturating_add(self.money.map_or(0, |_| pico)),
            tokens: taken.tokens.saturating_add(self.tokens.map_or(0, |_| tokens)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_takes_no_more_tokens_than_it_may_and_what_nobody_tells_counts_as_the_most() {
        let model = ModelConfig::parse("openai:small").unwrap();
        let bounds = Bounds { money: None, tokens: Some(2_000) };
        let first = bounds.next(&model, Taken::default(), 1_000, 800).unwrap();
        assert_eq!(first.answer_tokens, 800);
        let told = bounds.with(Taken::default(), (None, Some(Usage::told(300, 40))), first, 1_000);
        assert_eq!(told, Taken { pico: 0, tokens: 340 });
        let next = bounds.next(&model, told, 1_000, 800).unwrap();
        assert_eq!(next.answer_tokens, 660, "shortened to what is left");
        let untold = bounds.with(told, (None, None), next, 1_000);
        assert_eq!(untold.tokens, 2_000);
        let why = bounds.next(&model, untold, 10, 800).unwrap_err();
        assert!(why.contains("2000 of 2000"), "{why}");
        let free = Bounds::default();
        assert_eq!(free.with(Taken::default(), (Some(7), None), first, 1_000), Taken::default());
        assert_eq!(free.next(&model, untold, 1_000_000, 800).unwrap().answer_tokens, 800);
    }
}
