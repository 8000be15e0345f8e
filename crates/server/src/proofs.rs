//! What the policies of a release must never let through, and whether it is proven.

use crate::House;
use crate::rules::Rules;
use baton_base::{ClientId, Error, ReleaseId, Result};
use baton_clients::changes::{self, Check, Kind, State};
use baton_govern::Rulebook;
use baton_govern::proofs::{Outcome, Proof, Settled, Solver, prove};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How long a release of which something could not be told is not asked about anew, milliseconds: that may take a minute of the
/// solver each time.
const OPEN_MS_MAX: i64 = 5 * 60 * 1000;

/// Proofs of live releases, as far as they have been asked for.
#[derive(Default)]
pub struct Proofs {
    /// One solver at a time, and to its end: also where nobody waits for the answer any more.
    turn: Arc<Mutex<()>>,
    known: Arc<Known>,
    settled: Arc<Settled>,
}

/// What came of the last release of each client that was asked about.
#[derive(Default)]
struct Known(Mutex<BTreeMap<ClientId, Kept>>);

struct Kept {
    release: ReleaseId,
    proofs: Vec<Proof>,
    /// None: for as long as the release is asked about.
    until_ms: Option<i64>,
}

impl Known {
    async fn get(&self, client: &ClientId, release: &ReleaseId, now_ms: i64) -> Option<Vec<Proof>> {
        let known = self.0.lock().await;
        let kept = known.get(client).filter(|kept| kept.release == *release)?;
        kept.until_ms.is_none_or(|until_ms| now_ms < until_ms).then(|| kept.proofs.clone())
    }

    /// Where there was no solver nothing is kept: one that is installed is used at once.
    async fn keep(&self, client: ClientId, release: ReleaseId, proofs: &[Proof], now_ms: i64) {
        let any = |wanted: Outcome| proofs.iter().any(|proof| proof.outcome == wanted);
        if any(Outcome::NoSolver) {
            return;
        }
        let until_ms = any(Outcome::Undecided).then(|| now_ms.saturating_add(OPEN_MS_MAX));
        self.0.lock().await.insert(client, Kept { release, proofs: proofs.to_vec(), until_ms });
    }
}

impl Proofs {
    /// Of a release that is not kept.
    pub(crate) async fn of(&self, rulebook: Arc<Rulebook>, now_ms: i64) -> Result<Vec<Proof>> {
        let (turn, settled) = (Arc::clone(&self.turn).lock_owned().await, Arc::clone(&self.settled));
        on_its_own(move || async move {
            let _turn = turn;
            found_and_proven(&rulebook, &settled, now_ms).await
        })
        .await
    }

    /// Of a stored release, asked once; what could not be told, again after a while.
    async fn stored(&self, key: (ClientId, ReleaseId), rulebook: Arc<Rulebook>, now_ms: i64) -> Result<Vec<Proof>> {
        let (client, release) = key;
        if let Some(proofs) = self.known.get(&client, &release, now_ms).await {
            return Ok(proofs);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // Whoever had the turn before may have asked the same.
        if let Some(proofs) = self.known.get(&client, &release, now_ms).await {
            return Ok(proofs);
        }
        let (known, settled) = (Arc::clone(&self.known), Arc::clone(&self.settled));
        on_its_own(move || async move {
            let _turn = turn;
            let proofs = found_and_proven(&rulebook, &settled, now_ms).await;
            known.keep(client, release, &proofs, now_ms).await;
            proofs
        })
        .await
    }
}

/// On a thread of its own: to put a property into the solver's terms takes a while.
async fn on_its_own<F: Future<Output = Vec<Proof>> + 'static>(
    proving: impl FnOnce() -> F + Send + 'static,
) -> Result<Vec<Proof>> {
    let here = tokio::runtime::Handle::current();
    tokio::task::spawn_blocking(move || here.block_on(proving())).await.map_err(Error::broken)
}

