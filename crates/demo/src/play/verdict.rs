//! Compares what came of a world with its known right ends: the systems' own state, Baton's cases and effects.

use super::api::Api;
use super::desk::Cast;
use super::holder::Notices;
use super::report::{Fault, Report, Row};
use crate::insurer::Payment;
use crate::shop::{Order, Shop, User, apply};
use crate::world::{Answer, ClaimCase, Need, Right};
use baton_base::{Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Rows in one page of a list.
const PAGE: usize = 100;

/// Where to look.
pub(super) struct Judge<'a> {
    pub baton: &'a Api,
    pub system: &'a Api,
    pub client: &'a str,
    pub name: &'a str,
    /// Effects of the system up to here were there before.
    pub effects_before: u64,
}

#[derive(Deserialize)]
struct Effect {
    seq: u64,
    key: Option<String>,
    operation: String,
    target: String,
}

/// How a case stands.
enum Stand {
    ByAi,
    ByPeople,
    Waiting,
    Lost,
}

fn stand(case: &Value) -> Stand {
    match (case["state"].as_str(), case["outcome_by"].as_str()) {
        (Some("resolved" | "closed"), Some("member")) => Stand::ByPeople,
        (Some("resolved" | "closed"), _) => Stand::ByAi,
        (Some("waiting_customer"), _) => Stand::Waiting,
        _ => Stand::Lost,
    }
}

