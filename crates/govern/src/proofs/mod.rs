//! Proofs: that the policies of a release let nothing through that a property forbids, whatever the call. Each kind of call
//! becomes a question for an SMT solver (`cedar-policy-symcc` writes it), which either finds that there is no such call, or
//! names one; one that it names counts only where the rules let it through when it is made.
//!
//! What is proven is proven of the policies: decision tables, levels and limits can only refuse more. Calls are taken to look
//! as policies and property take them to look: what is inside facts, a case or an identity is described nowhere.

mod call;
mod solver;

pub use call::Call;
pub use solver::{SOLVER_VARIABLE, Solver};

use crate::Rulebook;
use crate::rulebook::{Claim, Query};
use baton_base::{Digest, digest_of_text};
use cedar_policy::PolicySet;
use cedar_policy_symcc::err::Error as SymccError;
use cedar_policy_symcc::solver::LocalSolver;
use cedar_policy_symcc::{CedarSymCompiler, CompiledPolicySet, Env as Model};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// Longest time for all properties of a release, milliseconds.
const ALL_MS_MAX: u64 = 60_000;
/// Questions whose answer is kept: some 64 bytes each.
const SETTLED_MAX: usize = 20_000;
/// Longest time for one question, milliseconds; the solver itself gives up a little earlier.
const ONE_MS_MAX: u64 = 10_000;

/// What came of a property.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No call that the property forbids is let through.
    Proven,
    /// One is, and stands beside it.
    Refuted,
    /// It could not be told.
    Undecided,
    /// There is no solver on this machine.
    NoSolver,
}

/// A property with what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Proof {
    /// Its id.
    pub id: String,
    /// In words.
    pub says: String,
    /// The file.
    pub file: String,
    /// 1-based line where it begins; 0 where unknown.
    pub line: u32,
    /// What came of it.
    pub outcome: Outcome,
    /// Why it could not be told; empty otherwise.
    pub why: String,
    /// Kinds of calls it is about, count: an action by an agent, a person or a process, with a case or without.
    pub kinds: usize,
    /// The call that is let through.
    pub call: Option<Call>,
}

/// Questions that have been answered as one hopes: no call is forbidden and let through, or some call is forbidden at all. A
/// change that leaves the rules of an action alone asks nothing new about it.
#[derive(Debug, Default)]
pub struct Settled(Mutex<BTreeSet<Digest>>);

impl Settled {
    fn has(&self, question: &Digest) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(question)
    }

    fn keep(&self, question: &Digest) {
        let mut settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if settled.len() >= SETTLED_MAX {
            settled.clear();
        }
        settled.insert(question.clone());
    }
}

/// Asks about every property of a release; without a solver that is what is said of each.
pub async fn prove(rulebook: &Rulebook, solver: Result<&Solver, &str>, settled: &Settled, now_ms: i64) -> Vec<Proof> {
    let solver = match solver {
        Ok(solver) => solver,
        Err(why) => {
            let none = |claim: &Claim| of(claim, Outcome::NoSolver, why.to_owned(), 0);
            return rulebook.claims().iter().map(none).collect();
        }
    };
    let until = Instant::now() + Duration::from_millis(ALL_MS_MAX);
    let mut prover = Prover { solver, settled, started: None, until };
    let mut proofs = Vec::new();
    for claim in rulebook.claims() {
        proofs.push(prover.prove(rulebook, claim, now_ms).await);
    }
    proofs
}

fn of(claim: &Claim, outcome: Outcome, why: String, kinds: usize) -> Proof {
    let property = &claim.property;
    let (id, says, file) = (property.id.clone(), property.says.clone(), property.file.clone());
    Proof { id, says, file, line: property.line, outcome, why, kinds, call: None }
}

struct Prover<'a> {
    solver: &'a Solver,
    settled: &'a Settled,
    started: Option<CedarSymCompiler<LocalSolver>>,
    until: Instant,
}

impl Prover<'_> {
    async fn prove(&mut self, rulebook: &Rulebook, claim: &Claim, now_ms: i64) -> Proof {
        let queries = match rulebook.queries(claim) {
            Ok(queries) => queries,
            Err(why) => return of(claim, Outcome::Undecided, why, 0),
        };
        let kinds = queries.len();
        let mut open = None;
        for query in &queries {
            if self.settled.has(&query.digest) {
                continue;
            }
            let found = match self.common(query, &query.allowed).await {
                Ok(None) => {
                    self.settled.keep(&query.digest);
                    continue;
                }
                Ok(Some(model)) => call::of(rulebook, &claim.property, query, &model, now_ms),
                Err(why) => Err(why),
            };
            match found {
                Ok(call) => {
                    return Proof { call: Some(call), ..of(claim, Outcome::Refuted, String::new(), kinds) };
                }
                Err(why) => open = open.or_else(|| Some(format!("{}: {why}", query.action))),
            }
        }
        match open {
            Some(why) => of(claim, Outcome::Undecided, why, kinds),
            None if self.is_empty(&queries).await => {
                let why = "no call can be as it says, so that it forbids nothing; correct its condition";
                of(claim, Outcome::Undecided, why.to_owned(), kinds)
            }
            None => of(claim, Outcome::Proven, String::new(), kinds),
        }
    }

    /// Whether a property is about no call at all: true of every policy, and most likely a slip.
    async fn is_empty(&mut self, queries: &[Query]) -> bool {
        for query in queries {
            let question = digest_of_text(&format!("{} some", query.digest));
            if self.settled.has(&question) {
                return false;
            }
            match self.common(query, &query.never_set()).await {
                Ok(None) => {}
                Ok(Some(_)) => {
                    self.settled.keep(&question);
                    return false;
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// A call that is among these and is forbidden by the property.
    async fn common(&mut self, query: &Query, among: &PolicySet) -> Result<Option<Model>, String> {
        let compiled = |set: &PolicySet| CompiledPolicySet::compile(set, &query.env, &query.schema).map_err(words);
        let (among, never) = (compiled(among)?, compiled(&query.never_set())?);
        let left = self.until.saturating_duration_since(Instant::now()).min(Duration::from_millis(ONE_MS_MAX));
        if left.is_zero() {
            return Err(format!("not looked at: all properties together have {} s", ALL_MS_MAX / 1_000));
        }
        let mut asking = match self.started.take() {
            Some(started) => started,
            None => CedarSymCompiler::new(self.solver.start()?).map_err(words)?,
        };
        // One that hangs or fails is dropped here, which ends its process; the next question starts another.
        let answer = timeout(left, asking.check_disjoint_with_counterexample_opt(&among, &never)).await;
        match answer {
            Ok(Ok(found)) => {
                self.started = Some(asking);
                Ok(found)
            }
            Ok(Err(SymccError::SolverUnknown)) => {
                self.started = Some(asking);
                Err("the solver cannot tell".to_owned())
            }
            Ok(Err(error)) => Err(words(error)),
            Err(_) => Err(format!("the solver has not answered within {} ms", left.as_millis())),
        }
    }
}

fn words(error: SymccError) -> String {
    match error {
        SymccError::PolicyNotWellTyped { errs } => {
            let first = errs.first().map(ToString::to_string).unwrap_or_default();
            format!("it does not fit the schema: {first}")
        }
        other => format!("the solver could not be asked: {other}"),
    }
}
