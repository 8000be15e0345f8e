//! Customers in the chat and policy holders, of the demo's worlds, whose right answers are known.

use super::{Answer, Caller, MUTUAL, SHOP, TestApp};
use baton_demo::insurer::House;
use baton_demo::play::{Customer, Reply};
use baton_demo::world::{ClaimCase, ClaimKind, Need, NeedKind, RetailWorld, Right, Temper, claims, retail};
use baton_govern::Role;
use serde_json::{Value, json};
use std::time::Duration;

/// How often a message is sent again while the answer is 503.
const TRIES_MAX: usize = 5;
/// Looks at the chat before a customer is taken for forgotten.
const LOOKS_MAX: usize = 1_500;

/// The shop's world.
pub fn world() -> RetailWorld {
    retail(1)
}

/// The first plain need of a kind that must come to a change.
pub fn need(world: &RetailWorld, kind: NeedKind) -> &Need {
    let fits = |need: &&Need| {
        need.temper == Temper::Plain && need.steps.iter().all(|step| step.kind == kind && step.right == Right::Done)
    };
    world.needs.iter().find(fits).unwrap()
}

/// The first claims of a kind.
pub fn claims_of(kind: ClaimKind) -> Vec<ClaimCase> {
    claims(1, House::HarborMutual).into_iter().filter(|claim| claim.kind == kind).collect()
}

/// Sends a claim as a client's system does.
pub async fn send_claim(service: &Caller, claim: &ClaimCase) -> Answer {
    let body = json!({
        "channel": "api",
        "external_id": claim.id,
        "customer": { "address": claim.email, "name": claim.name, "locale": claim.language },
        "text": claim.text,
    });
    service.post(&format!("/api/v1/clients/{MUTUAL}/cases"), &body).await
}

/// A service account that sends claims.
pub async fn sender(app: &TestApp) -> Caller {
    app.service(MUTUAL, &[Role::Service]).await
}

/// A conversation in the shop's chat.
pub struct Chat {
    pub id: String,
    pub token: String,
    pub path: String,
    pub caller: Caller,
    pub case: String,
    sent: usize,
    seen: Vec<String>,
}

impl Chat {
    /// Opens one.
    pub async fn open(app: &TestApp) -> Self {
        let path = format!("/chat/v1/{SHOP}/conversations");
        let opened = app.nobody().post(&path, &json!({"name": "Test", "locale": "en"})).await.ok().body;
        let id = opened["conversation"].as_str().unwrap().to_owned();
        let token = opened["token"].as_str().unwrap().to_owned();
        let (path, caller) = (format!("{path}/{id}"), app.bearer(&token));
        Self { id, token, path, caller, case: String::new(), sent: 0, seen: Vec::new() }
    }

    /// Writes.
    pub async fn say(&mut self, text: &str) -> Value {
        self.sent += 1;
        let body = json!({"text": text, "external_id": format!("m{}", self.sent), "name": "Test Customer"});
        let path = format!("{}/messages", self.path);
        let mut answer = self.caller.post(&path, &body).await;
        // Two transactions may have been in each other's way. The customer sends it again: the id makes it one message.
        for _ in 0..TRIES_MAX {
            if answer.status.as_u16() != 503 {
                break;
            }
            answer = self.caller.post(&path, &body).await;
        }
        let sent = answer.ok().body;
        self.case = sent["case"].as_str().unwrap().to_owned();
        sent
    }

    /// All messages so far.
    pub async fn messages(&self) -> Vec<Value> {
        self.caller.get(&format!("{}/messages", self.path)).await.ok().items().to_vec()
    }

    /// What was said since the last look, by anyone but the customer.
    pub async fn news(&mut self) -> Vec<String> {
        let mut news = Vec::new();
        for message in self.messages().await {
            let id = message["id"].as_str().unwrap().to_owned();
            if !self.seen.contains(&id) {
                self.seen.push(id);
                if message["author"] != "customer" {
                    news.push(message["text"].as_str().unwrap().to_owned());
                }
            }
        }
        news
    }

    /// Waits until somebody answers.
    pub async fn answer(&mut self) -> Vec<String> {
        for _ in 0..LOOKS_MAX {
            let news = self.news().await;
            if !news.is_empty() {
                return news;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("nobody answered: {:#?}", self.messages().await);
    }

    /// Talks as this customer, until they leave or `done` says that it is enough.
    pub async fn talk(&mut self, customer: &mut Customer<'_>, done: impl AsyncFn(&[String]) -> bool) {
        for _ in 0..60 {
            let heard = self.answer().await;
            if done(&heard).await {
                return;
            }
            let mut reply = Reply::Wait;
            for message in &heard {
                match customer.hear(message) {
                    Reply::Wait => {}
                    other => reply = other,
                }
            }
            match reply {
                Reply::Wait => {}
                Reply::Leave => return,
                Reply::Say(words) | Reply::SayLate(words) => {
                    self.say(&words).await;
                }
            }
        }
        panic!("a talk without an end: {:#?}", self.messages().await);
    }
}
