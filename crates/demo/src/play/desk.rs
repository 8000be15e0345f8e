//! The scripted person at the desk: an adjuster who knows the right decision of every claim, and an agent of the
//! shop who finishes what the AI passes on. They work through the API, as the console does.

use super::api::Api;
use super::holder::Notices;
use crate::shop::{Call, Order};
use crate::world::{Answer, ClaimCase, Decision, Need, Right, Temper};
use baton_base::Result;
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::task::JoinSet;

/// Work items looked at in one round.
const ROUND_MAX: usize = 100;
/// Work items handled at the same time.
const HANDS: usize = 12;
/// A case is given back to the AI at most so often.
const GIVEN_BACK_MAX: usize = 2;
/// Pause after a round without work, in milliseconds.
const IDLE_MS: u64 = 60;

/// Needs by customer's name and first message, so that a case can be recognised.
#[derive(Debug, Default)]
pub(super) struct Cast {
    needs: HashMap<(String, String), Arc<Need>>,
}

impl Cast {
    pub(super) fn new(needs: impl Iterator<Item = Arc<Need>>) -> Self {
        let key = |need: &Need| (format!("{} {}", need.name.first_name, need.name.last_name), need.opening.clone());
        Self { needs: needs.map(|need| (key(&need), need)).collect() }
    }

    /// The need whose first message has this first line.
    pub(super) fn of(&self, customer: &str, first_line: &str) -> Option<Arc<Need>> {
        let exact = self.needs.get(&(customer.to_owned(), first_line.to_owned()));
        let start = first_line.trim_end_matches('…').trim_end();
        exact
            .or_else(|| {
                let fits = |(name, opening): &(String, String)| name == customer && opening.starts_with(start);
                self.needs.iter().find(|(key, _)| !start.is_empty() && fits(key)).map(|(_, need)| need)
            })
            .cloned()
    }
}

/// What the scripted people know, and what they did.
pub(super) struct Desk {
    /// Signed in as someone who may do all of it.
    pub api: Api,
    /// The shop's own address, where its orders can be looked at.
    pub shop: Api,
    /// The insurers' clients.
    pub insurers: Vec<String>,
    /// The retailer's client.
    pub retailer: String,
    /// Which claim a case is.
    pub notices: Notices,
    /// Which need a case is.
    pub cast: Cast,
    /// Set when all is over.
    pub closing: AtomicBool,
    /// How often each case was given back to the AI.
    pub given_back: Mutex<HashMap<String, usize>>,
    /// What could not be done, for the report.
    pub troubles: Mutex<Vec<String>>,
}

impl Desk {
    /// Works until told to close.
    pub(super) async fn work(self: Arc<Self>) {
        let mut busy: JoinSet<String> = JoinSet::new();
        let mut held: HashSet<String> = HashSet::new();
        while !self.closing.load(Ordering::Relaxed) {
            let before = held.len();
            for client in self.insurers.iter().chain([&self.retailer]) {
                let items = self.waiting(client).await;
                for item in items {
                    let Some(id) = item["id"].as_str().map(str::to_owned) else { continue };
                    if !held.insert(id.clone()) {
                        continue;
                    }
                    while busy.len() >= HANDS {
                        if let Some(Ok(done)) = busy.join_next().await {
                            held.remove(&done);
                        }
                    }
                    busy.spawn(Arc::clone(&self).handle(client.clone(), id, item));
                }
            }
            while let Some(Ok(done)) = busy.try_join_next() {
                held.remove(&done);
            }
            if held.len() == before {
                tokio::time::sleep(Duration::from_millis(IDLE_MS)).await;
            }
        }
    }

    async fn waiting(&self, client: &str) -> Vec<Value> {
        let mut out = Vec::new();
        for state in ["waiting", "claimed"] {
            let mine = if state == "claimed" { "&mine=1" } else { "" };
            let path = format!("/api/v1/work-items?client={client}&state={state}{mine}&limit={ROUND_MAX}");
            match self.api.fetch(&path).await {
                Ok(page) => out.extend(page["items"].as_array().cloned().unwrap_or_default()),
                Err(e) => self.trouble(format!("{path}: {e}")),
            }
        }
        out
    }

    fn trouble(&self, what: String) {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        if !troubles.contains(&what) {
            troubles.push(what);
        }
    }