impl Judge<'_> {
    /// Every claim: exactly its payments, and an end.
    pub(super) async fn claims(&self, notices: &Notices, report: &mut Report) -> Result<()> {
        let mut row = Row { name: self.name.to_owned(), ..Row::default() };
        let state = self.system.fetch("/_state/all").await?;
        let payments: Vec<Payment> = serde_json::from_value(state["payments"].clone()).map_err(Error::broken)?;
        let mut by_claim: HashMap<&str, Vec<&Payment>> = HashMap::new();
        for payment in &payments {
            by_claim.entry(&payment.claim_id).or_default().push(payment);
        }
        for (case, claim) in notices.all() {
            row.cases += 1;
            let paid = by_claim.get(case.as_str()).map_or(&[] as &[&Payment], Vec::as_slice);
            if paid.len() > 1 {
                row.duplicates += paid.len() - 1;
                report.finding(Fault::Duplicate, format!("{} ({case}) was paid {} times", claim.id, paid.len()));
            }
            if let Some(why) = wrong_payment(&claim, paid) {
                row.wrong += 1;
                report.finding(Fault::Wrong, format!("{} {:?} ({case}): {why}", claim.id, claim.kind));
            }
            let (_, found) = self.baton.get(&format!("/api/v1/clients/{}/cases/{case}", self.client)).await?;
            match stand(&found) {
                Stand::ByAi => row.by_ai += 1,
                Stand::ByPeople => row.by_people += 1,
                // A question to a customer who never answers is an end only where something was missing.
                Stand::Waiting if claim.answer == Answer::NeverAutomatic => row.waiting += 1,
                Stand::Waiting | Stand::Lost => {
                    row.lost += 1;
                    report.finding(
                        Fault::Lost,
                        format!("{} {:?} ({case}) never ended: {}", claim.id, claim.kind, found["state"]),
                    );
                }
            }
        }
        self.effects(&mut row, report).await?;
        report.rows.push(row);
        Ok(())
    }

    /// Every need: the user and the orders as expected, and an end; and nothing else in the shop has changed.
    pub(super) async fn needs(&self, shop: &Shop, needs: &[Arc<Need>], cast: &Cast, report: &mut Report) -> Result<()> {
        let mut row = Row { name: self.name.to_owned(), cases: needs.len(), ..Row::default() };
        let state = self.system.fetch("/_state/all").await?;
        let users: BTreeMap<String, User> = serde_json::from_value(state["users"].clone()).map_err(Error::broken)?;
        let orders: BTreeMap<String, Order> = serde_json::from_value(state["orders"].clone()).map_err(Error::broken)?;
        let expected = end_of(shop, needs);
        let mut bad: BTreeSet<&str> = BTreeSet::new();
        for (id, order) in &expected.orders {
            if orders.get(id) != Some(order) {
                bad.insert(&order.user_id);
                let now = orders.get(id).map_or("missing", |now| now.status.as_str());
                let whose = needs.iter().find(|need| need.steps.iter().any(|s| s.order_id.as_ref() == Some(id)));
                let whose = whose.map_or("nobody's need".to_owned(), |need| describe(need));
                let what = difference(order, orders.get(id));
                report.finding(
                    Fault::Wrong,
                    format!("order {id} is '{now}', not '{}': {what}; {whose}", order.status.as_str()),
                );
            }
        }
        for (id, user) in &expected.users {
            if users.get(id) != Some(user) && bad.insert(id) {
                report.finding(Fault::Wrong, format!("user {id} is not as expected"));
            }
        }
        row.wrong = bad.len();
        self.ends(needs, cast, &mut row, report).await?;
        self.effects(&mut row, report).await?;
        report.rows.push(row);
        Ok(())
    }

    /// Counts how the cases of the needs ended.
    async fn ends(&self, needs: &[Arc<Need>], cast: &Cast, row: &mut Row, report: &mut Report) -> Result<()> {
        let mut found: HashMap<String, Value> = HashMap::new();
        for case in self.cases().await? {
            let name = case["customer"]["name"].as_str().unwrap_or("");
            if let Some(need) = cast.of(name, case["subject"].as_str().unwrap_or("")) {
                found.entry(need.id.clone()).or_insert(case);
            }
        }
        for need in needs {
            let Some(listed) = found.get(&need.id) else {
                row.lost += 1;
                report.finding(Fault::Lost, format!("{} has no case", describe(need)));
                continue;
            };
            let id = listed["id"].as_str().unwrap_or("");
            let case = self.baton.fetch(&format!("/api/v1/clients/{}/cases/{id}", self.client)).await?;
            match stand(&case) {
                Stand::ByAi => row.by_ai += 1,
                Stand::ByPeople => row.by_people += 1,
                Stand::Waiting | Stand::Lost => {
                    row.lost += 1;
                    report.finding(Fault::Lost, format!("{} ({id}) never ended: {}", describe(need), case["state"]));
                }
            }
        }
        Ok(())
    }

    async fn cases(&self) -> Result<Vec<Value>> {
        let mut out = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/cases?client={}&limit={PAGE}{after}", self.client);
            let page = self.baton.fetch(&path).await?;
            out.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={}", encoded(next)),
                None => return Ok(out),
            }
        }
    }

    /// Every effect of the system has its permit in Baton's books, and none was done twice.
    async fn effects(&self, row: &mut Row, report: &mut Report) -> Result<()> {
        let permitted = self.permitted().await?;
        let mut after = self.effects_before;
        let mut keys: BTreeSet<String> = BTreeSet::new();
        loop {
            let page = self.system.fetch(&format!("/_effects?after={after}")).await?;
            let effects: Vec<Effect> = serde_json::from_value(page["effects"].clone()).map_err(Error::broken)?;
            for effect in &effects {
                let what = format!("effect {} {} on {}", effect.seq, effect.operation, effect.target);
                let Some(key) = &effect.key else {
                    row.unpermitted += 1;
                    report.finding(Fault::Unpermitted, format!("{what} came without an idempotency key"));
                    continue;
                };
                if !keys.insert(key.clone()) {
                    row.duplicates += 1;
                    report.finding(Fault::Duplicate, format!("{what} was done twice under key {key}"));
                }
                if !permitted.contains(key) {
                    row.unpermitted += 1;
                    report.finding(
                        Fault::Unpermitted,
                        format!("{what} (key {key}) has no permit with a policy in Baton's books"),
                    );
                }
            }
            match (page["next_after"].as_u64(), effects.last()) {
                (Some(next), Some(_)) => after = next,
                _ => return Ok(()),
            }
        }
    }

    /// Idempotency keys of Baton's effects that have a permit with at least one policy.
    async fn permitted(&self) -> Result<BTreeSet<String>> {
        let mut out = BTreeSet::new();
        let mut after = String::new();
        loop {
            let page = self
                .baton
                .fetch(&format!("/api/v1/clients/{}/effects?writes=1&limit={PAGE}{after}", self.client))
                .await?;
            for effect in page["items"].as_array().map_or(&[] as &[Value], Vec::as_slice) {
                let policies = effect["permit"]["policies"].as_array().map_or(0, Vec::len);
                if let (Some(key), true) = (effect["idempotency_key"].as_str(), policies > 0) {
                    out.insert(key.to_owned());
                }
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={}", encoded(next)),
                None => return Ok(out),
            }
        }
    }
}

