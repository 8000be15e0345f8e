//! Policy holders: they send notices through the API channel, and some send theirs twice.

use super::api::Api;
use crate::world::ClaimCase;
use baton_base::{Error, Result};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// One claim in so many is sent twice, as impatient senders do.
const TWICE_EVERY: usize = 25;

/// Cases by the claims they came from, as they become known.
#[derive(Debug, Clone, Default)]
pub(super) struct Notices(Arc<Mutex<HashMap<String, Arc<ClaimCase>>>>);

impl Notices {
    pub(super) fn claim_of(&self, case: &str) -> Option<Arc<ClaimCase>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(case).cloned()
    }
    pub(super) fn all(&self) -> Vec<(String, Arc<ClaimCase>)> {
        let guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guard.iter().map(|(case, claim)| (case.clone(), Arc::clone(claim))).collect()
    }
    fn add(&self, case: &str, claim: &Arc<ClaimCase>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(case.to_owned(), Arc::clone(claim));
    }
}

/// How often a sender answers questions about one claim.
const ANSWERS_MAX: usize = 3;

/// Answers what the insurers ask back, a message at a time.
#[derive(Debug, Default)]
pub(super) struct Answers(HashMap<String, (i64, usize)>);

impl Answers {
    /// Answers if this case waits for its sender, who has not answered yet what was asked last and ever will.
    /// Returns whether something may still come of the case.
    pub(super) async fn answer(&mut self, api: &Api, client: &str, row: &Value, notices: &Notices) -> Result<bool> {
        let Some(case) = row["id"].as_str() else { return Ok(false) };
        let Some(words) = notices.claim_of(case).and_then(|claim| claim.reply()) else { return Ok(false) };
        let (seen, given) = self.0.entry(case.to_owned()).or_default();
        let messages = row["message_count"].as_i64().unwrap_or(0);
        if messages <= *seen {
            return Ok(true);
        }
        if *given == ANSWERS_MAX {
            return Ok(false);
        }
        *given += 1;
        // The answer itself is a message too.
        *seen = messages + 1;
        let body = json!({ "text": words, "as": "customer", "external_id": format!("answer-{given}") });
        // A case that has ended meanwhile needs no answer.
        api.post(&format!("/api/v1/clients/{client}/cases/{case}/messages"), &body).await?;
        Ok(true)
    }
}

/// What one play adds to external ids, so that a second play on the same books is not taken for the first.
pub(super) async fn tag(api: &Api, client: &str) -> Result<String> {
    let opened = api.send(&format!("/chat/v1/{client}/conversations"), &json!({})).await?;
    Ok(opened["conversation"].as_str().unwrap_or("play").to_owned())
}

/// Sends one notice and notes the case that it became, among its insurer's and among all.
pub(super) async fn send(
    api: &Api,
    client: &str,
    claim: &Arc<ClaimCase>,
    (number, tag): (usize, &str),
    notices: &Notices,
    all: &Notices,
) -> Result<()> {
    let body = json!({
        "channel": "api",
        "external_id": format!("{tag}-{}", claim.id),
        "customer": { "address": claim.email, "name": claim.name, "locale": claim.language },
        "text": claim.text,
        "data": {},
    });
    let path = format!("/api/v1/clients/{client}/cases");
    let row = api.send(&path, &body).await?;
    let Some(case) = row["id"].as_str() else {
        return Err(Error::Broken(format!("{path} answers without the case's id: {row}")));
    };
    notices.add(case, claim);
    all.add(case, claim);
    if number.is_multiple_of(TWICE_EVERY) {
        let again = api.send(&path, &body).await?;
        if again["id"] != row["id"] {
            return Err(Error::Broken(format!("{} sent twice became two cases: {case} and {}", claim.id, again["id"])));
        }
    }
    Ok(())
}
