//! Policy holders: they send notices through the API channel, and some send theirs twice.

use super::api::Api;
use crate::world::ClaimCase;
use baton_base::{Error, Result};
use serde_json::json;
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
