//! One callable operation of a connected system, as the release pins it.

use super::auth::Auth;
use super::operation::Operation;
use crate::a2a;
use crate::expr::{Expr, Exprs};
use crate::mcp;
use crate::pointers;
use crate::sql::{Database, Statement};
use crate::validate;
use baton_base::{Currency, Digest, Money, Result};
use baton_govern::Risk;
use reqwest::Url;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A connected system, as the release describes it.
#[derive(Debug)]
pub struct System {
    /// Name within the client.
    pub name: String,
    /// For people.
    pub title: String,
    /// What it is.
    pub kind: Kind,
    /// Host and port; calls to one place share their limits.
    pub place: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where it serves its own description.
    pub describe_url: Option<Url>,
    /// Time for one attempt.
    pub timeout: Duration,
    /// Attempts at one call, the first included.
    pub attempts: u32,
    /// Header that carries the effect's key.
    pub idempotency_header: String,
    /// How it knows Baton.
    pub auth: Option<Auth>,
}

/// What an action does outside.
#[derive(Debug)]
pub enum Does {
    /// An operation of an HTTP API.
    Http {
        /// The operation.
        operation: Box<Operation>,
        /// Where it is; nothing else is ever called.
        base_url: Url,
    },
    /// A statement on a database.
    Sql(Statement),
    /// A tool of an MCP server.
    Mcp(mcp::Call),
    /// What an outside agent is asked.
    A2a(a2a::Call),
}

/// What a connected system is.
#[derive(Debug, Clone)]
pub enum Kind {
    /// An HTTP API.
    Http,
    /// A database.
    Sql(Database),
    /// An MCP server, and the revision that its file pins.
    Mcp(mcp::Server, Option<mcp::Revision>),
    /// An outside agent.
    A2a(a2a::Agent),
}

/// A read that an action's policy needs.
#[derive(Debug, Clone)]
pub struct Fact {
    /// Name below `facts`.
    pub name: String,
    /// The reading action.
    pub action: String,
    /// Its arguments.
    pub args: Exprs,
    /// Read once for each element of this list (`.each`, or `.item`); the fact is then a list.
    pub each: Option<Expr>,
    /// "Not there" is null instead of a refusal.
    pub optional: bool,
    /// Facts are read wave by wave; those of one wave at the same time.
    pub wave: usize,
}

/// How to find out whether a lost call happened.
#[derive(Debug, Clone)]
pub struct Reconcile {
    /// The reading action.
    pub action: String,
    /// Its arguments, from `args` and `key`.
    pub args: Exprs,
    /// Whether it happened, from `result`; without it, a result that is there means yes.
    pub happened: Option<Expr>,
}

/// A call whose result is known.
#[derive(Debug, Clone)]
pub struct Contract {
    /// For people.
    pub name: String,
    /// What is sent.
    pub args: Value,
    /// What must hold for `{result, status}`; without it, any good answer will do.
    pub expect: Option<Expr>,
}

/// One action.
#[derive(Debug)]
pub struct Action {
    /// Name within the client.
    pub name: String,
    /// For people.
    pub title: String,
    /// Whether it changes something outside.
    pub writes: bool,
    /// How bad a wrong call is.
    pub risk: Risk,
    /// Whether the system does it once however often it is sent with one key.
    pub idempotent: bool,
    /// Whether the customer must have said yes to exactly these arguments.
    pub confirm: bool,
    /// The system it belongs to.
    pub system: Arc<System>,
    /// What is done.
    pub does: Does,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// Digest of all that the release says about it.
    pub digest: Digest,
    /// Digest of what the system says of it: what drift is measured against.
    pub pinned: Option<Digest>,
    /// Reads that its policy needs.
    pub facts: Vec<Fact>,
    /// Values worked out from arguments and facts, in order.
    pub derived: Exprs,
    /// Its decision table.
    pub table: Option<String>,
    /// Places in results that hold amounts in major units.
    pub money: Vec<String>,
    /// Places below `/args` and `/result` that are not written down.
    pub redact: Vec<String>,
    /// How to find out whether a lost call happened.
    pub reconcile: Option<Reconcile>,
    /// Calls that must give what is expected of them.
    pub tests: Vec<Contract>,
    /// The action that undoes it.
    pub compensate: Option<String>,
    /// Whether its results hold text that somebody outside wrote.
    pub outside_text: bool,
    pub(crate) validator: jsonschema::Validator,
    /// What its system says that it answers, where it says so.
    pub(crate) answers: Option<jsonschema::Validator>,
    pub(crate) output: Option<Value>,
}

impl Action {
    /// JSON Schema of its arguments.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// Whether arguments fit its schema: `Invalid` names the first place that does not, `Limit` says that they are too large.
    pub fn takes(&self, args: &Value) -> Result<()> {
        validate::arguments(self, args).map(|_| ())
    }

    /// Its answer without what is not written down, as it is told where that would be. Where it is not as those places suppose, nothing
    /// of it is.
    #[must_use]
    pub fn without_withheld(&self, answer: &Value) -> Value {
        pointers::redacted_or_not(answer, "result", &self.redact).unwrap_or_else(|_| pointers::REDACTED.into())
    }

    /// Its answer as people read it: amounts of money as `12.50 EUR`, and not in minor units.
    #[must_use]
    pub fn in_major_units(&self, mut answer: Value, currency: Currency) -> Value {
        for place in &self.money {
            pointers::each_at(&mut answer, place, &mut |amount| {
                if let Some(minor) = amount.as_i64() {
                    *amount = Money::new(minor, currency).to_string().into();
                }
            });
        }
        answer
    }

    /// Whether an answer is as the system describes its answers.
    pub fn describes(&self, answer: &Value) -> bool {
        self.answers.as_ref().is_none_or(|answers| answer.is_null() || answers.is_valid(answer))
    }

    /// JSON Schema of its answer, if the system describes one.
    pub fn output(&self) -> Option<&Value> {
        self.output.as_ref()
    }

    /// Whether it makes no sense without a case: the customer has to say yes, or what it is judged on is read with what
    /// is known of the case. Policies that ask for a case refuse by themselves.
    pub fn needs_case(&self) -> bool {
        let facts = self.facts.iter().flat_map(|fact| fact.args.iter().map(|(_, expr)| expr).chain(&fact.each));
        let derived = self.derived.iter().map(|(_, expr)| expr);
        let of_case = |expr: &Expr| [".case", ".identity"].iter().any(|part| expr.text().contains(part));
        self.confirm || facts.chain(derived).any(of_case)
    }

    /// Whether sending it twice with one key is the same as sending it once.
    pub fn may_repeat(&self) -> bool {
        !self.writes || self.idempotent
    }
}
