//! What the policies of a release must never let through, and whether it is proven.

use crate::House;
use baton_base::{ClientId, Error, ReleaseId, Result};
use baton_clients::changes::{self, Check};
use baton_govern::Rulebook;
use baton_govern::proofs::{Outcome, Proof, Settled, Solver, prove};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Releases whose proofs are kept.
const KEPT_MAX: usize = 64;

/// Proofs of live releases, as far as they have been asked for. One solver at a time: whoever holds the lock has it.
#[derive(Default)]
pub struct Proofs {
    known: Mutex<BTreeMap<(ClientId, ReleaseId), Vec<Proof>>>,
    settled: Arc<Settled>,
}

impl Proofs {
    /// Of a release that is not kept.
    async fn of(&self, rulebook: Arc<Rulebook>, now_ms: i64) -> Result<Vec<Proof>> {
        let _turn = self.known.lock().await;
        self.proven(rulebook, now_ms).await
    }

    /// Of a stored release, asked once; where something could not be told, again the next time.
    async fn stored(&self, key: (ClientId, ReleaseId), rulebook: Arc<Rulebook>, now_ms: i64) -> Result<Vec<Proof>> {
        let mut known = self.known.lock().await;
        if let Some(proofs) = known.get(&key) {
            return Ok(proofs.clone());
        }
        let proofs = self.proven(rulebook, now_ms).await?;
        if proofs.iter().all(|proof| matches!(proof.outcome, Outcome::Proven | Outcome::Refuted)) {
            if known.len() >= KEPT_MAX {
                known.pop_first();
            }
            known.insert(key, proofs.clone());
        }
        Ok(proofs)
    }

    /// On a thread of their own: to put a property into the solver's terms takes a while.
    async fn proven(&self, rulebook: Arc<Rulebook>, now_ms: i64) -> Result<Vec<Proof>> {
        if rulebook.properties().next().is_none() {
            return Ok(Vec::new());
        }
        let (here, settled) = (tokio::runtime::Handle::current(), Arc::clone(&self.settled));
        let proving = tokio::task::spawn_blocking(move || here.block_on(found_and_proven(&rulebook, &settled, now_ms)));
        proving.await.map_err(Error::broken)
    }
}

/// With the solver of this machine, where it has one.
pub async fn found_and_proven(rulebook: &Rulebook, settled: &Settled, now_ms: i64) -> Vec<Proof> {
    let solver = Solver::find().await;
    prove(rulebook, solver.as_ref().map_err(String::as_str), settled, now_ms).await
}

/// Proofs of a client's live release, and whether the client asks for them.
pub async fn live(house: &Arc<House>, client: &ClientId) -> Result<(ReleaseId, bool, Vec<Proof>)> {
    let (release, rulebook) = house.parts.rulebooks.live(client)?;
    let proofs = house.proofs.stored((client.clone(), release.clone()), rulebook, house.env.now_ms()).await?;
    let client = client.clone();
    let required = house.db.read(move |tx| changes::proofs_required(tx, &client)).await?;
    Ok((release, required, proofs))
}

/// The check of a proposal: what is refuted fails it, what could not be told where the client asks for proofs.
pub async fn check(house: &Arc<House>, client: &ClientId, rulebook: Arc<Rulebook>) -> Result<Check> {
    let client = client.clone();
    let required = house.db.read(move |tx| changes::proofs_required(tx, &client)).await?;
    Ok(checked(&house.proofs.of(rulebook, house.env.now_ms()).await?, required))
}

fn checked(proofs: &[Proof], required: bool) -> Check {
    let count = |wanted: Outcome| proofs.iter().filter(|proof| proof.outcome == wanted).count();
    let (proven, refuted) = (count(Outcome::Proven), count(Outcome::Refuted));
    let open = proofs.len() - proven - refuted;
    Check {
        name: "proofs".to_owned(),
        passed: refuted == 0 && (open == 0 || !required),
        says: summary(proofs, required),
        details: json!(proofs),
    }
}

/// In one line.
pub fn summary(proofs: &[Proof], required: bool) -> String {
    if proofs.is_empty() {
        return "no properties are written down".to_owned();
    }
    let count = |wanted: Outcome| proofs.iter().filter(|proof| proof.outcome == wanted).count();
    let told = [(Outcome::Proven, "proven"), (Outcome::Refuted, "refuted"), (Outcome::Undecided, "not decided")];
    let mut parts: Vec<_> =
        told.into_iter().map(|(outcome, word)| (count(outcome), word)).filter(|(count, _)| *count > 0).collect();
    if count(Outcome::NoSolver) > 0 {
        parts.push((count(Outcome::NoSolver), "not proven"));
    }
    let mut says = parts.iter().map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ");
    let open = proofs.iter().find(|proof| matches!(proof.outcome, Outcome::Undecided | Outcome::NoSolver));
    if let Some(open) = open {
        let asked =
            if required { "this client asks for proofs" } else { "a warning: this client does not ask for proofs" };
        says = format!("{says} ({asked}): {}", open.why);
    }
    says
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(outcome: Outcome, why: &str) -> Proof {
        let (id, says, file) = ("p".to_owned(), "never".to_owned(), "policies/properties/p.yaml".to_owned());
        Proof { id, says, file, line: 2, outcome, why: why.to_owned(), kinds: 6, call: None }
    }

    #[test]
    fn what_is_refuted_fails_a_change_and_what_is_open_only_where_proofs_are_asked_for() {
        let cases = [
            (vec![], false, true, "no properties are written down"),
            (vec![Outcome::Proven, Outcome::Proven], true, true, "2 proven"),
            (vec![Outcome::Proven, Outcome::Refuted], false, false, "1 proven, 1 refuted"),
            (
                vec![Outcome::NoSolver],
                false,
                true,
                "1 not proven (a warning: this client does not ask for proofs): install one",
            ),
            (vec![Outcome::NoSolver], true, false, "1 not proven (this client asks for proofs): install one"),
            (vec![Outcome::Undecided], true, false, "1 not decided (this client asks for proofs): install one"),
        ];
        for (outcomes, required, passed, says) in cases {
            let why = |outcome: &Outcome| if *outcome == Outcome::Proven { "" } else { "install one" };
            let proofs: Vec<_> = outcomes.iter().map(|outcome| proof(*outcome, why(outcome))).collect();
            let check = checked(&proofs, required);
            assert_eq!((check.passed, check.says.as_str()), (passed, says));
        }
    }
}