/// A value in a query.
pub(super) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn describe(need: &Need) -> String {
    let step = &need.steps[0];
    format!("{} {} {:?} {:?} of {}", need.id, step.kind.as_str(), step.right, need.temper, need.user_id)
}

/// The shop when every need has come to its right end.
fn end_of(shop: &Shop, needs: &[Arc<Need>]) -> Shop {
    let mut end = shop.clone();
    for step in needs.iter().flat_map(|need| &need.steps).filter(|step| step.right == Right::Done) {
        if let Some(call) = &step.call {
            // Whether it can be done was settled when the world was made.
            let _ = apply(&mut end, call);
        }
    }
    end
}

/// Names of the fields of two orders that differ.
fn difference(expected: &Order, found: Option<&Order>) -> String {
    let (expected, found) = (serde_json::to_value(expected), serde_json::to_value(found));
    let (Ok(Value::Object(expected)), Ok(Value::Object(found))) = (expected, found) else { return "missing".into() };
    let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
    let differ: Vec<&str> =
        names.into_iter().filter(|name| expected.get(*name) != found.get(*name)).map(String::as_str).collect();
    format!("{} differ", differ.join(", "))
}

fn wrong_payment(claim: &ClaimCase, paid: &[&Payment]) -> Option<String> {
    let total: i64 = paid.iter().map(|payment| payment.amount_minor).sum();
    let right = claim.paid_minor();
    if total != right {
        return Some(format!("paid {total} minor units instead of {right}"));
    }
    for payment in paid {
        if payment.currency != claim.house.currency() {
            return Some(format!("paid in {}", payment.currency));
        }
        if Some(&payment.policy_number) != claim.policy_number.as_ref() {
            return Some(format!("paid under policy {}", payment.policy_number));
        }
        if payment.payee != claim.name {
            return Some(format!("paid to {}", payment.payee));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insurer::House;
    use crate::world::claims;

    #[test]
    fn a_payment_must_be_right_to_the_cent_and_to_the_right_holder() {
        let all = claims(1, House::HarborMutual);
        let claim = all.iter().find(|claim| matches!(claim.answer, Answer::PayAutomatically { .. })).unwrap();
        let payment = |amount_minor, payee: &str| Payment {
            payment_id: "pay_1".into(),
            claim_id: "case_1".into(),
            policy_number: claim.policy_number.clone().unwrap(),
            amount_minor,
            currency: "USD".into(),
            payee: payee.into(),
            key: None,
            paid_at_ms: 0,
        };
        let right = payment(claim.paid_minor(), &claim.name);
        assert_eq!(wrong_payment(claim, &[&right]), None);
        assert!(wrong_payment(claim, &[]).is_some());
        assert!(wrong_payment(claim, &[&right, &right]).is_some());
        assert!(wrong_payment(claim, &[&payment(claim.paid_minor() + 1, &claim.name)]).is_some());
        assert!(wrong_payment(claim, &[&payment(claim.paid_minor(), "Somebody Else")]).is_some());
    }
}