    async fn handle(self: Arc<Self>, client: String, id: String, item: Value) -> String {
        if let Err(e) = self.decide(&client, &id, &item).await {
            self.trouble(format!("{client} work item {id} '{}': {e}", item["title"].as_str().unwrap_or("")));
        }
        id
    }

    async fn decide(&self, client: &str, id: &str, item: &Value) -> Result<()> {
        let Some(case) = item["case"].as_str() else { return Ok(()) };
        let claim = self.notices.claim_of(case);
        let need = if client == self.retailer { self.need_of(client, case).await? } else { None };
        if claim.is_none() && need.is_none() {
            // Somebody else's case, or one whose sender has not been told its id yet.
            return Ok(());
        }
        let path = format!("/api/v1/clients/{client}/work-items/{id}");
        if item["state"] != "claimed" {
            let (status, _) = self.api.post(&format!("{path}/claim"), &json!({})).await?;
            if status.as_u16() == 409 || status.as_u16() == 404 {
                return Ok(());
            }
            if !status.is_success() {
                self.trouble(format!("{client} work item {id}: claim answers {status}"));
                return Ok(());
            }
        }
        let whole = self.api.fetch(&path).await?;
        let body = match (&claim, &need) {
            (Some(claim), _) => self.adjust(client, case, claim, &whole).await?,
            (None, Some(need)) => self.serve(client, case, need, &whole).await?,
            (None, None) => return Ok(()),
        };
        let (status, answer) = self.api.post(&format!("{path}/complete"), &body).await?;
        if !status.is_success() && status.as_u16() != 409 {
            let detail = answer["detail"].as_str().unwrap_or("");
            self.trouble(format!("{client} work item {id}: complete {body} answers {status}: {detail}"));
        }
        Ok(())
    }

    async fn need_of(&self, client: &str, case: &str) -> Result<Option<Arc<Need>>> {
        let row = self.api.fetch(&format!("/api/v1/clients/{client}/cases/{case}")).await?;
        let name = row["customer"]["name"].as_str().unwrap_or("");
        Ok(self.cast.of(name, row["subject"].as_str().unwrap_or("")))
    }

    /// The decision on a claim, in the fields that the form asks for.
    async fn adjust(&self, client: &str, case: &str, claim: &ClaimCase, item: &Value) -> Result<Value> {
        let ids = decisions(item);
        let amount = claim.paid_minor();
        let has = |id: &str| ids.iter().any(|known| known == id);
        let reason = match &claim.answer {
            Answer::Adjuster(Decision::Deny { reason }) => reason,
            Answer::Adjuster(Decision::Pay { .. }) | Answer::PayAutomatically { .. } => "looked at and owed",
            Answer::NeverAutomatic => "the notice cannot be worked with",
        };
        let wanted = if amount > 0 { ["approve", "pay", "resolved"] } else { ["deny", "reject", "resolved"] };
        let decision = wanted.iter().find(|id| has(id)).copied().unwrap_or("resolved");
        if decision == "resolved" && amount > 0 {
            let number = claim.policy_number.as_deref().unwrap_or("");
            let args = json!({ "claim_id": case, "policy_number": number, "amount_minor": amount,
                "currency": claim.house.currency(), "payee": claim.name });
            self.act(client, case, "create_payment", &args).await?;
        }
        let mut fields = proposed(item, decision);
        if asks_for(item, decision, "amount_minor") {
            fields.insert("amount_minor".to_owned(), amount.into());
        }
        if asks_for(item, decision, "reason") {
            fields.insert("reason".to_owned(), (*reason).into());
        }
        Ok(json!({ "decision": decision, "fields": fields, "note": reason }))
    }

    /// What the agent of the shop does with a case: gives it back if the customer only wanted a person,
    /// otherwise finishes the need.
    async fn serve(&self, client: &str, case: &str, need: &Need, item: &Value) -> Result<Value> {
        let ids = decisions(item);
        let has = |id: &str| ids.iter().any(|known| known == id);
        if has("approve") {
            return Ok(json!({ "decision": "approve", "fields": proposed(item, "approve"), "note": "as asked" }));
        }
        let id = item["id"].as_str().unwrap_or("");
        if has("return_to_ai") && self.ai_can_do_it(client, case, need, item).await? {
            self.write(client, case, id, "Hello, I have looked at it: our assistant can do this for you right away.")
                .await?;
            let mut fields = proposed(item, "return_to_ai");
            if asks_for(item, "return_to_ai", "instruction") {
                fields.insert("instruction".to_owned(), "go on with the need".into());
            }
            return Ok(json!({ "decision": "return_to_ai", "fields": fields, "note": "the customer agrees" }));
        }
        let done = self.finish(client, case, need).await?;
        let words =
            if done { "All done for you." } else { "I have looked into it; this cannot be done for this order." };
        self.write(client, case, id, &format!("{words} Thank you for your patience. Have a good day.")).await?;
        Ok(json!({ "decision": "resolved", "fields": proposed(item, "resolved"), "note": words }))
    }

