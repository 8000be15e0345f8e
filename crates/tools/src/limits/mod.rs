//! `limits.yaml`: how often, how many at once and how much may be spent, by client, agent and action.
//!
//! ```yaml
//! limits:
//!   - { of: client, calls: 6000, per: minute }
//!   - { of: agent, calls: 60, per: minute, burst: 10 }              # each agent on its own
//!   - { of: agent, name: concierge, at_once: 4 }
//!   - { of: action, name: cancel_order, calls: 30, per: hour }
//!   - { of: agent, spend: .derived.amount_minor, most: 50000, per: day }
//! ```
//! `agent` means AI agents and service accounts, not people. Rates and calls at once are counted by each node on its
//! own; what is spent is counted in the database, in the transaction that writes the call down. `spend` is jq over what
//! the call is judged on, and gives minor units of the client's currency; null where the call spends nothing.

mod file;
mod rate;
mod spend;

pub(crate) use rate::{Limiter, Place};
pub(crate) use spend::{DOWN, Spending, give_back, take};

use crate::expr::Expr;
use baton_base::Actor;

/// Most limits of one release, count.
pub const LIMITS_MAX: usize = 100;

/// The limits of one release.
#[derive(Debug, Default)]
pub struct Limits {
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    of: Of,
    /// Only this one; without a name each on its own.
    name: Option<String>,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    Client,
    Agent,
    Action,
}

#[derive(Debug)]
pub(crate) enum What {
    Calls { count: u32, burst: u32, per_ms: u64 },
    AtOnce(usize),
    Spend { amount: Expr, most: i64, per_ms: i64 },
}

impl Rule {
    /// Tells a rule from another that counts for the same scope.
    fn mark(&self) -> &str {
        self.name.as_deref().unwrap_or("*")
    }

    /// Whose count a call adds to, if the rule is about it: `client`, `agent:NAME` or `action:NAME`.
    fn scope(&self, actor: &Actor, action: &str) -> Option<String> {
        let (word, name) = match self.of {
            Of::Client => return Some("client".to_owned()),
            Of::Agent => ("agent", automatic(actor)?),
            Of::Action => ("action", action),
        };
        let fits = self.name.as_deref().is_none_or(|wanted| wanted == name);
        fits.then(|| format!("{word}:{name}"))
    }
}

/// The name of an AI agent or service account; a person and a part of Baton have none here.
fn automatic(actor: &Actor) -> Option<&str> {
    match actor {
        Actor::Agent { name, .. } => Some(name.as_str()),
        Actor::System { name } if name.starts_with("token:") => Some(name),
        Actor::System { .. } | Actor::Member { .. } => None,
    }
}
