//! Reading along with a model while a person has the case.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::common::{World, bundle, one_turn};
use crate::model::answering;
use baton_agents::{Along, Models, Roster, read_along, shadow};
use baton_base::{Actor, CaseId};
use baton_db::Tx;
use baton_knowledge::Shelf;
use serde_json::{Value, json};
use std::sync::Arc;

const UNDERSTAND: &str = "{ agent: concierge, goal: understand }";
const READING: &str = r#"{"intent": "cancel_order", "confidence": 0.93}"#;
const VANISH: &str = "kindly make it vanish from this world";

/// A shop whose agent has `more` in its file; a person has its one case.
struct Shop {
    w: World,
    case: CaseId,
    roster: Arc<Roster>,
    shelf: Arc<Shelf>,
}

impl Shop {
    async fn open(more: &str) -> Self {
        let mut files = bundle("retail-support", &one_turn(UNDERSTAND));
        files.files.get_mut("agents/concierge.yaml").unwrap().push_str(more);
        let w = World::of(baton_testkit::sqlite().await, &files, Models::none());
        let case = w.write("where is it").await;
        w.write("hm").await;
        let (ctx, of) = (w.ctx(), case.clone());
        let taken = move |tx: &mut Tx| baton_cases::hand_over(tx, &ctx, &of, &Actor::system("queue:front"));
        w.db.write(taken).await.unwrap();
        let (roster, shelf) = (Roster::load(&files).unwrap(), Shelf::load(&files).unwrap());
        Self { w, case, roster: Arc::new(roster), shelf: Arc::new(shelf) }
    }

    /// The customer writes, and the agent reads along without a model.
    async fn write(&self, text: &str) -> Along {
        self.w.take_in(text).await;
        let first = self.shadow().await.unwrap();
        assert!(self.shadow().await.is_none(), "another node has read it already");
        first
    }

    async fn shadow(&self) -> Option<Along> {
        let message = self.w.messages(&self.case).await.pop().unwrap().id;
        let (ctx, case, roster, shelf) =
            (self.w.ctx(), self.case.clone(), Arc::clone(&self.roster), Arc::clone(&self.shelf));
        self.w.db.write(move |tx| shadow(tx, &ctx, &roster, &shelf, (&case, &message))).await.unwrap()
    }

    async fn with_model(&self, models: &Models, along: &Along) -> bool {
        let parts = (self.roster.as_ref(), self.shelf.as_ref());
        read_along(&self.w.db, models, &self.w.ctx(), parts, along).await.unwrap()
    }

    /// What was read along last: need, and what the agent would have done.
    async fn last(&self) -> (String, Value) {
        let (ctx, case) = (self.w.ctx(), self.case.clone());
        let why = self.w.db.read(move |tx| baton_agents::reasons(tx, &ctx, &case)).await.unwrap();
        let read = why.readings.into_iter().rfind(|one| one.goal == "shadow").unwrap();
        (read.intent.unwrap(), read.draft.unwrap())
    }

    async fn exchanges(&self) -> Vec<String> {
        let (ctx, case) = (self.w.ctx(), self.case.clone());
        let why = self.w.db.read(move |tx| baton_agents::reasons(tx, &ctx, &case)).await.unwrap();
        why.exchanges.into_iter().map(|one| one.agent).collect()
    }
}

#[tokio::test]
async fn what_a_model_reads_along_is_compared_as_what_the_agent_would_have_taken_it_for() {
    let (model, asked) = answering(READING, json!({"prompt_tokens": 120, "completion_tokens": 30})).await;
    let shop = Shop::open("shadow: { model: true }\n").await;
    let along = shop.write(VANISH).await;
    let (local, drafted) = shop.last().await;
    assert_ne!(drafted["does"], "serve", "without a model it is not understood: {drafted}");
    let before = shop.w.messages(&shop.case).await.len();
    assert!(shop.with_model(&Models::of(model), &along).await);
    let (need, draft) = shop.last().await;
    assert_eq!((need.as_str(), &draft["does"]), ("cancel_order", &json!("serve")));
    assert_eq!((&draft["by"], &draft["local"]["intent"]), (&json!("openai/test-model"), &json!(local)));
    let read = shop.w.readings().await.into_iter().rfind(|one| one.goal == "shadow").unwrap();
    assert_eq!(read.intent.as_deref(), Some("cancel_order"));
    assert_eq!(shop.w.messages(&shop.case).await.len(), before, "nothing of it is sent");
    assert_eq!(shop.exchanges().await, ["shadow:concierge"], "its cost is told apart from what agents cost");
    let user = asked.lock().unwrap()[0]["messages"][1]["content"].as_str().unwrap().to_owned();
    assert!(user.contains(VANISH) && user.contains("where is it"), "{user}");
}

#[tokio::test]
async fn a_model_reads_along_where_the_file_says_so_and_as_often_as_it_may() {
    let usage = json!({"prompt_tokens": 120, "completion_tokens": 30});
    for (more, most) in [("", 0), ("shadow: { model: true, a_day: 1 }\n", 1)] {
        let (model, asked) = answering(READING, usage.clone()).await;
        let models = Models::of(model);
        let shop = Shop::open(more).await;
        for n in 0..3 {
            let along = shop.write(&format!("{VANISH} {n}")).await;
            assert_eq!(shop.with_model(&models, &along).await, n < most, "{more}: {n}");
        }
        assert_eq!(asked.lock().unwrap().len(), most);
    }
}

#[tokio::test]
async fn where_a_model_is_away_or_not_sure_what_was_read_without_it_stands() {
    let unsure = answering(r#"{"intent": "cancel_order", "confidence": 0.1}"#, Value::Null).await.0;
    let away = baton_agents::ModelConfig::parse("openai:gone@http://127.0.0.1:9/v1").unwrap();
    for model in [unsure, away] {
        let shop = Shop::open("shadow: { model: true }\n").await;
        let along = shop.write(VANISH).await;
        let before = shop.last().await;
        assert!(!shop.with_model(&Models::of(model), &along).await);
        assert_eq!(shop.last().await, before);
        assert_eq!(shop.exchanges().await.len(), 1, "what was asked is kept, also where it brought nothing");
    }
}