    /// Whether the case goes back to the AI: the customer only wanted to hear a person, or has not been identified
    /// yet, which the AI does. Twice at most.
    async fn ai_can_do_it(&self, client: &str, case: &str, need: &Need, item: &Value) -> Result<bool> {
        let wanted_a_person = need.temper == Temper::AsksForPerson && item["trigger"] == "customer_asks";
        let row = self.api.fetch(&format!("/api/v1/clients/{client}/cases/{case}")).await?;
        if !wanted_a_person && !row["identity"].is_null() {
            return Ok(false);
        }
        let mut given_back = self.given_back.lock().unwrap_or_else(PoisonError::into_inner);
        let times = given_back.entry(case.to_owned()).or_default();
        *times += 1;
        Ok(*times <= GIVEN_BACK_MAX)
    }

    async fn write(&self, client: &str, case: &str, item: &str, words: &str) -> Result<()> {
        let body = json!({ "text": words, "external_id": format!("desk-{item}"), "as": "member" });
        self.api.send(&format!("/api/v1/clients/{client}/cases/{case}/messages"), &body).await.map(|_| ())
    }

    /// Does what is still to be done of a need; whether anything was wanted that may be.
    async fn finish(&self, client: &str, case: &str, need: &Need) -> Result<bool> {
        let calls: Vec<&Call> =
            need.steps.iter().filter(|step| step.right == Right::Done).filter_map(|step| step.call.as_ref()).collect();
        if calls.is_empty() || self.is_as_expected(need).await? {
            return Ok(!calls.is_empty());
        }
        for call in calls {
            let value = serde_json::to_value(call).unwrap_or(Value::Null);
            self.act(client, case, call.operation(), &value["args"]).await?;
        }
        Ok(true)
    }

    async fn is_as_expected(&self, need: &Need) -> Result<bool> {
        for expected in &need.expected.orders {
            let id = expected.order_id.replace('#', "%23");
            let part = self.shop.fetch(&format!("/_state/orders/{id}")).await?;
            let now: Option<Order> = serde_json::from_value(part["value"].clone()).ok();
            if now.as_ref() != Some(expected) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A button of the console: the action goes through the same door as the AI's.
    async fn act(&self, client: &str, case: &str, action: &str, args: &Value) -> Result<()> {
        let path = format!("/api/v1/clients/{client}/cases/{case}/actions/{action}");
        let (status, answer) = self.api.post(&path, &json!({ "args": args, "key": format!("desk-{action}") })).await?;
        if !status.is_success() {
            let detail = answer["detail"].as_str().unwrap_or("");
            self.trouble(format!("{client} case {case}: {action} answers {status}: {detail}"));
        }
        Ok(())
    }
}

fn decisions(item: &Value) -> Vec<String> {
    let list = item["form"]["decisions"].as_array().cloned().unwrap_or_default();
    list.iter().filter_map(|decision| decision["id"].as_str().map(str::to_owned)).collect()
}

fn asks_for(item: &Value, decision: &str, field: &str) -> bool {
    let list = item["form"]["decisions"].as_array().cloned().unwrap_or_default();
    list.iter()
        .any(|d| d["id"] == decision && d["fields"].as_array().is_some_and(|f| f.iter().any(|name| name == field)))
}

/// The proposed values of the fields that a decision asks for.
fn proposed(item: &Value, decision: &str) -> Map<String, Value> {
    let list = item["form"]["decisions"].as_array().cloned().unwrap_or_default();
    let fields = list.iter().find(|d| d["id"] == decision).and_then(|d| d["fields"].as_array().cloned());
    let values = &item["form"]["values"];
    let mut out = Map::new();
    for name in fields.unwrap_or_default().iter().filter_map(Value::as_str) {
        if !values[name].is_null() {
            out.insert(name.to_owned(), values[name].clone());
        }
    }
    out
}
