//! How far AI may go: what lowers it, and what the levels of single intents make of that.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{POLICIES, actions, bundle, env};
use baton_base::ClientId;
use baton_db::Db;
use baton_govern::autonomy::{ANY, level, list, lower, lowest, set};
use baton_govern::{Ctx, Level, Rulebook};
use std::sync::Arc;

const FILE: &str = "default: act_with_approval\nrules:\n  - { intent: simple, action: refund, level: act }\n  \
                    - { intent: delicate, action: refund, level: observe }\n";

struct World {
    db: Db,
    rulebook: Arc<Rulebook>,
    ctx: Ctx,
}

impl World {
    async fn with(file: &str) -> Self {
        let files = [("policies/shop.cedar", POLICIES), ("autonomy.yaml", file)];
        let rulebook = Arc::new(Rulebook::load(&bundle(&files), &actions()).unwrap());
        let ctx = Ctx::system(&env(), &ClientId::known("acme"), "test");
        Self { db: baton_testkit::sqlite().await, rulebook, ctx }
    }

    async fn set(&self, intent: &str, action: &str, level: Level) {
        let (ctx, intent, action) = (self.ctx.clone(), intent.to_owned(), action.to_owned());
        self.db.write(move |tx| set(tx, &ctx, &intent, &action, level, "a test")).await.unwrap();
    }

    async fn lower(&self, intent: &'static str) -> bool {
        let (ctx, rulebook) = (self.ctx.clone(), Arc::clone(&self.rulebook));
        self.db.write(move |tx| lower(tx, &ctx, &rulebook, intent, "refund", "it fails")).await.unwrap()
    }

    async fn levels(&self, intents: [&'static str; 3]) -> [Level; 3] {
        let (client, rulebook) = (self.ctx.client.clone(), Arc::clone(&self.rulebook));
        let of = move |tx: &mut baton_db::Tx| {
            let all = intents.map(|intent| level(tx, &client, &rulebook, intent, "refund"));
            all.into_iter().collect::<Result<Vec<_>, _>>()
        };
        self.db.read(of).await.unwrap().try_into().unwrap()
    }
}

#[tokio::test]
async fn lowering_for_all_intents_reaches_those_that_have_a_level_of_their_own_and_lifts_none() {
    use Level::{Act, ActWithApproval, Observe, Suggest};
    let intents = ["simple", "delicate", "other"];
    let w = World::with(FILE).await;
    assert_eq!(w.levels(intents).await, [Act, Observe, ActWithApproval]);
    assert!(w.lower(ANY).await);
    assert_eq!(w.levels(intents).await, [ActWithApproval, Observe, ActWithApproval]);
    assert!(!w.lower(ANY).await, "there is nothing left to lower");

    // The row for all intents is more specific than what is said of an intent's every action: it must not lift that.
    let w = World::with("default: act\nrules:\n  - { intent: delicate, level: observe }\n").await;
    w.set("other", ANY, Suggest).await;
    assert_eq!(w.levels(intents).await, [Act, Observe, Suggest]);
    assert!(w.lower(ANY).await);
    assert_eq!(w.levels(intents).await, [ActWithApproval, Observe, Suggest]);

    let w = World::with("default: act\n").await;
    assert!(w.lower("simple").await);
    assert_eq!(w.levels(intents).await, [ActWithApproval, Act, Act]);
    let client = w.ctx.client.clone();
    assert_eq!(w.db.read(move |tx| list(tx, &client)).await.unwrap().len(), 1);
}

#[tokio::test]
async fn evidence_is_asked_for_from_the_lowest_level_that_a_proposal_would_lift() {
    let w = World::with("default: act\nrules:\n  - { intent: delicate, level: observe }\n").await;
    let (client, rulebook) = (w.ctx.client.clone(), Arc::clone(&w.rulebook));
    let of = move |tx: &mut baton_db::Tx| {
        let of = |tx: &mut baton_db::Tx, intent, action| lowest(tx, &client, &rulebook, intent, action);
        Ok([of(tx, ANY, "refund")?, of(tx, "other", "refund")?, of(tx, ANY, ANY)?])
    };
    assert_eq!(w.db.read(of).await.unwrap(), [Level::Observe, Level::Act, Level::Observe]);
}