/// With the solver of this machine, where it has one.
pub async fn found_and_proven(rulebook: &Rulebook, settled: &Settled, now_ms: i64) -> Vec<Proof> {
    if rulebook.properties().next().is_none() {
        return Vec::new();
    }
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

/// The release that taking a proposal back puts live again, where the client asks for proofs: all of it has been proven. None
/// where nothing has to be.
pub async fn before(house: &Arc<House>, client: &ClientId, proposal: &str) -> Result<Option<ReleaseId>> {
    let (client, id) = (client.clone(), proposal.to_owned());
    let read = house.db.read(move |tx| {
        let proposal = changes::get(tx, &client, &id)?;
        let is_asked = proposal.state == State::Published && changes::proofs_required(tx, &client)?;
        match proposal.base.filter(|_| is_asked && proposal.kind == Kind::Release) {
            Some(base) => Rules::stored(tx, &client, Some(&base)).map(Some),
            None => Ok(None),
        }
    });
    let Some((release, rules)) = read.await? else { return Ok(None) };
    let proofs = house.proofs.of(rules.rulebook, house.env.now_ms()).await?;
    if proofs.iter().all(|proof| proof.outcome == Outcome::Proven) {
        return Ok(Some(release));
    }
    let why = format!(
        "the release before does not hold what this client asks for now: {}; propose what should hold instead, or let an \
         administrator take back that changes need proofs",
        summary(&proofs, true)
    );
    Err(Error::refused(why, vec!["built-in:checks".to_owned()]))
}

fn checked(proofs: &[Proof], required: bool) -> Check {
    let count = |wanted: Outcome| proofs.iter().filter(|proof| proof.outcome == wanted).count();
    let (proven, refuted) = (count(Outcome::Proven), count(Outcome::Refuted));
    let open = proofs.len() - proven - refuted;
    Check {
        name: changes::PROOFS_CHECK.to_owned(),
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
    use baton_base::Bundle;
    use std::time::Duration;

    fn proof(outcome: Outcome, why: &str) -> Proof {
        let (id, says, file) = ("p".to_owned(), "never".to_owned(), "policies/properties/p.yaml".to_owned());
        Proof { id, says, file, line: 2, outcome, why: why.to_owned(), kinds: 6, call: None }
    }

    #[tokio::test]
    async fn what_is_kept_is_told_while_the_solver_is_busy_and_what_is_open_not_for_long() {
        let proofs = Proofs::default();
        let rulebook = Arc::new(Rulebook::load(&Bundle::default(), &[]).unwrap());
        let (acme, globex) = (ClientId::known("acme"), ClientId::known("globex"));
        let (first, second) = (ReleaseId::known("rel_1"), ReleaseId::known("rel_2"));
        let (proven, open) = ([proof(Outcome::Proven, "")], [proof(Outcome::Undecided, "it is hard")]);
        proofs.known.keep(acme.clone(), first.clone(), &proven, 1_000).await;
        proofs.known.keep(globex.clone(), first.clone(), &open, 1_000).await;
        let busy = Arc::clone(&proofs.turn).lock_owned().await;
        let asked = |client: &ClientId, now_ms: i64| {
            let stored = proofs.stored((client.clone(), first.clone()), Arc::clone(&rulebook), now_ms);
            tokio::time::timeout(Duration::from_secs(10), stored)
        };
        assert_eq!(asked(&acme, i64::MAX).await.unwrap().unwrap(), proven);
        assert_eq!(asked(&globex, OPEN_MS_MAX).await.unwrap().unwrap(), open);
        drop(busy);
        assert_eq!(asked(&globex, 1_000 + OPEN_MS_MAX).await.unwrap().unwrap(), [], "asked anew");
        // Of another release nothing is kept, and without a solver nothing is.
        assert_eq!(proofs.known.get(&acme, &second, 1_000).await, None);
        proofs.known.keep(acme.clone(), second.clone(), &[proof(Outcome::NoSolver, "install one")], 1_000).await;
        assert_eq!(proofs.known.get(&acme, &second, 1_000).await, None);
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
